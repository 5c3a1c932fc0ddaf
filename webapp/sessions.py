"""What the server holds of one visitor: a folder, the model on show, and those made before it."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.export import ExportOptions, Result, Settings
from webapp.uploads import refusal

REMEMBERED = 6  # models of one visit, about 0.28 MB each
NEWEST = 12  # results of one visit that stay, each a folder: a change on the page makes up to three
ENDED = "Your visit has ended on the server; press Generate to go on."
PHOTO = "photo-"  # begins the name of a folder that holds a photo, which the page shows on


@dataclass(frozen=True)
class Visit:
    """A new one for every answer, since Gradio may hold the old one still."""

    folder: Path  # in Gradio's cache; holds this visit's files and goes with it
    models: tuple[Result, ...] = ()  # newest first
    place: int = 0  # of the one on show
    shown: tuple[Settings, Path] | None = None  # its file, where the page shows one

    @property
    def kept(self) -> Result:
        """A copy, so that what a call unpacks of it goes with the call."""
        return replace(self.models[self.place])

    def add(self, kept: Result) -> "Visit":
        models = (kept.compact(), *self.models)[:REMEMBERED]
        return replace(self, models=models, place=0, shown=None)

    def recall(self, place: int) -> "Visit":
        return replace(self, place=min(max(place, 0), len(self.models) - 1), shown=None)

    def same_file(self, settings: Settings, file_format: str, finish: ExportOptions) -> Path | None:
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


def under_way(handler):
    """The handler of a visit, if there is one, behind the facts that the page shows of its model.

    Facts without a visit are those of one that was long ago, or had to make room.
    """

    def run(facts: dict | None, visit: Visit | None, *values):
        if facts and not visit:
            raise refusal(ENDED)
        return handler(visit, *values)

    return run


def photo_folder(visit: Visit) -> Path:
    """An empty one of the visit, not for results; the visit may outlive the sweep of its files."""
    visit.folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=PHOTO, dir=visit.folder))


def tidy(folder: Path) -> None:
    """Remove all results of a visit but the newest: nothing shows or offers the others any more."""
    with suppress(OSError):  # the visit's other event does the same at this moment
        results = [entry for entry in folder.iterdir() if not entry.name.startswith(PHOTO)]
        for old in sorted(results, key=lambda entry: entry.lstat().st_ctime)[:-NEWEST]:
            shutil.rmtree(old)


def close_visit(visit: Visit | None) -> None:
    """A visitor has gone, or an hour has passed: their files go too."""
    if visit:
        shutil.rmtree(visit.folder, ignore_errors=True)
