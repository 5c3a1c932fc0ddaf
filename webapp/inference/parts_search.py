"""The search for furniture made of parts, for the page and the API.

    result = find_parts(predictor, result)
    scene = find_scene_parts(predictor, scene, threshold)

Each piece of a room is a step of its own (`webapp.server.process.lifetime.TimeLimit`), so that the
steps of other visitors come between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.parts.model import add_parts
from pipeline.result import Result
from pipeline.scene.parts import add_scene_parts
from pipeline.scene.scene import Scene
from webapp.server.process.lifetime import StepTimeout

if TYPE_CHECKING:
    from webapp.inference.predictor import Predictor


def find_parts(
    predictor: "Predictor", result: Result, check: Callable[[], object] = lambda: None
) -> Result:
    """Return the result with its model of parts, or itself where there is none.

    What `check` raises ends the search; it is called between the steps.
    """
    return predictor.run(lambda: add_parts(result, predictor.bank, check), name="parts")


@dataclass
class PieceSearch:
    """The search in one piece of a room after the other; after a timeout the others stay smooth."""

    predictor: "Predictor"
    check: Callable[[], object]
    is_late: bool = False

    def __call__(self, result: Result) -> Result:
        """Return the result with its model of parts, or itself where there is none."""
        self.check()
        if self.is_late:
            return result
        try:
            return find_parts(self.predictor, result, self.check)
        except StepTimeout:
            self.is_late = True
            return result


def find_scene_parts(
    predictor: "Predictor",
    scene: Scene,
    threshold: float,
    check: Callable[[], object] = lambda: None,
) -> Scene:
    """Return the scene whose pieces are made of parts where their photo gives such a model.

    Parameters
    ----------
    predictor : Predictor
        Its bank holds the pieces; without one all pieces keep their surface.
    scene : Scene
        The scene.
    threshold : float
        As for `pipeline.scene.parts.add_scene_parts`.
    check : callable
        As for `find_parts`.
    """
    if not predictor.bank:
        return scene
    return add_scene_parts(scene, threshold, PieceSearch(predictor, check))
