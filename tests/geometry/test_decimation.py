"""Decimation and palettes reduce faces and colours and preserve the shape and its colours."""

import numpy as np
import pytest

from geometry.decimation import quantize_colors, simplify
from meshing import MeshError, is_watertight, voxels_to_mesh


def ball(style: str = "smooth"):
    """A mesh of a ball, red to the left and blue to the right."""
    x, y, z = np.indices((24, 24, 24)) - 11.5
    distance = np.sqrt(x**2 + y**2 + z**2)
    colors = np.where((x < 0)[..., None], (200, 30, 30), (30, 30, 200)).astype(np.uint8)
    return voxels_to_mesh(np.clip(10 - distance, 0, 1).astype(np.float32), colors, 0.5, style)


@pytest.mark.parametrize("faces", [100, 400, 1000])
def test_fewer_faces_keep_shape_and_colors(faces):
    mesh = ball()
    simple = simplify(mesh, faces)
    assert len(simple.faces) <= faces < len(mesh.faces)
    assert is_watertight(simple) and simple.is_winding_consistent
    assert simple.volume == pytest.approx(mesh.volume, rel=0.1 if faces == 100 else 0.02)
    left = simple.vertices[:, 0] < -0.05
    right = simple.vertices[:, 0] > 0.05
    colors = simple.visual.vertex_colors
    assert (colors[left, 0] == 200).all() and (colors[right, 2] == 200).all()


def test_a_mesh_with_few_faces_is_returned_unchanged():
    mesh = ball()
    assert simplify(mesh, len(mesh.faces)) is mesh


def test_a_mesh_that_cannot_be_simplified_is_one_sentence():
    with pytest.raises(MeshError, match="smooth style"):
        simplify(ball("blocks"), 100)
    with pytest.raises(MeshError, match="50 or more"):
        simplify(ball(), 3)


@pytest.mark.parametrize("limit", [1, 2, 8, 256])
def test_palette_has_no_more_colors_than_the_limit(limit):
    colors = np.random.default_rng(0).integers(0, 256, (12, 12, 12, 3)).astype(np.uint8)
    few = quantize_colors(colors, limit)
    assert few.shape == colors.shape and few.dtype == np.uint8
    assert len(np.unique(few.reshape(-1, 3), axis=0)) <= limit


def test_palette_is_fitted_to_the_mask():
    colors = np.zeros((10, 10, 10, 3), np.uint8)
    colors[..., 0] = np.arange(1000).reshape(10, 10, 10) % 256
    mask = np.zeros((10, 10, 10), bool)
    mask[0], colors[0] = True, (10, 200, 10)
    colors[0, 0] = (200, 10, 10)
    few = quantize_colors(colors, 2, mask)
    assert (few[0] == colors[0]).all()


@pytest.mark.parametrize("limit", [0, 257, -1])
def test_a_wrong_limit_is_one_sentence(limit):
    with pytest.raises(MeshError, match="1 to 256"):
        quantize_colors(np.zeros((2, 3), np.uint8), limit)
