"""Triangles to pixels on the CPU, in numpy: what a camera sees of a mesh.

    face, weights, depth = rasterize(pixels, mesh.faces, size=224)

Small enough for turntables and for asking which vertices a photo shows; no GPU, no window system.
"""

import numpy as np

NO_FACE = -1  # face number of a pixel that shows none
BARYCENTRIC_TOLERANCE = 1e-6  # barycentric slack, so that no pixel falls between two triangles


def rasterize(
    pixels: np.ndarray, faces: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest face at the centre of each pixel of a size x size picture.

    Parameters
    ----------
    pixels : (V, 3) float, vertices as `Camera.project` gives them: u, v in pixels, depth > 0
    faces : (F, 3) int, counter-clockwise from outside; those seen from behind are left out

    Returns
    -------
    face : (size, size) int, NOTHING where there is none
    weights : (size, size, 3) float32, barycentric, of the face's vertices, right in perspective
    depth : (size, size) float32, inf where there is none
    """
    corners = pixels[faces].astype(np.float32)  # (F, 3, 3)
    front = np.flatnonzero(_area(corners) > 0)
    candidates, u, v = _covered(corners[front], size)
    candidates = front[candidates]
    weights = _barycentric(corners[candidates], u, v)  # (3, N)
    inside = (
        (weights[0] >= -BARYCENTRIC_TOLERANCE)
        & (weights[1] >= -BARYCENTRIC_TOLERANCE)
        & (weights[2] >= -BARYCENTRIC_TOLERANCE)
    )
    candidates, weights = candidates[inside], weights[:, inside]
    weights /= corners[:, :, 2].T[:, candidates]  # 1 / depth is linear on the screen
    near = weights[0] + weights[1] + weights[2]
    order = np.argsort(near)
    winner = np.full(size * size, NO_FACE)
    winner[(v[inside] * size + u[inside])[order]] = order  # the nearest is written last
    hit = winner != NO_FACE
    winner = winner[hit]
    face, depth = np.full(size * size, NO_FACE), np.full(size * size, np.inf, np.float32)
    shares = np.zeros((size * size, 3), np.float32)
    face[hit], depth[hit] = candidates[winner], 1 / near[winner]
    shares[hit] = (weights[:, winner] / near[winner]).T
    return face.reshape(size, size), shares.reshape(size, size, 3), depth.reshape(size, size)


def _area(corners: np.ndarray) -> np.ndarray:
    """(F,) twice the signed area on the screen, positive for faces that look at the camera."""
    (ax, ay), (bx, by), (cx, cy) = corners[:, 0, :2].T, corners[:, 1, :2].T, corners[:, 2, :2].T
    return (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)  # v points down


def _covered(corners: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Face number, u and v of every pixel whose centre lies in a face's bounding box."""
    low = np.ceil(corners[..., :2].min(axis=1) - 0.5).clip(0, size).astype(int)
    high = np.floor(corners[..., :2].max(axis=1) - 0.5).clip(-1, size - 1).astype(int) + 1
    width, height = np.maximum(high - low, 0).T
    count = width * height
    face = np.repeat(np.arange(len(corners)), count)
    offset = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(offset, width[face])
    return face, low[face, 0] + column, low[face, 1] + row


def _barycentric(corners: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(3, N) weights on the screen of the pixel centres in one triangle each."""
    x, y = (u + 0.5).astype(np.float32), (v + 0.5).astype(np.float32)
    (ax, bx, cx), (ay, by, cy) = corners[:, :, 0].T - x, corners[:, :, 1].T - y
    cross = np.stack([bx * cy - cx * by, cx * ay - ax * cy, ax * by - bx * ay])
    return cross / (cross[0] + cross[1] + cross[2])
