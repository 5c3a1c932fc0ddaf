"""The rasterizer draws the nearest face, with perspective-correct weights."""

import numpy as np
import pytest

from geometry.rasterizer import NO_FACE, rasterize


def test_the_nearer_face_hides_the_farther_one():
    far = [[0, 0, 5], [0, 40, 5], [40, 0, 5]]
    near = [[0, 0, 2], [0, 20, 2], [20, 0, 2]]
    face, weights, depth = rasterize(np.array(far + near, float), np.arange(6).reshape(2, 3), 32)
    assert face[3, 3] == 1 and face[15, 15] == 0 and face[31, 31] == NO_FACE
    assert depth[3, 3] == pytest.approx(2) and depth[15, 15] == pytest.approx(5)
    assert np.isinf(depth[31, 31])
    assert np.allclose(weights[face != NO_FACE].sum(axis=-1), 1, atol=1e-5)


def test_faces_that_look_away_are_not_drawn():
    away = np.array([[0, 0, 2], [20, 0, 2], [0, 20, 2]], float)
    face, _, _ = rasterize(away, np.array([[0, 1, 2]]), 32)
    assert (face == NO_FACE).all()


def test_weights_are_right_in_perspective():
    pixels = np.array([[0, 0, 1], [0, 64, 3], [64, 0, 3]], float)  # of a slanted triangle
    face, weights, depth = rasterize(pixels, np.array([[0, 1, 2]]), 64)
    hit = face != NO_FACE
    assert np.allclose(weights[hit] @ [1, 3, 3], depth[hit], rtol=1e-4)


def test_two_triangles_of_a_square_leave_no_gap():
    pixels = np.array([[0, 0, 1], [0, 32, 1], [32, 32, 1], [32, 0, 1]], float)
    face, _, _ = rasterize(pixels, np.array([[0, 1, 2], [0, 2, 3]]), 32)
    assert (face != NO_FACE).all()
