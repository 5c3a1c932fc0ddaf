"""Metrics of found objects: average precision, recall, rank of a piece.

average_precision(found, true)           # lists over pictures
"""

from collections.abc import Sequence

import numpy as np

from core.boxes import Box, box_iou


def average_precision(
    found: Sequence[Sequence[tuple[float, Box]]],
    true: Sequence[Sequence[Box]],
    ignored: Sequence[Sequence[Box]] = (),
    least: float = 0.5,
) -> float:
    """Returns the area under precision over recall, without regard to categories.

    Parameters
    ----------
    found : sequence of sequence
        For each picture (score, box) of the found objects.
    true : sequence of sequence
        For each picture the true boxes.
    ignored : sequence of sequence
        For each picture boxes that are neither right nor wrong.
    least : float
        IoU from which a box is right.

    Returns
    -------
    float
        0 to 1; each true box counts once, the highest score first. NaN without true boxes.
    """
    total = sum(map(len, true))
    if not total:
        return float("nan")
    ranked = sorted(((s, i, box) for i, row in enumerate(found) for s, box in row), reverse=True)
    taken: set[tuple[int, int]] = set()
    hits = []
    for _, picture, box in ranked:
        matches = [(box_iou(box, b), k) for k, b in enumerate(true[picture])]
        free = [(iou, k) for iou, k in matches if iou >= least and (picture, k) not in taken]
        if free:
            taken.add((picture, max(free)[1]))
            hits.append(True)
        elif not (ignored and any(box_iou(box, b) >= least for b in ignored[picture])):
            hits.append(False)
    right = np.cumsum(hits)
    precision = right / np.arange(1, len(hits) + 1)
    # the best precision at this recall or a higher one
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[np.array(hits, bool)].sum() / total)


def rank_of(boxes: Sequence[Box], wanted: Box, least: float = 0.6) -> int | None:
    """Returns the number of the first box that is the wanted one, from 0; None if none is."""
    return next((i for i, box in enumerate(boxes) if box_iou(box, wanted) >= least), None)
