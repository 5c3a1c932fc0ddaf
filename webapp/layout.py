"""The components of the page and their places; `app.py` connects them to the events."""

from dataclasses import dataclass

import gradio as gr

from images.formats import CHOOSER_TYPES
from pipeline.formats import FORMATS
from pipeline.settings import DEFAULT_EXPORT, DEFAULT_STYLE
from webapp.events import MAX_THRESHOLD, MIN_THRESHOLD, VIEWS
from webapp.example_cache import EXAMPLES, example_images
from webapp.theme import CHOOSER_JS

VIEWER_BACKGROUND = (0.5, 0.5, 0.5, 1.0)  # grey, so that light and dark furniture both stand out
TITLE = "Furniture photo to 3D"
INTRO = f"""# {TITLE}
Drop one photo of a chair, a table, a sofa: get a coloured 3D model to turn, judge and download."""
SLICES_INFO = "Dark cells are empty, bright ones solid; what lies between, the model is unsure of."
ROTATION_HINT = "This photo may lie on its side: turned, the model is surer of it."
FORMAT_CHOICES = [(name.upper(), name) for name in (*FORMATS, "zip")]
STYLE_CHOICES = [("Smooth", "smooth"), ("Blocks", "blocks")]
COLOR_CHOICES = [("From the photo", "photo"), ("As predicted", "predicted")]
FACTS_TEMPLATE = """<dl class="facts" aria-live="polite">
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
class InputPanel:
    """Components of the left column."""

    photo: gr.Image
    extra_photos: gr.File  # of the same object
    selection: gr.HTML  # the object that was detected or chosen in the photo
    generate_button: gr.Button
    examples: gr.helpers.Examples | None
    settings: dict[str, gr.components.Component]  # by the field names of Settings
    export_options: dict[str, gr.components.Component]  # by the field names of ExportOptions


@dataclass
class OutputPanel:
    """Components of the right column."""

    model: gr.Model3D
    tabs: dict[str, gr.Tab]  # by the names in VIEWS
    voxels: gr.Model3D
    slices: list[gr.Image]
    depth: gr.Slider
    turntable: gr.Image
    file_format: gr.Radio
    download: gr.DownloadButton
    notes: gr.Markdown
    hint: gr.Row  # shown if the photo seems to lie on its side
    rotate_button: gr.Button
    network_input: gr.Image
    category: gr.Label
    facts: gr.HTML
    history: gr.Gallery


def input_panel(threshold: float) -> InputPanel:
    """Lay out the left column; `threshold` is the model's own."""
    photo = gr.Image(
        label="Photo", sources=["upload", "clipboard", "webcam"], height=340, elem_id="photo"
    )
    selection = gr.HTML(None, html_template="", js_on_load=CHOOSER_JS, elem_id="chosen")
    button = gr.Button("Generate", variant="primary", size="lg", elem_id="generate")
    with gr.Accordion("More photos of the same piece", open=False, elem_id="more"):
        extra_photos = gr.File(
            label="From other sides, up to three: they make one better model",
            file_count="multiple",
            file_types=list(CHOOSER_TYPES),
            height=140,
        )
    examples = _examples(photo)
    with gr.Accordion("Settings", open=False, elem_id="settings"):
        settings = _settings(threshold)
    with gr.Accordion("For printing and for games", open=False, elem_id="finish"):
        export_options = _export_options()
    return InputPanel(photo, extra_photos, selection, button, examples, settings, export_options)


def _settings(threshold: float) -> dict[str, gr.components.Component]:
    return {
        "threshold": gr.Slider(
            MIN_THRESHOLD,
            MAX_THRESHOLD,
            threshold,
            step=0.01,
            label="Threshold",
            elem_id="threshold",
            info="How sure the model must be that a cell is solid: lower keeps thin parts.",
        ),
        "style": gr.Radio(STYLE_CHOICES, value=DEFAULT_STYLE, label="Surface", elem_id="style"),
        "drop_crumbs": gr.Checkbox(True, label="Leave out crumbs", info="Small loose pieces."),
        "colors": gr.Radio(
            COLOR_CHOICES,
            value="photo",
            label="Colours",
            elem_id="colors",
            info="Hidden sides follow the mirror image, or the prediction.",
        ),
    }


def _export_options() -> dict[str, gr.components.Component]:
    return {
        "stl_height": gr.Number(
            DEFAULT_EXPORT.stl_height,
            label="Height of the STL, mm",
            info="0: the longest side sets the scale.",
            minimum=0,
            elem_id="stl-height",
        ),
        "printable": gr.Checkbox(
            DEFAULT_EXPORT.printable,
            label="STL fit to print",
            info="One closed piece with flat feet; loose parts get a strut.",
            elem_id="printable",
        ),
        "palette": _limit("Colours at most", DEFAULT_EXPORT.palette, "0 for all", "palette"),
        "faces": _limit(
            "Faces at most", DEFAULT_EXPORT.faces, "0 for all; smooth surface only", "faces"
        ),
        "stl_size": gr.Number(
            DEFAULT_EXPORT.stl_size,
            label="Longest side of the STL, mm",
            minimum=1,
            elem_id="stl-size",
        ),
    }


def _limit(label: str, value: int, info: str, elem_id: str) -> gr.Number:
    return gr.Number(value, label=label, info=info, minimum=0, precision=0, elem_id=elem_id)


def _examples(photo: gr.Image) -> gr.helpers.Examples | None:
    """Lay out the example images, if there are any."""
    images = example_images()
    if not images:
        return None
    gr.set_static_paths([EXAMPLES])  # copies in the cache would be removed after an hour
    return gr.Examples(
        [[str(path)] for path in images],
        photo,
        label="Or try one of these",
        elem_id="examples",
        examples_per_page=12,
    )


def output_panel() -> OutputPanel:
    """Lay out the right column."""
    views = _views()
    with gr.Row(elem_id="downloads"):
        file_format = gr.Radio(
            FORMAT_CHOICES, value="glb", label="Format", container=False, elem_id="format", scale=3
        )
        download = gr.DownloadButton(
            "Download", interactive=False, size="md", elem_id="download", scale=1, min_width=220
        )
    notes = gr.Markdown(elem_id="notes")
    with gr.Row(visible=False, elem_id="hint") as hint:
        gr.Markdown(ROTATION_HINT)
        rotate_button = gr.Button(
            "Turn it and generate again", size="md", elem_id="turn", min_width=220
        )
    network_input, category = _recognition()
    facts = gr.HTML({}, html_template=FACTS_TEMPLATE, elem_id="facts")
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
    return OutputPanel(
        **views,
        file_format=file_format,
        download=download,
        notes=notes,
        hint=hint,
        rotate_button=rotate_button,
        network_input=network_input,
        category=category,
        facts=facts,
        history=history,
    )


def _views() -> dict:
    """Lay out the tabs with the model, its voxels, its slices and its turntable."""
    model_tab, voxel_tab, slice_tab, turntable_tab = VIEWS
    tabs = {}
    with gr.Tabs():
        with gr.Tab(model_tab) as tabs[model_tab]:
            model = _viewer("3D model", "model")
        with gr.Tab(voxel_tab) as tabs[voxel_tab]:
            voxels = _viewer("Voxel grid", "voxels")
        with gr.Tab(slice_tab, elem_id="inside") as tabs[slice_tab]:
            with gr.Row():
                slices = [
                    gr.Image(label=f"From {name}", buttons=[], height=300, interactive=False)
                    for name in ("the front", "the side", "above")
                ]
            depth = gr.Slider(
                0, 1, 0.5, step=1 / 31, label="Depth of the cut", elem_id="depth", info=SLICES_INFO
            )
        with gr.Tab(turntable_tab) as tabs[turntable_tab]:
            turntable = gr.Image(
                label="One turn",
                height=460,
                interactive=False,
                buttons=["download"],
                elem_id="turntable",
                alt_text="The model, turning once around",
            )
    return {
        "model": model,
        "tabs": tabs,
        "voxels": voxels,
        "slices": slices,
        "depth": depth,
        "turntable": turntable,
    }


def _viewer(label: str, elem_id: str) -> gr.Model3D:
    return gr.Model3D(
        label=label, clear_color=VIEWER_BACKGROUND, height=460, interactive=False, elem_id=elem_id
    )


def _recognition() -> tuple[gr.Image, gr.Label]:
    """Lay out the network's input and the categories that it recognised."""
    with gr.Row(elem_id="about"):
        network_input = gr.Image(
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
    return network_input, category
