"""What the page shows of a session's displayed model, as one tuple of updates.

    shown = display(session, settings)       # Displayed: the values of `DISPLAYED` in app.py
    shown = cleared("Nothing could be made of this photo.")

`export_display` writes the file of the viewer; downloads are other files.
"""

import time
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from core.prediction import Prediction
from pipeline.confidence import calibrated_iou
from pipeline.export import export_display
from pipeline.result import Result
from pipeline.settings import PARTS, Settings
from webapp.components.facts import headline
from webapp.components.nudges import nudge_sentences
from webapp.components.sliders import sliders_value
from webapp.components.viewer import viewer_message, viewer_value
from webapp.scene_display import scene_shown
from webapp.sessions import Session, delete_old_results

SKIP = gr.skip()
versions = count(1)  # of the displayed model; a new one tells the page to follow
SMOOTH_REASON = "The smooth surface: no piece of furniture that could be built explains this photo."


class Displayed(NamedTuple):
    """Updates of the components that follow the displayed model, in the order of their fields."""

    session: Any = SKIP
    model: Any = SKIP  # of the viewer
    facts: Any = SKIP
    details: Any = SKIP
    version: Any = SKIP
    sliders: Any = SKIP
    adjust: Any = SKIP  # the panel around the sliders
    selection: Any = SKIP
    nudges: Any = SKIP
    network_input: Any = SKIP
    category: Any = SKIP
    history: Any = SKIP
    download: Any = SKIP


def cleared(sentence: str, session: Session | None = None) -> Displayed:
    """Return the page without a model; the sentence stands in the viewer's place."""
    return Displayed(
        session=session if session else SKIP,
        model=viewer_message(sentence),
        facts={},
        details={},
        sliders=None,
        adjust=gr.Accordion(visible=False),
        selection=None,
        nudges=None,
        network_input=None,
        category=None,
        download=gr.DownloadButton("Download GLB", value=None, interactive=False),
    )


def display(
    session: Session, settings: Settings, start: float | None = None, is_final: bool = True
) -> Displayed:
    """Return the model, its facts and everything beside it.

    Parameters
    ----------
    session : Session
        Its displayed model is shown.
    settings : Settings
        Threshold, style and colours.
    start : float, optional
        `time.perf_counter()` from which the fact `seconds` counts, by default now.
    is_final : bool
        False if parts will replace the model at once: the download waits for them.
    """
    shown = redraw(session, settings, start, is_final)
    sliders = _sliders(session, settings)
    model = session.model
    if is_final:
        shown = shown._replace(history=_history(session, settings))
    return shown._replace(
        sliders=sliders,
        adjust=gr.Accordion(visible=bool(sliders)),
        selection=model.selection,
        nudges=nudge_sentences(model.nudges),
        network_input=None if model.scene else model.thumbnail(session.folder),
        category=None if model.scene else _categories(model.result.prediction),
    )


def redraw(
    session: Session, settings: Settings, start: float | None = None, is_final: bool = True
) -> Displayed:
    """Return the model and its facts only: after a change of a setting or a parameter."""
    start = start or time.perf_counter()
    if session.scene:
        model, facts = scene_shown(session, settings)
    else:
        model, facts = _piece_shown(session, settings, is_final)
    delete_old_results(session.folder)
    facts["seconds"] = round(time.perf_counter() - start, 3)
    return Displayed(
        session=session,
        model=model,
        facts=facts,
        details=facts,
        version=next(versions) if is_final else SKIP,
    )


def _piece_shown(session: Session, settings: Settings, is_final: bool) -> tuple[dict, dict]:
    """Return the viewer's value and the facts of a piece."""
    result = session.result
    path, facts = export_display(result, settings)
    facts["confidence"] = confidence(result, settings)
    facts["headline"] = headline(result, facts)
    facts["shown"] = _shown(session, settings, is_final)
    return viewer_value(path, result, session.model.photo, session.model.name), facts


def edited(session: Session, settings: Settings, notes: list[str]) -> Displayed:
    """Return the model with other parameters, and the values that its sliders now have."""
    sliders = sliders_value(session.result.part_model, notes)
    return redraw(session, settings)._replace(sliders=sliders)


def confidence(result: Result, settings: Settings) -> float:
    """Return the expected IoU of the shown model with the true object, as the facts show it."""
    if settings.style == PARTS and result.part_model:
        return round(result.part_model.score, 3)
    return round(calibrated_iou(result.prediction, settings.threshold), 3)


def download_button(path: Path) -> gr.DownloadButton:
    """Return the update of the button that downloads a file, with its format and size."""
    size = path.stat().st_size
    text = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"
    label = f"Download {path.suffix[1:].upper()} · {text}"
    return gr.DownloadButton(label, value=str(path), interactive=True)


def _categories(prediction: Prediction) -> dict[str, float] | None:
    return prediction.category_probabilities if prediction.category else None


def _history(session: Session, settings: Settings) -> gr.Gallery:
    """Return the pictures of the session's models; one alone is on show and stays hidden."""
    pictures = [(m.picture(session.folder, settings), m.caption) for m in session.models]
    return gr.Gallery(pictures, visible=len(pictures) > 1, selected_index=session.selected)


def _sliders(session: Session, settings: Settings) -> dict | None:
    return sliders_value(session.result.part_model) if settings.style == PARTS else None


def _shown(session: Session, settings: Settings, is_final: bool) -> str:
    """Return which kind of model is shown, and why."""
    if settings.style != PARTS:
        return ""
    if parts := session.result.part_model:
        return f"Made of {len(parts.parts)} parts that you can adjust below."
    return SMOOTH_REASON if is_final else "Looking for the parts ..."
