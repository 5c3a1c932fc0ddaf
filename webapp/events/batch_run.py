"""A run of the tab *Many photos*: one model after another, pictures of them, files in one zip.

run = BatchRun(events)
for session, pictures, report, archive in run.run(files, None, "glb", **settings):
...                                  # after each photo
"""

import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr

from core.errors import UserError
from pipeline.confidence import model_confidence
from pipeline.export import export_file
from pipeline.parts.model import add_parts
from pipeline.result import Result
from pipeline.settings import PARTS, Settings
from webapp.components.facts import headline, is_doubtful
from webapp.events.prediction_events import Events
from webapp.messages import StorageError, refusal, refusals, storage_errors
from webapp.server.limits import Limits
from webapp.sessions.session import Session, open_session
from webapp.sessions.session_files import MadeModel, save_picture

TOO_LONG = "the run took longer than {:g} s; send them again in another one."
DOUBTFUL = "Doubtful · "
MAX_PHOTOS = 50  # of one run, 10 to 20 s on two cores: other visitors wait meanwhile
ARCHIVE = "models.zip"  # in the session's folder


def entries(session: Session) -> list[tuple[str, str]]:
    """Return the pictures of the grid with their captions."""
    return [(str(session.folder / model.picture), model.caption) for model in session.made]


class BatchRun:
    """The tab's event around the page's model.

    Parameters
    ----------
    events : Events
        The page's model.
    seconds : float
        Longest time of a run; the models that are made until then are kept.
    """

    def __init__(self, events: Events, seconds: float = Limits().job_seconds) -> None:
        self.events, self.seconds = events, seconds

    def run(
        self,
        files: list[dict] | None,
        session: Session | None,
        file_format: str,
        **values,
    ) -> Iterator[tuple]:
        """Yield after each photo the session, the grid and the report, and at last the zip.

        The session keeps what is made, so that a reload of the page shows it again.
        """
        files = files or []
        if not 0 < len(files) <= MAX_PHOTOS:
            raise refusal(f"Choose from 1 to {MAX_PHOTOS} photos.")
        with refusals():
            settings = Settings(**values)
            session = replace(open_session(session, self.events.files), made=())
        failures, start = [], time.perf_counter()
        yield shown(session, _progress(0, len(files), start))
        archive = session.folder / ARCHIVE
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
            for i, file in enumerate(files):
                if time.perf_counter() - start > self.seconds:
                    failures.append(f"- {len(files) - i} photos: {TOO_LONG.format(self.seconds)}")
                    break
                name = Path(file["path"]).name
                try:
                    path, model = self._make(file["path"], session, settings, file_format)
                except UserError as error:
                    failures.append(f"- **{plain_text(name)}**: {plain_text(str(error))}")
                    if isinstance(error, StorageError):  # the models made so far are kept
                        break
                else:
                    bundle.write(path, f"{i + 1:02d} {path.name}")
                    path.unlink()
                    session = replace(session, made=(*session.made, model))
                report = "\n".join([_progress(i + 1, len(files), start), "", *failures])
                session = replace(session, report=_report(session.made, failures, start))
                yield shown(session, report)
        session = replace(session, report=_report(session.made, failures, start))
        ready = gr.DownloadButton(value=str(archive), interactive=bool(session.made))
        yield *shown(session, session.report)[:3], ready

    def _make(
        self, photo: str, session: Session, settings: Settings, file_format: str
    ) -> tuple[Path, MadeModel]:
        """Return the file of one photo's model, and what the grid shows of it."""
        with storage_errors():
            result = self._predict(photo, session, settings)
            path = export_file(result, settings, file_format)
            picture = Path(save_picture(result, settings, session.folder)).name
        facts = {"confidence": model_confidence(result, settings)}
        doubtful = is_doubtful(result, facts)
        caption = f"{result.name}: {headline(result, facts)}"
        caption = DOUBTFUL + caption if doubtful else caption
        return path, MadeModel(photo, picture, caption, doubtful)

    def _predict(self, path: str, session: Session, settings: Settings) -> Result:
        """Return the result of one photo, without the mask of the whole photo (up to 200 MB)."""
        prediction = replace(self.events.predictor.predict(path), alpha=None)
        result = self.events.maker.make_result([prediction], path, session.folder)
        bank = self.events.predictor.bank if settings.style == PARTS else None
        return add_parts(result, bank)


def shown(session: Session, report: str) -> tuple:
    """Return session, grid and report, and an unchanged button."""
    return session, entries(session), report, gr.skip()


def plain_text(text: str) -> str:
    """Return Markdown that shows the text as it is, a file name with HTML or a link for example."""
    return re.sub(r"([^\w\s]|_)", lambda match: f"&#{ord(match[1])};", " ".join(text.split()))


def _progress(done: int, total: int, start: float) -> str:
    """Return for example "3 of 12 photos are done, about 9 s left."."""
    if not done:
        return f"0 of {total} photos are done."
    left = (time.perf_counter() - start) / done * (total - done)
    return f"{done} of {total} photos are done, about {left:.0f} s left."


def _report(made: tuple[MadeModel, ...], failures: list[str], start: float) -> str:
    """Return the summary of a run, with one line for each photo that failed."""
    lines = [f"{len(made)} models in {time.perf_counter() - start:.1f} s."]
    if doubtful := sum(model.is_doubtful for model in made):
        verb = "is" if doubtful == 1 else "are"
        lines[0] += f" {doubtful} of them {verb} doubtful; a click opens a model and its photo."
    if failures:
        lines += [f"{len(failures)} photos could not be used:", "", *failures]
    return "\n".join(lines)
