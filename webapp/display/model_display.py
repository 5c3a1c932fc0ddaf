"""Updates of the page for a session's displayed model, as one tuple.

    shown = display(session, settings)       # Displayed: the values of `DISPLAYED` in app.py
    shown = cleared("Nothing could be made of this photo.")

The viewer and the download have different files of one model, which change together.
"""

import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from core.errors import EmptyGridError
from core.prediction import Prediction
from pipeline.confidence import model_confidence
from pipeline.export import export_display
from pipeline.settings import PARTS, Settings
from pipeline.shown_files import export_shown
from webapp.components.facts import headline
from webapp.components.nudges import nudge_sentences
from webapp.components.sliders import sliders_value
from webapp.components.viewer import viewer_message, viewer_value
from webapp.display.scene_display import scene_shown
from webapp.messages import NOTHING_LEFT
from webapp.sessions.session import Session
from webapp.sessions.session_files import delete_old_results

SKIP = gr.skip()
versions = count(1)  # of the displayed model; a new one tells the page to follow
SMOOTH_REASON = "The smooth surface: there is no model made of parts for this photo."


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
    pieces: Any = SKIP  # outlines and chips of all pieces of the photo
    nudges: Any = SKIP
    network_input: Any = SKIP
    category: Any = SKIP
    history: Any = SKIP
    download: Any = SKIP

    def followed_by(self, later: "Displayed") -> "Displayed":
        """Return one update in place of this one and a later one, or an empty later one."""
        if all(value == SKIP for value in later):
            return later
        pairs = zip(self, later, strict=True)
        return Displayed(*(old if new == SKIP else new for old, new in pairs))


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


def noticed(session: Session) -> Displayed:
    """Return what the photo alone says: the object in it, and hints about what may go wrong."""
    model = session.model
    return Displayed(selection=model.selection, nudges=nudge_sentences(model.nudges))


def advised(session: Session) -> Displayed:
    """Return the same with the session of a displayed model: the turn button reads the advice."""
    return noticed(session)._replace(session=session)


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
    if is_final and shown.facts:
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
    try:
        if session.scene:
            glb, model, facts = scene_shown(session, settings, is_final)
            session = _new_version(session.without_scene_meshes(), settings, glb)
        else:
            session, model, facts = _piece_shown(session, settings, is_final)
    except EmptyGridError:
        return _nothing_left(session)
    delete_old_results(session.folder)
    facts["seconds"] = round(time.perf_counter() - start, 3)
    glb = session.download.ready(settings)
    return Displayed(
        session=session,
        model=model,
        facts=facts,
        details=facts,
        version=session.version if is_final else SKIP,
        download=download_button(glb) if glb else gr.update(interactive=False),
    )


def _piece_shown(
    session: Session, settings: Settings, is_final: bool
) -> tuple[Session, dict, dict]:
    """Return the session with a new version, the viewer's value and the facts of a piece."""
    result, glb = session.result, None
    if is_final:
        path, glb, facts = export_shown(result, settings)
    else:
        path, facts = export_display(result, settings)
    facts["confidence"] = model_confidence(result, settings)
    facts["headline"] = headline(result, facts)
    facts["shown"] = _shown(session, settings, is_final)
    value = viewer_value(path, result, session.model.photo, session.model.name)
    return _new_version(session, settings, glb), value, facts


def _nothing_left(session: Session) -> Displayed:
    """Return the page at a threshold that no cell of the displayed model exceeds."""
    return Displayed(
        session=_new_version(session, None, None),
        model=viewer_message(NOTHING_LEFT),
        facts={},
        details={},
        download=gr.update(interactive=False),
    )


def _new_version(session: Session, settings: Settings | None, glb: Path | None) -> Session:
    """Return the session with a new version, whose download is not ready or a GLB file."""
    session = replace(session, version=next(versions))
    session.download.follow(session.version, settings, glb)
    return session


def edited(
    session: Session, settings: Settings, notes: list[str], move: int | None = None
) -> Displayed:
    """Return the model with other parameters, and the values that its sliders now have."""
    sliders = sliders_value(session.result.part_model, notes, session.preview_key, move)
    return redraw(session, settings)._replace(sliders=sliders)


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
    if settings.style != PARTS:
        return None
    return sliders_value(session.result.part_model, key=session.preview_key)


def _shown(session: Session, settings: Settings, is_final: bool) -> str:
    """Return which kind of model is shown, and why."""
    if settings.style != PARTS:
        return ""
    if parts := session.result.part_model:
        return f"Made of {len(parts.parts)} parts that you can adjust below."
    return SMOOTH_REASON if is_final else "Looking for the parts ..."
