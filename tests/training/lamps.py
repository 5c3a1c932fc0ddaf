"""Twelve lamps, made of simple solids: the shapes of docs/train-your-own.md. They are CC0.

python -m tests.training.lamps lamps          # writes lamps/lamp/00.glb to 11.glb
"""

import sys
from pathlib import Path

import numpy as np
import trimesh

COUNT = 12
UP = trimesh.transformations.rotation_matrix(-np.pi / 2, [1, 0, 0])  # z up to y up, as in GLB
BRASS, SHADE = (180, 150, 80, 255), (235, 225, 200, 255)


def open_tube(bottom: float, top: float, height: float, sides: int = 32) -> trimesh.Trimesh:
    """A lampshade: the side of a truncated cone without bottom and lid, from z = 0 up."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(sides)], axis=1)
    lid = ring * top + (0, 0, height)
    low, high = np.arange(sides), np.arange(sides) + sides
    following = np.roll(low, -1)
    faces = [(low, following, high), (following, following + sides, high)]
    corners = np.concatenate([np.stack(face, axis=1) for face in faces])
    return trimesh.Trimesh(np.concatenate([ring * bottom, lid]), corners, process=False)


def lamp(number: int) -> trimesh.Trimesh:
    """Lamp `number` of an endless row, y up, with an arm to the front where the number is odd."""
    rng = np.random.default_rng(number)
    height = rng.uniform(0.5, 1.5)
    parts = [
        trimesh.creation.cylinder(rng.uniform(0.12, 0.25), 0.05),
        trimesh.creation.cylinder(0.025, height, transform=shift(0, 0, height / 2)),
    ]
    front = 0.0
    if number % 2:
        front = rng.uniform(0.2, 0.4)
        arm = trimesh.creation.box((0.04, front, 0.04), transform=shift(0, -front / 2, height))
        parts.append(arm)
    shade = open_tube(rng.uniform(0.18, 0.3), rng.uniform(0.08, 0.15), rng.uniform(0.2, 0.35))
    shade.apply_transform(shift(0, -front, height - 0.1))
    for part, color in zip([*parts, shade], [BRASS] * len(parts) + [SHADE], strict=True):
        part.visual.vertex_colors = np.tile(color, (len(part.vertices), 1)).astype(np.uint8)
    return trimesh.util.concatenate([*parts, shade]).apply_transform(UP)


def shift(x: float, y: float, z: float) -> np.ndarray:
    """A translation (4, 4)."""
    return trimesh.transformations.translation_matrix([x, y, z])


def write_lamps(folder: Path, count: int = COUNT) -> None:
    """Write folder/lamp/00.glb and so on."""
    (folder / "lamp").mkdir(parents=True)
    for number in range(count):
        lamp(number).export(folder / "lamp" / f"{number:02}.glb")


if __name__ == "__main__":
    write_lamps(Path(sys.argv[1]))
