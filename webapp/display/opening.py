"""The example that the page opens with: its model is made once and shown to all visitors.

    opening = Opening(events.make_example, files)
    shown = opening.display(settings)
    session = opening.take(file, files)      # a session of the visitor's own, or None

The opening page costs no session: a visitor who only looks holds no memory of the server.
"""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.settings import Settings
from webapp.display.model_display import SKIP, Displayed, display
from webapp.inference.example_cache import EXAMPLES
from webapp.sessions.session import Session

EXAMPLE = EXAMPLES / "swivel_chair.jpg"


def opening_photo() -> str | None:
    """Return the path of the example's photo; None if there is no such file."""
    return str(EXAMPLE) if EXAMPLE.is_file() else None


class Opening:
    """The displayed model of one example.

    Parameters
    ----------
    make : callable
        Returns a session that holds the model of an image: ``make(image, folder)``.
    files : Path
        Gradio's cache.
    is_shown : bool
        False for a model that does not know the example: the page opens without a model.
    """

    def __init__(
        self, make: Callable[[Path, Path], Session], files: Path, is_shown: bool = True
    ) -> None:
        self.is_shown = is_shown
        self.make, self.files, self.lock = make, files, threading.Lock()
        self.session: Session | None = None
        self.shown: tuple[Settings, Displayed, Path] | None = None  # with the download

    def display(self, settings: Settings) -> Displayed:
        """Return the page with the example; empty updates if none is shown."""
        if not (self.is_shown and EXAMPLE.is_file()):
            return Displayed()
        with self.lock:
            if not self._is_ready(settings):
                self._prepare(settings)
            _, shown, _ = self.shown
        return shown

    def take(self, file: dict | None, files: Path) -> Session | None:
        """Return a new session with the example, if the page shows its photo."""
        if not self.session or not file or file["path"] != opening_photo():
            return None
        folder = Path(tempfile.mkdtemp(dir=files))
        return self.session.copy(folder)

    def _is_ready(self, settings: Settings) -> bool:
        """Return False for other settings, and after the removal of old files."""
        if not self.shown or self.shown[0] != settings:
            return False
        _, shown, download = self.shown
        return Path(shown.model["file"]).is_file() and download.is_file()

    def _prepare(self, settings: Settings) -> None:
        """Make the model, its file for the viewer and its download."""
        self.files.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.files))
        if self.session is None:
            self.session = self.make(EXAMPLE, folder)
        self.session = replace(self.session, folder=folder)
        shown = display(self.session, settings)._replace(session=SKIP, version=SKIP, history=SKIP)
        self.shown = settings, shown, self.session.download.glb
