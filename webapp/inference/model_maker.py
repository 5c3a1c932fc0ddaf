"""Models of photos: the network runs and the result joins the session.

    maker = ModelMaker(predictor, files)
    session, prediction = maker.predict(file, selection, session, progress)
    session = maker.with_fitted_parts(session)   # the displayed model, made of parts

The page, the API and the tab *Many photos* share it. `files` is the folder from which Gradio serves
files and removes old ones.
"""

from collections.abc import Callable
from pathlib import Path

from core.errors import UserError
from core.prediction import Prediction
from images.views import mask_outline, outline_path
from pipeline.detection import DetectedObject, detection_of, ignore_progress
from pipeline.export import safe_name
from pipeline.fusion import check_same_piece, fuse, have_different_colors
from pipeline.result import Result
from webapp.components.nudges import OTHER_COLORS
from webapp.components.pieces import MIN_PIECES, pieces_value
from webapp.inference.parts_search import find_parts, find_scene_parts
from webapp.inference.predictor import Predictor
from webapp.messages import refusal, refusals
from webapp.sessions.session import Session, open_session

MAX_EXTRA_PHOTOS = 3  # of one object, beside the first; more improve the model little


class ModelMaker:
    """Makes models around one network.

    Parameters
    ----------
    predictor : Predictor
        The network.
    files : Path
        Gradio's cache.
    """

    def __init__(self, predictor: Predictor, files: Path) -> None:
        self.predictor, self.files = predictor, files
        self.threshold = predictor.model.config.threshold

    def predict(
        self,
        file: dict | None,
        selection: dict | None,
        session: Session | None,
        progress: Callable[[float, str], None],
        extra_photos: list[dict] | None = None,
        on_page: bool = False,
    ) -> tuple[Session, Prediction]:
        """Predict the shape and add the result to the session.

        For the page, photos of clearly different categories are refused, and the outline of the
        object and the nudges about the photo are kept. Returns the session, and the prediction of
        the first photo alone.
        """
        path = (file or {}).get("path")
        # A selection made in an earlier photo does not count.
        box = selection["box"] if selection and selection.get("path") == path else None
        extra_photos = extra_photos or []
        if len(extra_photos) > MAX_EXTRA_PHOTOS:
            raise refusal(f"Give at most {MAX_EXTRA_PHOTOS} more photos.")
        with refusals():
            prediction = self.predictor.predict(path, box, progress)
            others = [self.predictor.predict(p["path"], None, progress) for p in extra_photos]
            if on_page:
                check_same_piece([prediction, *others])
            self.predictor.pieces.found.name(path, prediction)
            session = open_session(session, self.files)
            result = self.make_result([prediction, *others], path, session.folder)
            shown = {
                "photo": path,
                "selection": selection_value(path, detection_of(prediction), outlined=on_page),
                "nudges": self._nudges(path, [prediction, *others]) if on_page else (),
            }
            return session.add(result, **shown), prediction

    def _nudges(self, path: str, predictions: list[Prediction]) -> tuple[str, ...]:
        """Return the hints about photos that need no further use of the network."""
        nudges = self.predictor.nudges(path, predictions[0])
        if have_different_colors(predictions):
            nudges.append(OTHER_COLORS)
        return tuple(nudges)

    def make_result(self, predictions: list[Prediction], path: str, folder: Path) -> Result:
        """Return the result of one photo, or of several photos of one object."""
        name = safe_name(path)
        if len(predictions) == 1:
            return Result(predictions[0], name, folder, self.threshold)
        return Result(fuse(predictions), name, folder, self.threshold, tuple(predictions))

    def with_fitted_parts(
        self, session: Session, check: Callable[[], None] = lambda: None
    ) -> Session:
        """Return the session with parts of the displayed model; they are looked for once.

        `check` is called between the steps of the search, and ends it by an exception.
        """
        if session.model.is_fitted:
            return session
        if scene := session.model.scene:
            scene = find_scene_parts(self.predictor, scene, self.threshold, check)
            return session.with_scene_parts(scene)
        result = find_parts(self.predictor, session.result, check)
        return session.with_parts(result.part_model, is_first=True)

    def pieces(self, path: str) -> dict | None:
        """Return outlines and names of the pieces of a photo; None if there are fewer than two.

        A piece that became a model has the category of its model. Nothing is said of a photo that
        cannot be read.
        """
        try:
            found = self.predictor.pieces.of_head(path)
            if len(found) < MIN_PIECES:
                return None
            named = self.predictor.pieces.found.named(path, found)
            return pieces_value(path, self.predictor.size(path), named)
        except UserError:
            return None

    def make_example(self, path: Path, folder: Path) -> Session:
        """Return a session that holds the model of an example with its parts."""
        session, _ = self.predict(
            {"path": str(path)}, None, Session(folder), ignore_progress, on_page=True
        )
        return self.with_fitted_parts(session)


def selection_value(path: str, detected: DetectedObject, outlined: bool = True) -> dict:
    """Return the value that webapp/assets/chooser.js draws over the photo.

    Without `outlined` it is the box alone: tracing the outline takes 14 ms.
    """
    rings = mask_outline(detected.mask, detected.mask_box) if outlined else []
    outline = outline_path(rings)
    return {"path": path, "size": detected.size, "box": detected.box, "outline": outline}
