"""Meshes hold the physics of the grid they come from, and every file gives back what went in."""

import json
import struct

import numpy as np
import pytest
import trimesh
from scipy import ndimage
from skimage.measure import marching_cubes

import meshing
from meshing import MeshError, export_mesh, export_voxels, is_watertight, to_glb, voxels_to_mesh
from shape.colors import limit_palette

PIECES = ndimage.generate_binary_structure(3, 2)
RNG_SEED = 7


def chair(side: int = 32) -> np.ndarray:
    """Probabilities of a chair whose back is at -z; soft edges, as a network's are."""
    grid = np.zeros((side,) * 3, np.float32)
    cell = side // 32

    def box(x0, x1, y0, y1, z0, z1):
        low, high = np.array([x0, y0, z0]) * cell, np.array([x1, y1, z1]) * cell
        grid[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = 1

    box(8, 24, 14, 17, 8, 24)
    box(8, 24, 17, 32, 8, 11)
    for x in (8, 21):
        for z in (8, 21):
            box(x, x + 3, 0, 14, z, z + 3)
    return ndimage.gaussian_filter(grid, 0.7 * cell)


def ball(side: int, radius: float) -> np.ndarray:
    """Probabilities that fall linearly from 1 to 0 across the surface of a ball, in cells."""
    axis = np.arange(side) - (side - 1) / 2
    distance = np.sqrt(sum(np.meshgrid(axis**2, axis**2, axis**2, indexing="ij")))
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def bright(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(RNG_SEED).integers(0, 256, (*shape, 3), dtype=np.uint8)


def exposed_faces(solid: np.ndarray) -> int:
    padded = np.pad(solid, 1).astype(np.int8)
    return sum(int(np.abs(np.diff(padded, axis=axis)).sum()) for axis in range(3))


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """glTF's linear colours as an sRGB display encodes them, 0 to 255."""
    linear = np.asarray(linear, np.float64)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * curve


def rows(array: np.ndarray) -> np.ndarray:
    """Rows in an order of their own, to compare sets of points."""
    array = np.round(np.asarray(array, np.float64), 5) + 0.0
    return array[np.lexsort(array.T)]


def same_colored_points(mesh: trimesh.Trimesh, other: trimesh.Trimesh) -> bool:
    one, two = (
        rows(np.column_stack([m.vertices, m.visual.vertex_colors[:, :3]])) for m in (mesh, other)
    )
    return one.shape == two.shape and np.allclose(one, two, atol=2e-5)


# geometry


@pytest.mark.parametrize("style", meshing.STYLES)
def test_solid_box_has_its_volume_size_and_place(style):
    grid = np.zeros((20, 20, 20), np.float32)
    grid[3:9, 5:15, 2:18] = 1
    mesh = voxels_to_mesh(grid, style=style)
    assert np.allclose(mesh.extents, np.array([6, 10, 16]) / 20)
    # the smooth surface cuts the twelve edges of the box by half a cell, the blocks do not
    loss = 0.5 * 0.5**2 * 4 * (6 + 10 + 16) if style == "smooth" else 0
    assert mesh.volume * 20**3 == pytest.approx(6 * 10 * 16 - loss, rel=0.005)
    assert mesh.bounds[0, 1] == pytest.approx(0)
    assert np.allclose(mesh.bounds.sum(axis=0)[[0, 2]], 0)
    mesh.merge_vertices(merge_norm=True)  # blocks share no vertices until here
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.euler_number == 2


def test_ball_has_the_area_and_volume_of_a_ball():
    mesh = voxels_to_mesh(ball(32, 13), style="smooth")
    radius = 13 / 32
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    assert mesh.area == pytest.approx(4 * np.pi * radius**2, rel=0.01)
    centred = mesh.vertices - [0, radius, 0]
    outwards = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    assert (mesh.vertex_normals * outwards).sum(axis=1).min() > np.cos(np.radians(8))


def test_surface_lies_where_the_probability_crosses_the_threshold():
    grid = np.zeros((8, 8, 8), np.float32)
    grid[:, :4], grid[:, 4] = 1, 0.25
    for threshold, top in ((0.5, 4 + 1 / 6), (0.125, 5), (0.625, 4)):
        mesh = voxels_to_mesh(grid, threshold=threshold)
        # below: padding at half a cell under the lowest cells' centres, scaled by the threshold
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
        # cells that share an edge hold together, cavities are surfaces of their own
        bodies = ndimage.label(solid, PIECES)[1] + ndimage.label(~solid)[1] - 1
        assert mesh.body_count == bodies
        assert np.allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-4)
        again = trimesh.load_mesh(
            trimesh.util.wrap_as_stream(mesh.export(file_type="stl")), file_type="stl"
        )
        assert again.is_watertight  # float32 in a file welds nothing that was apart


def test_mask_and_crop_leave_the_marching_cubes_as_they_were():
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
    colors = bright((32, 32, 32))
    mesh = voxels_to_mesh(grid, colors, style=style)
    mirrored = voxels_to_mesh(grid[::-1], colors[::-1], style=style)
    mirrored.vertices = mirrored.vertices * (-1, 1, 1)
    assert same_colored_points(mesh, mirrored)
    assert mirrored.volume == pytest.approx(-mesh.volume, rel=1e-3)


def test_axes_stay_as_the_grid_has_them():
    grid = np.zeros((10, 10, 10), np.float32)
    grid[2:8, 0:3, 2:8] = 1  # a seat
    grid[2:4, 3:9, 2:3] = 1  # a post on it: left (-x), up (+y), back (-z)
    for style in meshing.STYLES:
        mesh = voxels_to_mesh(grid, style=style)
        top = mesh.vertices[mesh.vertices[:, 1] > 0.5].mean(axis=0)
        assert top[0] < -0.1 and top[2] < -0.2


@pytest.mark.parametrize("style", meshing.STYLES)
def test_metadata_leads_back_to_the_grid(style):
    solid = chair() > 0.5
    mesh = voxels_to_mesh(solid.astype(np.float32), bright(solid.shape), 0.5, style)
    places = np.stack(np.unravel_index(mesh.metadata["cells"], solid.shape), axis=1)
    assert solid[tuple(places.T)].all()
    centers = (places + 0.5) / 32 - 0.5  # in the unit cube around the middle of the grid
    away = np.abs(mesh.vertices - mesh.metadata["middle"] - centers).max(axis=1) * 32
    assert away.max() <= 0.5 + 1e-6


def test_blocks_are_the_exposed_faces_and_nothing_else():
    solid = np.random.default_rng(RNG_SEED).random((9, 8, 7)) > 0.6
    mesh = voxels_to_mesh(solid, style="blocks")
    assert len(mesh.faces) == 2 * exposed_faces(solid)
    assert mesh.area * 81 == pytest.approx(exposed_faces(solid))
    assert mesh.volume * 9**3 == pytest.approx(solid.sum())
    assert (mesh.vertex_normals[mesh.faces[:, 0]] * mesh.face_normals).sum(axis=1).min() > 0.999


def test_is_watertight_sees_a_hole_in_either_style():
    solid = np.random.default_rng(RNG_SEED).random((6, 6, 6)) > 0.5  # cubes touch along edges
    for style in meshing.STYLES:
        mesh = voxels_to_mesh(solid, style=style)
        assert is_watertight(mesh)
        mesh.update_faces(np.arange(len(mesh.faces)) > 0)
        assert not is_watertight(mesh)


def test_crumbs_go_and_the_rest_does_not_move():
    grid = ball(16, 5)
    crumbs = grid.copy()
    crumbs[0, 0, 0] = crumbs[15, 15, 14:16] = 0.9
    for style in meshing.STYLES:
        whole = voxels_to_mesh(grid, style=style)
        swept = voxels_to_mesh(crumbs, style=style, min_component=0.05)
        assert np.allclose(rows(whole.vertices), rows(swept.vertices))
    assert voxels_to_mesh(crumbs).body_count == 3
    assert voxels_to_mesh(crumbs, min_component=2 / 552).body_count == 2  # the ball has 552 cells


def test_slanted_leg_of_cells_that_share_edges_is_no_crumb():
    leg = np.zeros((12, 12, 12), np.float32)
    leg[range(12), range(12), 6] = 1
    assert voxels_to_mesh(leg).body_count == 1
    assert voxels_to_mesh(leg, min_component=1).volume == voxels_to_mesh(leg).volume


def test_one_piece_for_the_printer():
    grid = ball(20, 7)
    grid[8:11, 8:11, 8:11] = 0  # a hollow
    grid[0:2, 0:2, 0:2] = 1
    assert voxels_to_mesh(grid).body_count == 3
    printed = voxels_to_mesh(grid, min_component=1)
    assert printed.is_watertight and printed.body_count == 1 and printed.euler_number == 2
    assert printed.volume == pytest.approx(4 / 3 * np.pi * (7 / 20) ** 3, rel=0.02)


# colours


@pytest.mark.parametrize("style", meshing.STYLES)
def test_empty_cells_lend_no_color(style):
    grid = chair()
    colors = np.full((32, 32, 32, 3), (255, 0, 255), np.uint8)
    colors[grid > 0.5] = (10, 200, 30)
    mesh = voxels_to_mesh(grid, colors, style=style)
    assert np.array_equal(np.unique(mesh.visual.vertex_colors, axis=0), [[10, 200, 30, 255]])


@pytest.mark.parametrize("style", meshing.STYLES)
def test_each_vertex_has_the_color_of_its_own_cell(style):
    grid = ball(16, 6)
    grid *= np.float32(0.95)
    index = np.moveaxis(np.indices(grid.shape), 0, -1).astype(np.uint8)  # the colour is the place
    mesh = voxels_to_mesh(grid, index * 10, style=style)
    places = mesh.vertices * 16
    places += (7.5, 0, 7.5) - np.array([0, places[:, 1].mean() - 7.5, 0])
    apart = np.abs(places - mesh.visual.vertex_colors[:, :3] / 10.0)
    assert apart.max() < (1.001 if style == "smooth" else 0.501)


def test_blocks_do_not_blur_across_a_color_edge():
    grid = np.ones((4, 4, 4), np.float32)
    colors = np.zeros((4, 4, 4, 3), np.uint8)
    colors[:2], colors[2:] = (255, 0, 0), (0, 0, 255)
    mesh = voxels_to_mesh(grid, colors, style="blocks")
    corners = mesh.visual.vertex_colors[mesh.faces]
    assert (corners == corners[:, :1]).all()
    red = (corners[:, 0, 0] == 255).reshape(-1)
    assert (mesh.triangles_center[red, 0] < 0).all() and red.sum() == len(mesh.faces) / 2


# files


def read_glb(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """The JSON and the vertex attributes of one of our GLBs, straight from the specification."""
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and struct.unpack_from("<I", data, 8)[0] == len(data)
    header = json.loads(data[20 : 20 + length])
    arrays = {}
    for name, number in header["meshes"][0]["primitives"][0]["attributes"].items():
        view = header["bufferViews"][header["accessors"][number]["bufferView"]]
        flat = np.frombuffer(data, "<f4", view["byteLength"] // 4, 28 + length + view["byteOffset"])
        arrays[name] = flat.reshape(-1, 3)
    return header, arrays


def test_glb_colors_survive_the_way_to_linear_and_back():
    grid = np.ones((4, 8, 8), np.float32)
    colors = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1).repeat(3, axis=3)  # every level
    mesh = voxels_to_mesh(grid, colors, style="blocks")
    header, arrays = read_glb(to_glb(mesh))
    assert np.abs(to_srgb(arrays["COLOR_0"]) - mesh.visual.vertex_colors[:, :3]).max() < 0.01
    skin = header["materials"][0]["pbrMetallicRoughness"]
    assert skin["metallicFactor"] == 0 and skin["roughnessFactor"] == 1
    assert skin["baseColorFactor"] == [1, 1, 1, 1]  # it multiplies the vertex colours


@pytest.mark.parametrize("style", meshing.STYLES)
@pytest.mark.parametrize("suffix", meshing.MESH_SUFFIXES)
def test_mesh_files_open_again_with_the_same_shape_and_colors(tmp_path, style, suffix):
    grid, colors = chair(), bright((32, 32, 32))
    mesh = voxels_to_mesh(grid, colors, style=style)
    path = export_mesh(mesh, tmp_path / f"chair{suffix}")
    again = trimesh.load_mesh(path, process=False)
    assert len(again.faces) == len(mesh.faces)
    assert np.allclose(rows(again.triangles_center), rows(mesh.triangles_center), atol=2e-5)
    assert again.volume == pytest.approx(mesh.volume, rel=1e-5)
    assert is_watertight(again)
    if suffix in (".ply", ".obj"):
        assert same_colored_points(mesh, again)
    if suffix == ".glb":  # where there is a material, trimesh keeps the linear colours beside it
        (part,) = trimesh.load(path, force="scene", process=False).geometry.values()
        linear = part.visual.vertex_attributes["color"]
        assert np.abs(to_srgb(linear) - mesh.visual.vertex_colors[:, :3]).max() < 0.01
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_stl_for_a_printer_stands_upright_in_millimetres(tmp_path):
    mesh = voxels_to_mesh(chair())
    printed = trimesh.load_mesh(export_mesh(mesh, tmp_path / "chair.stl", height=120))
    assert printed.extents[2] == pytest.approx(120, rel=1e-5)
    assert printed.bounds[0, 2] == pytest.approx(0, abs=1e-4)
    assert printed.is_watertight and printed.body_count == 1
    assert printed.volume == pytest.approx(mesh.volume * (120 / mesh.extents[1]) ** 3, rel=1e-4)
    high = printed.vertices[printed.vertices[:, 2] > 80]
    assert high[:, 1].mean() > 0  # the back rest is at -z, so behind: +y


def read_vox(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Solid cells and colours in MagicaVoxel's own axes, by its published format."""
    assert data[:8] == b"VOX " + struct.pack("<I", 150) and data[8:12] == b"MAIN"
    chunks, at = {}, 20
    while at < len(data):
        name, size, _ = struct.unpack_from("<4s2I", data, at)
        chunks[name] = data[at + 12 : at + 12 + size]
        at += 12 + size
    shape = struct.unpack("<3I", chunks[b"SIZE"])
    places = np.frombuffer(chunks[b"XYZI"], np.uint8, offset=4).reshape(-1, 4)
    assert len(places) == struct.unpack_from("<I", chunks[b"XYZI"])[0] and places[:, 3].min() > 0
    palette = np.frombuffer(chunks[b"RGBA"], np.uint8).reshape(256, 4)
    solid, colors = np.zeros(shape, bool), np.zeros((*shape, 3), np.uint8)
    where = tuple(places[:, :3].T)
    solid[where], colors[where] = True, palette[places[:, 3] - 1, :3]
    return solid, colors


def test_vox_stands_up_and_keeps_up_to_255_colors(tmp_path):
    grid = np.zeros((12, 10, 8), np.float32)
    grid[2:8, 0:5, 1:7] = 0.8
    colors = bright(grid.shape) // 128 * 255  # eight colours
    path = export_voxels(grid, colors, 0.5, tmp_path / "box.vox")
    solid, found = read_vox(path.read_bytes())
    back = solid.transpose(0, 2, 1)[:, :, ::-1], found.transpose(0, 2, 1, 3)[:, :, ::-1]
    assert np.array_equal(back[0], grid > 0.5)  # z up and front toward -y, nothing mirrored
    assert np.array_equal(back[1][grid > 0.5], colors[grid > 0.5])


def test_vox_palette_stays_near_colors_that_vary_smoothly(tmp_path):
    grid = ball(32, 14)
    colors = np.moveaxis(np.indices(grid.shape), 0, -1).astype(np.uint8) * 8
    shown = (grid > 0.5) & ~ndimage.binary_erosion(grid > 0.5)
    colors[~shown] = bright(grid.shape)[~shown]  # nobody sees these, the palette leaves them out
    _, found = read_vox(export_voxels(grid, colors, 0.5, tmp_path / "b.vox").read_bytes())
    found = found.transpose(0, 2, 1, 3)[:, :, ::-1]
    error = np.abs(found[shown].astype(int) - colors[shown])
    assert error.mean() < 6 and len(np.unique(found[shown], axis=0)) <= 255


def test_limit_palette_leaves_no_more_than_asked():
    colors = bright((50, 10))
    palette, index = limit_palette(colors.reshape(-1, 3), 12)
    assert len(palette) <= 12 and index.max() < len(palette) and len(index) == 500


def test_npz_and_binvox_give_the_grid_back(tmp_path):
    grid, colors = chair(), bright((32, 32, 32))
    with np.load(export_voxels(grid, colors, 0.4, tmp_path / "chair.npz")) as arrays:
        assert np.array_equal(arrays["occupancy"], grid) and arrays["threshold"] == np.float32(0.4)
        assert np.array_equal(arrays["colors"], colors)
    with np.load(export_voxels(grid, None, 0.4, tmp_path / "plain.npz")) as arrays:
        assert sorted(arrays) == ["occupancy", "threshold"]
    voxels = trimesh.load(export_voxels(grid, None, 0.4, tmp_path / "chair.binvox"))
    assert np.array_equal(voxels.matrix, grid > np.float32(0.4))


def test_failed_write_leaves_the_old_file_and_no_scraps(tmp_path, monkeypatch):
    mesh = voxels_to_mesh(ball(8, 3))
    path = export_mesh(mesh, tmp_path / "ball.glb")
    before = path.read_bytes()

    def full_disk(self, data):
        self.open("wb").write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(MeshError, match="No space left on device"):
        export_mesh(voxels_to_mesh(ball(8, 2)), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


# what a person can get wrong


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
        ({"min_component": 2}, "share from 0 to 1"),
        ({"colors": np.ones((4, 4, 4, 3))}, "sRGB bytes"),
        ({"colors": np.ones((3, 4, 4, 3), np.uint8)}, "sRGB bytes"),
    ],
)
def test_wrong_input_is_one_sentence(arguments, words):
    with pytest.raises(MeshError, match=words) as caught:
        voxels_to_mesh(**({"occupancy": np.ones((4, 4, 4))} | arguments))
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and isinstance(caught.value, ValueError)


def test_wrong_files_are_one_sentence(tmp_path):
    mesh, grid = voxels_to_mesh(np.ones((4, 4, 4))), np.ones((4, 4, 4))
    for path in ("chair.fbx", "chair"):
        with pytest.raises(MeshError, match=r"must end in \.glb"):
            export_mesh(mesh, tmp_path / path)
        with pytest.raises(MeshError, match=r"must end in \.vox"):
            export_voxels(grid, None, 0.5, tmp_path / path)
    with pytest.raises(MeshError, match="cannot be written"):
        export_mesh(mesh, tmp_path / "missing" / "chair.glb")
    with pytest.raises(MeshError, match="millimetres"):
        export_mesh(mesh, tmp_path / "chair.stl", height=-1)
    with pytest.raises(MeshError, match="at most 256"):
        export_voxels(np.ones((257, 2, 2)), None, 0.5, tmp_path / "long.vox")
    with pytest.raises(MeshError, match="highest probability found is 1"):
        export_voxels(grid * 0 + 0.999999, None, np.float32(0.9999999), tmp_path / "a.vox")
    assert not list(tmp_path.iterdir())
