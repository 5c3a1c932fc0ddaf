"""The named choices of many pieces in compact arrays.

    table = ParameterTable.pack([piece.choices for piece in pieces])
    table[7]                                 # {"design": "framed", "seat_height": 0.46, ...}

A choice takes 4 bytes: the number of its name, and its value as float16. Values that are not
floats (texts, whole numbers, truth values) are numbers of a table.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

LISTED = 0x8000  # bit of a name's number: the value is an index into the list of values
MAX_LISTED = 2048  # float16 counts to 2,048 without gaps


@dataclass(frozen=True)
class ParameterTable:
    """Choices of N pieces."""

    names: np.ndarray  # uint8, JSON list of all names
    listed: np.ndarray  # uint8, JSON list of all values that are not floats
    name_ids: np.ndarray  # (all choices,) uint16, with the bit LISTED
    values: np.ndarray  # (all choices,) float16
    offsets: np.ndarray  # (N + 1,) int32, first choice of each piece

    @classmethod
    def pack(cls, pieces: Sequence[Mapping[str, Any]]) -> "ParameterTable":
        """Returns the table of some pieces.

        Parameters
        ----------
        pieces : sequence of mappings
            As `furniture.choices.Choices.values` returns them.

        Raises
        ------
        ValueError
            If there are more different names or values than the arrays can number.
        """
        names: dict[str, int] = {}
        listed: dict[str, int] = {}  # by JSON text, in which 1, 1.0 and true differ
        ids, values, offsets = [], [], [0]
        for piece in pieces:
            for name, value in piece.items():
                number = names.setdefault(name, len(names))
                if isinstance(value, float):
                    ids.append(number)
                    values.append(value)
                else:
                    ids.append(number | LISTED)
                    values.append(listed.setdefault(json.dumps(value), len(listed)))
            offsets.append(len(ids))
        if len(names) >= LISTED or len(listed) > MAX_LISTED:
            raise ValueError(f"{len(names)} names and {len(listed)} values are too many.")
        return cls(
            _json_bytes(list(names)),
            _json_bytes([json.loads(text) for text in listed]),
            np.array(ids, np.uint16),
            np.array(values, np.float16),
            np.array(offsets, np.int32),
        )

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Returns the choices of one piece; `furniture.pieces.build` takes them."""
        span = slice(self.offsets[index], self.offsets[index + 1])
        names, listed = self._texts
        return {
            names[number & ~LISTED]: listed[int(value)] if number & LISTED else float(value)
            for number, value in zip(self.name_ids[span].tolist(), self.values[span], strict=True)
        }

    @cached_property
    def _texts(self) -> tuple[list[str], list[Any]]:
        return json.loads(self.names.tobytes()), json.loads(self.listed.tobytes())


def round_values(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the choices as the table gives them back: floats rounded to float16."""
    return {k: float(np.float16(v)) if isinstance(v, float) else v for k, v in choices.items()}


def _json_bytes(items: list) -> np.ndarray:
    return np.frombuffer(json.dumps(items, separators=(",", ":")).encode(), np.uint8)
