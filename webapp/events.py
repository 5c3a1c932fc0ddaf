"""Handlers of the page that use the network: from a photo to a model, and its changes.

Short adapters between the page's components and `pipeline/`. Those of the photo alone are in
`webapp.photo_events`, those of a displayed model in `webapp.model_events`.

The settings come as keyword arguments, named as the fields of `Settings` and `ExportOptions`.
Handlers return updates of components, most of them as `webapp.model_display.Displayed`. `app.py`
says which event calls which handler.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import gradio as gr

from core.errors import UserError
from core.prediction import Prediction
from images.views import mask_outline
from pipeline.detection import DetectedObject, detection_of, ignore_progress
from pipeline.export import safe_name
from pipeline.fusion import check_same_piece, fuse, have_different_colors
from pipeline.result import Result
from pipeline.settings import PAGE_STYLE, PARTS, STYLES, Settings
from webapp.components.controls import MAX_THRESHOLD, MIN_THRESHOLD
from webapp.components.nudges import OTHER_COLORS
from webapp.example_cache import example_views
from webapp.messages import SESSION_EXPIRED, refusal, refusals, storage_errors
from webapp.model_display import (
    Displayed,
    advised,
    cleared,
    display,
    noticed,
    redraw,
)
from webapp.newest_photo import NewestPhotos, Superseded
from webapp.opening import Opening, opening_photo
from webapp.parts_search import find_parts, find_scene_parts
from webapp.photo_events import PhotoEvents
from webapp.predictor import Predictor
from webapp.sessions import Session, open_session

MAX_EXTRA_PHOTOS = 3  # of one object, beside the first; more improve the model little


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
        self.opening = Opening(self.make_example, files)
        self.photo = PhotoEvents(predictor, files)
        self.newest = NewestPhotos()

    # --- from the photo to a model --------------------------------------------------------------

    def follow_photo(
        self,
        file: dict | None,
        shown: dict | None,
        session: Session | None,
        request: gr.Request = None,
        **settings,
    ) -> Iterator[Displayed]:
        """Make a model of a new photo; nothing if the model of this photo is shown already."""
        if not file:
            yield cleared("Your model appears here.")
        elif shown and shown.get("photo") == file["path"] and shown.get("file"):
            # `shown` is as old as the request; sent back, it would undo a change made since then.
            is_dimmed = shown.get("is_stale")
            yield Displayed(model={**shown, "is_stale": False}) if is_dimmed else Displayed()
        elif not session and file["path"] == opening_photo():
            yield self.open_page(file, **settings)
        elif self.newest.is_answered(file["path"], _page(request)):
            yield Displayed()  # Gradio's image reports one upload twice
        else:
            yield from self.hints_and_model(file, None, None, session, request, settings)

    def generate(
        self,
        file: dict | None,
        extra_photos: list[dict] | None,
        selection: dict | None,
        session: Session | None,
        request: gr.Request = None,
        **settings,
    ) -> Displayed:
        """Make a model of the selected object and display it."""
        *_, shown = self.hints_and_model(file, extra_photos, selection, session, request, settings)
        return shown

    def hints_and_model(
        self,
        file: dict | None,
        extra_photos: list[dict] | None,
        selection: dict | None,
        session: Session | None,
        request: gr.Request | None,
        settings: dict,
    ) -> Iterator[Displayed]:
        """Yield hints about the photo, then the model of the selected object.

        A refusal is shown in the model's place. Nothing changes if the page shows a newer photo by
        then.
        """
        start, photo, page = time.perf_counter(), (file or {}).get("path"), _page(request)
        try:
            self.newest.check(photo, page)
            with storage_errors():
                session, _ = self.predict(
                    file, selection, session, ignore_progress, extra_photos, on_page=True
                )
                self.newest.check(photo, page)
                yield noticed(session)
                if not _is_drawn(selection):
                    session = self.photo.with_rotation(session)
                    self.newest.check(photo, page)
                if session.model.quarters:
                    yield advised(session)
                is_final = not self.wants_parts(settings)
                shown = display(session, Settings(**settings), start, is_final)
                self.newest.answer(photo, page)
                yield shown
        except Superseded:
            yield Displayed()
        except (UserError, gr.Error) as error:
            yield cleared(getattr(error, "message", None) or str(error), session)

    def generate_at(
        self,
        file: dict | None,
        session: Session | None,
        event: gr.EventData,
        request: gr.Request = None,
        **settings,
    ) -> Displayed:
        """Make a model of the object at the point that the visitor clicked."""
        try:
            detected = self.predictor.pick((file or {}).get("path"), (event.x, event.y))
        except UserError as error:
            return cleared(str(error), session)
        selection = _selection(file["path"], detected)
        return self.generate(file, None, selection, session, request, **settings)

    def show_views(self, session: Session | None, request: gr.Request = None, **settings) -> tuple:
        """Make one model of an example's pictures; return it, the first picture and the others."""
        first, *others = ({"path": path} for path in example_views())
        if request:
            self.newest.tell(first, request)
        shown = self.generate(first, others, None, session, request, **settings)
        return *shown, first["path"], [other["path"] for other in others]

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
            session = open_session(session, self.files)
            result = self.make_result([prediction, *others], path, session.folder)
            shown = {
                "photo": path,
                "selection": _selection(path, detection_of(prediction), outlined=on_page),
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

    def wants_parts(self, settings: dict) -> bool:
        """Return whether parts are looked for after the smooth surface."""
        return settings["style"] == PARTS and bool(self.predictor.bank)

    def fit_parts(
        self, session: Session | None, request: gr.Request = None, **settings
    ) -> Displayed:
        """Replace the smooth surface by furniture made of parts, if the style asks for it."""
        if not session or settings["style"] != PARTS or session.model.is_fitted:
            return Displayed()
        with refusals():
            try:
                session = self.with_fitted_parts(session, _page(request))
            except Superseded:
                return Displayed()
            except UserError:  # it took too long
                session = session.with_parts(None, is_first=True)
            return display(session, Settings(**settings))

    def with_fitted_parts(self, session: Session, page: str | None = None) -> Session:
        """Return the session with parts of the displayed model; they are looked for once.

        Raises Superseded if the page, where one is given, shows a newer photo.
        """
        if session.model.is_fitted:
            return session
        check = partial(self.newest.check, session.model.photo, page)
        if scene := session.model.scene:
            scene = find_scene_parts(self.predictor, scene, self.threshold, check)
            return session.with_scene_parts(scene)
        result = find_parts(self.predictor, session.result, check)
        return session.with_parts(result.part_model, is_first=True)

    # --- the page opens -------------------------------------------------------------------------

    def open_page(self, file: dict | None, **settings) -> Displayed:
        """Display the model of the example, which all visitors share until they change it."""
        if not file or file["path"] != opening_photo():  # the visitor was faster
            return Displayed()
        with refusals():
            return self.opening.display(Settings(**settings))

    def come_back(self, session: Session, **settings) -> tuple:
        """Display the models of a visit whose page was loaded again, and the photo."""
        with refusals():
            settings = Settings(**settings)
            session = session.select(session.selected)
            if settings.style == PARTS:
                session = self.with_fitted_parts(session)
            return *display(session, settings), session.model.photo

    def make_example(self, path: Path, folder: Path) -> Session:
        """Return a session that holds the model of an example with its parts."""
        session, _ = self.predict(
            {"path": str(path)}, None, Session(folder), ignore_progress, on_page=True
        )
        return self.with_fitted_parts(session)

    def resume(self, session: Session | None, file: dict | None, facts: dict | None):
        """Return the session that the page shows a model of; None if it shows none.

        A visitor who changes the example on the opening page gets a session with it.
        """
        if session or not facts:
            return session
        if opened := self.opening.take(file, self.files):
            return opened
        raise refusal(SESSION_EXPIRED)

    # --- changes of the model -------------------------------------------------------------------

    def remesh(self, session: Session | None, **settings) -> Displayed:
        """Mesh the displayed model with other settings; the network does not run."""
        if not session:
            return Displayed()
        with refusals():
            settings = Settings(**settings)
            if settings.style != PARTS:
                return redraw(session, settings)._replace(adjust=gr.Accordion(visible=False))
            return display(self.with_fitted_parts(session), settings)

    def settings_from_url(self, request: gr.Request) -> tuple[float, str]:
        """Return the threshold and the style that a link names: /?threshold=0.4&style=blocks."""
        query = request.query_params
        try:
            threshold = min(max(float(query["threshold"]), MIN_THRESHOLD), MAX_THRESHOLD)
        except (KeyError, ValueError):
            threshold = round(self.threshold, 2)
        style = query.get("style")
        return threshold, style if style in STYLES else PAGE_STYLE


def _is_drawn(selection: dict | None) -> bool:
    """Return True for a box that the visitor drew or picked: it has no outline."""
    return bool(selection) and not selection.get("outline")


def _page(request: gr.Request | None) -> str | None:
    """Return Gradio's name of the page that a request came from."""
    return request.session_hash if request else None


def _selection(path: str, detected: DetectedObject, outlined: bool = True) -> dict:
    """Return the value that webapp/assets/chooser.js draws over the photo.

    Without `outlined` it is the box alone: tracing the outline takes 14 ms.
    """
    outline = mask_outline(detected.mask, detected.mask_box) if outlined else []
    return {"path": path, "size": detected.size, "box": detected.box, "outline": outline}
