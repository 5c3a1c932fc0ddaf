"""The left column: the photo and what a visitor does with it.

inputs = input_panel()                   # within a gr.Column; `app.py` connects the components
"""

from dataclasses import dataclass

import gradio as gr

from images.formats import CHOOSER_TYPES
from webapp.components.nudges import nudges_panel
from webapp.components.pieces import pieces_panel
from webapp.components.thumbnails import thumbnails_panel
from webapp.display.opening import opening_photo
from webapp.inference.example_cache import EXAMPLES, example_images
from webapp.scripts import CHOOSER_JS

HINT = '<p id="piece-hint">Wrong piece? Click it, or draw a box around it.</p>'


@dataclass
class InputPanel:
    """Components of the left column."""

    photo: gr.Image
    selection: gr.HTML  # the object that was detected or chosen in the photo
    choose_button: gr.Button
    rotate_button: gr.Button
    generate_button: gr.Button
    pieces: gr.HTML  # all pieces of the photo, if there are several
    nudges: gr.HTML  # what probably makes the model wrong
    extra_photos: gr.File  # of the same object
    thumbnails: gr.HTML  # of the extra photos
    views_button: gr.Button  # an example of extra photos
    examples: gr.helpers.Examples | None


def input_panel(has_examples: bool = True) -> InputPanel:
    """Lay out the left column; the examples are pieces of furniture."""
    choose_button = gr.Button("Choose your photo", elem_id="choose")
    gr.set_static_paths([EXAMPLES])  # copies in the cache would be removed after an hour
    photo = gr.Image(
        opening_photo() if has_examples else None,
        label="Photo",
        sources=["upload", "clipboard", "webcam"],
        height=340,
        elem_id="photo",
    )
    selection = gr.HTML(None, html_template="", js_on_load=CHOOSER_JS, elem_id="chosen")
    with gr.Row(elem_id="photo-tools"):
        gr.HTML(HINT, apply_default_css=False, min_width=120, elem_id="hint")
        rotate_button = gr.Button("↻ Turn", size="sm", elem_id="turn", min_width=80, scale=0)
        button = gr.Button("Again", size="sm", elem_id="generate", min_width=80, scale=0)
    pieces = pieces_panel()
    nudges = nudges_panel()
    examples = _examples(photo) if has_examples else None
    with gr.Accordion("More photos of the same piece", open=False, elem_id="more"):
        extra_photos = gr.File(
            label="From other sides, up to three: they make one better model",
            file_count="multiple",
            file_types=list(CHOOSER_TYPES),
            height=140,
        )
        views_button = gr.Button(
            "Try it with three pictures of a chair",
            size="sm",
            elem_id="views3",
            visible=has_examples,
        )
    thumbnails = thumbnails_panel()
    return InputPanel(
        photo=photo,
        selection=selection,
        choose_button=choose_button,
        rotate_button=rotate_button,
        generate_button=button,
        pieces=pieces,
        nudges=nudges,
        extra_photos=extra_photos,
        thumbnails=thumbnails,
        views_button=views_button,
        examples=examples,
    )


def _examples(photo: gr.Image) -> gr.helpers.Examples | None:
    """Lay out the example images, if there are any."""
    images = example_images()
    if not images:
        return None
    return gr.Examples(
        [[str(path)] for path in images],
        photo,
        label="Or try one of these renderings",
        elem_id="examples",
        examples_per_page=len(images),
    )
