"""Procedural shapes as rows of primitives: what the CPU makes of them, in worker processes or not.

An endless sequence for each seed, of which a piece can be asked by its number.
"""

from dataclasses import dataclass

import numpy as np

from core.categories import CATEGORIES
from furniture import generators
from furniture.choices import Choices
from furniture.primitives import COLUMNS, MATERIALS, MAX_MATERIALS, MAX_PRIMITIVES


@dataclass
class Piece:
    """What the CPU makes of one procedural shape."""

    rows: np.ndarray  # (MAX_PRIMITIVES, COLUMNS) float32, unused rows zero
    category: int
    materials: np.ndarray  # (MAX_MATERIALS,) int64 into MATERIALS
    source: str


def make_piece(seed: int, index: int, shares: tuple[float, ...]) -> Piece:
    """Piece number `index` of the endless sequence `seed`."""
    rng = np.random.default_rng([seed, index])
    category = int(rng.choice(len(CATEGORIES), p=np.asarray(shares) / sum(shares)))
    draw = Choices(rng)
    furniture = generators()[CATEGORIES[category]](draw)
    rows = np.zeros((MAX_PRIMITIVES, COLUMNS), np.float32)
    made = furniture.primitives()[:MAX_PRIMITIVES]
    rows[: len(made)] = made
    names = (furniture.materials * MAX_MATERIALS)[:MAX_MATERIALS]
    materials = np.array([MATERIALS.index(name) for name in names])
    source = f"procedural/{CATEGORIES[category]}/{furniture.name or 'plain'}"
    return Piece(rows, category, materials, source)


def make_pieces(seed: int, indices: range, shares: tuple[float, ...]) -> list[Piece]:
    """Several pieces in one call, for worker processes."""
    return [make_piece(seed, index, shares) for index in indices]
