"""Handlers of the photo alone: how the page draws it, and how it is turned upright."""

from pathlib import Path

import gradio as gr

from core.errors import UserError
from pipeline.export import safe_name
from pipeline.orientation import may_be_rotated
from webapp.inference.predictor import Predictor
from webapp.messages import refusals, storage_errors
from webapp.sessions.session import Session
from webapp.sessions.session_files import new_photo_folder

ROTATED_QUALITY = 95  # JPEG quality of a rotated photo
CLOCKWISE = 3  # quarter turns anticlockwise


class PhotoEvents:
    """Handlers of the photo.

    Parameters
    ----------
    predictor : Predictor
        The model.
    files : Path
        Gradio's cache.
    """

    def __init__(self, predictor: Predictor, files: Path) -> None:
        self.predictor, self.files = predictor, files

    def show_photo(self, file: dict | None):
        """Return a picture in place of a photo that browsers do not draw, such as HEIC or TIFF.

        Nothing is said of a photo that cannot be read: `follow_photo` does.
        """
        if not file:
            return gr.skip()
        try:
            path = self.predictor.browser_picture(file["path"], self.files)
        except UserError:
            return gr.skip()
        return str(path) if path else gr.skip()

    def rotate_photo(self, file: dict | None, session: Session | None):
        """Return the path of the rotated photo, which takes the place of the photo.

        It turns as advised, and without an advice clockwise by a quarter.
        """
        if not file:
            return gr.skip()
        is_shown = session and session.models and session.model.photo == file["path"]
        quarters = session.model.quarters if is_shown else 0
        with refusals():
            image = self.predictor.rotate(file["path"], quarters or CLOCKWISE)
            with storage_errors():
                folder = new_photo_folder(session.folder if session else self.files)
                path = folder / f"{safe_name(file['path'])}.jpg"
                image.save(path, quality=ROTATED_QUALITY)
        return str(path)

    def with_rotation(self, session: Session) -> Session:
        """Return the session with the advice to turn its photo, if it seems to lie on its side."""
        model, result = session.model, session.result
        is_example = model.photo in self.predictor.examples.predictions
        if is_example or result.photo_count > 1 or not may_be_rotated(result.prediction):
            return session
        try:
            quarters = self.predictor.better_rotation(model.photo, result.prediction)
        except UserError:  # it took too long
            return session
        return session.with_rotation(quarters) if quarters else session
