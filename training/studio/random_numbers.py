"""Random numbers and camera poses: a batch is a function of one table of uniform numbers.

All of a batch's numbers are made in one launch, before anything is compiled: what turns them into
a scene is then pure arithmetic on tensors, which `torch.compile` fuses.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from core.categories import CATEGORIES

NUMBERS = 1536  # uniform numbers of one picture; a scene takes 1,411 of the first 1,468
CAMERA_NUMBERS = 64  # the last ones, for the camera and the mirror
STRETCH_NUMBERS = 4  # those before them, for the named object's stretch
TAIL = 0.12  # share of cameras from anywhere rather than where people stand


def random_numbers(n: int, device: torch.device, seed: int) -> torch.Tensor:
    """(n, NUMBERS) float32, strictly between 0 and 1."""
    generator = torch.Generator(device).manual_seed(seed)
    numbers = torch.rand(n, NUMBERS, generator=generator, device=device)
    return numbers.clamp(1e-6, 1 - 1e-6)


class Draw:
    """Hands out the columns of a table of uniform numbers, each once."""

    def __init__(self, numbers: torch.Tensor):
        self.numbers, self.taken = numbers, 0
        self.n, self.device = len(numbers), numbers.device

    @classmethod
    def seeded(cls, n: int, device: torch.device, seed: int) -> "Draw":
        return cls(random_numbers(n, device, seed))

    def uniform(self, low=0.0, high=1.0, *shape: int) -> torch.Tensor:
        count = 1
        for side in shape:
            count *= side
        if self.taken + count > self.numbers.shape[1]:
            raise ValueError(f"A picture takes more than {self.numbers.shape[1]} random numbers.")
        value = self.numbers[:, self.taken : self.taken + count].reshape(self.n, *shape)
        self.taken += count
        return low + (high - low) * value

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.erfinv(2 * self.uniform(0.0, 1.0, *shape) - 1) * 2**0.5

    def log(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Log-uniform between two positive numbers."""
        return low * (high / low) ** self.uniform(0.0, 1.0, *shape)

    def index(self, count: int, *shape: int) -> torch.Tensor:
        return self.uniform(0, count, *shape).long().clamp_max(count - 1)

    def chance(self, share, *shape: int) -> torch.Tensor:
        return self.uniform(0.0, 1.0, *shape) < share


@dataclass
class Poses:
    """Azimuth and elevation (radians, our axes) of real photographs, for each category."""

    table: torch.Tensor  # (9, K, 2)

    @classmethod
    def load(cls, path: Path | None, device) -> "Poses":
        """From `poses.json`; without it from the spread that its percentiles describe."""
        if path is not None and not path.is_file():
            raise ValueError(f"There is no {path}; leave poses out for cameras as usual.")
        if path is None:
            generator = torch.Generator().manual_seed(0)
            azimuth = torch.randn(9, 512, generator=generator) * 0.7
            elevation = torch.exp(torch.randn(9, 512, generator=generator) * 0.6) * 0.3
            return cls(torch.stack([azimuth, elevation.clamp_max(1.2)], dim=-1).to(device))
        records = json.loads(path.read_text())
        rows = [
            [(-r["azimuth_deg"], r["elevation_deg"]) for r in records if r["category"] == name]
            for name in CATEGORIES
        ]
        longest = max(map(len, rows))
        table = torch.tensor([(row * longest)[:longest] for row in rows])
        return cls(torch.deg2rad(table).to(device))

    def draw(self, draw: Draw, category: torch.Tensor):
        """Azimuth and elevation (n,) radians."""
        real = self.table[category, draw.index(self.table.shape[1])]
        azimuth = real[:, 0] + 0.15 * draw.normal()
        elevation = real[:, 1] + 0.05 * draw.normal()
        free = draw.chance(TAIL)
        azimuth = torch.where(free, draw.uniform(-torch.pi, torch.pi), azimuth)
        elevation = torch.where(free, draw.uniform(-0.1, 1.05), elevation)
        return azimuth, elevation.clamp(-0.15, 1.25)
