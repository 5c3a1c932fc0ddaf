"""The splits in use for Pix3D, by name.

    splits = make_splits("pix3d", records, "s2", seed=0)      # {"train": [...], "val": ..., "test"}
    photos = select(records, splits["train"])

| name | training | test |
|---|---|---|
| shape | 80 % of the photos of each category | 10 %; all photos of a shape are in one part |
| pix3d | the photos of other shapes | Pix3D's own: 2,894 chairs, neither truncated nor occluded |
| s1 | Mesh R-CNN's S1: 7,539 photos | 2,530 photos, of the same shapes |
| s2 | Mesh R-CNN's S2: photos of other shapes | photos of shapes that training does not show |

Mesh R-CNN publishes its splits as pix3d_s1_train.json, pix3d_s1_test.json and the same for s2; they
must be in the folder of pix3d.json. The published splits have no validation part; `val` is taken
from their training part.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.pix3d.checks import is_known_mismatch
from training.pix3d.dataset import DataError, Record
from training.pix3d.splits import load_splits, select, split_by_shape

PROTOCOLS = ("shape", "pix3d", "s1", "s2")
VAL_SHARE = 0.05  # of the training part of a published split, by shape; of S1 by photo
Splits = dict[str, list[str]]  # part -> shape folders or photos


def make_splits(
    root: str | Path, records: Sequence[Record], protocol: str, seed: int = 0
) -> Splits:
    """Returns the parts of a named split.

    Parameters
    ----------
    root : str or Path
        Folder of pix3d.json.
    records : sequence of Record
        All photos of the data set.
    protocol : str
        One of PROTOCOLS.
    seed : int
        Seed of the parts that are drawn.

    Returns
    -------
    dict
        Names of shape folders or photos for "train", "val" and "test".

    Raises
    ------
    DataError
        If there is no such split, or a file of Mesh R-CNN is missing or malformed.
    """
    if protocol == "shape":
        return split_by_shape(records, seed=seed)
    if protocol == "pix3d":
        return _pix3d_splits(records, seed)
    if protocol in ("s1", "s2"):
        return _mesh_rcnn_splits(Path(root), records, protocol, seed)
    raise DataError(f'There is no split "{protocol}"; choose {", ".join(PROTOCOLS)}.')


def part_of(
    root: str | Path, records: Sequence[Record], splits: str | Path, part: str, seed: int = 0
) -> list[Record]:
    """Returns the photos of one part.

    Parameters
    ----------
    root : str or Path
        Folder of the data.
    records : sequence of Record
        All photos of the data set.
    splits : str or Path
        One of PROTOCOLS, or a file of training.splits.
    part : str
        "train", "val" or "test".
    seed : int
        Seed of a named split.

    Raises
    ------
    DataError
        If there is no such split or part, or it has no photo.
    """
    named = str(splits) in PROTOCOLS
    parts = make_splits(root, records, str(splits), seed) if named else load_splits(splits)
    if part not in parts:
        raise DataError(f"{splits} has no split {part!r}: {', '.join(parts)}.")
    chosen = select(records, parts[part])
    if not chosen:
        raise DataError(f"The part {part!r} of {splits} has no photo of {root}.")
    return chosen


def _pix3d_splits(records: Sequence[Record], seed: int) -> Splits:
    """Pix3D's test: clean chairs. Training: the photos of all shapes that it does not show."""
    test = [r for r in records if r.category == "chair" and r.clean]
    shown = {record.shape for record in test}
    rest = [record for record in records if record.shape not in shown]
    fractions = {"train": 1 - VAL_SHARE, "val": VAL_SHARE}
    return split_by_shape(rest, fractions, seed) | {"test": [record.img for record in test]}


def _mesh_rcnn_splits(root: Path, records: Sequence[Record], protocol: str, seed: int) -> Splits:
    """Mesh R-CNN's photos, without the two whose masks belong to other photos."""
    train, test = (_photos_of(root, protocol, part) for part in ("train", "test"))
    if protocol == "s2":
        photos = select(records, train)
        parts = split_by_shape(photos, {"train": 1 - VAL_SHARE, "val": VAL_SHARE}, seed)
        named = {name: [r.img for r in select(photos, shapes)] for name, shapes in parts.items()}
        return named | {"test": test}
    order = np.random.default_rng(seed).permutation(len(train))
    held_out = set(order[: round(VAL_SHARE * len(train))].tolist())
    return {
        "train": [name for i, name in enumerate(train) if i not in held_out],
        "val": [name for i, name in enumerate(train) if i in held_out],
        "test": test,
    }


def _photos_of(root: Path, protocol: str, part: str) -> list[str]:
    """Reads the photos of one of Mesh R-CNN's files, in its order."""
    path = root / f"pix3d_{protocol}_{part}.json"
    if not path.is_file():
        raise DataError(
            f"{path} is missing; download Mesh R-CNN's splits of Pix3D into {root}, as "
            "docs/training-pix3d.md says."
        )
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        names = [str(image["file_name"]) for image in images]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no split of Mesh R-CNN ({error}); download it again.") from None
    return [name for name in dict.fromkeys(names) if not is_known_mismatch(name)]
