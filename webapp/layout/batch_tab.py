"""The tab *Many photos*: its components, its events, and what a reload of the page shows again."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from images.formats import CHOOSER_TYPES
from pipeline.formats import MODEL_FORMATS
from webapp.events.batch_run import ARCHIVE, MAX_PHOTOS, BatchRun, entries
from webapp.events.event_options import LATEST, QUIET
from webapp.events.visits import MANY, Visits, keep_key_js, read_key_js
from webapp.messages import SESSION_EXPIRED, as_warning, refusal
from webapp.server.limits import Limits
from webapp.sessions.session import Session, delete_session_files, new_session_state

if TYPE_CHECKING:
    from webapp.layout.page import Page

ONE_PIECE = "one"  # id of the tab that shows one photo and its model
EMPTY = "Pictures of the models appear here; a click opens one with its photo."


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
            report = gr.Markdown(EMPTY, elem_id="many-report")
            archive = gr.DownloadButton("Download all", interactive=False, elem_id="many-download")
    return BatchTab(photos, file_format, button, gallery, report, archive)


def connect(demo: gr.Blocks, page: "Page", limits: Limits, tabs: gr.Tabs) -> None:
    """Connect the tab's button and its grid, and show its models again after a reload."""
    tab, session = page.many, new_session_state(limits)
    results = [session, tab.gallery, tab.report, tab.archive]
    tab.button.click(
        BatchRun(page.events, limits.job_seconds).run,
        [tab.photos, session, tab.file_format],
        results,
        inputs_kwargs=page.settings,
        concurrency_limit=1,
        **QUIET,  # Gradio's progress would hide the models that are done
    )
    tab.gallery.select(as_warning(opened_photo), session, [page.inputs.photo, tabs], **QUIET)
    key, visits = gr.Textbox(visible=False), Visits(demo, session, page.events)
    read = demo.load(None, None, key, js=read_key_js(MANY), **QUIET)
    read.then(ManyVisit(visits).reopen, key, results, **QUIET)
    kept = tab.report.change(visits.keep_key, session, key, **LATEST)
    kept.then(None, key, None, js=keep_key_js(MANY), **QUIET)


def opened_photo(session: Session | None, event: gr.SelectData) -> tuple:
    """Return the photo of the chosen model, whose model then follows, and the tab that shows it."""
    is_known = session and event.index < len(session.made)
    photo = session.made[event.index].photo if is_known else ""
    if not Path(photo).is_file():
        raise refusal(SESSION_EXPIRED)
    return photo, gr.Tabs(selected=ONE_PIECE)


class ManyVisit:
    """Updates that show an earlier run after a reload of the page.

    Parameters
    ----------
    visits : Visits
        The sessions of the tab.
    """

    def __init__(self, visits: Visits) -> None:
        self.visits = visits

    def reopen(self, key: str, request: gr.Request) -> tuple:
        """Return session, grid, report and zip of the run that the key leads to."""
        session = self.visits.take(key, request.username)
        if session is None:
            return (gr.skip(),) * 4
        if not all(Path(picture).is_file() for picture, _ in entries(session)):
            delete_session_files(session)  # its pictures were too old
            return (gr.skip(),) * 4
        archive = session.folder / ARCHIVE
        is_ready = zipfile.is_zipfile(archive)  # not while a run writes it
        button = gr.DownloadButton(value=str(archive), interactive=True) if is_ready else gr.skip()
        return session, entries(session), session.report, button
