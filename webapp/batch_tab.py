"""Many pictures at once: models one after another, as pictures in a grid and files in one zip."""

import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from pipeline.export import (
    MODEL_FORMATS,
    Result,
    Settings,
    export_file,
    ignore_progress,
    open_image,
)
from webapp.events import Page
from webapp.messages import REFUSALS, explain, failed_write
from webapp.sessions import Visit, close_visit, open_visit
from webapp.uploads import refusal

MOST = 50  # pictures a run, a minute or so: others are waiting


@dataclass
class Grid:
    """The tab's components."""

    pictures: gr.File
    file_format: gr.Radio
    button: gr.Button
    results: gr.Gallery
    report: gr.Markdown
    archive: gr.DownloadButton


def layout() -> Grid:
    with gr.Row():
        with gr.Column(scale=4, min_width=320):
            pictures = gr.File(
                label=f"Photos, up to {MOST}",
                file_count="multiple",
                file_types=["image"],
                height=260,
                elem_id="many-photos",
            )
            formats = [(name.upper(), name) for name in MODEL_FORMATS]
            file_format = gr.Radio(formats, value="glb", label="Format", elem_id="many-format")
            button = gr.Button("Generate all", variant="primary", size="lg", elem_id="generate-all")
        with gr.Column(scale=6, min_width=320):
            results = gr.Gallery(
                label="Models", columns=4, height=460, interactive=False, elem_id="many-results"
            )
            report = gr.Markdown(elem_id="many-report")
            archive = gr.DownloadButton("Download all", interactive=False, elem_id="many-download")
    return Grid(pictures, file_format, button, results, report, archive)


def connect(grid: Grid, page: Page, settings: list) -> None:
    state = gr.State(None, delete_callback=close_visit)
    grid.button.click(
        Many(page).run,
        [grid.pictures, state, grid.file_format, *settings],
        [state, grid.results, grid.report, grid.archive],
        show_progress_on=grid.results,
        concurrency_limit=1,
        preprocess=False,
        api_visibility="private",
    )


class Many:
    """The tab's event around the page's model."""

    def __init__(self, page: Page):
        self.page = page

    def run(
        self,
        files: list[dict] | None,
        visit: Visit | None,
        file_format: str,
        progress=gr.Progress(),
        *settings,
    ) -> Iterator[tuple]:
        """After each picture: the state, the grid, what happened, and at the end the zip."""
        files = files or []
        if not 0 < len(files) <= MOST:
            raise refusal(f"Choose from 1 to {MOST} photos.")
        settings = Settings(*settings)
        visit = open_visit(visit, self.page.files)
        archive = visit.folder / "models.zip"
        shown, refused, began = [], [], time.perf_counter()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
            for i, file in enumerate(files):
                progress((i, len(files)), desc=_time_left(i, len(files), began), unit="photos")
                name = Path(file["path"]).name
                try:
                    kept = self._model(file["path"], visit)
                    path = export_file(kept, settings, file_format)
                except REFUSALS as error:
                    refused.append(f"- **{name}**: {explain(error)}")
                    if failed_write(error):  # what is made already is not lost to a full disk
                        break
                else:
                    bundle.write(path, f"{i + 1:02d} {path.name}")
                    path.unlink()
                    shown.append((kept.dimmed_crop, f"{kept.name}: {kept.prediction.category}"))
                yield visit, shown, "\n".join(refused), gr.skip()
        ready = gr.DownloadButton(value=str(archive), interactive=bool(shown))
        yield visit, shown, _report(len(shown), refused, began), ready

    def _model(self, path: str, visit: Visit) -> Result:
        prediction = self.page.patience(self.page.look_on, open_image(path), None, ignore_progress)
        small = replace(prediction, alpha=None)  # the mask of a whole picture may take 200 MB
        return self.page.keep([small], path, visit.folder)


def _time_left(done: int, all_of_them: int, began: float) -> str:
    if not done:
        return "Starting"
    left = (time.perf_counter() - began) / done * (all_of_them - done)
    return f"About {left:.0f} s left"


def _report(made: int, refused: list[str], began: float) -> str:
    seconds = time.perf_counter() - began
    lines = [f"{made} models in {seconds:.1f} s."]
    if refused:
        lines += [f"{len(refused)} photos could not be used:", "", *refused]
    return "\n".join(lines)
