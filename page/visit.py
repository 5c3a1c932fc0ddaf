"""What the server holds of one visitor: a folder, the model on show, and those made before it."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import Finish, Kept, Settings

REMEMBERED = 6  # models of one visit, about 0.5 MB each


@dataclass(frozen=True)
class Visit:
    """A new one for every answer, since Gradio may hold the old one still."""

    folder: Path  # in Gradio's cache; holds this visit's files and goes with it
    models: tuple[Kept, ...] = ()  # newest first
    place: int = 0  # of the one on show
    shown: tuple[Settings, Path] | None = None  # its file, where the page shows one

    @property
    def kept(self) -> Kept:
        return self.models[self.place]

    def add(self, kept: Kept) -> "Visit":
        models = (kept.slim(), *self.models)[:REMEMBERED]
        return replace(self, models=models, place=0, shown=None)

    def recall(self, place: int) -> "Visit":
        return replace(self, place=min(max(place, 0), len(self.models) - 1), shown=None)

    def same_file(self, settings: Settings, file_format: str, finish: Finish) -> Path | None:
        """The file on show, where it is what a download would be and no sweep has taken it."""
        if self.shown and (file_format, finish.palette, finish.faces) == ("glb", 0, 0):
            made_with, path = self.shown
            return path if made_with == settings and path.is_file() else None
        return None


def open_visit(visit: Visit | None, cache: Path) -> Visit:
    """The visit that is under way, or the start of one."""
    if visit is not None:
        return visit
    cache.mkdir(parents=True, exist_ok=True)
    return Visit(Path(tempfile.mkdtemp(dir=cache)))


def new_folder(visit: Visit) -> Path:
    """An empty one of the visit; it may outlive the sweep of its files."""
    visit.folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=visit.folder))


def close_visit(visit: Visit | None) -> None:
    """A visitor has gone, or an hour has passed: their files go too."""
    if visit:
        shutil.rmtree(visit.folder, ignore_errors=True)
