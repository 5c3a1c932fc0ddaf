"""The named choices that a generator makes: drawn at random and recorded, or replayed.

    draw = Choices(np.random.default_rng(7))
    height = draw.span("seat_height", 0.42, 0.49)           # metres
    design = draw.pick("leg_design", {"round": 2, "tapered": 3})
    values = draw.values()                                  # {"seat_height": 0.46, ...}, JSON
    draw = Choices.replay(values | {"seat_height": 0.45})   # the same piece with another height

A piece of furniture is its list of named choices: the same values give the same primitives. Scopes
prefix names, so that repeated parts keep apart: `leg.left.thickness`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from numbers import Real
from typing import Any, NamedTuple, TypeVar

import numpy as np

Item = TypeVar("Item")
Value = bool | int | float | str | None
SIDES = ("left", "right")  # scope names for the items of beams.LEFT_RIGHT along x
ENDS = ("rear", "front")  # the same along z
REPLAY_SEED = 0  # draws the choices that a replayed list lacks, on every machine alike


class Choice(NamedTuple):
    """One recorded choice and what was possible."""

    value: Value
    low: float | None = None  # of a number
    high: float | None = None
    options: tuple[Any, ...] = ()  # of a pick
    is_share: bool = False  # a number that multiplies a length

    @property
    def labels(self) -> tuple[Value, ...]:
        """The values that a pick can have."""
        return tuple(_label(i, option) for i, option in enumerate(self.options))


class Choices:
    """Draws, records and replays the choices of one piece.

    Parameters
    ----------
    rng : np.random.Generator
        Source of all random numbers. Each drawn choice takes exactly one.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.records: dict[str, Choice] = {}
        self.repeated: list[str] = []  # names asked for more than once: a mistake in a generator
        self.adjusted: list[str] = []  # names with a given value out of range or of a wrong type
        self._given: Mapping[str, Any] = {}
        self._random = rng.random
        self._prefix = ""
        self._entered: dict[str, int] = {}  # times that each scope was entered

    @classmethod
    def replay(cls, values: Mapping[str, Any], rng: np.random.Generator | None = None) -> "Choices":
        """Returns choices that take their values from a list.

        Parameters
        ----------
        values : mapping of names to values
            What `values()` returned, perhaps edited. Numbers are clamped to the range that the
            generator asks for. A name that is missing is drawn.
        rng : np.random.Generator, optional
            Draws missing choices; by default a generator with a fixed seed.
        """
        choices = cls(np.random.default_rng(REPLAY_SEED) if rng is None else rng)
        choices._given = dict(values)
        return choices

    @property
    def is_replay(self) -> bool:
        """True if the piece is built from given values."""
        return bool(self._given)

    def span(self, name: str, low: float, high: float) -> float:
        """Returns a number between `low` and `high`, uniformly distributed."""
        return self._draw_number(name, low, high, is_share=False)

    def share(self, name: str, low: float, high: float) -> float:
        """Returns a number as `span` does, for a dimension that is a share of another one."""
        return self._draw_number(name, low, high, is_share=True)

    def _draw_number(self, name: str, low: float, high: float, is_share: bool) -> float:
        name = self._full(name)
        given = self._number(name, low, high) if self._given else None
        value = low + (high - low) * self._random() if given is None else given
        self.records[name] = Choice(value, low, high, is_share=is_share)
        return value

    def count(self, name: str, low: float, high: float) -> int:
        """Returns the integer part of a number between `low` and `high`, `high` excluded."""
        name = self._full(name)
        low, last = int(low), ceil(high) - 1
        given = self._number(name, low, last) if self._given else None
        value = int(low + (high - low) * self._random()) if given is None else round(given)
        self.records[name] = Choice(value, low, last)
        return value

    def often(self, name: str, chance: float) -> bool:
        """Returns True with probability `chance`."""
        name = self._full(name)
        given = self._given.get(name)
        if given is not None and not isinstance(given, bool):
            self.adjusted.append(name)
            given = None
        value = self._random() < chance if given is None else given
        self.records[name] = Choice(value)
        return value

    def pick(self, name: str, options: Sequence[Item] | Mapping[Item, float]) -> Item:
        """Returns one of several options.

        Parameters
        ----------
        name : str
            Name of the choice within the current scope.
        options : sequence or mapping to weights
            A sequence is drawn from evenly, the keys of a mapping by their weights. Strings,
            integers, booleans and None are recorded as they are, functions by their name, anything
            else by its position.
        """
        name = self._full(name)
        items = tuple(options)
        index = self._option(name, items) if name in self._given else None
        if index is None:
            weights = options.values() if isinstance(options, dict) else None
            index = _draw_index(self._random(), len(items), weights)
        option = items[index]
        self.records[name] = Choice(_label(index, option), options=items)
        return option

    def values(self) -> dict[str, Value]:
        """Returns the recorded values by full name, in the order of drawing; JSON can hold them."""
        return {name: choice.value for name, choice in self.records.items()}

    def unused(self) -> list[str]:
        """Returns the given names that the generator did not ask for."""
        return [name for name in self._given if name not in self.records]

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Prefixes all names with `name`; a second scope of this name becomes `name_2`."""
        outer = self._enter(name)
        try:
            yield
        finally:
            self._prefix = outer

    def each(self, names: str | Sequence[str], items: Iterable[Item]) -> Iterator[Item]:
        """Iterates over repeated parts, each in a scope of its own.

        Parameters
        ----------
        names : str or sequence of str
            Scope of each item; one name is numbered from 1: `slat.1`, `slat.2`.
        items : iterable
            What the loop goes over.
        """
        for i, item in enumerate(items):
            outer = self._enter(f"{names}.{i + 1}" if isinstance(names, str) else names[i])
            try:
                yield item
            finally:
                self._prefix = outer

    @contextmanager
    def muted(self, condition: bool = True) -> Iterator[None]:
        """Takes random numbers without recording them, for choices without effect."""
        if not condition:
            yield
            return
        kept = self.records, self._given, self._entered
        self.records, self._given, self._entered = {}, {}, {}
        try:
            yield
        finally:
            self.records, self._given, self._entered = kept

    def default(
        self,
        fixed: Mapping[str, Item],
        name: str,
        draw_value: Callable[[], Item],
        unread: bool = False,
    ) -> Item:
        """Returns a dimension that the caller has fixed, or draws it.

        Takes the same random numbers in both cases, but records nothing without effect.

        Parameters
        ----------
        fixed : mapping
            The dimensions that are fixed.
        name : str
            Key of the dimension.
        draw_value : callable
            Draws it.
        unread : bool
            The caller overwrites the dimension later: it is not recorded.
        """
        with self.muted(unread or name in fixed):
            value = draw_value()
        return fixed.get(name, value)

    @contextmanager
    def again(self) -> Iterator[None]:
        """Repeats recorded choices, for parts that are equal."""
        kept = self.records, self._given, self._entered
        self.records, self._given, self._entered = {}, self.values(), {}
        try:
            yield
        finally:
            self.records, self._given, self._entered = kept

    def restart(self) -> None:
        """Forgets all records, for a generator that draws its piece again."""
        self.records, self._entered = {}, {}

    def _enter(self, name: str) -> str:
        """Begins a scope. Returns the prefix to restore at its end."""
        outer, path = self._prefix, self._prefix + name
        times = self._entered[path] = self._entered.get(path, 0) + 1
        self._prefix = f"{path}." if times == 1 else f"{path}_{times}."
        return outer

    def _full(self, name: str) -> str:
        """The name with its scope, made unique if a generator asks for it twice."""
        name = self._prefix + name
        if name not in self.records:
            return name
        self.repeated.append(name)
        number = 2
        while f"{name}#{number}" in self.records:
            number += 1
        return f"{name}#{number}"

    def _number(self, name: str, low: float, high: float) -> float | None:
        """The given number, clamped to the range; None where it is missing or unusable."""
        if name not in self._given:
            return None
        given = self._given[name]
        if not _is_number(given):
            self.adjusted.append(name)
            return None
        value = max(min(low, high), min(max(low, high), given))
        if value != given:
            self.adjusted.append(name)
        return value

    def _option(self, name: str, items: tuple[Any, ...]) -> int | None:
        """The index of the given option, of the nearest one for numbers, or None."""
        given = self._given[name]
        labels = [_label(i, item) for i, item in enumerate(items)]
        for i, label in enumerate(labels):
            if type(label) is type(given) and label == given:
                return i
        self.adjusted.append(name)
        numbers = [i for i, label in enumerate(labels) if type(label) is int]
        if not numbers or not _is_number(given):
            return None
        return min(numbers, key=lambda i: abs(labels[i] - given))


def _is_number(value: Any) -> bool:
    """Returns True for a number. NaN, text and booleans cannot be clamped to a range."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def _label(index: int, option: Any) -> Value:
    """Returns the recorded form of an option.

    A float is recorded by its position, because its value may depend on other choices.
    """
    if option is None or isinstance(option, str | int):
        return option
    return option.__name__ if callable(option) else index


def _draw_index(number: float, count: int, weights: Iterable[float] | None) -> int:
    """Turns a random number in [0, 1) into an index, evenly or by weights."""
    if weights is None:
        return int(number * count)
    weights = tuple(weights)
    left = number * sum(weights)
    for i, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return i
    return count - 1
