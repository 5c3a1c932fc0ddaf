"""Export: a zip has the same files as single exports, and errors are one sentence."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from core.errors import MeshError, WriteError
from geometry.mesh_files import PRINT_SUFFIXES
from meshing import MESH_SUFFIXES, VOXEL_SUFFIXES
from pipeline import formats
from pipeline.export import export_file, export_glb, safe_name
from pipeline.files import builder
from pipeline.result import Result
from pipeline.settings import ExportOptions, Settings
from tests.pipeline.predictions import make_prediction


@pytest.fixture
def result(tmp_path) -> Result:
    """A ball with a loose cell beside it, red above and blue below."""
    axis = np.arange(16) - 7.5
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    occupancy = np.clip(0.9 - (np.sqrt(x**2 + y**2 + z**2) - 5) / 4, 0, 0.99)
    occupancy[0, 0, 0] = 0.99
    prediction = make_prediction(occupancy)
    prediction.colors[:, :8], prediction.colors[:, 8:] = (20, 20, 200), (200, 20, 20)
    return Result(prediction, "ball", tmp_path, 0.5)


def test_formats_are_those_that_geometry_writes():
    assert tuple(f".{name}" for name in formats.MESH_FORMATS) == MESH_SUFFIXES
    assert formats.VOXEL_SUFFIXES == VOXEL_SUFFIXES
    assert tuple(f".{name}" for name in formats.PRINT_FORMATS) == PRINT_SUFFIXES


@pytest.mark.parametrize("style", ["smooth", "blocks"])
@pytest.mark.parametrize("palette", [0, 2])
def test_a_zip_meshes_once_and_has_the_files_of_single_exports(result, style, palette, monkeypatch):
    settings = Settings(0.5, style, colors="predicted")
    options = ExportOptions(palette=palette, faces=200 if style == "smooth" else 0)
    single = {
        f"ball.{name}": export_file(result, settings, name, options).read_bytes()
        for name in formats.MODEL_FORMATS
    }
    calls, mesh = [], builder.voxels_to_arrays
    monkeypatch.setattr(builder, "voxels_to_arrays", lambda *args: calls.append(1) or mesh(*args))
    with zipfile.ZipFile(export_file(result, settings, "zip", options)) as bundle:
        assert {name: bundle.read(name) for name in bundle.namelist()} == single
    assert len(calls) == 1  # an STL and a 3MF are made by `make_printable`


def test_small_components_are_left_out_but_kept_in_an_npz(result):
    path = export_file(result, Settings(0.5, drop_crumbs=True), "npz")
    assert np.load(path)["occupancy"][0, 0, 0] == np.float32(0.99)
    without = export_glb(result, Settings(0.5, "blocks", drop_crumbs=True))[1]["cells"]
    with_all = export_glb(result, Settings(0.5, "blocks", drop_crumbs=False))[1]["cells"]
    assert with_all == without + 1


def test_each_file_has_a_new_folder(result):
    first, second = (export_file(result, Settings(0.5), "ply") for _ in range(2))
    assert first != second and first.parent.parent == second.parent.parent == result.folder
    assert first.name == second.name == "ball.ply"


@pytest.mark.parametrize("file_format", ["zip", "glb", "vox"])
def test_a_folder_that_cannot_be_written_is_one_sentence(result, file_format):
    result.folder.rmdir()
    result.folder.write_text("a file in place of the folder")
    with pytest.raises(WriteError, match=r"cannot be written: .*\.$") as caught:
        export_file(result, Settings(0.5), file_format)
    assert isinstance(caught.value.__cause__, OSError)


def test_an_unknown_format_is_one_sentence(result):
    with pytest.raises(MeshError, match="The format is 'fbx'; choose glb"):
        export_file(result, Settings(0.5), "fbx")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"threshold": float("nan")}, "The threshold is nan; give a number between 0 and 1"),
        ({"threshold": True}, "The threshold is True"),
        ({"threshold": 0.5, "style": "x" * 10_000}, "The style is 'xxx"),
        ({"threshold": 0.5, "drop_crumbs": 1}, "say true or false"),
        ({"threshold": 0.5, "colors": "red"}, "choose photo or predicted"),
    ],
)
def test_a_setting_that_is_not_allowed_is_named(values, says):
    with pytest.raises(MeshError, match=says) as caught:
        Settings(**values)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"stl_height": 0.5}, "from 1 to 10,000"),
        ({"stl_size": 0}, "The size is 0"),
        ({"stl_height": float("inf")}, "The height is inf"),
        ({"printable": "yes"}, "say true or false"),
        ({"palette": 257}, "The palette is 257; give 0 for all, or 1 to 256"),
        ({"faces": 49}, "The faces is 49; give 0 for all, or 50 to"),
    ],
)
def test_an_option_that_is_not_allowed_is_named(values, says):
    with pytest.raises(MeshError, match=says):
        ExportOptions(**values)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/tmp/my chair.final.jpg", "my chair.final"),
        ('a"b<c>:d.png', "a_b_c_d"),
        ("../../...", "model"),
        ("___.png", "model"),
        ("x" * 300 + ".png", "x" * 80),
    ],
)
def test_names_of_downloads_are_safe(path, name):
    assert safe_name(path) == name


def test_the_image_of_a_prediction_is_not_needed_for_predicted_colours(result):
    assert isinstance(result.prediction.crop, Image.Image)
    result.prediction.crop = result.prediction.crop_mask = None
    assert export_glb(result, Settings(0.5, colors="predicted"))[1]["watertight"]
