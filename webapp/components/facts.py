"""Texts about a model: one line, and figures in *Details*."""

import gradio as gr

from core.prediction import Prediction
from pipeline.result import Result

GOOD_MATCH, FAIR_MATCH = 0.65, 0.45  # expected IoU from which a match is called good or fair
SURE, PROBABLE = 0.85, 0.5  # probability of the category from which it is stated
# A screen reader hears both lines through webapp/assets/accessibility.js.
HEADLINE = """<p class="headline" data-pieces="${value.pieces ?? ""}">${value.headline ?? ""}</p>
<p class="shown">${value.shown ?? ""}</p>"""
DETAILS = """${value.cells ? `<dl class="facts">
<div><dt>Cells</dt><dd>${value.cells?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>Vertices</dt><dd>${value.vertices?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>Faces</dt><dd>${value.faces?.toLocaleString("en") ?? "–"}</dd></div>
<div><dt>Watertight</dt><dd>${({true: "yes", false: "no"})[value.watertight] ?? "–"}</dd></div>
<div><dt>Expected overlap</dt>
<dd>${value.confidence ? Math.round(100 * value.confidence) + " %" : "–"}</dd></div>
<div><dt>Seconds</dt><dd>${value.seconds?.toFixed(2) ?? "–"}</dd></div>
</dl>` : ""}"""


def headline_panel() -> gr.HTML:
    """Return the line that names the piece, how sure the model is, and its height."""
    return gr.HTML({}, html_template=HEADLINE, elem_id="facts", apply_default_css=False)


def details_panel() -> gr.HTML:
    """Return the figures of the mesh."""
    return gr.HTML({}, html_template=DETAILS, elem_id="figures", apply_default_css=False)


def headline(result: Result, facts: dict) -> str:
    """Return for example "Probably a chair · fair match (58 %) · about 92 cm tall"."""
    prediction = result.prediction
    parts = [_name(prediction)]
    if prediction.familiarity < 0:
        parts = ["Not sure that this is furniture"]
    confidence = facts["confidence"]
    word = "good" if confidence >= GOOD_MATCH else "fair" if confidence >= FAIR_MATCH else "rough"
    parts.append(f"{word} match ({round(100 * confidence)} %)")
    if height := facts.get("height_cm"):
        parts.append(f"about {height:.0f} cm tall")
    return " · ".join(parts)


def is_doubtful(result: Result, facts: dict) -> bool:
    """Return True for a rough match, and for a photo that may show no furniture."""
    return result.prediction.familiarity < 0 or facts["confidence"] < FAIR_MATCH


def is_unsure(prediction: Prediction) -> bool:
    """Return True if the category is but a guess."""
    return bool(prediction.category) and _probability(prediction) < PROBABLE


def _probability(prediction: Prediction) -> float:
    """Return the probability of the most probable category."""
    return prediction.category_probabilities.get(prediction.category, 0.0)


def _name(prediction: Prediction) -> str:
    """Return for example "Probably a chair"; "A model" from a model without categories."""
    category, probability = prediction.category, _probability(prediction)
    if not category:
        return "A model"
    article = "an" if category[0] in "aeiou" else "a"
    noun = {"misc": "a piece of its own kind"}.get(category, f"{article} {category}")
    if probability >= SURE:
        return noun[0].upper() + noun[1:]
    return f"{'Probably' if probability >= PROBABLE else 'Perhaps'} {noun}"
