"""Whole pieces: drawn from a numbered sequence for the studio, or built from named choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.categories import CATEGORIES
from furniture import generators
from furniture.choices import Choices
from furniture.primitives import COLUMNS, MATERIALS, MAX_MATERIALS, MAX_PRIMITIVES, Furniture


@dataclass
class Piece:
    """One procedural piece in the arrays that the studio takes."""

    rows: np.ndarray  # (MAX_PRIMITIVES, COLUMNS) float32, unused rows zero
    category: int
    materials: np.ndarray  # (MAX_MATERIALS,) int64 into MATERIALS
    source: str
    choices: dict[str, Any] = field(default_factory=dict)  # by full name; `build` takes them


def build(category: str, choices: Mapping[str, Any]) -> Furniture:
    """Builds a piece from its named choices.

    Parameters
    ----------
    category : str
        One of CATEGORIES.
    choices : mapping of names to values
        As `Piece.choices` holds them, perhaps edited. Numbers are clamped to their range; missing
        choices are drawn, the same on every machine.

    Returns
    -------
    Furniture
        Its `choices` tell what was clamped (`adjusted`) and which names mean nothing (`unused()`).

    Raises
    ------
    KeyError
        If the category is unknown.
    """
    return generators()[category](Choices.replay(choices))


def make_piece(seed: int, index: int, shares: tuple[float, ...]) -> Piece:
    """Draws one piece of an endless sequence.

    Parameters
    ----------
    seed : int
        Number of the sequence.
    index : int
        Number of the piece in it.
    shares : tuple of float
        Weight of each category.
    """
    rng = np.random.default_rng([seed, index])
    category = int(rng.choice(len(CATEGORIES), p=np.asarray(shares) / sum(shares)))
    draw = Choices(rng)
    furniture = generators()[CATEGORIES[category]](draw)
    rows = np.zeros((MAX_PRIMITIVES, COLUMNS), np.float32)
    used = furniture.primitives()[:MAX_PRIMITIVES]
    rows[: len(used)] = used
    names = (furniture.materials * MAX_MATERIALS)[:MAX_MATERIALS]
    materials = np.array([MATERIALS.index(name) for name in names])
    source = f"procedural/{CATEGORIES[category]}/{furniture.name or 'plain'}"
    return Piece(rows, category, materials, source, draw.values())


def make_pieces(seed: int, indices: range, shares: tuple[float, ...]) -> list[Piece]:
    """Draws several pieces in one call, for worker processes."""
    return [make_piece(seed, index, shares) for index in indices]
