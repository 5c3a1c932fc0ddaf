"""The parameters of a model made of parts, in centimetres, and models with other parameters.

    for parameter in parameters(model):      # Parameter("seat_height", 45.2, 41.0, 48.9, "cm")
        ...
    model, notes = edit(model, {"seat_height": 48}, result)

Lengths are scaled by the one estimate of real size (`pipeline.real_size`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from reprlib import repr as short_repr
from typing import Any

from core.errors import MeshError
from furniture.pieces import build
from pipeline.parts.model import PartModel, with_choices
from pipeline.result import Result

# Last words of the names of choices that are lengths in metres.
LENGTHS = {
    "width", "depth", "height", "thickness", "length", "radius", "diameter", "size", "inset",
    "overhang", "gap", "drop", "rise", "reach", "splay",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """One choice of a piece as a person sees it."""

    name: str
    value: bool | int | float | str | None
    low: float | None = None  # of a number
    high: float | None = None
    unit: str = ""  # "cm" for lengths, "%" for shares of other lengths
    options: tuple = ()  # of a named choice


def parameters(model: PartModel) -> list[Parameter]:
    """Returns all parameters of a model in the order in which its generator asks for them."""
    piece = build(model.category, model.choices)
    result = []
    for name, choice in piece.choices.records.items():
        factor, unit = _unit(model, name, choice.value, choice.is_share)
        if choice.low is None:
            result.append(Parameter(name, choice.value, options=choice.labels))
            continue
        value, low, high = (number * factor for number in (choice.value, choice.low, choice.high))
        result.append(Parameter(name, value, min(low, high), max(low, high), unit))
    return result


def edit(
    model: PartModel, changes: Mapping[str, Any], result: Result
) -> tuple[PartModel, list[str]]:
    """Returns a model with other parameters.

    Parameters
    ----------
    model : PartModel
    changes : mapping
        New values by name, lengths in centimetres, shares in per cent. The last part of a name
        is enough where only one parameter has it: "height" for "seat.height".
    result : Result
        Its colours.

    Returns
    -------
    model : PartModel
    notes : list of str
        One sentence for each value that was out of range.

    Raises
    ------
    MeshError
        If a name means nothing, means several parameters, or a value has a wrong type.
    """
    choices, notes = changed_choices(model, parameters(model), changes)
    return with_choices(model, choices, result), notes


def changed_choices(
    model: PartModel, listed: Sequence[Parameter], changes: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Returns the choices of a model with other parameters, and the notes.

    Parameters
    ----------
    model : PartModel
    listed : sequence of Parameter
        The `parameters` of the model.
    changes : mapping
        As for `edit`, which raises the same errors.
    """
    known = {parameter.name: parameter for parameter in listed}
    choices, notes = dict(model.choices), []
    for given, value in changes.items():
        name = _find(given, list(known))
        parameter = known[name]
        if parameter.low is None:
            _check_option(parameter, value)
            choices[name] = value
            continue
        value = _number(name, value)
        clamped = min(max(value, parameter.low), parameter.high)
        if clamped != value:
            limits = f"{parameter.low:.4g} to {parameter.high:.4g} {parameter.unit}".rstrip()
            notes.append(f"{name} is {clamped:.4g} instead of {value:.4g}; it can be {limits}.")
        factor, _ = _unit(model, name, choices[name], parameter.unit == "%")
        choices[name] = clamped / factor if isinstance(choices[name], float) else round(clamped)
    return choices, notes


def _unit(model: PartModel, name: str, value: Any, is_share: bool) -> tuple[float, str]:
    """Factor from the generator's value to the shown one, and its unit."""
    if is_share:
        return 100, "%"
    is_length = isinstance(value, float) and name.rpartition(".")[2].split("_")[-1] in LENGTHS
    return (model.centimetres, "cm") if is_length else (1, "")


def _number(name: str, value: Any) -> float:
    """The value as a float; infinite where it has more digits than a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise MeshError(f"The parameter {name} is {short_repr(value)}; give a number.")
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _find(given: str, names: list[str]) -> str:
    if given in names:
        return given
    matches = [name for name in names if name.endswith(f".{given}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise MeshError(f"{given} means several parameters: {', '.join(matches[:6])}.")
    raise MeshError(f"This model has no parameter {short_repr(given)}; {', '.join(names[:12])} ...")


def _check_option(parameter: Parameter, value: Any) -> None:
    allowed = parameter.options or (True, False)
    if not any(type(value) is type(item) and value == item for item in allowed):
        choices = ", ".join(str(item) for item in allowed)
        raise MeshError(f"The parameter {parameter.name} is {short_repr(value)}; choose {choices}.")
