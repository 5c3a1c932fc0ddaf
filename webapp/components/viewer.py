"""The viewer of models: a `gr.HTML` that draws the file of `pipeline.display` with WebGL.

    model = viewer("3D model", "model")
    value = viewer_value(path, facts, saved_model)        # or viewer_message("Nothing is left ...")

Gradio's own `gr.Model3D` lights models with a tinted environment, forgets the visitor's camera at
each change of the model, cannot go back from a wireframe and loads 1.8 MB of code.
"""

from pathlib import Path

import gradio as gr

from pipeline.display import first_azimuth, first_elevation
from pipeline.result import Result

ASSETS = Path(__file__).parents[1] / "assets" / "viewer"
SCRIPTS = ("glb.js", "scene.js", "orbit.js", "gestures.js", "viewer.js")  # in this order
TEMPLATE = """<div class="viewer">
<canvas tabindex="0" role="img" aria-label="{label}"></canvas>
<p class="note" role="status"></p>
<div class="tools">
<button type="button" data-action="photo">As in the photo</button>
<button type="button" data-action="reset">Reset</button>
<button type="button" data-action="wireframe" aria-pressed="false">Wireframe</button>
</div>
</div>"""


def viewer(label: str, elem_id: str) -> gr.HTML:
    """Return a viewer; `label` is read to visitors who do not see."""
    return gr.HTML(
        None,
        html_template=TEMPLATE.format(label=label),
        js_on_load="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS),
        elem_id=elem_id,
        label=label,
        apply_default_css=False,
    )


def viewer_value(file: Path, result: Result, photo: str, model: str) -> dict:
    """Return the value that shows a file.

    Parameters
    ----------
    file : Path
        GLB of `pipeline.export.export_display`, in a folder that Gradio serves.
    result : Result
        Its model; the views follow from the photo's camera.
    photo : str
        Path of the photo; the page dims the model while another photo is shown.
    model : str
        Name of the model. The camera stays while a file has the same photo and name.
    """
    prediction = result.prediction
    azimuth, elevation = prediction.azimuth, prediction.elevation
    first = view_of(first_azimuth(azimuth), first_elevation(elevation))
    name = prediction.category or result.name
    return viewer_file(file, photo, model, name, first, view_of(azimuth, elevation))


def viewer_file(
    file: Path, photo: str, model: str, name: str, first: dict, photo_view: dict
) -> dict:
    """Return the value that shows a file of a given name from given views."""
    return {
        "file": str(file),
        "photo": photo,
        "model": model,
        "name": name,
        "view": first,
        "photo_view": photo_view,
    }


def view_of(azimuth: float, elevation: float) -> dict:
    """Return a view of the camera; degrees, as in `voxel_model.py`."""
    return {"azimuth": azimuth, "elevation": elevation}


def viewer_message(sentence: str) -> dict:
    """Return the value that shows a sentence in the model's place."""
    return {"message": sentence}
