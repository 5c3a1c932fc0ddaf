"""Distance grids of duvets and throws, which scenes lay on beds, sofas and chairs.

    distance, part = bake_covers(64, torch.device("cpu"))      # (COVERS, side, side, side) each

A cover is a thin shell around a box: a top side and hanging sides with folds and an uneven hem.
It is drawn in a cube and stretched to the size of its object by a pose. The constants below tell
where the box of the cover lies in the cube, so that a scene can place it.
"""

from dataclasses import dataclass

import numpy as np
import torch

from training.studio.shapes.distance_grids import cell_centers
from training.studio.shapes.outer_distances import BAND_CELLS, spread

COVERS = 6  # in a bank; the first half hangs over the foot, the second half ends on the top
FABRIC, LINING = range(2)  # parts of a cover
SIZE = (1.6, 0.45, 1.5)  # metres of the cube's sides for which folds and thickness are chosen
ROOM = 0.09  # metres around the box for the cloth and its folds
HEM = 0.06  # metres above the bottom of the cube, mean height of the hem
HEAD = 0.09  # metres from the cube's side to the mean edge at the head
# in shares of the cube: half width of the box, its top, its foot, edge at the head, and the hem
HALF_WIDTH = 0.5 - ROOM / SIZE[0]
TOP = 0.5 - ROOM / SIZE[1]
FOOT = 0.5 - ROOM / SIZE[2]
START = -0.5 + HEAD / SIZE[2]
HEM_HEIGHT = -0.5 + HEM / SIZE[1]
THICKNESS = (0.025, 0.05)  # metres
INNER = 0.02  # metres of cloth inside the box, which its object hides
SPREAD = 4  # cells beyond the band whose distance is counted in cells
FAR_SHARE = 0.5 / max(SIZE)  # of the implicit function: a lower bound of distances far away
CORNER = 0.05  # metres, radius of the box's edges


@dataclass(frozen=True)
class Wave:
    """A sum of sines of one coordinate, between -1 and 1."""

    lengths: np.ndarray  # metres
    phases: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, low: float, high: float, count: int = 3) -> "Wave":
        """Draws a wave whose lengths lie between `low` and `high` metres."""
        lengths = low * (high / low) ** rng.random(count)
        return cls(lengths, rng.uniform(0, 2 * np.pi, count))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Evaluates the wave at coordinates in metres."""
        terms = zip(self.lengths.tolist(), self.phases.tolist(), strict=True)
        return sum((x * (2 * torch.pi / k) + p).sin() for k, p in terms) / len(self.lengths)


def bake_covers(resolution: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates all covers on grids, as `distance_grids.bake` does pieces.

    Parameters
    ----------
    resolution : int
        Cells along the unit cube.
    device : torch.device
        Device of the grids.

    Returns
    -------
    distance : torch.Tensor
        (COVERS, side, side, side) float16.
    part : torch.Tensor
        (COVERS, side, side, side) uint8: FABRIC or LINING.
    """
    distances, parts = zip(*(_bake(k, resolution, device) for k in range(COVERS)), strict=True)
    return torch.stack(distances), torch.stack(parts)


def _bake(number: int, resolution: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluates one cover."""
    rng = np.random.default_rng([number, 24])
    axis = cell_centers(resolution, device=device)
    x, y, z = (
        size * c
        for size, c in zip(SIZE, torch.meshgrid(axis, axis, axis, indexing="ij"), strict=True)
    )
    over_foot = number < COVERS // 2
    value, head = _cover(rng, x, y, z, over_foot)
    # the cover is given in metres, its distance in sides of the cube: divide by its slope there
    slope = torch.stack(torch.gradient(value, spacing=1 / resolution)).square().sum(dim=0).sqrt()
    band = BAND_CELLS / resolution
    near = (value / slope.clamp_min(0.3)).clamp(-band, band)
    far = spread(near.abs(), resolution, SPREAD)
    distance = torch.where(near < 0, -far, torch.maximum(far, value * FAR_SHARE))
    turned_back = rng.uniform(0.12, 0.35) if rng.random() < 0.6 else 0.0
    part = torch.where(z < head + turned_back, LINING, FABRIC).byte()
    return distance.half(), part


def _cover(
    rng: np.random.Generator,
    x: torch.Tensor,
    y: torch.Tensor,
    z: torch.Tensor,
    over_foot: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Implicit function of a cover in metres, and z of its edge at the head at every x."""
    width, height, length = SIZE
    top = TOP * height
    below = ((top - y) / 0.25).clamp(0, 1)  # folds grow downward
    side_folds, foot_folds = Wave.draw(rng, 0.16, 0.4, 2), Wave.draw(rng, 0.16, 0.4, 2)
    puffs, puffs_across = Wave.draw(rng, 0.3, 0.8), Wave.draw(rng, 0.3, 0.8)
    beside, beyond = x.abs() - HALF_WIDTH * width + CORNER, z - FOOT * length + CORNER
    above = y - top + CORNER
    if not over_foot:
        beyond = torch.full_like(z, -1.0)
    outside = torch.stack([beside, above, beyond]).clamp_min(0).square().sum(dim=0).sqrt()
    inside = torch.maximum(torch.maximum(beside, above), beyond).clamp_max(0)
    box = outside + inside - CORNER
    fold = torch.where(beyond > beside, foot_folds(x), side_folds(z + 0.3 * y))
    box = box - 0.022 * below * (1 + fold)
    puff = puffs(x + 0.5 * z) * puffs_across(z - 0.3 * x)
    thickness = rng.uniform(*THICKNESS) * (1 + 0.45 * puff)
    edge, tilt = Wave.draw(rng, 0.35, 1.2), rng.uniform(-0.05, 0.05)
    head = START * length + 0.035 * edge(x) + tilt * x
    thickness = thickness + 0.02 * torch.exp(-(((z - head - 0.05) / 0.06) ** 2))  # a soft edge
    shell = torch.maximum(box - thickness, -box - INNER)
    hem_wave = Wave.draw(rng, 0.3, 1.2)
    hem = HEM_HEIGHT * height + 0.05 * hem_wave(torch.where(beyond > beside, x, z))
    shell = torch.maximum(shell, torch.maximum(hem - y, head - z))
    if not over_foot:
        shell = torch.maximum(shell, z - FOOT * length - 0.03 * edge(x + 0.7))
    return shell, head
