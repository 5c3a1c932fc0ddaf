"""The page: one photograph of furniture in, a coloured 3D model out. Run: python app.py

Gradio is known here and nowhere else. The work itself is `pipeline.py`; what follows adapts it to
the page, whose events are private, and to three named API endpoints. `--help` lists the settings.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr

from meshing import STYLES, MeshError
from page.strict import StrictBlocks
from picture import Box
from pipeline import (
    FORMATS,
    STL_HEIGHT,
    Kept,
    Settings,
    build,
    describe,
    find_object,
    look,
    open_picture,
    pick_object,
    plain_name,
    write,
)
from views import dim_background, outline, slices
from voxel_model import ModelError, PictureError, VoxelModel, load_model

HERE = Path(__file__).parent
LARGEST_FILE = "16mb"
KEEP_SECONDS = 3600  # how long a visitor's model and files stay on the server
SWEEP_SECONDS = 300
LONGEST_QUEUE = 64
MOST_VISITORS = 1000  # sessions whose prediction is held in memory, about 0.5 MB each
TURNED_GREY = (0.5, 0.5, 0.5, 1.0)  # behind the model: light and dark furniture both stand out
FILLED = 0.37  # sine of half the view angle that the model fills; Babylon's field of view is 46°
REFUSED = "That did not work"
TITLE = "Furniture photo to 3D"


# --- handlers -----------------------------------------------------------------------------------


@contextmanager
def sentences() -> Iterator[None]:
    """What a person can cause is told in the page in one sentence, without a traceback."""
    try:
        yield
    except (PictureError, ModelError, MeshError) as error:
        raise gr.Error(str(error), title=REFUSED, print_exception=False) from error


class Page:
    """The page's events around one model; they answer with updates of components."""

    def __init__(self, model: VoxelModel, files: Path):
        self.model = model
        self.files = files  # Gradio's cache, the one folder it serves from and sweeps

    def find(self, file: dict | None) -> dict | None:
        """What the model takes for the object, shown as soon as there is a picture."""
        if not file:
            return None
        with sentences():
            return _chosen(file, *find_object(self.model, open_picture(file["path"])))

    def pick(self, file: dict | None, event: gr.EventData) -> dict:
        """The object that the visitor pointed at."""
        if not file:
            return gr.skip()
        with sentences():
            picture = open_picture(file["path"])
            return _chosen(file, *pick_object(self.model, picture, (event.x, event.y)))

    def predict(self, file, chosen, before: Kept | None, progress: gr.Progress) -> Kept:
        """The only way to a model. A visit has one folder, which its next model takes over."""
        path = (file or {}).get("path")
        # a choice made in the picture before is none
        box = chosen["box"] if chosen and chosen.get("path") == path else None
        with sentences():
            prediction = look(self.model, open_picture(path), box, progress)
        self.files.mkdir(parents=True, exist_ok=True)
        folder = before.folder if before else Path(tempfile.mkdtemp(dir=self.files))
        return Kept(prediction, plain_name(path), folder)

    def generate(self, file, chosen, before, *settings, progress=gr.Progress()):
        began = time.perf_counter()
        kept = self.predict(file, chosen, before, progress)
        progress(0.9, desc="Building the model")
        path, facts = self.shape(kept, *settings, began=began)
        p = kept.prediction
        # Babylon's angles: alpha counts from +x, beta from straight above
        camera = (90 - p.azimuth, 90 - p.elevation, facts["radius"] / FILLED)
        shown = gr.Model3D(str(path), camera_position=camera)
        categories = p.category_probabilities if p.category else None
        seen = dim_background(p.crop, p.crop_mask)
        chosen = _chosen(file, p.mask.shape[::-1], p.box) | {"outline": outline(p.mask)}
        return kept.slim(), shown, facts, seen, categories, chosen

    def remesh(self, kept, *settings):
        return (kept, *self.shape(kept, *settings)) if kept else gr.skip()

    def cut(self, kept, depth):
        """The slices at a depth, as three pictures."""
        return slices(kept.prediction.occupancy, float(depth)) if kept else gr.skip()

    def offer(self, kept, file_format, stl_height, *settings):
        """Wake the download button with the file it gives."""
        if not kept:
            return gr.skip()
        with sentences():
            path = write(kept, Settings(*settings), file_format, stl_height)
        label = f"Download {file_format.upper()} · {_size(path)}"
        return gr.DownloadButton(label, value=str(path), interactive=True)

    def link(self, request: gr.Request):
        """Settings can be linked to: /?threshold=0.4&style=blocks"""
        asked = request.query_params
        try:
            threshold = min(max(float(asked["threshold"]), 0.05), 0.95)
        except (KeyError, ValueError):
            threshold = self.model.config.threshold
        style = asked.get("style")
        return threshold, style if style in STYLES else STYLES[0]

    @staticmethod
    def shape(kept: Kept, *settings, began: float | None = None) -> tuple[str, dict]:
        """The model's path and facts; its seconds count from `began`, or the meshing alone."""
        began = began or time.perf_counter()
        with sentences():
            path, facts = build(kept, Settings(*settings))
        return str(path), facts | {"seconds": round(time.perf_counter() - began, 3)}


def _chosen(file: dict, size: tuple[int, int], box: Box) -> dict:
    """What the browser draws over the photo, see assets/chooser.js."""
    return {"path": file["path"], "size": size, "box": box, "outline": []}


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"


class Api:
    """The named endpoints: the same steps with plain values. A client's session keeps its model."""

    def __init__(self, page: Page):
        self.page = page

    def generate(
        self, image, before, threshold, style, drop_crumbs, box=None, progress=gr.Progress()
    ):
        """One picture of a piece of furniture to a coloured 3D model.

        Args:
            image: the photograph; PNG, JPEG, GIF, BMP or WebP, to 16 MB and 50 megapixels
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            box: the object as [x0, y0, x1, y1] in pixels; left out, the model finds it
        Returns:
            the model as GLB
            the crop that the network saw, its background dimmed
            category, categories, azimuth, elevation, box, and facts about the mesh
        """
        chosen = {"path": (image or {}).get("path"), "box": box} if box else None
        began = time.perf_counter()
        kept = self.page.predict(image, chosen, before, progress)
        path, facts = self.page.shape(kept, threshold, style, drop_crumbs, began=began)
        p = kept.prediction
        return kept.slim(), path, dim_background(p.crop, p.crop_mask), describe(p) | facts

    def remesh(self, kept, threshold, style, drop_crumbs):
        """The same client's last model meshed anew; the network does not run.

        Args:
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
        Returns:
            the model as GLB
            cells, vertices, faces, watertight, seconds
        """
        return self.page.shape(self.there(kept), threshold, style, drop_crumbs)

    def export(self, kept, file_format, threshold, style, drop_crumbs, stl_height):
        """The same client's last model as a file.

        Args:
            file_format: glb, obj, ply, stl, vox, npz, binvox, or zip for all of them
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            stl_height: millimetres that an STL stands tall
        Returns:
            the file
        """
        with sentences():
            settings = Settings(threshold, style, drop_crumbs)
            return str(write(self.there(kept), settings, file_format, stl_height))

    @staticmethod
    def there(kept: Kept | None) -> Kept:
        if kept is None:
            text = "There is no model yet, or an hour has passed; call /generate first."
            raise gr.Error(text, title=REFUSED, print_exception=False)
        return kept


# --- layout -------------------------------------------------------------------------------------

CHOOSER = (HERE / "assets" / "chooser.js").read_text()
# a phone has the model below the fold, where its progress would go unseen
SHOW_MODEL = "() => {document.querySelector('#model').scrollIntoView({block: 'nearest'})}"
SLICES = "Dark cells are empty, bright ones solid; what lies between, the model is unsure of."
FORMAT_NAMES = [(name.upper(), name) for name in (*FORMATS, "zip")]
STYLE_NAMES = [("Smooth", "smooth"), ("Blocks", "blocks")]
INTRO = f"""# {TITLE}
Drop one photo of a chair, a table, a sofa: get a coloured 3D model to turn, judge and download."""
FACTS = """<dl class="facts" aria-live="polite">
<div><dt>cells</dt><dd>${value.cells?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>vertices</dt><dd>${value.vertices?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>faces</dt><dd>${value.faces?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>watertight</dt><dd>${({true: "yes", false: "no"})[value.watertight] ?? "–"}</dd></div>
<div><dt>seconds</dt><dd>${value.seconds?.toFixed(2) ?? "–"}</dd></div>
</dl>"""


def build_demo(model: VoxelModel) -> gr.Blocks:
    """The page and its API around a loaded model."""
    analytics = os.environ.get("GRADIO_ANALYTICS_ENABLED", "False").lower() == "true"
    with StrictBlocks(
        title=TITLE,
        fill_width=True,
        analytics_enabled=analytics,
        delete_cache=(SWEEP_SECONDS, KEEP_SECONDS),
    ) as demo:
        page = Page(model, Path(demo.GRADIO_CACHE))
        kept = gr.State(None, time_to_live=KEEP_SECONDS, delete_callback=_forget)
        gr.Markdown(INTRO, elem_id="intro")
        with gr.Row(elem_id="bench"):
            with gr.Column(scale=4, min_width=320):
                picture, chosen, settings, stl_height, button = _left(model.config.threshold)
            with gr.Column(scale=6, min_width=320):
                shown, facts, seen, category, file_format, download, depth, cuts = _right()
        one_at_a_time = {"concurrency_limit": 1, "concurrency_id": "network"}
        _add_api(page, kept, picture, settings, file_format, stl_height, one_at_a_time)
        # raw: the file as it came, since Gradio would decode a picture before it is judged, and
        # values as they came, since `Settings` refuses the wrong ones in its own words
        private = {"api_visibility": "private", "preprocess": False}
        silent = {"show_progress": "hidden"} | private
        for trigger, handler in ((picture.change, page.find), (chosen.click, page.pick)):
            trigger(handler, picture, chosen, **one_at_a_time, **silent)
        offered = dict(
            fn=page.offer, inputs=[kept, file_format, stl_height, *settings], outputs=download
        )
        sliced = dict(fn=page.cut, inputs=[kept, depth], outputs=cuts)
        button.click(
            page.generate,
            [picture, chosen, kept, *settings],
            [kept, shown, facts, seen, category, chosen],
            show_progress_on=shown,
            **one_at_a_time,
            **private,
        ).success(**offered, **silent).success(**sliced, **silent)
        button.click(None, js=SHOW_MODEL, **silent)
        gr.on(
            [setting.change for setting in settings],
            page.remesh,
            [kept, *settings],
            [kept, shown, facts],
            trigger_mode="always_last",
            **silent,
        ).success(**offered, **silent)
        gr.on([file_format.change, stl_height.change], **offered, **silent)
        depth.change(**sliced, trigger_mode="always_last", **silent)
        demo.load(page.link, None, settings[:2], **silent)
    return demo


def _left(threshold: float):
    picture = gr.Image(
        label="Photo",
        sources=["upload", "clipboard", "webcam"],
        height=340,
        elem_id="photo",
    )
    chosen = gr.HTML(None, html_template="", js_on_load=CHOOSER, elem_id="chosen")
    button = gr.Button("Generate", variant="primary", size="lg", elem_id="generate")
    examples = sorted(p for p in HERE.glob("examples/*") if p.suffix in (".jpg", ".png"))
    if examples:
        gr.set_static_paths([HERE / "examples"])  # copies in the cache would be swept in an hour
        gr.Examples(
            [[str(p)] for p in examples],
            picture,
            label="Or try one of these",
            elem_id="examples",
            examples_per_page=12,
        )
    with gr.Accordion("Settings", open=False, elem_id="settings"):
        level = gr.Slider(
            0.05,
            0.95,
            threshold,
            step=0.01,
            label="Threshold",
            elem_id="threshold",
            info="How sure the model must be that a cell is solid: lower keeps thin parts.",
        )
        style = gr.Radio(STYLE_NAMES, value="smooth", label="Surface", elem_id="style")
        crumbs = gr.Checkbox(True, label="Leave out crumbs", info="Small loose pieces.")
        stl_height = gr.Number(
            STL_HEIGHT, label="Height of the STL, mm", minimum=1, elem_id="stl-height"
        )
    return picture, chosen, [level, style, crumbs], stl_height, button


def _right():
    with gr.Tabs():
        with gr.Tab("Model"):
            shown = gr.Model3D(
                label="3D model",
                clear_color=TURNED_GREY,
                height=460,
                interactive=False,
                elem_id="model",
            )
        with gr.Tab("Inside", elem_id="inside"):
            with gr.Row():
                cuts = [
                    gr.Image(label=f"From {name}", buttons=[], height=300, interactive=False)
                    for name in ("the front", "the side", "above")
                ]
            depth = gr.Slider(
                0, 1, 0.5, step=1 / 31, label="Depth of the cut", elem_id="depth", info=SLICES
            )
    with gr.Row(elem_id="downloads"):
        file_format = gr.Radio(
            FORMAT_NAMES, value="glb", label="Format", container=False, elem_id="format", scale=3
        )
        download = gr.DownloadButton(
            "Download", interactive=False, size="md", elem_id="download", scale=1, min_width=220
        )
    with gr.Row(elem_id="about"):
        seen = gr.Image(
            label="What the network saw",
            height=212,
            interactive=False,
            buttons=[],
            alt_text="The object as the network saw it, its surroundings dimmed",
            elem_id="seen",
            min_width=200,
            scale=2,
        )
        category = gr.Label(
            label="Recognised as", num_top_classes=3, elem_id="category", min_width=260, scale=3
        )
    facts = gr.HTML({}, html_template=FACTS, elem_id="facts")
    return shown, facts, seen, category, file_format, download, depth, cuts


def _add_api(page, kept, picture, settings, file_format, stl_height, network):
    """Endpoints without a trigger on the page; hidden components name and type their answers."""
    api = Api(page)
    model = gr.File(label="model", visible=False)
    seen = gr.Image(label="seen", visible=False)
    facts = gr.JSON(label="facts", visible=False)
    file = gr.File(label="file", visible=False)

    def add(handler, inputs, outputs, **limits):
        name = handler.__name__
        gr.on([], handler, inputs, outputs, api_name=name, preprocess=False, **limits)

    box = gr.JSON(label="box", visible=False)
    add(api.generate, [picture, kept, *settings, box], [kept, model, seen, facts], **network)
    add(api.remesh, [kept, *settings], [model, facts])
    add(api.export, [kept, file_format, *settings, stl_height], file)


def _forget(kept: Kept | None) -> None:
    """A visitor has gone, or an hour has passed: their files go too."""
    if kept:
        shutil.rmtree(kept.folder, ignore_errors=True)


# --- launch -------------------------------------------------------------------------------------


def main() -> None:
    args = _arguments()
    try:
        model = load_model(args.model)
    except ModelError as error:
        sys.exit(str(error))
    demo = build_demo(model).queue(max_size=LONGEST_QUEUE)
    demo.launch(
        server_name=args.host,
        server_port=args.port,
        share=args.share,
        auth=args.auth,
        max_file_size=LARGEST_FILE,
        state_session_capacity=MOST_VISITORS,
        footer_links=["api", "settings"],
        run_history=False,
        theme=_theme(),
        css_paths=HERE / "assets" / "page.css",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve the page and its API.")
    parser.add_argument("--host", help="address to listen on; or GRADIO_SERVER_NAME")
    parser.add_argument("--port", type=int, help="or GRADIO_SERVER_PORT")
    parser.add_argument(
        "--auth",
        type=_credentials,
        help="NAME:PASSWORD; or GRADIO_AUTH",
        default=os.environ.get("GRADIO_AUTH"),
    )
    parser.add_argument(
        "--share",
        action="store_true",
        help="public link; or GRADIO_SHARE=1",
        default=os.environ.get("GRADIO_SHARE", "").lower() in ("1", "true", "yes"),
    )
    parser.add_argument("--model", help="Hub repo, folder or .pth; or MODEL_REPO_ID")
    return parser.parse_args()


def _credentials(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not (name and colon and password):
        raise argparse.ArgumentTypeError("give NAME:PASSWORD")
    return name, password


def _theme() -> gr.themes.Base:
    """Fonts of the visitor's own system: nothing is fetched from elsewhere."""
    return gr.themes.Default(
        primary_hue="teal",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )


if __name__ == "__main__":
    main()
