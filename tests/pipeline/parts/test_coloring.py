"""Colours of parts: a painted piece gets its paint back."""

import numpy as np
import pytest

from furniture.primitives import MATERIALS, Furniture
from geometry.photo_colors import SurfaceColors
from geometry.surface_cells import surface_mask
from pipeline.parts.coloring import SURFACES, part_colors, surface_of, weighted_median
from pipeline.parts.meshes import part_meshes

TOP, LEG = (150, 90, 40), (40, 40, 45)


def painted_table() -> tuple[list, SurfaceColors]:
    """A table whose cells above the legs have one colour and all others another one."""
    piece = Furniture("table", materials=("wood", "metal"))
    piece.box((0, 0.7, 0), (1.0, 0.1, 0.6), part="top")
    for x in (-0.4, 0.4):
        piece.box((x, 0.33, 0), (0.08, 0.66, 0.5), material=1, part="leg")
    parts = part_meshes(piece)
    centers = np.moveaxis((np.indices((32, 32, 32)) + 0.5) / 32 - 0.5, 0, -1)
    solid = np.zeros((32, 32, 32), bool)
    colors = np.zeros((32, 32, 32, 3), np.uint8)
    for part in parts:
        low, high = part.vertices.min(axis=0) - 0.01, part.vertices.max(axis=0) + 0.01
        inside = ((centers > low) & (centers < high)).all(axis=-1)
        solid |= inside
        colors[inside] = TOP if part.part == "top" else LEG
    return parts, SurfaceColors(colors, surface_mask(solid).astype(np.uint8))


def test_a_painted_piece_gets_its_paint_back():
    parts, colors = painted_table()
    for part, color in zip(parts, part_colors(parts, colors, {}), strict=True):
        assert color == pytest.approx(TOP if part.part == "top" else LEG, abs=2)


def test_a_shadow_on_a_third_of_a_part_has_no_effect():
    parts, colors = painted_table()
    shadow = colors.colors.copy()
    shadow[20:, 16:] //= 3
    found = part_colors(parts, SurfaceColors(shadow, colors.shown), {})
    assert found[0] == pytest.approx(TOP, abs=2)


def test_cells_that_the_photo_shows_outweigh_the_others():
    parts, colors = painted_table()
    estimated = colors.colors.copy()
    estimated[:24] = (230, 120, 230)  # all but a quarter, which no photo shows
    seen = colors.shown.copy()
    seen[24:] *= 255
    for shown, is_true in ((seen, True), (colors.shown, False)):
        found = part_colors(parts, SurfaceColors(estimated, shown), {})
        assert (found[0] == pytest.approx(TOP, abs=2)) == is_true


def test_equal_parts_have_one_colour():
    parts, colors = painted_table()
    spotted = colors.colors.copy()
    spotted[16:] = 255 - spotted[16:]
    found = part_colors(parts, SurfaceColors(spotted, colors.shown), {})
    assert np.array_equal(found[1], found[2])


def test_a_known_colour_is_kept():
    parts, colors = painted_table()
    found = part_colors(parts, colors, {("leg", "metal"): (1, 2, 3)})
    assert found[1:].tolist() == [[1, 2, 3], [1, 2, 3]]
    assert found[0] == pytest.approx(TOP, abs=2)


def test_every_material_has_a_surface():
    assert set(SURFACES) == set(MATERIALS)
    assert surface_of("metal").metallic == 1 and surface_of("unknown").metallic == 0


def test_weighted_median():
    assert weighted_median(np.array([9.0, 1.0, 5.0]), np.array([0.1, 0.2, 0.7])) == 5
