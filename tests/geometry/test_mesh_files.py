"""Files hold the shape and the colours of the mesh or the grid that was written."""

import json
import struct

import numpy as np
import pytest
import trimesh
from scipy import ndimage

import meshing
from core.errors import WriteError
from geometry.colors import fit_palette
from meshing import MeshError, export_mesh, export_voxels, is_watertight, to_glb, voxels_to_mesh
from tests.geometry.sample_grids import (
    ball,
    chair,
    index_colors,
    random_colors,
    same_colored_points,
    sorted_rows,
    to_srgb,
)


def read_glb(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """JSON and vertex attributes of a GLB of `to_glb`, read by the glTF specification."""
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and struct.unpack_from("<I", data, 8)[0] == len(data)
    header = json.loads(data[20 : 20 + length])
    arrays = {}
    for name, number in header["meshes"][0]["primitives"][0]["attributes"].items():
        view = header["bufferViews"][header["accessors"][number]["bufferView"]]
        flat = np.frombuffer(data, "<f4", view["byteLength"] // 4, 28 + length + view["byteOffset"])
        arrays[name] = flat.reshape(-1, 3)
    return header, arrays


def test_glb_colors_are_exact_in_linear_light():
    grid = np.ones((4, 8, 8), np.float32)
    colors = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1).repeat(3, axis=3)  # all levels
    mesh = voxels_to_mesh(grid, colors, style="blocks")
    header, arrays = read_glb(to_glb(mesh))
    assert np.abs(to_srgb(arrays["COLOR_0"]) - mesh.visual.vertex_colors[:, :3]).max() < 0.01
    material = header["materials"][0]["pbrMetallicRoughness"]
    assert material["metallicFactor"] == 0 and material["roughnessFactor"] == 1
    assert material["baseColorFactor"] == [1, 1, 1, 1]  # a factor of the vertex colours


@pytest.mark.parametrize("style", meshing.STYLES)
@pytest.mark.parametrize("suffix", [".glb", ".obj", ".ply", ".stl"])  # what trimesh reads
def test_mesh_files_open_again_with_the_same_shape_and_colors(tmp_path, style, suffix):
    grid, colors = chair(), random_colors((32, 32, 32))
    mesh = voxels_to_mesh(grid, colors, style=style)
    path = export_mesh(mesh, tmp_path / f"chair{suffix}")
    again = trimesh.load_mesh(path, process=False)
    if suffix == ".ply":  # z up
        again.vertices = again.vertices[:, [0, 2, 1]] * (1, 1, -1)
    assert len(again.faces) == len(mesh.faces)
    assert np.allclose(
        sorted_rows(again.triangles_center), sorted_rows(mesh.triangles_center), atol=2e-5
    )
    assert again.volume == pytest.approx(mesh.volume, rel=1e-5)
    assert is_watertight(again)
    if suffix in (".ply", ".obj"):
        assert same_colored_points(mesh, again)
    if suffix == ".glb":  # trimesh reads colours beside a material as an attribute
        (part,) = trimesh.load(path, force="scene", process=False).geometry.values()
        linear = part.visual.vertex_attributes["color"]
        assert np.abs(to_srgb(linear) - mesh.visual.vertex_colors[:, :3]).max() < 0.01
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_stl_with_a_height_is_upright_and_in_millimetres(tmp_path):
    mesh = voxels_to_mesh(chair())
    printed = trimesh.load_mesh(export_mesh(mesh, tmp_path / "chair.stl", height=120))
    assert printed.extents[2] == pytest.approx(120, rel=1e-5)
    assert printed.bounds[0, 2] == pytest.approx(0, abs=1e-4)
    assert printed.is_watertight and printed.body_count == 1
    assert printed.volume == pytest.approx(mesh.volume * (120 / mesh.extents[1]) ** 3, rel=1e-4)
    high = printed.vertices[printed.vertices[:, 2] > 80]
    assert high[:, 1].mean() > 0  # the back rest is at -z, so behind: +y


def read_vox(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Solid cells and colours in MagicaVoxel's axes, read by its published format."""
    assert data[:8] == b"VOX " + struct.pack("<I", 150) and data[8:12] == b"MAIN"
    chunks, at = {}, 20
    while at < len(data):
        name, size, _ = struct.unpack_from("<4s2I", data, at)
        chunks[name] = data[at + 12 : at + 12 + size]
        at += 12 + size
    shape = struct.unpack("<3I", chunks[b"SIZE"])
    voxels = np.frombuffer(chunks[b"XYZI"], np.uint8, offset=4).reshape(-1, 4)
    assert len(voxels) == struct.unpack_from("<I", chunks[b"XYZI"])[0] and voxels[:, 3].min() > 0
    palette = np.frombuffer(chunks[b"RGBA"], np.uint8).reshape(256, 4)
    solid, colors = np.zeros(shape, bool), np.zeros((*shape, 3), np.uint8)
    index = tuple(voxels[:, :3].T)
    solid[index], colors[index] = True, palette[voxels[:, 3] - 1, :3]
    return solid, colors


def test_vox_is_upright_and_up_to_255_colors_are_exact(tmp_path):
    grid = np.zeros((12, 10, 8), np.float32)
    grid[2:8, 0:5, 1:7] = 0.8
    colors = random_colors(grid.shape) // 128 * 255  # eight colours
    path = export_voxels(grid, colors, 0.5, tmp_path / "box.vox")
    solid, vox_colors = read_vox(path.read_bytes())
    # z is up and the front is toward -y; nothing is mirrored
    assert np.array_equal(solid.transpose(0, 2, 1)[:, :, ::-1], grid > 0.5)
    vox_colors = vox_colors.transpose(0, 2, 1, 3)[:, :, ::-1]
    assert np.array_equal(vox_colors[grid > 0.5], colors[grid > 0.5])


def test_vox_palette_stays_near_colors_that_vary_smoothly(tmp_path):
    grid = ball(32, 14)
    colors = index_colors(grid.shape) * 8
    surface = (grid > 0.5) & ~ndimage.binary_erosion(grid > 0.5)
    colors[~surface] = random_colors(grid.shape)[~surface]  # not visible: not in the palette
    _, vox_colors = read_vox(export_voxels(grid, colors, 0.5, tmp_path / "b.vox").read_bytes())
    vox_colors = vox_colors.transpose(0, 2, 1, 3)[:, :, ::-1]
    error = np.abs(vox_colors[surface].astype(int) - colors[surface])
    assert error.mean() < 6 and len(np.unique(vox_colors[surface], axis=0)) <= 255


def test_palette_has_no_more_colors_than_the_limit():
    colors = random_colors((50, 10))
    palette, index = fit_palette(colors.reshape(-1, 3), 12)
    assert len(palette) <= 12 and index.max() < len(palette) and len(index) == 500


def test_npz_and_binvox_hold_the_grid(tmp_path):
    grid, colors = chair(), random_colors((32, 32, 32))
    with np.load(export_voxels(grid, colors, 0.4, tmp_path / "chair.npz")) as arrays:
        assert np.array_equal(arrays["occupancy"], grid) and arrays["threshold"] == np.float32(0.4)
        assert np.array_equal(arrays["colors"], colors)
    with np.load(export_voxels(grid, None, 0.4, tmp_path / "plain.npz")) as arrays:
        assert sorted(arrays) == ["occupancy", "threshold"]
    voxels = trimesh.load(export_voxels(grid, None, 0.4, tmp_path / "chair.binvox"))
    assert np.array_equal(voxels.matrix, grid > np.float32(0.4))


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    mesh = voxels_to_mesh(ball(8, 3))
    path = export_mesh(mesh, tmp_path / "ball.glb")
    before = path.read_bytes()

    def full_disk(self, data):
        self.open("wb").write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(WriteError, match="No space left on device"):
        export_mesh(voxels_to_mesh(ball(8, 2)), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_wrong_files_are_one_sentence(tmp_path):
    mesh, grid = voxels_to_mesh(np.ones((4, 4, 4))), np.ones((4, 4, 4))
    for path in ("chair.fbx", "chair"):
        with pytest.raises(MeshError, match=r"must end in \.glb"):
            export_mesh(mesh, tmp_path / path)
        with pytest.raises(MeshError, match=r"must end in \.vox"):
            export_voxels(grid, None, 0.5, tmp_path / path)
    with pytest.raises(WriteError, match="cannot be written"):
        export_mesh(mesh, tmp_path / "missing" / "chair.glb")
    for height in (-1, 0, float("nan"), float("inf")):
        with pytest.raises(MeshError, match=f"The height is {height}; give a positive number"):
            export_mesh(mesh, tmp_path / "chair.stl", height=height)
    with pytest.raises(MeshError, match="The size is 0"):
        export_mesh(mesh, tmp_path / "chair.stl", size=0)
    with pytest.raises(MeshError, match="has no unit"):
        export_mesh(mesh, tmp_path / "chair.obj", height=80)
    with pytest.raises(MeshError, match="at most 256"):
        export_voxels(np.ones((257, 2, 2)), None, 0.5, tmp_path / "long.vox")
    with pytest.raises(MeshError, match="highest probability found is 1"):
        export_voxels(grid * 0 + 0.999999, None, np.float32(0.9999999), tmp_path / "a.vox")
    assert not list(tmp_path.iterdir())
