"""Splits of Pix3D by shape folder, and filters on the records.

A random split of the photos would leak: one shape has up to hundreds of photos, so the training
set would contain the shape of nearly every test photo. A split therefore assigns whole shape
folders.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.pix3d.dataset import DataError, Record

FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}  # of the photos of each category


def select(
    records: Iterable[Record],
    names: Iterable[str] | None = None,
    truncated: bool = True,
    occluded: bool = True,
) -> list[Record]:
    """Filters records.

    Parameters
    ----------
    records : iterable of Record
        Records to filter.
    names : iterable of str, optional
        Shape folders or photos (`Record.img`) to include, None for all.
    truncated : bool
        Include truncated photos.
    occluded : bool
        Include occluded and slightly occluded photos; Pix3D's own evaluation excludes both.
    """
    included = None if names is None else set(names)
    return [
        record
        for record in records
        if (included is None or record.shape in included or record.img in included)
        and (truncated or not record.truncated)
        and (occluded or not (record.occluded or record.slightly_occluded))
    ]


def split_by_shape(
    records: Sequence[Record], fractions: dict[str, float] | None = None, seed: int = 0
) -> dict[str, list[str]]:
    """Assigns each shape folder to a split, one category at a time.

    Parameters
    ----------
    records : sequence of Record
        All photos.
    fractions : dict, optional
        {split: share of each category's photos}; met as far as whole shapes allow. The default is
        FRACTIONS.
    seed : int
        The same seed gives the same splits.

    Returns
    -------
    dict
        {split: sorted shape folders}, such as {"train": ["chair/IKEA_MARKUS", ...], ...}.
    """
    fractions = fractions or FRACTIONS
    photos: dict[str, dict[str, int]] = {}
    for record in records:
        shapes = photos.setdefault(record.category, {})
        shapes[record.shape] = shapes.get(record.shape, 0) + 1
    splits: dict[str, set[str]] = {name: set() for name in fractions}
    assigned: set[str] = set()  # two categories may share a shape folder; it is assigned once
    rng = np.random.default_rng(seed)
    for category in sorted(photos):
        shapes = sorted(set(photos[category]) - assigned)
        shapes = [shapes[i] for i in rng.permutation(len(shapes))]
        counts = [photos[category][shape] for shape in shapes]
        for shape, name in zip(shapes, assign_splits(counts, fractions), strict=True):
            splits[name].add(shape)
        assigned.update(shapes)
    return {name: sorted(shapes) for name, shapes in splits.items()}


def assign_splits(counts: Sequence[int], fractions: dict[str, float]) -> list[str]:
    """Assigns shapes with `counts` photos in turn to the split that lacks the most photos."""
    total = sum(counts)
    assigned = dict.fromkeys(fractions, 0)
    names = []
    for count in counts:
        name = max(fractions, key=lambda n: fractions[n] * total - assigned[n])
        assigned[name] += count
        names.append(name)
    return names


def save_splits(
    path: str | os.PathLike, splits: dict[str, list[str]], seed: int, protocol: str = "shape"
) -> None:
    """Writes the splits, their name and their seed as JSON, atomically."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    text = json.dumps({"by": protocol, "seed": seed, "splits": splits}, indent=1) + "\n"
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def load_splits(path: str | os.PathLike) -> dict[str, list[str]]:
    """Reads splits that `save_splits` wrote; DataError if the file is missing or malformed."""
    try:
        return dict(json.loads(Path(path).read_text(encoding="utf-8"))["splits"])
    except FileNotFoundError:
        raise DataError(
            f"There is no split {path}; name a file of training.splits or one of its protocols: "
            "shape, pix3d, s1, s2."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a split file of training.splits ({error}).") from None
