"""The endless sequence of CAD shapes that a bank shows: which model or crossing, how stretched.

sequence = CadSequence(models_by_category(pool, categories), shares, seed=0, crossings=0.4)
sequence.draw(7).shape.name

A draw depends on the seed and the index alone. Crossings take about 25 ms of processor time each;
`prefetch` lets a thread draw them while the GPU is busy.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from furniture.primitives import MAX_MATERIALS
from training.studio.shapes.cad import CadModel, stretch_knots
from training.studio.shapes.crossings.crossing import Crossing, draw_crossing

OPAQUE_MATERIALS = 6  # wood to painted: the first ones


@dataclass
class CadDraw:
    """One shape of the sequence."""

    category: int
    shape: CadModel | Crossing
    seed: int  # of the surface samples
    knots: np.ndarray  # (3, 3, 2) stretch
    materials: np.ndarray  # (MAX_MATERIALS,) int64, rows of the studio's materials


class CadSequence:
    """Draws CAD shapes.

    Parameters
    ----------
    models : sequence of sequence of CadModel
        Models of each category.
    shares : sequence of float
        Share of each category.
    seed : int
        Seed of the sequence.
    crossings : float
        Share of the shapes that are made of two models of their category, where the category has
        models that fit.
    """

    def __init__(
        self,
        models: Sequence[Sequence[CadModel]],
        shares: Sequence[float],
        seed: int,
        crossings: float = 0.0,
    ):
        self.models, self.seed, self.crossings = models, seed, crossings
        weights = np.array(
            [share if own else 0.0 for share, own in zip(shares, models, strict=True)]
        )
        self.weights = weights / weights.sum() if weights.any() else weights
        self.thread = ThreadPoolExecutor(1, "crossings") if crossings else None
        self.started: dict[int, Future] = {}

    def prefetch(self, indices: Iterable[int]) -> None:
        """Lets the thread draw shapes that are due soon; does nothing without crossings."""
        for index in indices if self.thread else ():
            if index not in self.started:
                self.started[index] = self.thread.submit(self._draw, index)

    def draw(self, index: int) -> CadDraw:
        """Returns shape `index` of the sequence."""
        started = self.started.pop(index, None)
        return started.result() if started else self._draw(index)

    def _draw(self, index: int) -> CadDraw:
        """Draws shape `index`."""
        rng = np.random.default_rng([self.seed, index, 1])
        category = int(rng.choice(len(self.models), p=self.weights))
        models = self.models[category]
        model = models[rng.integers(len(models))]
        seed = int(rng.integers(2**62))
        knots = stretch_knots(rng, strength=rng.choice((0.0, 0.15, 0.3)))
        materials = rng.integers(0, OPAQUE_MATERIALS, MAX_MATERIALS)
        materials[:] = materials if rng.random() < 0.6 else materials[0]
        shape = self._crossing(models, index) or model
        return CadDraw(category, shape, seed, knots, materials)

    def _crossing(self, models: Sequence[CadModel], index: int) -> Crossing | None:
        """Crossing `index` of the sequence; None if a model as it is comes there."""
        if not self.crossings:
            return None
        rng = np.random.default_rng([self.seed, index, 2])  # models stay those without crossings
        return draw_crossing(models, rng) if rng.random() < self.crossings else None
