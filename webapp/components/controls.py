"""Controls of the mesh and of the downloaded file; their names are the fields of the settings."""

import gradio as gr

from pipeline.formats import FORMATS
from pipeline.settings import DEFAULT_EXPORT, PAGE_STYLE, PARTS

MIN_THRESHOLD, MAX_THRESHOLD = 0.05, 0.95  # ends of the slider
PURPOSES = {
    "glb": "GLB, for the web, Blender, Unity",
    "obj": "OBJ, for any 3D program",
    "ply": "PLY, for MeshLab",
    "stl": "STL, for 3D printing",
    "3mf": "3MF, for 3D printing in colour",
    "usdz": "USDZ, for iPhone and iPad",
    "vox": "VOX, for MagicaVoxel",
    "npz": "NPZ, for numpy",
    "binvox": "BINVOX, for voxel tools",
    "webp": "WebP, a turning picture",
    "mp4": "MP4, a turning film",
    "zip": "ZIP, all of them",
}
STYLE_CHOICES = [("Parts", "parts"), ("Smooth", "smooth"), ("Blocks", "blocks")]
COLOR_CHOICES = [("From the photo", "photo"), ("As predicted", "predicted")]


def style_choice() -> gr.Radio:
    """Return the choice of the shape's style."""
    return gr.Radio(
        STYLE_CHOICES, value=PAGE_STYLE, label="Shape", elem_id="style", min_width=300, scale=3
    )


def threshold_slider(value: float) -> gr.Slider:
    """Return the slider of the surface; parts have no threshold."""
    return gr.Slider(
        MIN_THRESHOLD,
        MAX_THRESHOLD,
        round(value, 2),
        step=0.01,
        label="Thin parts: fewer – more",
        elem_id="threshold",
        info="How sure the model must be that a cell is solid.",
        visible=PAGE_STYLE != PARTS,
    )


def colour_settings() -> dict[str, gr.components.Component]:
    """Return the controls of colours and loose parts, by the field names of `Settings`."""
    return {
        "colors": gr.Radio(
            COLOR_CHOICES,
            value="photo",
            label="Colours",
            elem_id="colors",
            info="Hidden sides follow the mirror image, or the prediction.",
        ),
        "drop_crumbs": gr.Checkbox(True, label="Leave out crumbs", info="Small loose pieces."),
    }


def format_controls() -> tuple[gr.Radio, dict[str, gr.components.Component]]:
    """Lay out the formats by their purposes, and the options of their files."""
    choices = [(PURPOSES.get(name, name.upper()), name) for name in (*FORMATS, "zip")]
    file_format = gr.Radio(choices, value="glb", label="Format", elem_id="format")
    with gr.Accordion("For printing and for games", open=False, elem_id="finish"):
        return file_format, _export_options()


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
