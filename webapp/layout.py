"""What stands where on the page; no behaviour. `app.py` connects it to the events."""

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from pipeline.export import DEFAULT_EXPORT, FORMATS
from webapp.example_cache import EXAMPLES, example_pictures

ROOT = Path(__file__).parent.parent
TURNED_GREY = (0.5, 0.5, 0.5, 1.0)  # behind the model: light and dark furniture both stand out
TITLE = "Furniture photo to 3D"
INTRO = f"""# {TITLE}
Drop one photo of a chair, a table, a sofa: get a coloured 3D model to turn, judge and download."""
CHOOSER = (ROOT / "webapp" / "assets" / "chooser.js").read_text()
SLICES = "Dark cells are empty, bright ones solid; what lies between, the model is unsure of."
ON_ITS_SIDE = "This photo may lie on its side: turned, the model is surer of it."
FORMAT_NAMES = [(name.upper(), name) for name in (*FORMATS, "zip")]
STYLE_NAMES = [("Smooth", "smooth"), ("Blocks", "blocks")]
COLOR_NAMES = [("From the photo", "photo"), ("As predicted", "predicted")]
FACTS = """<dl class="facts" aria-live="polite">
<div><dt>cells</dt><dd>${value.cells?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>vertices</dt><dd>${value.vertices?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>faces</dt><dd>${value.faces?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>watertight</dt><dd>${({true: "yes", false: "no"})[value.watertight] ?? "–"}</dd></div>
<div><dt>confidence</dt>
<dd>${value.confidence ? Math.round(100 * value.confidence) + " %" : "–"}</dd>
</div>
<div><dt>seconds</dt><dd>${value.seconds?.toFixed(2) ?? "–"}</dd></div>
</dl>"""


@dataclass
class Left:
    """What the visitor gives."""

    photo: gr.Image
    more: gr.File  # photos of the same piece
    chosen: gr.HTML  # the object found or chosen in the photo
    button: gr.Button
    examples: gr.helpers.Examples | None
    threshold: gr.Slider
    style: gr.Radio
    crumbs: gr.Checkbox
    colors: gr.Radio
    finish: list  # in the order of pipeline.Finish

    @property
    def settings(self) -> list:
        """In the order of pipeline.Settings."""
        return [self.threshold, self.style, self.crumbs, self.colors]


@dataclass
class Right:
    """What the visitor gets."""

    model: gr.Model3D
    tabs: dict[str, gr.Tab]
    voxels: gr.Model3D
    slices: list[gr.Image]
    depth: gr.Slider
    turntable: gr.Image
    file_format: gr.Radio
    download: gr.DownloadButton
    notes: gr.Markdown
    hint: gr.Row  # of a photo that lies on its side
    turn: gr.Button
    seen: gr.Image
    category: gr.Label
    facts: gr.HTML
    history: gr.Gallery


def left(threshold: float) -> Left:
    photo = gr.Image(
        label="Photo",
        sources=["upload", "clipboard", "webcam"],
        height=340,
        elem_id="photo",
    )
    chosen = gr.HTML(None, html_template="", js_on_load=CHOOSER, elem_id="chosen")
    button = gr.Button("Generate", variant="primary", size="lg", elem_id="generate")
    with gr.Accordion("More photos of the same piece", open=False, elem_id="more"):
        more = gr.File(
            label="From other sides, up to three: they make one better model",
            file_count="multiple",
            file_types=["image"],
            height=140,
        )
    examples = _examples(photo)
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
        colors = gr.Radio(
            COLOR_NAMES,
            value="photo",
            label="Colours",
            elem_id="colors",
            info="Hidden sides follow the mirror image, or the prediction.",
        )
    with gr.Accordion("For printing and for games", open=False, elem_id="finish"):
        finish = _finish()
    return Left(photo, more, chosen, button, examples, level, style, crumbs, colors, finish)


def _finish() -> list:
    return [
        gr.Number(
            DEFAULT_EXPORT.stl_height,
            label="Height of the STL, mm",
            minimum=1,
            elem_id="stl-height",
        ),
        gr.Checkbox(
            DEFAULT_EXPORT.printable,
            label="STL fit to print",
            info="One closed piece with flat feet; loose parts get a strut.",
            elem_id="printable",
        ),
        _at_most("Colours", DEFAULT_EXPORT.palette, "0 for all", "palette"),
        _at_most("Faces", DEFAULT_EXPORT.faces, "0 for all; smooth surface only", "faces"),
    ]


def _at_most(what: str, value: int, info: str, elem_id: str) -> gr.Number:
    return gr.Number(
        value, label=f"{what} at most", info=info, minimum=0, precision=0, elem_id=elem_id
    )


def _examples(photo: gr.Image) -> gr.helpers.Examples | None:
    pictures = example_pictures()
    if not pictures:
        return None
    gr.set_static_paths([EXAMPLES])  # copies in the cache would be swept in an hour
    return gr.Examples(
        [[str(path)] for path in pictures],
        photo,
        label="Or try one of these",
        elem_id="examples",
        examples_per_page=12,
    )


def right() -> Right:
    tabs = {}
    with gr.Tabs():
        with gr.Tab("Model") as tabs["Model"]:
            model = _viewer("3D model", "model")
        with gr.Tab("Voxels") as tabs["Voxels"]:
            voxels = _viewer("Voxel grid", "voxels")
        with gr.Tab("Inside", elem_id="inside") as tabs["Inside"]:
            with gr.Row():
                cuts = [
                    gr.Image(label=f"From {name}", buttons=[], height=300, interactive=False)
                    for name in ("the front", "the side", "above")
                ]
            depth = gr.Slider(
                0, 1, 0.5, step=1 / 31, label="Depth of the cut", elem_id="depth", info=SLICES
            )
        with gr.Tab("Turntable") as tabs["Turntable"]:
            turntable = gr.Image(
                label="One turn",
                height=460,
                interactive=False,
                buttons=["download"],
                elem_id="turntable",
                alt_text="The model, turning once around",
            )
    with gr.Row(elem_id="downloads"):
        file_format = gr.Radio(
            FORMAT_NAMES, value="glb", label="Format", container=False, elem_id="format", scale=3
        )
        download = gr.DownloadButton(
            "Download", interactive=False, size="md", elem_id="download", scale=1, min_width=220
        )
    notes = gr.Markdown(elem_id="notes")
    with gr.Row(visible=False, elem_id="hint") as hint:
        gr.Markdown(ON_ITS_SIDE)
        turn = gr.Button("Turn it and generate again", size="md", elem_id="turn", min_width=220)
    seen, category = _about()
    facts = gr.HTML({}, html_template=FACTS, elem_id="facts")
    history = gr.Gallery(
        label="Earlier in this visit",
        columns=6,
        fit_columns=False,
        height=150,
        allow_preview=False,
        interactive=False,
        buttons=[],
        object_fit="cover",
        elem_id="history",
    )
    return Right(
        model=model,
        tabs=tabs,
        voxels=voxels,
        slices=cuts,
        depth=depth,
        turntable=turntable,
        file_format=file_format,
        download=download,
        notes=notes,
        hint=hint,
        turn=turn,
        seen=seen,
        category=category,
        facts=facts,
        history=history,
    )


def _viewer(label: str, elem_id: str) -> gr.Model3D:
    return gr.Model3D(
        label=label, clear_color=TURNED_GREY, height=460, interactive=False, elem_id=elem_id
    )


def _about() -> tuple[gr.Image, gr.Label]:
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
    return seen, category
