"""Sessions: the models and the files of one visitor, held in a `gr.State`.

A session ends `Limits.keep_seconds` after an event last set it. When its page was closed, Gradio
counts 3600 s from that moment in place of `keep_seconds`. `webapp.server.clients.SessionTable`
holds at most `Limits.most_visitors` sessions, each with MAX_HISTORY models of about 0.28 MB, and
refuses newcomers beyond. Private in Gradio: `App.state_holder`, which says what a session holds.
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path

import gradio as gr

from pipeline.result import Result
from pipeline.settings import ExportOptions, Settings
from webapp.messages import SESSION_EXPIRED, refusal
from webapp.server.limits import Limits

MAX_HISTORY = 6  # models of one session
MAX_RESULTS = 12  # newest folders of files that a session keeps; a change makes up to three
PHOTO_PREFIX = "photo-"  # of folders that hold a photo, which the page goes on showing
THUMBNAIL_QUALITY = 85  # of WebP, 0 to 100


@dataclass(frozen=True)
class SavedModel:
    """One model of a session, with the file of its thumbnail."""

    result: Result
    name: str = field(default_factory=lambda: uuid.uuid4().hex)  # of the thumbnail's file

    def thumbnail(self, folder: Path) -> str:
        """Return the path of the thumbnail in the session's folder, encoded when first asked for.

        Gradio removes the file after an hour, as all others; then it is encoded again.
        """
        return save_thumbnail(self.result, folder, self.name)


@dataclass(frozen=True)
class Session:
    """Models and files of one visitor. Immutable: Gradio may still hold the value before it."""

    folder: Path  # in Gradio's cache; deleted with the session
    models: tuple[SavedModel, ...] = ()  # newest first
    selected: int = 0  # index of the displayed model
    displayed: tuple[Settings, Path] | None = None  # the displayed file and its settings

    @property
    def result(self) -> Result:
        """A copy of the displayed model, so that arrays cached in it are freed with the request."""
        return replace(self.models[self.selected].result)

    def add(self, result: Result) -> "Session":
        """Return the session with a new model, which is displayed."""
        models = (SavedModel(result.compact()), *self.models)[:MAX_HISTORY]
        return replace(self, models=models, selected=0, displayed=None)

    def select(self, index: int) -> "Session":
        """Return the session with another of its models displayed."""
        selected = min(max(index, 0), len(self.models) - 1)
        return replace(self, selected=selected, displayed=None)

    def displayed_file(
        self, settings: Settings, file_format: str, options: ExportOptions
    ) -> Path | None:
        """Return the displayed file if a download of these options equals it, else None."""
        if self.displayed and (file_format, options.palette, options.faces) == ("glb", 0, 0):
            displayed_settings, path = self.displayed
            return path if displayed_settings == settings and path.is_file() else None
        return None


def new_session_state(limits: Limits) -> gr.State:
    """Return the component that holds a session, and deletes its files when the session ends."""
    return gr.State(None, time_to_live=limits.keep_seconds, delete_callback=delete_session_files)


def holds_model(app, name: str) -> bool:
    """Return whether the named session holds a model; `app` is Gradio's."""
    state = app.state_holder.session_data.get(name)
    values = list(state.state_data.values()) if state else []
    return any(isinstance(value, Session) and value.models for value in values)


def forget_session(app, name: str) -> None:
    """Remove what Gradio keeps of a session without a model; `app` is Gradio's."""
    app.state_holder.session_data.pop(name, None)
    app.state_holder.time_last_used.pop(name, None)


def open_session(session: Session | None, cache: Path) -> Session:
    """Return the session, or a new one with a folder in `cache`."""
    if session is not None:
        return session
    cache.mkdir(parents=True, exist_ok=True)
    return Session(Path(tempfile.mkdtemp(dir=cache)))


def require_session(handler: Callable) -> Callable:
    """Return the handler behind the facts that the page shows of its model.

    Facts without a session are those of a session that has expired, which is told. Without facts
    the page shows no model yet, and the handler decides.
    """

    @wraps(handler)
    def run(facts: dict | None, session: Session | None, *args, **values):
        if facts and not session:
            raise refusal(SESSION_EXPIRED)
        return handler(session, *args, **values)

    del run.__wrapped__  # Gradio would read the handler's signature, which has no `facts`
    return run


def new_photo_folder(session: Session) -> Path:
    """Create a folder of the session that `delete_old_results` leaves alone."""
    session.folder.mkdir(parents=True, exist_ok=True)  # old files may have been removed
    return Path(tempfile.mkdtemp(prefix=PHOTO_PREFIX, dir=session.folder))


def save_thumbnail(result: Result, folder: Path, name: str | None = None) -> str:
    """Write the image of the network's input as WebP, unless the file exists; return its path."""
    path = folder / f"thumbnail-{name or uuid.uuid4().hex}.webp"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        result.dimmed_crop.save(path, "webp", quality=THUMBNAIL_QUALITY)
    return str(path)


def delete_old_results(folder: Path) -> None:
    """Remove all but the newest results of a session; the page offers none of the others."""
    with suppress(OSError):  # another event of the session may do the same at this moment
        results = [
            entry
            for entry in folder.iterdir()
            if entry.is_dir() and not entry.name.startswith(PHOTO_PREFIX)
        ]
        for old in sorted(results, key=lambda entry: entry.lstat().st_ctime)[:-MAX_RESULTS]:
            shutil.rmtree(old)


def delete_session_files(session: Session | None) -> None:
    """Remove the files of a session that ended.

    Never raises: Gradio calls it in the loop that ends sessions, and an exception would stop that
    loop for good.
    """
    if session:
        shutil.rmtree(session.folder, ignore_errors=True)
