"""*View in your room*: on a phone, the model in the visitor's own room in real size.

    link = room_link()
    value = room_file(path)                 # the answer to its event `click`

iPhones and iPads open a USDZ file through a link with `rel="ar"`; Android's Scene Viewer fetches a
GLB by its public address. Elsewhere the button is hidden. Its event `click` carries {format}.
"""

from pathlib import Path

import gradio as gr

SCRIPT = Path(__file__).parents[1] / "assets" / "room_link.js"
FORMATS = ("usdz", "glb")  # of Apple's viewer and of Scene Viewer
# Apple's viewer opens a link only if it holds an image and nothing else.
TEMPLATE = """<div class="room-link" hidden>
<button type="button">View in your room</button>
<a rel="ar" hidden><img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="></a>
<span role="status"></span>
</div>"""


def room_link() -> gr.HTML:
    """Return the button, which shows itself where the device has a viewer for it."""
    return gr.HTML(
        None,
        html_template=TEMPLATE,
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id="room-link",
        apply_default_css=False,
    )


def room_state(request: gr.Request) -> dict:
    """Return the value at the start: Scene Viewer has no password for a page with a login."""
    return {"has_login": bool(request.username)}


def room_file(path: Path) -> dict:
    """Return the value that opens a file in the device's viewer."""
    return {"file": str(path), "name": path.stem, "has_login": False}
