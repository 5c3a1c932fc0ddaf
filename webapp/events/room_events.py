"""Handlers of a photo with several pieces: make one of them, or all as a room."""

import time
from pathlib import Path

import gradio as gr

from core.errors import UserError
from pipeline.export import safe_name
from pipeline.scene.predicting import piece_results
from pipeline.scene.repeats import distinct_pieces
from pipeline.scene.scene import Scene, make_scene
from pipeline.settings import Settings
from webapp.components.pieces import MIN_PIECES
from webapp.display.model_display import Displayed, cleared, display
from webapp.events.newest_photo import Superseded
from webapp.events.prediction_events import Events
from webapp.messages import storage_errors
from webapp.sessions.session import Session, open_session

ONE_PIECE_ONLY = "Only one piece is found in this photo."


class RoomEvents:
    """Handlers of the pieces of a photo.

    Parameters
    ----------
    events : Events
        The page's handlers around one model.
    """

    def __init__(self, events: Events) -> None:
        self.events, self.predictor = events, events.predictor

    def generate_piece(
        self,
        file: dict | None,
        session: Session | None,
        event: gr.EventData,
        request: gr.Request = None,
        **settings,
    ) -> Displayed:
        """Make a model of the piece whose number the visitor picked."""
        path = (file or {}).get("path")
        try:
            boxes = dict(enumerate((piece.box for piece in self.predictor.pieces.of_head(path)), 1))
        except UserError as error:
            return cleared(str(error), session)
        if event.number not in boxes:
            return Displayed()
        selection = {"path": path, "box": list(boxes[event.number])}
        return self.events.generate(file, None, selection, session, request, **settings)

    def show_room(
        self,
        file: dict | None,
        session: Session | None,
        request: gr.Request = None,
        **settings,
    ) -> Displayed:
        """Make smooth models of all pieces and display them where they stand.

        `Events.fit_parts` replaces them by parts if the style asks for it.
        Nothing changes if the page shows a newer photo by then.
        """
        start, photo = time.perf_counter(), (file or {}).get("path")
        page = request.session_hash if request else None
        try:
            self.events.newest.check(photo, page)
            with storage_errors():
                scene = self.make_room(photo)
                self.events.newest.check(photo, page)
                shown = {"photo": photo, "selection": self._no_selection(photo), "scene": scene}
                opened = open_session(session, self.events.files)
                has_bank = bool(self.predictor.bank)
                session = opened.add(scene.pieces[0].result, is_fitted=not has_bank, **shown)
                is_final = not self.events.wants_parts(settings)
                made = display(session, Settings(**settings), start, is_final)
                return made._replace(pieces=self.events.maker.pieces(photo))
        except Superseded:
            return Displayed()
        except UserError as error:
            return cleared(str(error), session)

    def make_room(self, path: str | None) -> Scene:
        """Return the scene of all pieces of a photo, without their crops and masks.

        Raises
        ------
        UserError
            If the photo cannot be used, or shows fewer than two pieces.
        """
        found = self.predictor.pieces.of_head(path)
        if len(found) < MIN_PIECES:
            raise UserError(ONE_PIECE_ONLY)
        predictions = self.predictor.predict_pieces(path, [piece.box for piece in found])
        for prediction in predictions:
            self.predictor.pieces.found.name(path, prediction)
        threshold = self.events.threshold

        def place() -> Scene:
            kept = distinct_pieces(found, predictions)
            distinct = [predictions[i] for i in kept]
            results = piece_results(distinct, safe_name(path), Path(), threshold)
            numbers = [i + 1 for i in kept]
            return make_scene([result.compact() for result in results], threshold, numbers)

        return self.predictor.run(place, name="scene")

    def _no_selection(self, path: str) -> dict:
        """Return the value of the chooser that draws nothing and takes clicks."""
        return {"path": path, "size": self.predictor.size(path), "box": None, "outline": ""}
