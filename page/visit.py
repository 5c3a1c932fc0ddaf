"""What the server holds of one visitor: a folder, the model on show, and those made before it."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import Kept

REMEMBERED = 6  # models of one visit, about 0.5 MB each


@dataclass(frozen=True)
class Visit:
    """A new one for every answer, since Gradio may hold the old one still."""

    folder: Path  # in Gradio's cache; holds this visit's files and goes with it
    models: tuple[Kept, ...] = ()  # newest first
    place: int = 0  # of the one on show

    @property
    def kept(self) -> Kept:
        return self.models[self.place]

    def add(self, kept: Kept) -> "Visit":
        return replace(self, models=(kept.slim(), *self.models)[:REMEMBERED], place=0)

    def recall(self, place: int) -> "Visit":
        return replace(self, place=min(max(place, 0), len(self.models) - 1))


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
