"""*Adjust parts*: the parameters of a piece as sliders, in centimetres.

    panel = sliders_panel()
    value = sliders_value(part_model, ["seat_height is 60 instead of 90 ..."], key)

While a slider moves, the page asks for previews (`webapp.display.previews`). When it rests, the
event `input` carries {changes, move}: the parameters that the visitor moved since the last answer,
and the number of the last move, which the answer repeats.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from pipeline.parts.editing import Parameter, parameters
from pipeline.parts.model import PartModel

SCRIPT = Path(__file__).parents[1] / "assets" / "sliders.js"
STEPS = 50  # of a slider, at least; a step is rounded to a tenth, a half or a whole


def sliders_panel() -> gr.HTML:
    """Return the panel; it is empty until a model of parts is shown."""
    return gr.HTML(
        None,
        html_template="",
        js_on_load=SCRIPT.read_text(encoding="utf-8"),
        elem_id="sliders",
        label="Adjust parts",
        apply_default_css=False,
    )


def sliders_value(
    model: PartModel | None, notes: Sequence[str] = (), key: str = "", move: int | None = None
) -> dict | None:
    """Return the value of the panel, None without a model of parts.

    Parameters
    ----------
    model : PartModel or None
        The model that is shown.
    notes : sequence of str
        Sentences about values that were out of range.
    key : str
        `preview_key` of the session.
    move : int, optional
        Number of the visitor's last move that the model has.
    """
    if model is None:
        return None
    adjustable = [item for item in parameters(model) if _is_adjustable(item)]
    adjustable.sort(key=_rank)
    return {
        "rows": [_row(parameter) for parameter in adjustable],
        "notes": list(notes),
        "key": key,
        "move": move,
    }


def _is_adjustable(parameter: Parameter) -> bool:
    """Return False for numbers without a range and picks with one option."""
    if parameter.low is None:
        return isinstance(parameter.value, bool) or len(parameter.options) > 1
    return parameter.high > parameter.low


def _rank(parameter: Parameter) -> tuple:
    """Return the order: lengths of the whole piece, its other choices, then those of its parts."""
    is_whole = "." not in parameter.name
    return not (is_whole and parameter.unit == "cm"), not is_whole


def _row(parameter: Parameter) -> dict:
    """Return name, label and control of one parameter."""
    group, _, last = parameter.name.rpartition(".")
    row = {"name": parameter.name, "label": last.replace("_", " "), "unit": parameter.unit}
    row["group"] = group.replace(".", ", ").replace("_", " ")
    if parameter.low is None:
        options = list(parameter.options) or [False, True]
        return row | {"options": [_label(option) for option in options], "values": options,
                      "value": parameter.value}  # fmt: skip
    step = 1 if isinstance(parameter.value, int) else slider_step(parameter.high - parameter.low)
    low, high = parameter.low, parameter.high
    return row | {"low": low, "high": high, "value": parameter.value, "step": step}


def slider_step(span: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that divides a range into STEPS or more."""
    power = 10.0 ** math.floor(math.log10(span / STEPS))
    return next((f * power for f in (5, 2) if f * power <= span / STEPS), power)


def _label(option) -> str:
    if isinstance(option, bool):
        return "yes" if option else "no"
    return str(option).replace("_", " ")
