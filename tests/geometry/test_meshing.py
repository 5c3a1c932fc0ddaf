"""Volume, area, closedness and colours of meshes follow from the grid."""

import numpy as np
import pytest
import trimesh
from scipy import ndimage
from skimage.measure import marching_cubes

import meshing
from meshing import MeshError, is_watertight, voxels_to_mesh
from tests.geometry.sample_grids import (
    RNG_SEED,
    ball,
    chair,
    index_colors,
    random_colors,
    same_colored_points,
)

EDGE_CONNECTIVITY = ndimage.generate_binary_structure(3, 2)


def exposed_faces(solid: np.ndarray) -> int:
    padded = np.pad(solid, 1).astype(np.int8)
    return sum(int(np.abs(np.diff(padded, axis=axis)).sum()) for axis in range(3))


# geometry


@pytest.mark.parametrize("style", meshing.STYLES)
def test_solid_box_has_its_volume_size_and_place(style):
    grid = np.zeros((20, 20, 20), np.float32)
    grid[3:9, 5:15, 2:18] = 1
    mesh = voxels_to_mesh(grid, style=style)
    assert np.allclose(mesh.extents, np.array([6, 10, 16]) / 20)
    # the smooth surface cuts half a cell off the twelve edges of the box; blocks do not
    loss = 0.5 * 0.5**2 * 4 * (6 + 10 + 16) if style == "smooth" else 0
    assert mesh.volume * 20**3 == pytest.approx(6 * 10 * 16 - loss, rel=0.005)
    assert mesh.bounds[0, 1] == pytest.approx(0)
    assert np.allclose(mesh.bounds.sum(axis=0)[[0, 2]], 0)
    mesh.merge_vertices(merge_norm=True)  # blocks share no vertices before this
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == 2


def test_ball_has_the_area_and_volume_of_a_ball():
    mesh = voxels_to_mesh(ball(32, 13), style="smooth")
    radius = 13 / 32
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    assert mesh.area == pytest.approx(4 * np.pi * radius**2, rel=0.01)
    centered = mesh.vertices - [0, radius, 0]
    outwards = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    assert (mesh.vertex_normals * outwards).sum(axis=1).min() > np.cos(np.radians(8))


def test_surface_lies_where_the_probability_crosses_the_threshold():
    grid = np.zeros((8, 8, 8), np.float32)
    grid[:, :4], grid[:, 4] = 1, 0.25
    for threshold, top in ((0.5, 4 + 1 / 6), (0.125, 5), (0.625, 4)):
        mesh = voxels_to_mesh(grid, threshold=threshold)
        # the bottom lies below the lowest centres, by half a cell and the padding's share
        assert mesh.extents[1] * 8 == pytest.approx(top - 0.5 + 1 - threshold, abs=1e-3)


def test_torus_keeps_its_hole():
    axis = np.arange(24) - 11.5
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    torus = np.hypot(np.hypot(x, z) - 7, y) < 3
    assert voxels_to_mesh(torus).euler_number == 0


@pytest.mark.parametrize("kind", ["noise", "binary", "steps", "saturated"])
@pytest.mark.parametrize("threshold", [1e-6, 0.1, 0.25, 0.5, 0.875, 0.999])
def test_smooth_is_closed_for_any_grid_at_any_threshold(kind, threshold):
    rng = np.random.default_rng(RNG_SEED)
    for _ in range(12):
        grid = rng.random(rng.integers(2, 9, 3), dtype=np.float32)
        grid = {
            "noise": grid,
            "binary": np.float32(grid > rng.uniform(0.2, 0.9)),
            "steps": np.round(grid * 8) / 8,  # many cells exactly at the threshold
            "saturated": 1 / (1 + np.exp(-40 * (grid - 0.5))),
        }[kind]
        solid = np.pad(grid > np.float32(threshold), 1)
        if not solid.any():
            continue
        mesh = voxels_to_mesh(grid, threshold=threshold)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
        # cells that share an edge are one body; each cavity has a surface
        bodies = ndimage.label(solid, EDGE_CONNECTIVITY)[1] + ndimage.label(~solid)[1] - 1
        assert mesh.body_count == bodies
        assert np.allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-4)
        again = trimesh.load_mesh(
            trimesh.util.wrap_as_stream(mesh.export(file_type="stl")), file_type="stl"
        )
        assert again.is_watertight  # float32 coordinates merge no separate vertices


def test_mask_and_crop_do_not_change_the_marching_cubes():
    grid = chair()
    field = np.pad(np.float32(0.5) - grid, 1, constant_values=0.5)
    vertices, faces, _, _ = marching_cubes(
        field, 0, method="lorensen", gradient_direction="descent"
    )
    mesh = voxels_to_mesh(grid)
    assert len(mesh.faces) == len(faces)
    assert np.allclose(np.ptp(vertices, axis=0) / 32, mesh.extents)
    plain = trimesh.Trimesh(vertices / 32, faces, process=False)
    assert mesh.volume == pytest.approx(plain.volume, rel=1e-5)


@pytest.mark.parametrize("style", meshing.STYLES)
def test_mirrored_grid_gives_the_mirrored_mesh(style):
    grid = chair() * np.linspace(0.7, 1, 32, dtype=np.float32)[:, None, None]
    colors = random_colors((32, 32, 32))
    mesh = voxels_to_mesh(grid, colors, style=style)
    mirrored = voxels_to_mesh(grid[::-1], colors[::-1], style=style)
    mirrored.vertices = mirrored.vertices * (-1, 1, 1)
    assert same_colored_points(mesh, mirrored)
    assert mirrored.volume == pytest.approx(-mesh.volume, rel=1e-3)


def test_mesh_axes_are_the_grid_axes():
    grid = np.zeros((10, 10, 10), np.float32)
    grid[2:8, 0:3, 2:8] = 1  # a seat
    grid[2:4, 3:9, 2:3] = 1  # a post on it: left (-x), up (+y), back (-z)
    for style in meshing.STYLES:
        mesh = voxels_to_mesh(grid, style=style)
        top = mesh.vertices[mesh.vertices[:, 1] > 0.5].mean(axis=0)
        assert top[0] < -0.1 and top[2] < -0.2


@pytest.mark.parametrize("style", meshing.STYLES)
def test_grid_center_places_the_mesh_in_the_grid(style):
    solid = chair() > 0.5
    mesh = voxels_to_mesh(solid.astype(np.float32), index_colors(solid.shape), 0.5, style)
    cells = mesh.visual.vertex_colors[:, :3]  # the index of each vertex's cell
    assert solid[tuple(cells.T)].all()
    centers = (cells + 0.5) / 32 - 0.5  # in the unit cube around the middle of the grid
    distance = np.abs(mesh.vertices - mesh.metadata["grid_center"] - centers).max(axis=1) * 32
    assert distance.max() <= 0.5 + 1e-6


def test_blocks_are_the_exposed_faces_and_nothing_else():
    solid = np.random.default_rng(RNG_SEED).random((9, 8, 7)) > 0.6
    mesh = voxels_to_mesh(solid, style="blocks")
    assert len(mesh.faces) == 2 * exposed_faces(solid)
    assert mesh.area * 81 == pytest.approx(exposed_faces(solid))
    assert mesh.volume * 9**3 == pytest.approx(solid.sum())
    assert (mesh.vertex_normals[mesh.faces[:, 0]] * mesh.face_normals).sum(axis=1).min() > 0.999


def test_is_watertight_detects_a_hole_in_either_style():
    solid = np.random.default_rng(RNG_SEED).random((6, 6, 6)) > 0.5  # cubes touch along edges
    for style in meshing.STYLES:
        mesh = voxels_to_mesh(solid, style=style)
        assert is_watertight(mesh)
        mesh.update_faces(np.arange(len(mesh.faces)) > 0)
        assert not is_watertight(mesh)


# colours


@pytest.mark.parametrize("style", meshing.STYLES)
def test_colors_of_empty_cells_are_not_used(style):
    grid = chair()
    colors = np.full((32, 32, 32, 3), (255, 0, 255), np.uint8)
    colors[grid > 0.5] = (10, 200, 30)
    mesh = voxels_to_mesh(grid, colors, style=style)
    assert np.array_equal(np.unique(mesh.visual.vertex_colors, axis=0), [[10, 200, 30, 255]])


@pytest.mark.parametrize("style", meshing.STYLES)
def test_each_vertex_has_the_color_of_its_own_cell(style):
    grid = ball(16, 6)
    grid *= np.float32(0.95)
    mesh = voxels_to_mesh(grid, index_colors(grid.shape) * 10, style=style)
    positions = mesh.vertices * 16
    positions += (7.5, 0, 7.5) - np.array([0, positions[:, 1].mean() - 7.5, 0])
    distance = np.abs(positions - mesh.visual.vertex_colors[:, :3] / 10.0)
    assert distance.max() < (1.001 if style == "smooth" else 0.501)


def test_blocks_do_not_blur_across_a_color_edge():
    grid = np.ones((4, 4, 4), np.float32)
    colors = np.zeros((4, 4, 4, 3), np.uint8)
    colors[:2], colors[2:] = (255, 0, 0), (0, 0, 255)
    mesh = voxels_to_mesh(grid, colors, style="blocks")
    corners = mesh.visual.vertex_colors[mesh.faces]
    assert (corners == corners[:, :1]).all()
    red = (corners[:, 0, 0] == 255).reshape(-1)
    assert (mesh.triangles_center[red, 0] < 0).all() and red.sum() == len(mesh.faces) / 2


# wrong arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"occupancy": np.full((4, 4, 4), 0.31)}, "highest probability found is 0.31"),
        ({"style": "cubes"}, "style 'cubes' is unknown"),
        ({"occupancy": np.full((4, 4, 4), np.nan)}, "without NaN"),
        ({"occupancy": np.full((4, 4, 4), 7.5)}, "from 0 to 1"),
        ({"occupancy": np.ones((4, 4))}, r"not of shape \(4, 4\)"),
        ({"occupancy": np.ones((0, 4, 4))}, "not of shape"),
        ({"threshold": 1.0}, "threshold must lie between"),
        ({"threshold": float("nan")}, "threshold must lie between"),
        ({"colors": np.ones((4, 4, 4, 3))}, "sRGB bytes"),
        ({"colors": np.ones((3, 4, 4, 3), np.uint8)}, "sRGB bytes"),
    ],
)
def test_wrong_input_is_one_sentence(arguments, words):
    with pytest.raises(MeshError, match=words) as caught:
        voxels_to_mesh(**({"occupancy": np.ones((4, 4, 4))} | arguments))
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and isinstance(caught.value, ValueError)
