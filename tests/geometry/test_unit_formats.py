"""3MF and USDZ files: units, colours and structure, read by the formats' own libraries."""

import re
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import lib3mf
import numpy as np
import pytest
import trimesh
from PIL import Image

from geometry.formats.baking import BLOCK, bake_colors
from geometry.mesh_files import corner_colors
from meshing import export_mesh, voxels_to_mesh
from tests.geometry.sample_grids import chair, random_colors

STYLES = ("smooth", "blocks")


def colored_chair(style: str) -> trimesh.Trimesh:
    return voxels_to_mesh(chair(), random_colors((32, 32, 32)), style=style)


# 3MF


def read_3mf(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, faces and corner colours of the only object, by the consortium's library."""
    wrapper = lib3mf.Wrapper()
    model = wrapper.CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    assert model.GetUnit() == lib3mf.ModelUnit.MilliMeter
    meshes = model.GetMeshObjects()
    assert meshes.MoveNext()
    mesh = meshes.GetCurrentMeshObject()
    assert mesh.GetName() == path.stem and mesh.IsManifoldAndOriented()
    vertices = np.array([tuple(v.Coordinates) for v in mesh.GetVertices()])
    faces = np.array([tuple(t.Indices) for t in mesh.GetTriangleIndices()])
    colors = []
    for properties in mesh.GetAllTriangleProperties():
        group = model.GetColorGroupByID(properties.ResourceID)
        corners = [group.GetColor(number) for number in properties.PropertyIDs]
        colors.append([(c.Red, c.Green, c.Blue) for c in corners])
    return vertices, faces, np.array(colors)


@pytest.mark.parametrize("style", STYLES)
def test_a_3mf_is_upright_in_millimetres_and_has_the_colors(tmp_path, style):
    mesh = colored_chair(style)
    path = export_mesh(mesh, tmp_path / "a <chair>.3mf", height=120)
    vertices, faces, colors = read_3mf(path)
    assert np.ptp(vertices[:, 2]) == pytest.approx(120, abs=1e-3)
    again = trimesh.Trimesh(vertices, faces, process=False)
    scale = 120 / mesh.extents[1]
    assert again.volume == pytest.approx(mesh.volume * scale**3, rel=1e-3)
    high = vertices[vertices[:, 2] > 80]
    assert high[:, 1].mean() > 0  # the back rest is at -z, so behind: +y
    assert np.array_equal(colors, corner_colors(mesh)) == (len(faces) == len(mesh.faces))
    assert np.abs(colors.mean(axis=0) - corner_colors(mesh).mean(axis=0)).max() < 1


def test_the_same_mesh_gives_the_same_3mf(tmp_path):
    one, two = (export_mesh(colored_chair("smooth"), tmp_path / f"{n}" / "a.3mf") for n in "12"
                if (tmp_path / n).mkdir() is None)  # fmt: skip
    assert one.read_bytes() == two.read_bytes()


# USDZ


def entries(path: Path) -> dict[str, bytes]:
    """Entries of a USDZ by the rules of its specification: stored, aligned to 64 bytes."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        for entry in package.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            name, extra = struct.unpack_from("<2H", data, entry.header_offset + 26)
            assert (entry.header_offset + 30 + name + extra) % 64 == 0
        return {entry.filename: package.read(entry) for entry in package.infolist()}


@pytest.mark.parametrize("style", STYLES)
def test_a_usdz_has_its_scene_first_and_its_colors_in_a_texture(tmp_path, style):
    mesh = colored_chair(style)
    files = entries(export_mesh(mesh, tmp_path / "chair.usdz", height=850))
    assert list(files) == ["model.usda", "textures/0.png"]
    scene = files["model.usda"].decode()
    assert "metersPerUnit = 1" in scene and 'upAxis = "Y"' in scene
    points = re.search(r"point3f\[\] points = \[(.*?)\]\n", scene)[1]
    points = np.array([float(value) for value in re.findall(r"[-\d.e]+", points)]).reshape(-1, 3)
    assert np.ptp(points[:, 1]) == pytest.approx(0.85, rel=1e-4)  # metres
    coordinates = re.search(r"primvars:st = \[(.*?)\]", scene)[1]
    coordinates = np.array([float(v) for v in re.findall(r"[-\d.e]+", coordinates)])
    shown = read_texture(files["textures/0.png"], coordinates.reshape(-1, 3, 2))
    assert np.array_equal(shown, corner_colors(mesh))


def read_texture(data: bytes, coordinates: np.ndarray) -> np.ndarray:
    """Colours (F, 3, 3) of the pixels at texture coordinates."""
    pixels = np.asarray(Image.open(BytesIO(data)))
    column, row = np.floor(coordinates.T * len(pixels)).astype(int)
    return pixels[len(pixels) - 1 - row, column].swapaxes(0, 1)


def test_a_baked_face_keeps_away_from_its_neighbours():
    colors = np.zeros((9, 3, 3), np.uint8)
    colors[4] = 200
    texture, coordinates = bake_colors(colors)
    pixels = np.asarray(texture)
    assert pixels.shape == (3 * BLOCK, 3 * BLOCK, 3)
    assert (pixels[BLOCK : 2 * BLOCK, BLOCK : 2 * BLOCK] == 200).all() and pixels.sum() == 16 * 600
    u, v = coordinates[4].T * 3 * BLOCK
    for place in (u, v):  # half a pixel from the border of the block
        assert place.min() >= BLOCK + 0.5 - 1e-9 and place.max() <= 2 * BLOCK - 0.5 + 1e-9


@pytest.mark.parametrize("style", STYLES)
def test_pixars_library_opens_the_usdz_without_a_complaint(tmp_path, style):
    pytest.importorskip("pxr", reason="pip install usd-core (217 MB)")
    from pxr import Usd, UsdGeom, UsdValidation

    path = export_mesh(colored_chair(style), tmp_path / "my chair.usdz", height=850)
    stage = Usd.Stage.Open(str(path))
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    assert not [error.GetMessage() for error in errors]
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    box = UsdGeom.BBoxCache(0, ["default"]).ComputeWorldBound(stage.GetDefaultPrim())
    assert box.ComputeAlignedRange().GetSize()[1] == pytest.approx(0.85, rel=1e-4)
