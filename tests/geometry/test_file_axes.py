"""Axes, names and headers of files, as other programs read them."""

import importlib.util
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from meshing import export_mesh, export_voxels, voxels_to_mesh
from tests.geometry.sample_grids import random_colors

ROOT = Path(__file__).resolve().parents[2]
UP_AXIS = {".glb": 1, ".obj": 1, ".ply": 2, ".stl": 2}


def signpost() -> np.ndarray:
    """Tall, with an arm at the top that points to the front (+z) and a step to the right (+x)."""
    grid = np.zeros((16, 16, 16), np.float32)
    grid[6:9, :, 6:9] = grid[6:9, 13:, 6:15] = grid[6:13, :3, 6:9] = 1
    return grid


@pytest.mark.parametrize("style", ["smooth", "blocks"])
@pytest.mark.parametrize("suffix", UP_AXIS)
def test_each_format_has_its_up_axis(tmp_path, suffix, style):
    mesh = voxels_to_mesh(signpost(), random_colors((16, 16, 16)), style=style)
    mesh.vertex_normals  # noqa: B018  cached, so that a PLY and an OBJ hold them
    size = {"size": 120} if suffix == ".stl" else {}
    again = trimesh.load_mesh(export_mesh(mesh, tmp_path / f"post{suffix}", **size), process=False)
    up = UP_AXIS[suffix]
    points = again.vertices
    assert np.argmax(again.extents) == up and points[:, up].min() == pytest.approx(0, abs=1e-4)
    front = points[:, 2] if up == 1 else -points[:, 1]
    is_high = points[:, up] > again.extents.max() / 2
    right = points[:, 0]
    assert front[is_high].max() > front[~is_high].max() + 0.1  # the arm
    assert front[is_high].min() == pytest.approx(front[~is_high].min())
    assert right[~is_high].max() > right[is_high].max() + 0.1  # the step
    assert right[~is_high].min() == pytest.approx(right[is_high].min())
    assert again.volume > 0  # not mirrored
    stored = trimesh.Trimesh(again.vertices, again.faces, process=False).vertex_normals
    if style == "smooth" and suffix != ".stl":
        assert (np.einsum("ij,ij->i", stored, again.vertex_normals) > 0.5).mean() > 0.95


@pytest.mark.parametrize("name", ["side table", "stühle", "IMG_0001", "\udce4-latin"])
def test_objects_are_named_after_the_file(tmp_path, name):
    shown = name.encode("utf-8", "replace").decode()
    data = export_mesh(voxels_to_mesh(signpost()), tmp_path / f"{name}.glb").read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    header = json.loads(data[20 : 20 + length])
    assert header["nodes"][0]["name"] == header["meshes"][0]["name"] == shown
    text = export_mesh(voxels_to_mesh(signpost()), tmp_path / f"{name}.obj").read_bytes().decode()
    names = [line for line in text.splitlines() if line.startswith("o ")]
    assert names == [f"o {shown.replace(' ', '_')}"]


# --- binvox --------------------------------------------------------------------------------------


def read_binvox(data: bytes) -> tuple[np.ndarray, list[float], float]:
    """Grid [x, y, z], translation and scale, by the rules of the `binvox_rw` module.

    3D-R2N2, Pix2Vox and Occupancy Networks read files with it. It takes exactly these lines in this
    order, without comments.
    """
    lines = data.split(b"\n", 5)
    assert lines[0].startswith(b"#binvox")
    dims = [int(n) for n in lines[1].strip().split(b" ")[1:]]
    translate = [float(n) for n in lines[2].strip().split(b" ")[1:]]
    scale = float(lines[3].strip().split(b" ")[1])
    assert [line.split(b" ")[0] for line in lines[1:5]] == [b"dim", b"translate", b"scale", b"data"]
    raw = np.frombuffer(lines[5], np.uint8)
    values, counts = raw[::2], raw[1::2]
    grid = np.repeat(values, counts).astype(bool).reshape(dims)
    return grid.transpose(0, 2, 1), translate, scale


@pytest.mark.parametrize("shape", [(16, 16, 16), (32, 32, 32), (5, 9, 3), (1, 1, 1), (64, 64, 64)])
@pytest.mark.parametrize("share", [0.001, 0.5, 1.0])
def test_binvox_rw_reads_our_files(tmp_path, shape, share):
    grid = (np.random.default_rng(0).random(shape) < share).astype(np.float32)
    grid[0, 0, 0] = 1
    data = export_voxels(grid, None, 0.5, tmp_path / "a.binvox").read_bytes()
    again, translate, scale = read_binvox(data)
    assert np.array_equal(again, grid > 0.5)
    assert (translate, scale) == ([-0.5, 0.0, -0.5], 1.0)
    assert data.startswith(b"#binvox 1\ndim ") and data.count(b"#") >= 1


# --- Blender -------------------------------------------------------------------------------------

BLENDER = """
import sys, bpy
for path in sys.argv[1:]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    kind = path.rpartition(".")[2]
    if kind == "glb": bpy.ops.import_scene.gltf(filepath=path)
    if kind == "obj": bpy.ops.wm.obj_import(filepath=path)
    if kind == "ply": bpy.ops.wm.ply_import(filepath=path)
    if kind == "stl": bpy.ops.wm.stl_import(filepath=path)
    (part,) = [o for o in bpy.data.objects if o.type == "MESH"]
    points = [part.matrix_world @ v.co for v in part.data.vertices]
    sides = [max(axis) - min(axis) for axis in zip(*points)]
    print(kind, part.name, *sides)
"""


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("bpy"), reason="pip install bpy")
def test_all_meshes_stand_in_blender(tmp_path):
    mesh = voxels_to_mesh(signpost())
    files = [export_mesh(mesh, tmp_path / f"post{suffix}") for suffix in (".glb", ".obj", ".ply")]
    files.append(export_mesh(mesh, tmp_path / "post.stl", size=120))
    done = subprocess.run(
        [sys.executable, "-c", BLENDER, *map(str, files)], capture_output=True, text=True
    )
    lines = [line.split() for line in done.stdout.splitlines() if line[:3] in "glbobjplystl"]
    assert len(lines) == 4, done.stdout + done.stderr
    for _, name, *sides in lines:
        width, depth, height = map(float, sides)
        assert height > depth > width and name == "post"
