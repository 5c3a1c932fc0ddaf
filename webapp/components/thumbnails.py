"""Thumbnails of more photos of the same piece, on the first photo's frame."""

from pathlib import Path

import gradio as gr

SCRIPT = Path(__file__).parents[1] / "assets" / "thumbnails.js"
# From the list of files to the value: names and addresses.
VALUE_JS = """(files) => [(files ?? []).map(({ orig_name, path, url }) =>
    ({ name: orig_name ?? path, url }))]"""


def thumbnails_panel() -> gr.HTML:
    """Return the thumbnails, which take no place while there are none."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id="thumbnails",
        apply_default_css=False,
    )
