"""Draws pieces for a bank: evenly over designs, with parameters that rebuild the same piece."""

from dataclasses import dataclass

import numpy as np

from core.categories import CATEGORIES
from furniture import generators
from furniture.choices import Choices
from furniture.pieces import build
from pipeline.parts.codes import pool
from pipeline.parts.grids import SIDE, solid_cells
from pipeline.parts.parameters import round_values

# Categories of a bank, as often as people photograph them; miscellanea and tools have no parts
# that a person would edit, and stay smooth.
SHARES = {"bed": 8, "bookcase": 7, "chair": 34, "desk": 12, "sofa": 13, "table": 17, "wardrobe": 9}
PILOT = 300  # draws of a category that measure how often each design occurs
MIN_DESIGN_CHANCE = 0.15  # of a draw; the most frequent design is kept at least so often


@dataclass(frozen=True)
class DrawnPiece:
    """One piece of a bank."""

    choices: dict
    category: int
    design: str
    bits: np.ndarray  # (4096,) uint8, packed grid of 32 cells a side

    @property
    def pooled(self) -> np.ndarray:
        """(4096,) float32 means of the grid over 2 x 2 x 2 cells."""
        return pool(np.unpackbits(self.bits).reshape(SIDE, SIDE, SIDE)).ravel()


def design_chances(seed: int) -> dict[tuple[str, str], float]:
    """Returns for each (category, design) the chance that a drawn piece is kept.

    Frequent designs are kept less often: the chance falls with the square root of the frequency,
    relative to the median design of the category.
    """
    chances = {}
    for number, category in enumerate(SHARES):
        rng = np.random.default_rng([seed, 0, number])
        names = [generators()[category](Choices(rng)).name for _ in range(PILOT)]
        designs, counts = np.unique(names, return_counts=True)
        wanted = np.sqrt(np.median(counts) / counts).clip(MIN_DESIGN_CHANCE, 1)
        chances |= {(category, str(d)): float(w) for d, w in zip(designs, wanted, strict=True)}
    return chances


def draw_pieces(seed: int, indices: range, chances: dict[tuple[str, str], float]) -> list:
    """Returns the pieces of a stretch of an endless sequence, for worker processes.

    Parameters
    ----------
    seed : int
        Number of the sequence.
    indices : range
        Numbers within the sequence.
    chances : dict
        From `design_chances`; designs that it lacks are rare and are always kept.

    Returns
    -------
    list of DrawnPiece
        Some 60 % as many as indices.
    """
    pieces = [_draw(seed, index, chances) for index in indices]
    return [piece for piece in pieces if piece is not None]


def _draw(seed: int, index: int, chances: dict[tuple[str, str], float]) -> DrawnPiece | None:
    rng = np.random.default_rng([seed, 1, index])
    weights = np.array(list(SHARES.values()), float)
    category = list(SHARES)[rng.choice(len(weights), p=weights / weights.sum())]
    lot = rng.random()
    drawn = Choices(rng)
    design = generators()[category](drawn).name
    if lot > chances.get((category, design), 1.0):
        return None
    choices = round_values(drawn.values())
    piece = build(category, choices)  # the grid is that of the rounded parameters
    bits = np.packbits(solid_cells(piece.primitives()))
    return DrawnPiece(choices, CATEGORIES.index(category), piece.name, bits)
