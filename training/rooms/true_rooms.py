"""Pictures of generated rooms with the true camera, and the true place of each piece.

    rooms = render_rooms(studio, count=100)
    save_rooms(rooms, Path("runs/rooms"))
    rooms = load_rooms(Path("runs/rooms"))

The frame of a room is that of `pipeline.scene`: the origin is the point of the floor below the
camera, z points against the view of the photo's middle, x to the right, y up; in metres.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from core.boxes import Box
from core.errors import UserError
from training.studio.rendering.torch_functions import COS, SIN
from training.studio.room_batches import FurnishedRooms, RoomBatch
from training.studio.scenes.furnished_rooms import hull_points
from training.studio.scenes.scene import Scene
from training.studio.studio import Studio

BATCH = 2  # rooms rendered at once
SYMMETRY_IOU = 0.9  # from which a shape is equal to itself after a turn


@dataclass(frozen=True)
class TrueRoom:
    """One picture and the pieces in it, N of them."""

    picture: np.ndarray  # (h, w, 3) uint8
    boxes: np.ndarray  # (N, 4) pixels, whole pieces, cut off at the picture's edge
    category: np.ndarray  # (N,) str
    points: np.ndarray  # (N, P, 3) float32 metres, outermost points of the pieces
    yaw: np.ndarray  # (N,) radians, turn about y of each piece
    turns: np.ndarray  # (N,) int, 4, 2 or 1: equal views of the shape in a full turn
    eye_height: float  # metres
    focal: float  # pixels
    pitch: float  # radians, the view of the picture's middle below the horizon

    @property
    def image(self) -> Image.Image:
        """The picture for the model."""
        return Image.fromarray(self.picture)

    def pixel_boxes(self) -> list[Box]:
        """Return the boxes as tuples."""
        return [tuple(map(float, box)) for box in self.boxes]

    @property
    def depth(self) -> float:
        """Metres from the camera to the far side of the farthest piece, along the view."""
        return float(-self.points[..., 2].min())


def render_rooms(studio: Studio, count: int) -> Iterator[TrueRoom]:
    """Render rooms; those in which no piece is a target are left out.

    Parameters
    ----------
    studio : Studio
        Studio of shapes that training does not see.
    count : int
        Number of pictures.
    """
    rooms = FurnishedRooms(studio)
    for step in range(-(-count // BATCH)):
        batch, scene = rooms.sample(step, BATCH)
        for i in range(BATCH):
            if batch.is_target[i].any():
                yield _true_room(studio, batch, scene, i)


def _true_room(studio: Studio, batch: RoomBatch, scene: Scene, i: int) -> TrueRoom:
    """Return picture i of a batch, cut to the photograph, with its targets."""
    side = batch.image.shape[-1]
    pixels = (batch.image[i].permute(1, 2, 0) * 255).round().byte().numpy()
    center_u, center_v, half = scene.window[i].double().tolist()
    u0, v0, u1, v1 = scene.photo[i].double().tolist()
    scale = side / (2 * half)  # pixels of a unit of the image plane: the focal length
    left, right = (round((u - center_u + half) * scale) for u in (u0, u1))
    top, bottom = (round((center_v + half - v) * scale) for v in (v1, v0))
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, side), min(bottom, side)
    shift = np.array([left, top, left, top])
    limits = np.array([right - left, bottom - top] * 2)
    chosen = batch.is_target[i].numpy()
    boxes = (batch.boxes[i].numpy()[chosen] * side - shift).clip(0, limits)
    turn, pitch, points = _camera_frame(studio, scene, i, ((u0 + u1) / 2, (v0 + v1) / 2))
    pose = scene.pose[i].double().numpy()[chosen]
    slots = scene.slot[i].numpy()[chosen]
    names = studio.bank.categories
    return TrueRoom(
        picture=pixels[top:bottom, left:right],
        boxes=boxes.astype(np.float32),
        category=np.array([names[c] for c in batch.category[i].numpy()[chosen]]),
        points=points[chosen].astype(np.float32),
        yaw=np.arctan2(pose[:, SIN], pose[:, COS]) + turn,
        turns=np.array([equal_turns(studio.bank.occupancy[slot].numpy()) for slot in slots]),
        eye_height=float(scene.eye[i, 1] - scene.planes[i, 0, 3]),
        focal=scale,
        pitch=pitch,
    )


def _camera_frame(
    studio: Studio, scene: Scene, i: int, middle: tuple[float, float]
) -> tuple[float, float, np.ndarray]:
    """Return the turn (radians) into the room's frame, the pitch, and all outermost points."""
    frame, eye = scene.frame[i].double().numpy(), scene.eye[i].double().numpy()
    view = frame.T @ [*middle, 1.0]
    view /= np.linalg.norm(view)
    turn = float(np.arctan2(view[0], -view[2]))  # turns the view to -z
    points = hull_points(scene.pose[i : i + 1], scene.slot[i : i + 1], studio.bank)[0].numpy()
    points = points - [eye[0], float(scene.planes[i, 0, 3]), eye[2]]
    c, s = np.cos(turn), np.sin(turn)
    turned = np.stack(
        [
            c * points[..., 0] + s * points[..., 2],
            points[..., 1],
            c * points[..., 2] - s * points[..., 0],
        ],
        axis=-1,
    )
    return turn, float(-np.arcsin(view[1])), turned


def equal_turns(cells: np.ndarray) -> int:
    """Return how many of the four quarter turns about y leave a shape as it is: 4, 2 or 1.

    Parameters
    ----------
    cells : (R, R, R) bool
        Shape, centred in the grid.
    """

    def is_equal(quarters: int) -> bool:
        other = np.rot90(cells, quarters, axes=(0, 2))
        return (cells & other).sum() >= SYMMETRY_IOU * (cells | other).sum()

    return 4 if is_equal(1) else 2 if is_equal(2) else 1


def save_rooms(rooms: Iterator[TrueRoom], folder: Path) -> int:
    """Write each room as an .npz file; return their number."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, room in enumerate(rooms, 1):
        arrays = {field.name: getattr(room, field.name) for field in fields(room)}
        np.savez_compressed(folder / f"{count:04}.npz", **arrays)
    return count


def load_rooms(folder: Path) -> list[TrueRoom]:
    """Read the rooms of a folder; a UserError if there are none."""
    rooms = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        rooms.append(TrueRoom(**{k: v if v.ndim else float(v) for k, v in values.items()}))
    if not rooms:
        raise UserError(f"There is no room in {folder}; render some with --render.")
    return rooms
