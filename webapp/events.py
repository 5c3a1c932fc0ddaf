"""The page's events: adapters of a few lines between its components and `pipeline/export.py`."""

import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from threading import Event

import gradio as gr

from core.prediction import Prediction
from images.views import mask_outline, slices
from meshing import STYLES
from pipeline.confidence import calibrated_iou, unfamiliar_warning
from pipeline.detection import (
    DetectedObject,
    better_rotation,
    detection_of,
    may_be_rotated,
    rotate_image,
)
from pipeline.export import (
    ExportOptions,
    Result,
    Settings,
    export_file,
    export_glb,
    export_with_notes,
    find_object,
    ignore_progress,
    open_image,
    pick_object,
    predict_object,
    safe_name,
)
from pipeline.fusion import fuse
from voxel_model import VoxelModel
from webapp.example_cache import Known, example_pictures
from webapp.messages import REFUSALS, explain, sentences
from webapp.server.lifetime import Patience
from webapp.server.zero_gpu import on_gpu
from webapp.sessions import ENDED, Visit, open_visit, photo_folder, tidy
from webapp.uploads import refusal

FILLED = 0.37  # sine of half the view angle that the model fills; Babylon's field of view is 46°
FIELDS = len(fields(ExportOptions))
WARM_PAUSE = 1.0  # s before each example that is predicted beforehand: visitors come first
TURNED_QUALITY = 95  # of the JPEG that a turned photo becomes
MOST_MORE = 3  # photos of one piece beside the first; more add little


class Page:
    """The page's events around one model; they answer with updates of components."""

    def __init__(self, model: VoxelModel, files: Path, patience: Patience | None = None):
        self.model = model
        # closed over the model, which the process that has the GPU then need not be sent
        self.find_on = on_gpu(lambda picture: find_object(model, picture))
        self.pick_on = on_gpu(lambda picture, point: pick_object(model, picture, point))
        self.look_on = on_gpu(
            lambda picture, box, report: predict_object(model, picture, box, report)
        )
        self.turn_on = on_gpu(lambda picture, seen: better_rotation(model, picture, seen))
        self.patience = patience or Patience()  # what runs the network, and for how long
        self.files = files  # Gradio's cache, the one folder it serves from and sweeps
        self.known = Known(example_pictures())

    def find(self, file: dict | None) -> dict | None:
        """What the model takes for the object, shown as soon as there is a picture."""
        if not file:
            return None
        if known := self.known.recall(file["path"], None):
            return _chosen(file, detection_of(known))
        with sentences():
            found = self.patience(self.find_on, open_image(file["path"]))
        return _chosen(file, found)

    def pick(self, file: dict | None, event: gr.EventData) -> dict:
        """The object that the visitor pointed at."""
        if not file:
            return gr.skip()
        with sentences():
            picture = open_image(file["path"])
            found = self.patience(self.pick_on, picture, (event.x, event.y))
        return _chosen(file, found)

    def predict(
        self, file, chosen, visit: Visit | None, report, more: list[dict] | None = None
    ) -> tuple[Visit, Prediction]:
        """The only way to a model, which joins those of the visit; and what the photo alone said.

        more : further photos of the same piece, each of which makes the model better
        """
        path = (file or {}).get("path")
        # a choice made in the picture before is none
        box = chosen["box"] if chosen and chosen.get("path") == path else None
        if len(more or []) > MOST_MORE:
            raise refusal(f"Give at most {MOST_MORE} more photos.")
        with sentences():
            prediction = self.look(path, box, report)
            others = [self.look(other["path"], None, report) for other in more or []]
            visit = open_visit(visit, self.files)
        return visit.add(self.keep([prediction, *others], path, visit.folder)), prediction

    def look(self, path: str | None, box, report) -> Prediction:
        """What the network says of the picture; of an example it is asked once."""
        prediction = self.known.recall(path, box)
        if prediction is None:
            prediction = self.patience(self.look_on, open_image(path), box, report)
            self.known.keep(path, box, prediction)
        return prediction

    def warm(self, closing: Event) -> None:
        """Looks at the examples that nobody has clicked yet, one at a time, until `closing`."""
        for path in self.known.missing():
            if closing.wait(WARM_PAUSE):
                return
            try:
                self.look(path, None, ignore_progress)
            except REFUSALS as error:
                print(f"{Path(path).name} is not ready: {explain(error)}", file=sys.stderr)
                return

    def keep(self, photos: list[Prediction], path: str, folder: Path) -> Result:
        name, threshold = safe_name(path), self.model.config.threshold
        if len(photos) == 1:
            return Result(photos[0], name, folder, threshold)
        return Result(fuse(photos), name, folder, threshold, tuple(photos))

    # Gradio finds its own arguments by position: they stand before the settings
    def generate(self, file, more, chosen, visit, progress=gr.Progress(), *settings):
        began = time.perf_counter()
        visit, p = self.predict(file, chosen, visit, progress, more)
        progress(0.9, desc="Building the model")
        return *self.show(visit, *settings, began=began), _chosen(file, detection_of(p))

    def doubt(self, file: dict | None, visit: Visit | None) -> tuple[int, gr.Row]:
        """Whether the photo seems to lie on its side: the turn that would help, and the hint."""
        turn = 0
        if file and visit and visit.kept.photo_count == 1 and may_be_rotated(visit.kept.prediction):
            with sentences():
                picture = open_image(file["path"])
                turn = self.patience(self.turn_on, picture, visit.kept.prediction)
        return turn, gr.Row(visible=turn > 0)

    def turn(self, file: dict | None, visit: Visit | None, quarters: int):
        """The photo turned, in place of the one that was given."""
        if not file:
            return gr.skip()
        if not visit:
            raise refusal(ENDED)
        with sentences():
            picture = rotate_image(open_image(file["path"]), quarters)
            path = photo_folder(visit) / f"{safe_name(file['path'])}.jpg"
            picture.save(path, quality=TURNED_QUALITY)
        return str(path)

    def recall(self, visit: Visit | None, event: gr.SelectData, *settings):
        """An earlier model of the visit, chosen in its history."""
        if not visit:
            raise refusal(ENDED)
        return self.show(visit.recall(event.index), *settings)

    def show(self, visit: Visit, *settings, began: float | None = None) -> tuple:
        """The visit's model, everywhere on the page."""
        visit, path, facts = _shaped(visit, *settings, began=began)
        p = visit.kept.prediction
        shown = _viewed(path, p, facts)
        categories = p.category_probabilities if p.category else None
        if warning := unfamiliar_warning(p):
            gr.Warning(warning, title="Is this furniture?")
        history = [(kept.dimmed_crop, kept.name) for kept in visit.models]
        return visit, shown, facts, history[visit.place][0], categories, history

    def remesh(self, visit, *settings):
        return _shaped(visit, *settings) if visit else gr.skip()

    def offer(self, visit, file_format, *values):
        """Wake the download button with the file it gives, and say what a printer may mind.

        values : the fields of Finish, then those of Settings
        """
        if not visit:
            return gr.skip()
        with sentences():
            finish, settings = ExportOptions(*values[:FIELDS]), Settings(*values[FIELDS:])
            path, notes = visit.same_file(settings, file_format, finish), []
            if path is None:
                path, notes = export_with_notes(visit.kept, settings, file_format, finish)
            tidy(visit.folder)
        label = f"Download {file_format.upper()} · {_size(path)}"
        button = gr.DownloadButton(label, value=str(path), interactive=True)
        return button, "\n".join(f"- {note}" for note in notes)

    def draw(self, visit, tab, depth, *settings):
        """What the open tab shows beside the model: voxels, three slices at a depth, a turn."""
        updates = [gr.skip()] * 5
        if visit and tab == "Voxels":
            with sentences():
                path, facts = export_glb(visit.kept, replace(Settings(*settings), style="blocks"))
                tidy(visit.folder)
            updates[0] = _viewed(str(path), visit.kept.prediction, facts)
        if visit and tab == "Inside":
            updates[1:4] = slices(visit.kept.prediction.occupancy, float(depth))
        if visit and tab == "Turntable":
            with sentences():
                updates[4] = str(export_file(visit.kept, Settings(*settings), "webp"))
                tidy(visit.folder)
        return updates

    def link(self, request: gr.Request):
        """Settings can be linked to: /?threshold=0.4&style=blocks"""
        asked = request.query_params
        try:
            threshold = min(max(float(asked["threshold"]), 0.05), 0.95)
        except (KeyError, ValueError):
            threshold = self.model.config.threshold
        style = asked.get("style")
        return threshold, style if style in STYLES else STYLES[0]


def shape(kept: Result, *settings, began: float | None = None) -> tuple[str, dict]:
    """The model's path and facts; its seconds count from `began`, or the meshing alone."""
    began = began or time.perf_counter()
    with sentences():
        path, facts = export_glb(kept, Settings(*settings))
        tidy(kept.folder)
    facts["confidence"] = round(calibrated_iou(kept.prediction, settings[0]), 3)
    return str(path), facts | {"seconds": round(time.perf_counter() - began, 3)}


def _shaped(visit: Visit, *settings, began: float | None = None) -> tuple[Visit, str, dict]:
    """`shape` of the visit's model, and the visit that knows the file."""
    path, facts = shape(visit.kept, *settings, began=began)
    return replace(visit, shown=(Settings(*settings), Path(path))), path, facts


def _viewed(path: str, prediction: Prediction, facts: dict) -> gr.Model3D:
    """The model from the side that the photo was taken from."""
    # Babylon's angles: alpha counts from +x, beta from straight above
    camera = (90 - prediction.azimuth, 90 - prediction.elevation, facts["radius"] / FILLED)
    return gr.Model3D(path, camera_position=camera)


def _chosen(file: dict, found: DetectedObject) -> dict:
    """What the browser draws over the photo, see webapp/assets/chooser.js."""
    rings = mask_outline(found.mask, found.mask_box)
    return {"path": file["path"], "size": found.size, "box": found.box, "outline": rings}


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"
