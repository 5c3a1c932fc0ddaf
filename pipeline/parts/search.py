"""Finds the pieces of a bank that explain a prediction.

    candidates = find_pieces(bank, prediction)
    candidates.indices[0], candidates.overlaps[0]        # best piece, its expected overlap

1. Score all pieces by their codes: an exact search, N x 128 products.
2. Read the grids of the first CANDIDATES and compute their expected overlap with the prediction.
   Sort by it, with a factor for the probability of the piece's category.

A model with a descriptor head adds the distance of the piece's descriptor to both scores
(`codes.DescriptorTable`): the network knows from the photo what the grid does not tell.

Expected overlap: sum(p s) / (sum(p) + sum(s) - sum(p s)) for probabilities p and the solid cells s
of the piece; the expected intersection over the expected union.
"""

from dataclasses import dataclass

import numpy as np

from core.categories import CATEGORIES
from core.prediction import Prediction
from pipeline.parts.bank import PieceBank
from pipeline.parts.codes import products

CANDIDATES = 200  # pieces whose grids are compared
# Exponent of the category's probability in the score: it settles near ties. On 45 dev photos the
# IoU of the first piece is .451 at 0 and at 0.1, .448 at 0.2, .445 at 0.4.
CATEGORY_WEIGHT = 0.05
MIN_PROBABILITY = 0.01  # of a category; the head is sometimes sure of a wrong one


@dataclass(frozen=True)
class Candidates:
    """Pieces of a bank, best first."""

    indices: np.ndarray  # (M,) int
    scores: np.ndarray  # (M,) float, order of the pieces
    overlaps: np.ndarray  # (M,) float, expected overlap, 0 to 1
    votes: np.ndarray  # (M,) float, of the descriptors, at most 0; 0 without them
    grids: np.ndarray  # (M, 32, 32, 32) float32, 0 or 1


def find_pieces(
    bank: PieceBank,
    prediction: Prediction,
    count: int = CANDIDATES,
    query: tuple[np.ndarray, float] | None = None,
) -> Candidates:
    """Returns the best pieces of a bank.

    Parameters
    ----------
    bank : PieceBank
    prediction : Prediction
        With a grid of 32 cells a side.
    count : int
        Pieces to return.
    query : vector (K,) float32 and constant, optional
        Make the overlap with a piece from its code; by default from the grid.

    Returns
    -------
    Candidates
        The same for the same prediction on every machine, as ties go to the lower index.
    """
    occupancy = prediction.occupancy
    vector, constant = bank.encoder.query(occupancy) if query is None else query
    weights = category_weights(prediction)[bank.categories]
    shared = products(bank.codes, vector) + constant
    votes = descriptor_votes(bank, prediction)
    rough = weights * _ratio(shared, float(occupancy.sum()), bank.volumes.astype(np.float32))
    rough += votes
    count = min(count, len(bank))
    first = np.sort(np.argpartition(-rough, count - 1)[:count])
    grids = bank.grids.read(first)
    overlaps = expected_overlaps(occupancy, grids)
    scores = overlaps * weights[first] + votes[first]
    order = np.argsort(-scores, kind="stable")
    first = first[order]
    return Candidates(first, scores[order], overlaps[order], votes[first], grids[order])


def descriptor_votes(bank: PieceBank, prediction: Prediction) -> np.ndarray:
    """Returns the votes (N,) float32 of the descriptors, 0 where the model or the bank has none."""
    table = bank.descriptors
    if table is None or not table.fits(prediction.descriptor):
        return np.zeros(len(bank), np.float32)
    return table.votes(prediction.descriptor)


def category_weights(prediction: Prediction) -> np.ndarray:
    """Returns the factor of each category's pieces (9,) float32, 1 for the most probable one."""
    known = prediction.category_probabilities
    chances = np.array([known.get(name, 0.0) for name in CATEGORIES], np.float32)
    if not chances.any():  # the classic design, or a model of other categories
        return np.ones(len(CATEGORIES), np.float32)
    return (np.maximum(chances, MIN_PROBABILITY) / chances.max()) ** CATEGORY_WEIGHT


def expected_overlaps(occupancy: np.ndarray, grids: np.ndarray) -> np.ndarray:
    """Returns the expected overlap (M,) of a prediction with some grids (M, 32, 32, 32)."""
    solid = grids.reshape(len(grids), -1)
    shared = solid @ occupancy.ravel().astype(np.float32)
    return _ratio(shared, float(occupancy.sum()), solid.sum(axis=1))


def _ratio(shared: np.ndarray, total: float, volumes: np.ndarray) -> np.ndarray:
    return np.maximum(shared, 0) / np.maximum(total + volumes - shared, 1e-6)
