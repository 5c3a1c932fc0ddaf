"""The tab for many photos: one model after another, thumbnails in a grid, files in one zip."""

import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from core.errors import UserError
from images.formats import CHOOSER_TYPES
from pipeline.export import export_file
from pipeline.formats import MODEL_FORMATS
from pipeline.parts.model import add_parts
from pipeline.result import Result
from pipeline.settings import PARTS, Settings
from webapp.components.facts import headline, is_doubtful
from webapp.event_options import QUIET
from webapp.events import Events
from webapp.messages import (
    SESSION_EXPIRED,
    StorageError,
    as_warning,
    refusal,
    refusals,
    storage_errors,
)
from webapp.model_display import confidence
from webapp.server.limits import Limits
from webapp.sessions import Session, new_session_state, open_session, save_picture

TOO_LONG = "the run took longer than {:g} s; send them again in another one."
ONE_PIECE = "one"  # id of the tab that shows one photo and its model
DOUBTFUL = "❗ Doubtful · "
MAX_PHOTOS = 50  # of one run, 10 to 20 s on two cores: other visitors wait meanwhile


@dataclass
class BatchTab:
    """Components of the tab."""

    photos: gr.File
    file_format: gr.Radio
    button: gr.Button
    gallery: gr.Gallery
    report: gr.Markdown
    archive: gr.DownloadButton


def batch_tab() -> BatchTab:
    """Lay out the tab."""
    with gr.Row():
        with gr.Column(scale=4, min_width=320):
            photos = gr.File(
                label=f"Photos, up to {MAX_PHOTOS}",
                file_count="multiple",
                file_types=list(CHOOSER_TYPES),
                height=260,
                elem_id="many-photos",
            )
            formats = [(name.upper(), name) for name in MODEL_FORMATS]
            file_format = gr.Radio(formats, value="glb", label="Format", elem_id="many-format")
            button = gr.Button("Generate all", variant="primary", size="lg", elem_id="generate-all")
        with gr.Column(scale=6, min_width=320):
            gallery = gr.Gallery(
                label="Models; a click opens one",
                columns=4,
                height=460,
                interactive=False,
                allow_preview=False,
                buttons=[],
                elem_id="many-results",
            )
            report = gr.Markdown(elem_id="many-report")
            archive = gr.DownloadButton("Download all", interactive=False, elem_id="many-download")
    return BatchTab(photos, file_format, button, gallery, report, archive)


def connect(
    tab: BatchTab, events: Events, settings: dict, limits: Limits, photo: gr.Image, tabs: gr.Tabs
) -> None:
    """Connect the tab's button and its grid.

    `settings` holds the components of the other tab, by name; `photo` is its photo.
    """
    session = new_session_state(limits)
    tab.button.click(
        BatchRun(events, limits.job_seconds).run,
        [tab.photos, session, tab.file_format],
        [session, tab.gallery, tab.report, tab.archive],
        inputs_kwargs=settings,
        concurrency_limit=1,
        **QUIET,  # Gradio's progress would hide the models that are done
    )
    tab.gallery.select(as_warning(opened_photo), session, [photo, tabs], **QUIET)


@dataclass
class MadeModel:
    """Photo, picture and caption of one model in the grid."""

    photo: str  # path
    picture: str  # path
    caption: str
    is_doubtful: bool

    @property
    def entry(self) -> tuple[str, str]:
        """The entry of the grid."""
        return self.picture, self.caption


def opened_photo(session: Session | None, event: gr.SelectData) -> tuple:
    """Return the photo of the chosen model, whose model then follows, and the tab that shows it."""
    photo = session.photos[event.index] if session and event.index < len(session.photos) else ""
    if not Path(photo).is_file():
        raise refusal(SESSION_EXPIRED)
    return photo, gr.Tabs(selected=ONE_PIECE)


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

        The session keeps the paths of the photos in the order of the grid.
        """
        files = files or []
        if not 0 < len(files) <= MAX_PHOTOS:
            raise refusal(f"Choose from 1 to {MAX_PHOTOS} photos.")
        with refusals():
            settings = Settings(**values)
            session = open_session(session, self.events.files)
        archive = session.folder / "models.zip"
        made, failures, start = [], [], time.perf_counter()
        yield session, [], _progress(0, len(files), start), gr.skip()
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
                    made.append(model)
                session = replace(session, photos=tuple(model.photo for model in made))
                report = "\n".join([_progress(i + 1, len(files), start), "", *failures])
                yield session, [model.entry for model in made], report, gr.skip()
        ready = gr.DownloadButton(value=str(archive), interactive=bool(made))
        yield session, [model.entry for model in made], _report(made, failures, start), ready

    def _make(
        self, photo: str, session: Session, settings: Settings, file_format: str
    ) -> tuple[Path, "MadeModel"]:
        """Return the file of one photo's model, and what the grid shows of it."""
        with storage_errors():
            result = self._predict(photo, session, settings)
            path = export_file(result, settings, file_format)
            picture = save_picture(result, settings, session.folder)
        facts = {"confidence": confidence(result, settings)}
        doubtful = is_doubtful(result, facts)
        caption = f"{result.name}: {headline(result, facts)}"
        return path, MadeModel(
            photo, picture, DOUBTFUL + caption if doubtful else caption, doubtful
        )

    def _predict(self, path: str, session: Session, settings: Settings) -> Result:
        """Return the result of one photo, without the mask of the whole photo (up to 200 MB)."""
        prediction = replace(self.events.predictor.predict(path), alpha=None)
        result = self.events.make_result([prediction], path, session.folder)
        bank = self.events.predictor.bank if settings.style == PARTS else None
        return add_parts(result, bank)


def plain_text(text: str) -> str:
    """Return Markdown that shows the text as it is, a file name with HTML or a link for example."""
    return re.sub(r"([^\w\s]|_)", lambda match: f"&#{ord(match[1])};", " ".join(text.split()))


def _progress(done: int, total: int, start: float) -> str:
    """Return for example "3 of 12 photos are done, about 9 s left."."""
    if not done:
        return f"0 of {total} photos are done."
    left = (time.perf_counter() - start) / done * (total - done)
    return f"{done} of {total} photos are done, about {left:.0f} s left."


def _report(made: list[MadeModel], failures: list[str], start: float) -> str:
    """Return the summary of a run, with one line for each photo that failed."""
    lines = [f"{len(made)} models in {time.perf_counter() - start:.1f} s."]
    if doubtful := sum(model.is_doubtful for model in made):
        lines[0] += f" {doubtful} of them are doubtful; a click opens a model and its photo."
    if failures:
        lines += [f"{len(failures)} photos could not be used:", "", *failures]
    return "\n".join(lines)
