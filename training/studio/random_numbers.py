"""Random numbers and camera poses: a batch is a function of one table of uniform numbers.

All random numbers of a batch are made in one launch, before the compiled code. The code that turns
them into a scene is then arithmetic on tensors, which `torch.compile` fuses.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch

from core.categories import CATEGORIES
from core.errors import UserError

NUMBERS = 1536  # uniform numbers of one picture; a scene takes 1,411 of the first 1,412
CAMERA_NUMBERS = 64  # the last ones, for the exposure and the mirror
STRETCH_NUMBERS = 4  # those before them, for the named object's stretch
SOFT_NUMBERS = 56  # those before the stretch's, for covers and folds
FRAME_NUMBERS = 16  # of the camera's numbers, before the mirror's: for uncropped photographs
ANY_CAMERA_SHARE = 0.12  # share of cameras with a uniform direction instead of a real one
PLAIN_POSES = 512  # poses of each category where no file gives any


def random_numbers(n: int, device: torch.device, seed: int, count: int = NUMBERS) -> torch.Tensor:
    """Returns the uniform random numbers of n pictures.

    Parameters
    ----------
    n : int
        Number of pictures.
    device : torch.device
        Device of the numbers; a GPU draws other numbers than a CPU.
    seed : int
        Seed of the generator.
    count : int
        Numbers of one picture.

    Returns
    -------
    torch.Tensor
        (n, count) float32, strictly between 0 and 1.
    """
    generator = torch.Generator(device).manual_seed(seed)
    numbers = torch.rand(n, count, generator=generator, device=device)
    return numbers.clamp(1e-6, 1 - 1e-6)


class Draw:
    """Hands out the columns of a table of uniform numbers, each once.

    Parameters
    ----------
    numbers : torch.Tensor
        (n, K) float32, uniform in (0, 1); one row for each picture.
    """

    def __init__(self, numbers: torch.Tensor):
        self.numbers, self.taken = numbers, 0
        self.n, self.device = len(numbers), numbers.device

    def uniform(
        self,
        low: float | torch.Tensor = 0.0,
        high: float | torch.Tensor = 1.0,
        *shape: int,
    ) -> torch.Tensor:
        """Draws uniform numbers.

        Parameters
        ----------
        low, high : float or torch.Tensor
            Bounds; tensors broadcast against (n, *shape).
        *shape : int
            Shape of the numbers of one picture.

        Returns
        -------
        torch.Tensor
            (n, *shape) float32.

        Raises
        ------
        ValueError
            If the table has too few columns left.
        """
        count = prod(shape)
        if self.taken + count > self.numbers.shape[1]:
            raise ValueError(f"A picture takes more than {self.numbers.shape[1]} random numbers.")
        value = self.numbers[:, self.taken : self.taken + count].reshape(self.n, *shape)
        self.taken += count
        return low + (high - low) * value

    def normal(self, *shape: int) -> torch.Tensor:
        """Draws standard normal numbers (n, *shape)."""
        return torch.erfinv(2 * self.uniform(0.0, 1.0, *shape) - 1) * 2**0.5

    def log(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Draws log-uniform numbers (n, *shape) between two positive bounds."""
        return low * (high / low) ** self.uniform(0.0, 1.0, *shape)

    def index(self, count: int, *shape: int) -> torch.Tensor:
        """Draws int64 indices (n, *shape), uniform in [0, count)."""
        return self.uniform(0, count, *shape).long().clamp_max(count - 1)

    def chance(self, share: float | torch.Tensor, *shape: int) -> torch.Tensor:
        """Draws booleans (n, *shape) that are True with probability `share`."""
        return self.uniform(0.0, 1.0, *shape) < share


@dataclass
class Poses:
    """Azimuth and elevation of the cameras of real photographs, for each category."""

    # (categories, K, 2) radians in the axes of voxel_model.py; poses of a category repeat up to K
    table: torch.Tensor

    @classmethod
    def load(
        cls, path: Path | None, device: torch.device, categories: Sequence[str] = CATEGORIES
    ) -> "Poses":
        """Reads `poses.json`.

        Parameters
        ----------
        path : Path, optional
            List of records with `category`, `azimuth_deg` (its sign is opposite to ours) and
            `elevation_deg`. None draws poses from a distribution like that of photographs, and so
            do categories of which the file has no record.
        device : torch.device
            Device of the table.
        categories : sequence of str
            Categories of the studio.

        Raises
        ------
        UserError
            If the file is missing or malformed.
        """
        plain = _plain_poses(len(categories))
        if path is None:
            return cls(plain.to(device))
        rows = _read_poses(path, categories)
        longest = max(*map(len, rows.values()), PLAIN_POSES)
        table = [
            torch.deg2rad(torch.tensor((rows[name] * longest)[:longest]))
            if rows[name]
            else usual.repeat(-(-longest // PLAIN_POSES), 1)[:longest]
            for name, usual in zip(categories, plain, strict=True)
        ]
        return cls(torch.stack(table).to(device))

    def draw(self, draw: Draw, category: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Draws the direction of each picture's camera.

        Most are real poses with some noise; ANY_CAMERA_SHARE are uniform.

        Parameters
        ----------
        draw : Draw
            Random numbers of n pictures.
        category : torch.Tensor
            (n,) int64, rows of the table.

        Returns
        -------
        azimuth, elevation : torch.Tensor
            (n,) radians.
        """
        real = self.table[category, draw.index(self.table.shape[1])]
        azimuth = real[:, 0] + 0.15 * draw.normal()
        elevation = real[:, 1] + 0.05 * draw.normal()
        uniform = draw.chance(ANY_CAMERA_SHARE)
        azimuth = torch.where(uniform, draw.uniform(-torch.pi, torch.pi), azimuth)
        elevation = torch.where(uniform, draw.uniform(-0.1, 1.05), elevation)
        return azimuth, elevation.clamp(-0.15, 1.25)


def _plain_poses(count: int) -> torch.Tensor:
    """Draws poses (count, PLAIN_POSES, 2) in radians, distributed like those of photographs."""
    generator = torch.Generator().manual_seed(0)
    azimuth = torch.randn(count, PLAIN_POSES, generator=generator) * 0.7
    elevation = torch.exp(torch.randn(count, PLAIN_POSES, generator=generator) * 0.6) * 0.3
    return torch.stack([azimuth, elevation.clamp_max(1.2)], dim=-1)


def _read_poses(path: Path, categories: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    """Reads (azimuth, elevation) in degrees of each category; UserError for a malformed file."""
    if not path.is_file():
        raise UserError(f"There is no {path}; leave poses out for cameras as usual.")
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in categories}
    try:
        for record in json.loads(path.read_text(encoding="utf-8")):
            if record["category"] in rows:
                pose = (-float(record["azimuth_deg"]), float(record["elevation_deg"]))
                rows[record["category"]].append(pose)
    except (KeyError, TypeError, ValueError) as error:
        reason = f"a record has no {error}" if isinstance(error, KeyError) else error
        raise UserError(
            f"{path} is no list of poses ({reason}); each record needs category, azimuth_deg and "
            "elevation_deg."
        ) from None
    return rows
