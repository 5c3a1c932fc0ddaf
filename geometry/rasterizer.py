"""Rasterizes triangles on the CPU with numpy, for the turntable.

    face, weights, depth = rasterize(pixels, mesh.faces, size=224)

No GPU and no window system is needed.
"""

import numpy as np

NO_FACE = -1  # face number of a pixel that shows no face
BARYCENTRIC_TOLERANCE = 1e-6  # slack of the inside test: leaves no gap between two triangles


def rasterize(
    pixels: np.ndarray, faces: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the nearest face at the centre of each pixel.

    Parameters
    ----------
    pixels : (V, 3) float
        Vertices as `Camera.project` returns them: u, v in pixels and depth > 0.
    faces : (F, 3) int
        Counter-clockwise from outside. Faces that look away from the camera are not drawn.
    size : int
        Width and height of the image in pixels.

    Returns
    -------
    face : (size, size) int
        Face number, or NO_FACE.
    weights : (size, size, 3) float32
        Perspective-correct barycentric weights of the face's vertices.
    depth : (size, size) float32
        Distance along the view, inf where there is no face.
    """
    corners = pixels[faces].astype(np.float32)  # (F, 3, 3)
    front = np.flatnonzero(_double_area(corners) > 0)
    candidates, u, v = _pixels_in_boxes(corners[front], size)
    candidates = front[candidates]
    weights = _barycentric(corners[candidates], u, v)  # (3, N)
    inside = (weights >= -BARYCENTRIC_TOLERANCE).all(axis=0)
    candidates, weights = candidates[inside], weights[:, inside]
    weights /= corners[:, :, 2].T[:, candidates]  # 1 / depth is linear in the image
    inverse_depth = weights[0] + weights[1] + weights[2]
    order = np.argsort(inverse_depth)
    winner = np.full(size * size, NO_FACE)
    winner[(v[inside] * size + u[inside])[order]] = order  # the nearest face is written last
    hit = winner != NO_FACE
    winner = winner[hit]
    face, depth = np.full(size * size, NO_FACE), np.full(size * size, np.inf, np.float32)
    shares = np.zeros((size * size, 3), np.float32)
    face[hit], depth[hit] = candidates[winner], 1 / inverse_depth[winner]
    shares[hit] = (weights[:, winner] / inverse_depth[winner]).T
    return face.reshape(size, size), shares.reshape(size, size, 3), depth.reshape(size, size)


def _double_area(corners: np.ndarray) -> np.ndarray:
    """(F,) twice the signed area in the image, positive for faces toward the camera."""
    (ax, ay), (bx, by), (cx, cy) = corners[:, 0, :2].T, corners[:, 1, :2].T, corners[:, 2, :2].T
    return (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)  # v points down


def _pixels_in_boxes(corners: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Face number, u and v of each pixel whose centre lies in a face's bounding box."""
    low = np.ceil(corners[..., :2].min(axis=1) - 0.5).clip(0, size).astype(int)
    high = np.floor(corners[..., :2].max(axis=1) - 0.5).clip(-1, size - 1).astype(int) + 1
    width, height = np.maximum(high - low, 0).T
    count = width * height
    face = np.repeat(np.arange(len(corners)), count)
    offset = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(offset, width[face])
    return face, low[face, 0] + column, low[face, 1] + row


def _barycentric(corners: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(3, N) weights, in the image, of N pixel centres in one triangle each."""
    x, y = (u + 0.5).astype(np.float32), (v + 0.5).astype(np.float32)
    (ax, bx, cx), (ay, by, cy) = corners[:, :, 0].T - x, corners[:, :, 1].T - y
    cross = np.stack([bx * cy - cx * by, cx * ay - ax * cy, ax * by - bx * ay])
    with np.errstate(invalid="ignore"):  # a face without area covers no pixel: its weights are NaN
        return cross / (cross[0] + cross[1] + cross[2])
