"""What a photo shows of a shape: which cells of its shell, how well, and in which colours.

    normals = normals_toward(shell, camera)
    points = shell.centers + normals * shell.pitch / 2
    seen = visibility(shell, points, normals, photo, camera)     # (N,) from 0 to 1
    found = look_up(points, photo, camera)                       # (N, 3) linear

A cell counts as far as it is seen: facing the camera, in front of everything else, away from the
mask's edge.
"""

import numpy as np

from core.prediction import Prediction
from geometry.camera import Camera, front_points
from geometry.colors import SRGB_TO_LINEAR
from geometry.surface_cells import CENTER_OFFSET, NEIGHBOR_OFFSETS, SOBEL, SurfaceCells

MIN_FACING, FULL_FACING = (
    0.2,
    0.6,
)  # cosines between which a surface begins to count; flatter ones smear
THIN_PART_WEIGHT = (
    0.25  # weight in a normal of the side toward the camera alone, which tells that of a board
)
OCCLUSION_TOLERANCE = 1.5  # cells behind the nearest surface from which a cell is hidden
DEPTH_MAP_STRIDE = (
    2  # pixels of the crop to one of the depth map and of the mask, which knows no finer
)
MASK_EDGE_RAMP = (
    0.5,
    2.5,
)  # such pixels from the mask's edge between which the photo begins to count
COLOR_WINDOW = 5  # pixels of the crop a side, about a cell, whose mean is its colour


def visible_normals(shell: SurfaceCells, camera: Camera) -> np.ndarray:
    """(N, 3) float32: outwards; on boards and rods of one cell, from the side the camera sees."""
    toward = NEIGHBOR_OFFSETS @ -camera.axes[2] > 0
    weight = (SOBEL * np.where(toward, 1 + THIN_PART_WEIGHT, 1)[:, None]).astype(np.float32)
    centre = shell.neighbor_occupancy[CENTER_OFFSET]
    normals = np.outer(centre, weight.sum(axis=0)) - (weight.T @ shell.neighbor_occupancy).T
    return normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-6)[:, None]


def cell_visibility(
    shell: SurfaceCells, points: np.ndarray, normals: np.ndarray, photo: Prediction, camera: Camera
) -> np.ndarray:
    """(N,) in [0, 1], how far the photo shows each cell of the shell, whose surface is given."""
    mask = (
        photo.crop_mask[
            DEPTH_MAP_STRIDE // 2 :: DEPTH_MAP_STRIDE, DEPTH_MAP_STRIDE // 2 :: DEPTH_MAP_STRIDE
        ]
        > 0.5
    )
    pixels = camera.project(points)
    place, inside = _places(pixels, len(mask))
    in_front = (
        pixels[:, 2] < _nearest(shell, camera, len(mask))[place] + OCCLUSION_TOLERANCE * shell.pitch
    )
    view = camera.eye - points
    facing = np.einsum("ij,ij->i", view, normals) / np.linalg.norm(view, axis=1)
    edge = _depth_inside(mask).ravel()[place]
    return ramp(facing, MIN_FACING, FULL_FACING) * ramp(edge, *MASK_EDGE_RAMP) * (inside & in_front)


def _places(pixels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(N,) flat index into a map of size x size, COARSE pixels each, and whether it is in there."""
    u, v = np.floor(pixels[:, :2].T / DEPTH_MAP_STRIDE).astype(np.intp)
    inside = (u >= 0) & (v >= 0) & (u < size) & (v < size)
    return v.clip(0, size - 1) * size + u.clip(0, size - 1), inside


def _nearest(shell: SurfaceCells, camera: Camera, size: int) -> np.ndarray:
    """(size * size,) distance of the nearest surface in a place or beside it, inf where none is.

    Beside it, as the points leave gaps and as the camera may be a little off.
    """
    pixels = camera.project(front_points(shell, camera).T)
    place, inside = _places(pixels, size)
    depth = np.full((size + 2) ** 2, np.inf, np.float32)
    rimmed = place // size * (size + 2) + place % size + size + 3
    np.minimum.at(depth, rimmed[inside], pixels[inside, 2])
    depth = depth.reshape(size + 2, size + 2)
    depth = np.minimum(np.minimum(depth[:-2], depth[1:-1]), depth[2:])
    return np.minimum(np.minimum(depth[:, :-2], depth[:, 1:-1]), depth[:, 2:]).ravel()


def _depth_inside(mask: np.ndarray) -> np.ndarray:
    """(S, S) steps from outside the mask, 0 to 3; the crop's border is no edge of the object."""
    depth = mask.astype(np.uint8)
    for _ in range(2):
        wide = np.pad(mask, 1, constant_values=True)
        mask = mask & wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
        depth += mask
    return depth


def sample_photo(points: np.ndarray, photo: Prediction, camera: Camera) -> np.ndarray:
    """(N, 3) linear colours, means of the object's pixels around the points."""
    size, reach = len(photo.crop_mask), np.arange(COLOR_WINDOW) - COLOR_WINDOW // 2
    columns, rows = (
        (np.floor(axis).astype(np.intp) + reach[:, None]).clip(0, size - 1)
        for axis in camera.project(points)[:, :2].T
    )
    places = (rows[:, None] * size + columns).reshape(COLOR_WINDOW**2, -1)
    share = photo.crop_mask.ravel()[places]
    found = SRGB_TO_LINEAR[np.asarray(photo.crop).reshape(-1, 3)[places]]
    return np.einsum("kn,knc->nc", share, found) / np.maximum(share.sum(axis=0), 1e-3)[:, None]


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 up to `low`, 1 from `high`, straight between."""
    return np.clip((value - low) / (high - low), 0, 1)
