"""Handlers of the page that use the network: from a photo to a model, and its changes.

Short adapters between the page's components and `webapp.inference.model_maker`. Those of the photo
alone are in `webapp.events.photo_events`, those of a displayed model in
`webapp.events.model_events`.

The settings come as keyword arguments, named as the fields of `Settings` and `ExportOptions`.
Handlers return updates of components, most of them as `webapp.display.model_display.Displayed`.
`app.py` says which event calls which handler.
"""

import time
from collections.abc import Iterator
from functools import partial, reduce
from pathlib import Path

import gradio as gr

from core.errors import UserError
from pipeline.detection import ignore_progress
from pipeline.settings import PAGE_STYLE, PARTS, STYLES, Settings
from webapp.components.controls import MAX_THRESHOLD, MIN_THRESHOLD
from webapp.display.model_display import Displayed, advised, cleared, display, noticed, redraw
from webapp.display.opening import Opening, opening_photo
from webapp.events.newest_photo import NewestPhotos, Superseded
from webapp.events.photo_events import PhotoEvents
from webapp.inference.example_cache import example_views, shows_furniture
from webapp.inference.model_maker import ModelMaker, selection_value
from webapp.inference.predictor import Predictor
from webapp.messages import SESSION_EXPIRED, refusal, refusals, storage_errors
from webapp.sessions.session import Session


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
        self.maker = ModelMaker(predictor, files)
        self.threshold = self.maker.threshold
        self.opening = Opening(
            self.maker.make_example, files, shows_furniture(predictor.model.config.categories)
        )
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
            model = {**shown, "is_stale": False} if is_dimmed else gr.skip()
            yield Displayed(model=model, pieces=self.maker.pieces(file["path"]))
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
        steps = self.hints_and_model(file, extra_photos, selection, session, request, settings)
        return reduce(Displayed.followed_by, steps)  # nothing after a newer photo

    def hints_and_model(
        self,
        file: dict | None,
        extra_photos: list[dict] | None,
        selection: dict | None,
        session: Session | None,
        request: gr.Request | None,
        settings: dict,
    ) -> Iterator[Displayed]:
        """Yield hints about the photo, the model of the selected object, and advice to turn it.

        The advice comes last: it may take as long as the model. A refusal is shown in the model's
        place. Nothing changes if the page shows a newer photo by then.
        """
        start, photo, page = time.perf_counter(), (file or {}).get("path"), _page(request)
        try:
            self.newest.check(photo, page)
            with storage_errors():
                session, _ = self.maker.predict(
                    file, selection, session, ignore_progress, extra_photos, on_page=True
                )
                self.newest.check(photo, page)
                pieces = self.maker.pieces(photo)
                yield noticed(session)._replace(pieces=pieces)
                is_final = not self.wants_parts(settings)
                made = display(session, Settings(**settings), start, is_final)
                self.newest.answer(photo, page)
                yield made._replace(pieces=pieces)
                if not _is_drawn(selection):
                    session = self.photo.with_rotation(made.session)
                    self.newest.check(photo, page)
                    if session.model.quarters:
                        yield advised(session)
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
        selection = selection_value(file["path"], detected)
        return self.generate(file, None, selection, session, request, **settings)

    def show_views(self, session: Session | None, request: gr.Request = None, **settings) -> tuple:
        """Make one model of an example's pictures; return it, the first picture and the others."""
        first, *others = ({"path": path} for path in example_views())
        if request:
            self.newest.tell(first, request)
        shown = self.generate(first, others, None, session, request, **settings)
        return *shown, first["path"], [other["path"] for other in others]

    def wants_parts(self, settings: dict) -> bool:
        """Return whether parts are looked for after the smooth surface."""
        return settings["style"] == PARTS and bool(self.predictor.bank)

    def fit_parts(
        self, session: Session | None, request: gr.Request = None, **settings
    ) -> Displayed:
        """Replace the smooth surface by furniture made of parts, if the style asks for it."""
        if not session or settings["style"] != PARTS or session.model.is_fitted:
            return Displayed()
        check = partial(self.newest.check, session.model.photo, _page(request))
        with refusals():
            try:
                session = self.maker.with_fitted_parts(session, check)
            except Superseded:
                return Displayed()
            except UserError:  # it took too long
                session = session.with_parts(None, is_first=True)
            return display(session, Settings(**settings))

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
                session = self.maker.with_fitted_parts(session)
            return *display(session, settings), session.model.photo

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
            return display(self.maker.with_fitted_parts(session), settings)

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
