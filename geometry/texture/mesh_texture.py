"""A texture on a part of a mesh, in the form that glTF takes: one place in it for each vertex.

    texture = split_seams(faces, is_textured, places, white, jpeg)
    texture.of_vertices(mesh.vertices)       # (V', 3): vertices on the edge of the texture twice

A vertex between a face with the texture and one without it is needed twice. A vertex without the
texture has its colour and reads a white place of the texture; a vertex with it is white. The
product of both is the colour everywhere, as glTF defines it. Faces without area between both copies
of an edge keep the surface closed for readers that go by the numbers of vertices, as trimesh does.
"""

from typing import NamedTuple

import numpy as np


class MeshTexture(NamedTuple):
    """A texture and the mesh with the vertices that it needs."""

    jpeg: bytes  # sRGB picture
    faces: np.ndarray  # (F', 3) int, of the V' vertices; the first F are the mesh's own
    source: np.ndarray  # (V',) int, the vertex of the mesh; the first V are the mesh's own
    is_textured: np.ndarray  # (V',) bool
    coordinates: np.ndarray  # (V', 2) float, u right and v down, 0 to 1

    def of_vertices(self, values: np.ndarray) -> np.ndarray:
        """Return the values (V, ...) of the mesh's vertices for those with seams, (V', ...)."""
        return values[self.source]

    def tint(self, colors: np.ndarray) -> np.ndarray:
        """Return the linear vertex colours (V', 3) for colours (V, 3) without the texture."""
        return np.where(self.is_textured[:, None], np.float32(1), colors[self.source])


def seam_edges(faces: np.ndarray, is_textured: np.ndarray, count: int) -> np.ndarray:
    """Find the edges between faces with and without a texture.

    Parameters
    ----------
    faces : (F, 3) int
        Of a closed surface with `count` vertices.
    is_textured : (F,) bool
    count : int

    Returns
    -------
    (E, 2) int
        Start and end of each edge, in the order of the face with the texture.
    """
    plain = np.zeros(count, bool)
    plain[faces[~is_textured]] = True
    start = faces[is_textured].ravel()
    end = faces[is_textured][:, [1, 2, 0]].ravel()
    near = plain[start] & plain[end]  # the others are inside the texture
    start, end = start[near], end[near]
    is_seam = ~np.isin(start * count + end, end * count + start)
    return np.column_stack([start, end])[is_seam]


def without_pinches(faces: np.ndarray, is_textured: np.ndarray, count: int) -> np.ndarray:
    """Take the texture from faces around vertices where the seam touches itself.

    Parameters
    ----------
    faces : (F, 3) int
        Of a closed surface with `count` vertices.
    is_textured : (F,) bool
    count : int

    Returns
    -------
    (F,) bool
        The seam is a set of loops that have no vertex in common.
    """
    while True:
        start = seam_edges(faces, is_textured, count)[:, 0]
        is_pinch = np.bincount(start, minlength=count) > 1
        if not is_pinch.any():
            return is_textured
        is_textured = is_textured & ~is_pinch[faces].any(axis=1)


def split_seams(
    faces: np.ndarray,
    is_textured: np.ndarray,
    places: np.ndarray,
    white: tuple[float, float],
    jpeg: bytes,
) -> MeshTexture:
    """Double the vertices between faces with and without a texture.

    Parameters
    ----------
    faces : (F, 3) int
        Of V vertices, a closed surface.
    is_textured : (F,) bool
        Of `without_pinches`.
    places : (V, 2) float
        Texture coordinates of the vertices, used in textured faces.
    white : tuple of 2 float
        Texture coordinates of a white place.
    jpeg : bytes
        The texture.

    Returns
    -------
    MeshTexture
    """
    count = len(places)
    plain, textured = np.zeros(count, bool), np.zeros(count, bool)
    plain[faces[~is_textured]], textured[faces[is_textured]] = True, True
    doubled = np.flatnonzero(plain & textured)
    number = np.arange(count)
    number[doubled] = count + np.arange(len(doubled))
    split = faces.copy()
    split[is_textured] = number[faces[is_textured]]
    start, end = seam_edges(faces, is_textured, count).T
    first = np.column_stack([number[end], number[start], start])
    split = np.concatenate([split, first, np.column_stack([number[end], start, end])])
    source = np.concatenate([np.arange(count), doubled])
    reads = np.concatenate([textured & ~plain, np.ones(len(doubled), bool)])
    coordinates = np.where(reads[:, None], places[source], white)
    return MeshTexture(jpeg, split, source, reads, coordinates)
