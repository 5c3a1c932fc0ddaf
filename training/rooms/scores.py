"""Scores of scenes made of pictures of generated rooms, against the true places.

errors = piece_errors(scene, numbers, room)            # one row for each true piece placed
summarise(rows)                                        # medians
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.boxes import Box
from pipeline.scene.placement.floor import turned
from pipeline.scene.placement.pieces import piece_of
from pipeline.scene.scene import Scene
from training.heads.objects.metrics import box_iou
from training.rooms.true_rooms import TrueRoom

SAME_PIECE = 0.6  # box IoU from which a found object is a true piece


@dataclass(frozen=True)
class PieceError:
    """Errors of one placed piece."""

    position: float  # metres on the floor, pieces of the room aligned by one rigid motion
    layout: float  # `position` as a share of the depth that the room's pieces take up
    from_camera: float  # share of the room's depth, in the camera's frame, not aligned
    size: float  # of the longest side, as a share of the true one
    yaw: float  # degrees, in the camera's frame; NaN if all quarter turns look equal


def match_pieces(found: Sequence[Box], true: Sequence[Box]) -> dict[int, int]:
    """Return the true piece of each found one: the pairs with the largest IoU first.

    Parameters
    ----------
    found, true : sequence of tuple
        Boxes in pixels.

    Returns
    -------
    dict
        Number of the true piece by number of the found one, for IoU of SAME_PIECE or more.
    """
    pairs = [(box_iou(a, b), i, k) for i, a in enumerate(found) for k, b in enumerate(true)]
    matched: dict[int, int] = {}
    for iou, i, k in sorted(pairs, reverse=True):
        if iou >= SAME_PIECE and i not in matched and k not in matched.values():
            matched[i] = k
    return matched


def piece_errors(scene: Scene, true: Sequence[int | None], room: TrueRoom) -> list[PieceError]:
    """Return the errors of the pieces of a scene.

    Parameters
    ----------
    scene : Scene
        Not centred: the camera is at x = z = 0.
    true : sequence of int or None
        For each piece of the scene the number of its true piece; None is left out.
    room : TrueRoom
        The truth.
    """
    kept = [(piece, k) for piece, k in zip(scene.pieces, true, strict=True) if k is not None]
    if not kept:
        return []
    numbers = [k for _, k in kept]
    views = [piece_of(piece.result.prediction, piece.result.threshold) for piece, _ in kept]
    placed = [
        turned(view.points * piece.meters, piece.yaw) + np.insert(piece.place, 1, 0.0)
        for view, (piece, _) in zip(views, kept, strict=True)
    ]
    here, there = middles(np.stack(placed)), middles(room.points[numbers])
    position = np.linalg.norm(align(here, there) - there, axis=1)
    from_camera = np.linalg.norm(here - there, axis=1) / room.depth
    depth = np.ptp(room.points[..., 2])
    rows = zip(views, kept, position, from_camera, strict=True)
    return [
        PieceError(
            float(distance),
            float(distance / depth),
            float(camera),
            _size_error(np.ptp(view.points, axis=0).max() * piece.meters, room, k),
            yaw_error(piece.yaw, room, k),
        )
        for view, (piece, k), distance, camera in rows
    ]


def middles(points: np.ndarray) -> np.ndarray:
    """Return x and z (N, 2) of the middles of the boxes around points (N, P, 3)."""
    return ((points.min(axis=1) + points.max(axis=1)) / 2)[:, [0, 2]]


def align(places: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return places (N, 2) turned and moved on the floor to fit the true ones; not scaled."""
    a, b = true - true.mean(axis=0), places - places.mean(axis=0)
    angle = np.arctan2((b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]).sum(), (a * b).sum())
    c, s = np.cos(angle), np.sin(angle)
    return b @ np.array([[c, s], [-s, c]]) + true.mean(axis=0)


def _size_error(side: float, room: TrueRoom, k: int) -> float:
    """Return the error of a longest side in metres, as a share of the true one."""
    local = turned(room.points[k].astype(float), -float(room.yaw[k]))
    return float(abs(side / np.ptp(local, axis=0).max() - 1))


def yaw_error(yaw: float, room: TrueRoom, k: int) -> float:
    """Return the error in degrees; turns that leave the true shape as it is count as none."""
    if room.turns[k] == 4:
        return float("nan")
    period = 360 / room.turns[k]
    error = np.degrees(yaw - room.yaw[k])
    return float(abs((error + period / 2) % period - period / 2))


def summarise(rows: Sequence[PieceError]) -> dict[str, float]:
    """Return the medians of all pieces by the names of the fields, and their number."""
    names = ("position", "layout", "from_camera", "size", "yaw")
    medians = {name: float(np.nanmedian([getattr(row, name) for row in rows])) for name in names}
    return {"pieces": float(len(rows)), **medians}
