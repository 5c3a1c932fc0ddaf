"""Handlers of the page's events: short adapters between its components and `pipeline/`.

The settings come as keyword arguments, named as the fields of `Settings` and `ExportOptions`.
Handlers return updates of components. `app.py` says which event calls which handler.
"""

import time
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import count
from pathlib import Path

import gradio as gr

from core.prediction import Prediction
from images.views import mask_outline, slices
from meshing import STYLES
from pipeline.confidence import calibrated_iou, unfamiliar_warning
from pipeline.detection import DetectedObject, detection_of
from pipeline.export import export_file, export_glb, export_with_notes, safe_name
from pipeline.fusion import fuse
from pipeline.orientation import may_be_rotated
from pipeline.result import Result
from pipeline.settings import DEFAULT_STYLE, ExportOptions, Settings
from webapp.messages import SESSION_EXPIRED, refusal, refusals
from webapp.predictor import Predictor
from webapp.sessions import Session, delete_old_results, new_photo_folder, open_session

VIEW_SHARE = 0.37  # sine of half the view angle that a model fills; Babylon's field of view is 46°
ROTATED_QUALITY = 95  # JPEG quality of a rotated photo
MAX_EXTRA_PHOTOS = 3  # of one object, beside the first; more improve the model little
MIN_THRESHOLD, MAX_THRESHOLD = 0.05, 0.95  # ends of the page's slider
VIEWS = ("Model", "Voxels", "Inside", "Turntable")  # tabs


class Events:
    """The page's handlers around one model.

    Parameters
    ----------
    predictor : Predictor
        The model.
    files : Path
        Gradio's cache: the folder from which it serves files and removes old ones.
    """

    def __init__(self, predictor: Predictor, files: Path) -> None:
        self.predictor, self.files = predictor, files
        self.threshold = predictor.model.config.threshold
        self.versions = count(1)  # of the displayed model; a new one tells the page to follow

    # --- show the photo ---

    def show_photo(self, file: dict | None):
        """Return a picture in place of a photo that browsers do not draw, such as HEIC or TIFF."""
        if not file:
            return gr.skip()
        with refusals():
            path = self.predictor.browser_picture(file["path"], self.files)
        return str(path) if path else gr.skip()

    # --- choose the object ----------------------------------------------------------------------

    def detect_object(self, file: dict | None) -> dict | None:
        """Return the selection of the object that the model finds in a new photo."""
        if not file:
            return None
        with refusals():
            return _selection(file, self.predictor.detect(file["path"]))

    def pick_object(self, file: dict | None, event: gr.EventData) -> dict:
        """Return the selection of the object at the point that the visitor clicked."""
        if not file:
            return gr.skip()
        with refusals():
            return _selection(file, self.predictor.pick(file["path"], (event.x, event.y)))

    # --- generate -------------------------------------------------------------------------------

    def generate(
        self,
        file: dict | None,
        extra_photos: list[dict] | None,
        selection: dict | None,
        session: Session | None,
        progress: gr.Progress = gr.Progress(),
        **settings,
    ) -> tuple:
        """Predict the object and display its model."""
        start = time.perf_counter()
        session, prediction = self.predict(file, selection, session, progress, extra_photos)
        progress(0.9, desc="Building the model")
        displayed = self.display(session, start=start, **settings)
        return *displayed, _selection(file, detection_of(prediction))

    def predict(
        self,
        file: dict | None,
        selection: dict | None,
        session: Session | None,
        progress: Callable[[float, str], None],
        extra_photos: list[dict] | None = None,
    ) -> tuple[Session, Prediction]:
        """Predict the shape and add the result to the session.

        Returns the session, and the prediction of the first photo alone.
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
            session = open_session(session, self.files)
            result = self.make_result([prediction, *others], path, session.folder)
            return session.add(result), prediction

    def make_result(self, predictions: list[Prediction], path: str, folder: Path) -> Result:
        """Return the result of one photo, or of several photos of one object."""
        name = safe_name(path)
        if len(predictions) == 1:
            return Result(predictions[0], name, folder, self.threshold)
        return Result(fuse(predictions), name, folder, self.threshold, tuple(predictions))

    def suggest_rotation(self, file: dict | None, session: Session | None) -> tuple[int, gr.Row]:
        """Return the quarter turns that would set the photo upright, and the hint about them."""
        quarters = 0
        if file and session:
            result = session.result
            if result.photo_count == 1 and may_be_rotated(result.prediction):
                with refusals():
                    quarters = self.predictor.better_rotation(file["path"], result.prediction)
        return quarters, gr.Row(visible=quarters > 0)

    def rotate_photo(self, file: dict | None, session: Session | None, quarters: int):
        """Return the path of the rotated photo, which takes the place of the photo."""
        if not file:
            return gr.skip()
        if not session:
            raise refusal(SESSION_EXPIRED)
        with refusals():
            image = self.predictor.rotate(file["path"], quarters)
            path = new_photo_folder(session) / f"{safe_name(file['path'])}.jpg"
            image.save(path, quality=ROTATED_QUALITY)
        return str(path)

    # --- display --------------------------------------------------------------------------------

    def display(self, session: Session, start: float | None = None, **settings) -> tuple:
        """Return the session and its model for every part of the page."""
        with refusals():
            session, path, facts = _mesh_session(session, start=start, **settings)
            history = [(m.thumbnail(session.folder), m.result.name) for m in session.models]
        prediction = session.result.prediction
        if warning := unfamiliar_warning(prediction):
            gr.Warning(warning, title="Is this furniture?")
        return (
            session,
            _view_from_photo(path, prediction, facts),
            facts,
            next(self.versions),
            history[session.selected][0],
            prediction.category_probabilities if prediction.category else None,
            history,
        )

    def remesh(self, session: Session | None, **settings):
        """Mesh the displayed model with other settings; the network does not run."""
        if not session:
            return gr.skip()
        with refusals():
            session, path, facts = _mesh_session(session, **settings)
        return session, path, facts, next(self.versions)

    def show_earlier_model(self, session: Session | None, event: gr.SelectData, **settings):
        """Display a model of the history."""
        if not session:
            raise refusal(SESSION_EXPIRED)
        return self.display(session.select(event.index), **settings)

    def prepare_download(self, session: Session | None, file_format: str, **values):
        """Return the download button with its file, and notes for the printer of an STL."""
        if not session:
            return gr.skip()
        with refusals():
            settings, options = split_settings(values)
            path, notes = session.displayed_file(settings, file_format, options), []
            if path is None:
                path, notes = export_with_notes(session.result, settings, file_format, options)
            delete_old_results(session.folder)
        label = f"Download {file_format.upper()} · {_file_size(path)}"
        button = gr.DownloadButton(label, value=str(path), interactive=True)
        return button, "\n".join(f"- {note}" for note in notes)

    def update_views(self, session: Session | None, tab: str, depth: float, **settings) -> list:
        """Return the voxels, three slices and the turntable; all but the open tab's are skipped."""
        updates = [gr.skip()] * 5
        if not session or tab == "Model":
            return updates
        result = session.result
        with refusals():
            if tab == "Voxels":
                path, facts = export_glb(result, replace(Settings(**settings), style="blocks"))
                updates[0] = _view_from_photo(str(path), result.prediction, facts)
            elif tab == "Inside":
                updates[1:4] = slices(result.prediction.occupancy, float(depth))
            elif tab == "Turntable":
                updates[4] = str(export_file(result, Settings(**settings), "webp"))
            delete_old_results(session.folder)
        return updates

    def settings_from_url(self, request: gr.Request) -> tuple[float, str]:
        """Return the threshold and the style that a link names: /?threshold=0.4&style=blocks."""
        query = request.query_params
        try:
            threshold = min(max(float(query["threshold"]), MIN_THRESHOLD), MAX_THRESHOLD)
        except (KeyError, ValueError):
            threshold = self.threshold
        style = query.get("style")
        return threshold, style if style in STYLES else DEFAULT_STYLE


def split_settings(values: dict) -> tuple[Settings, ExportOptions]:
    """Return the settings and the export options among values that are keyed by field name."""
    # Gradio's page shows and sends 0 for a number that has no value.
    if values.get("stl_height") == 0:
        values = values | {"stl_height": None}
    names = {item.name for item in fields(Settings)}
    return (
        Settings(**{name: value for name, value in values.items() if name in names}),
        ExportOptions(**{name: value for name, value in values.items() if name not in names}),
    )


def confidence(result: Result, threshold: float) -> float:
    """Return the expected IoU of a result with the true object, as the facts show it."""
    return round(calibrated_iou(result.prediction, threshold), 3)


def mesh_result(result: Result, start: float | None = None, **settings) -> tuple[str, dict]:
    """Mesh a result: the GLB's path and facts; `seconds` counts from `start` or the meshing."""
    start = start or time.perf_counter()
    path, facts = export_glb(result, Settings(**settings))
    delete_old_results(result.folder)
    facts["confidence"] = confidence(result, settings["threshold"])
    return str(path), facts | {"seconds": round(time.perf_counter() - start, 3)}


def _mesh_session(
    session: Session, start: float | None = None, **settings
) -> tuple[Session, str, dict]:
    """Mesh the session's model; the session then knows the displayed file."""
    path, facts = mesh_result(session.result, start=start, **settings)
    return replace(session, displayed=(Settings(**settings), Path(path))), path, facts


def _view_from_photo(path: str, prediction: Prediction, facts: dict) -> gr.Model3D:
    """Return the viewer with the camera where the photo was taken from."""
    # Babylon's angles: alpha counts from +x, beta from straight above.
    camera = (90 - prediction.azimuth, 90 - prediction.elevation, facts["radius"] / VIEW_SHARE)
    return gr.Model3D(path, camera_position=camera)


def _selection(file: dict, detected: DetectedObject) -> dict:
    """Return the value that webapp/assets/chooser.js draws over the photo."""
    outline = mask_outline(detected.mask, detected.mask_box)
    return {"path": file["path"], "size": detected.size, "box": detected.box, "outline": outline}


def _file_size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"
