"""Handlers of the photo alone: how the page draws it, and how it is turned upright."""

from pathlib import Path

import gradio as gr

from core.errors import UserError
from pipeline.export import safe_name
from pipeline.orientation import may_be_rotated
from pipeline.warnings import ROTATED
from webapp.components.nudges import nudge_sentences
from webapp.messages import refusals, storage_errors
from webapp.predictor import Predictor
from webapp.sessions import Session, new_photo_folder

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

    def rotate_photo(self, file: dict | None, session: Session | None, quarters: int):
        """Return the path of the rotated photo, which takes the place of the photo.

        Without an advice (`quarters` is 0) it turns clockwise by a quarter.
        """
        if not file:
            return gr.skip()
        with refusals():
            image = self.predictor.rotate(file["path"], quarters or CLOCKWISE)
            with storage_errors():
                folder = new_photo_folder(session.folder if session else self.files)
                path = folder / f"{safe_name(file['path'])}.jpg"
                image.save(path, quality=ROTATED_QUALITY)
        return str(path)

    def advise_rotation(self, file: dict | None, session: Session | None) -> tuple:
        """Return the quarter turns that would set the photo upright, and the nudges with them."""
        if not (file and session) or file["path"] != session.model.photo:
            return 0, gr.skip()
        result, quarters = session.result, 0
        if result.photo_count == 1 and may_be_rotated(result.prediction):
            with refusals():
                quarters = self.predictor.better_rotation(file["path"], result.prediction)
        nudges = (*session.model.nudges, ROTATED) if quarters else session.model.nudges
        return quarters, nudge_sentences(nudges)
