"""Hints beside the photo about what probably makes its model wrong."""

import gradio as gr

from pipeline.warnings import CUT_OFF, DARK, ROTATED, UNFAMILIAR

OTHER_COLORS = "other colours"  # of more photos of the same piece
UNSURE = "unsure"  # of the category
SENTENCES = {
    UNFAMILIAR: "This may not be furniture: the model shows the piece that it resembles most.",
    UNSURE: "The model is not sure what this is: compare its shape with the photo.",
    CUT_OFF: "The piece is cut off at the edge: a photo of all of it gives a better model.",
    DARK: "The photo is dark: more light gives a better model.",
    OTHER_COLORS: "The photos differ in colour: do they all show the same piece?",
    ROTATED: "Does the photo lie on its side? Press ↻ to turn it.",
}
TEMPLATE = """${(value || []).map((sentence) => `<p>${sentence}</p>`).join("")}"""


def nudges_panel() -> gr.HTML:
    """Return the panel, which takes no place while there is nothing to say."""
    return gr.HTML(None, html_template=TEMPLATE, elem_id="nudges", apply_default_css=False)


def nudge_sentences(nudges: tuple[str, ...]) -> list[str]:
    """Return the sentences for some of the keys of SENTENCES."""
    return [SENTENCES[nudge] for nudge in nudges]
