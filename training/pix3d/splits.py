"""Which photos train and which judge: splits by shape folder, and filters.

    python -m training.splits --data pix3d --out splits.json --seed 0

A random split of the pictures would leak: one Pix3D shape has up to hundreds of photos, so nearly
every test photo's answer would have been seen in training. Whole shape folders are dealt out.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.pix3d.dataset import DataError, Record, load_records

FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}  # of the photos of each category


def select(
    records: Iterable[Record],
    shapes: Iterable[str] | None = None,
    truncated: bool = True,
    occluded: bool = True,
) -> list[Record]:
    """Records of the given shape folders (None: all), without the truncated or occluded on demand.

    occluded=False leaves out the slightly occluded too, as Pix3D's own evaluation does.
    """
    wanted = None if shapes is None else set(shapes)
    return [
        record
        for record in records
        if (wanted is None or record.shape in wanted)
        and (truncated or not record.truncated)
        and (occluded or not (record.occluded or record.slightly_occluded))
    ]


def split_by_shape(
    records: Sequence[Record], fractions: dict[str, float] | None = None, seed: int = 0
) -> dict[str, list[str]]:
    """Shape folders of each split, {"train": ["chair/IKEA_MARKUS", ...], "val": ..., "test": ...}.

    Each category is dealt out on its own, so that its photos follow `fractions` as far as whole
    shapes allow; the same seed gives the same splits.
    """
    fractions = fractions or FRACTIONS
    photos: dict[str, dict[str, int]] = {}
    for record in records:
        shapes = photos.setdefault(record.category, {})
        shapes[record.shape] = shapes.get(record.shape, 0) + 1
    splits: dict[str, set[str]] = {name: set() for name in fractions}
    taken: set[str] = set()  # a shape folder that two categories share is dealt once
    rng = np.random.default_rng(seed)
    for category in sorted(photos):
        shapes = sorted(set(photos[category]) - taken)
        shapes = [shapes[i] for i in rng.permutation(len(shapes))]
        counts = [photos[category][shape] for shape in shapes]
        for shape, name in zip(shapes, assign_splits(counts, fractions), strict=True):
            splits[name].add(shape)
        taken.update(shapes)
    return {name: sorted(shapes) for name, shapes in splits.items()}


def assign_splits(counts: Sequence[int], fractions: dict[str, float]) -> list[str]:
    """Split name of each shape in turn: the split that lacks most of its share of the photos."""
    total = sum(counts)
    held = dict.fromkeys(fractions, 0)
    names = []
    for count in counts:
        name = max(fractions, key=lambda n: fractions[n] * total - held[n])
        held[name] += count
        names.append(name)
    return names


def save_splits(path: str | os.PathLike, splits: dict[str, list[str]], seed: int) -> None:
    """Writes the splits and their seed as JSON, atomically."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps({"by": "shape", "seed": seed, "splits": splits}, indent=1) + "\n")
    part.replace(path)


def load_splits(path: str | os.PathLike) -> dict[str, list[str]]:
    """Splits written by `save_splits`; DataError when missing or malformed."""
    try:
        return dict(json.loads(Path(path).read_text())["splits"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a split file of training.splits ({error}).") from None


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds pix3d.json")
    parser.add_argument("--out", default="runs/splits.json", help="JSON file to write")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        records = load_records(args.data)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    splits = split_by_shape(records, seed=args.seed)
    save_splits(args.out, splits, args.seed)
    for name, shapes in splits.items():
        print(f"{name:6} {len(shapes):4} shapes {len(select(records, shapes)):6} photos")
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
