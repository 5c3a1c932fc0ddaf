"""Computes which surface cells a photo shows, how well, and in which colours.

    normals = visible_normals(cells, camera)
    points = cells.centers + normals * cells.pitch / 2
    weights = cell_visibility(cells, points, normals, prediction, camera)     # (N,) from 0 to 1
    colors = sample_photo(points, prediction, camera)                         # (N, 3) linear

A cell is visible if its surface faces the camera, no other surface is in front of it, and it is
away from the edge of the mask.
"""

import numpy as np

from core.prediction import Prediction
from geometry.camera import Camera
from geometry.camera_fit import front_points
from geometry.colors import SRGB_TO_LINEAR
from geometry.surface_cells import CENTER_OFFSET, NEIGHBOR_OFFSETS, SOBEL, SurfaceCells

# Cosines of the angle between normal and view at which visibility begins and is complete. At a
# smaller cosine one pixel spans several cells and smears their colours.
MIN_FACING, FULL_FACING = 0.1, 0.4
# Extra weight, in a normal, of the neighbours toward the camera. On a board of one cell the two
# sides cancel out, and this weight selects the side that the camera sees.
THIN_PART_WEIGHT = 0.25
OCCLUSION_TOLERANCE = 1.5  # cells behind the nearest surface at which a cell is hidden
DEPTH_MAP_STRIDE = 2  # pixels of the crop per pixel of the depth map; masks are no finer
MASK_EDGE_RAMP = 0.5, 2.5  # such pixels from the edge of the mask: visibility 0 and visibility 1
COLOR_WINDOW = 5  # pixels of the crop, side of the window whose mean is the colour of a cell


def visible_normals(cells: SurfaceCells, camera: Camera) -> np.ndarray:
    """Compute the normals of surface cells.

    Parameters
    ----------
    cells : SurfaceCells
    camera : Camera

    Returns
    -------
    (N, 3) float32
        Unit normals out of the object. On parts of one cell, such as boards and rods, the normal
        of the side that the camera sees.
    """
    toward = NEIGHBOR_OFFSETS @ -camera.axes[2] > 0
    weight = (SOBEL * np.where(toward, 1 + THIN_PART_WEIGHT, 1)[:, None]).astype(np.float32)
    center = cells.neighbor_occupancy[CENTER_OFFSET]
    normals = np.outer(center, weight.sum(axis=0)) - (weight.T @ cells.neighbor_occupancy).T
    return normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-6)[:, None]


def cell_visibility(
    cells: SurfaceCells,
    points: np.ndarray,
    normals: np.ndarray,
    prediction: Prediction,
    camera: Camera,
) -> np.ndarray:
    """Compute how well the photo shows each surface cell.

    Parameters
    ----------
    cells : SurfaceCells
    points : (N, 3) float
        A point on the surface of each cell, in the object's frame.
    normals : (N, 3) float
        Unit normals there.
    prediction : Prediction
        Its mask is used.
    camera : Camera
        The camera that took the photo.

    Returns
    -------
    (N,) float
        Visibility from 0 (hidden) to 1.
    """
    start = DEPTH_MAP_STRIDE // 2
    mask = prediction.crop_mask[start::DEPTH_MAP_STRIDE, start::DEPTH_MAP_STRIDE] > 0.5
    pixels = camera.project(points)
    index, is_inside = _map_indices(pixels, len(mask))
    nearest = _depth_map(cells, camera, len(mask))[index]
    is_in_front = pixels[:, 2] < nearest + OCCLUSION_TOLERANCE * cells.pitch
    view = camera.eye - points
    facing = np.einsum("ij,ij->i", view, normals) / np.linalg.norm(view, axis=1)
    edge_distance = _edge_distance(mask).ravel()[index]
    visibility = ramp(facing, MIN_FACING, FULL_FACING) * ramp(edge_distance, *MASK_EDGE_RAMP)
    return visibility * (is_inside & is_in_front)


def _map_indices(pixels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(N,) flat index into the depth map (size, size), and True where the pixel lies inside it."""
    u, v = np.floor(pixels[:, :2].T / DEPTH_MAP_STRIDE).astype(np.intp)
    is_inside = (u >= 0) & (v >= 0) & (u < size) & (v < size)
    return v.clip(0, size - 1) * size + u.clip(0, size - 1), is_inside


def _depth_map(cells: SurfaceCells, camera: Camera, size: int) -> np.ndarray:
    """(size * size,) depth of the nearest surface in 3 x 3 pixels, inf where there is none.

    The window closes the gaps between the points and allows a small error of the camera.
    """
    pixels = camera.project(front_points(cells, camera).T)
    index, is_inside = _map_indices(pixels, size)
    depth = np.full((size + 2) ** 2, np.inf, np.float32)
    padded_index = index // size * (size + 2) + index % size + size + 3
    np.minimum.at(depth, padded_index[is_inside], pixels[is_inside, 2])
    depth = depth.reshape(size + 2, size + 2)
    depth = np.minimum(np.minimum(depth[:-2], depth[1:-1]), depth[2:])
    return np.minimum(np.minimum(depth[:, :-2], depth[:, 1:-1]), depth[:, 2:]).ravel()


def _edge_distance(mask: np.ndarray) -> np.ndarray:
    """(S, S) uint8 steps from outside the mask, 0 to 3. The border of the crop is no edge."""
    distance = mask.astype(np.uint8)
    for _ in range(2):
        padded = np.pad(mask, 1, constant_values=True)
        mask = mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        distance += mask
    return distance


def sample_photo(points: np.ndarray, prediction: Prediction, camera: Camera) -> np.ndarray:
    """Read the colours of a photo at given points.

    Parameters
    ----------
    points : (N, 3) float
        In the object's frame.
    prediction : Prediction
        Its crop and mask are used.
    camera : Camera
        The camera that took the photo.

    Returns
    -------
    (N, 3) float
        Linear colours: means, weighted by the mask, over a window around each point.
    """
    size, window = len(prediction.crop_mask), np.arange(COLOR_WINDOW) - COLOR_WINDOW // 2
    columns, rows = (
        (np.floor(axis).astype(np.intp) + window[:, None]).clip(0, size - 1)
        for axis in camera.project(points)[:, :2].T
    )
    index = (rows[:, None] * size + columns).reshape(COLOR_WINDOW**2, -1)
    weights = prediction.crop_mask.ravel()[index]
    colors = SRGB_TO_LINEAR[np.asarray(prediction.crop).reshape(-1, 3)[index]]
    sums = np.einsum("kn,knc->nc", weights, colors)
    return sums / np.maximum(weights.sum(axis=0), 1e-3)[:, None]


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map values linearly: `low` and less to 0, `high` and more to 1.

    Parameters
    ----------
    value : (...) float
    low, high : float

    Returns
    -------
    (...) float
    """
    return np.clip((value - low) / (high - low), 0, 1)
