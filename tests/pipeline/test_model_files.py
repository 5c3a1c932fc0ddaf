"""Files of a result: meshes, facts, zips, and what a printer needs."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from images.untrusted import open_image
from pipeline.export import export_file, export_glb, export_room, export_with_notes
from pipeline.files import builder, printing
from pipeline.formats import MODEL_FORMATS
from pipeline.result import Result
from pipeline.settings import ExportOptions, Settings
from tests.pipeline.sample_result import sample_result
from voxel_model import load_model, predict


@pytest.fixture
def result(tmp_path) -> Result:
    return sample_result(tmp_path)


def test_facts_are_those_of_the_mesh(result):
    path, facts = export_glb(result, Settings(0.5, "blocks", drop_crumbs=True))
    mesh = trimesh.load(path, force="mesh")
    assert path.name == "my table.glb"
    slab, leg = 2 * (12 * 12 + 2 * 12 * 2), 4 * 8  # squares of their surfaces
    assert facts["faces"] == len(mesh.faces) == 2 * (slab + leg)
    assert facts["watertight"]
    # the leg is joined across two empty cells, the crumb goes
    assert facts["cells"] == 12 * 2 * 12 + 6 + 2
    low, high = facts["height_range_cm"]
    assert 20 < low < facts["height_cm"] < high < 200


def test_crumbs_stay_when_asked_for(result):
    _, clean = export_glb(result, Settings(0.5, "blocks", drop_crumbs=True))
    _, all_of_it = export_glb(result, Settings(0.5, "blocks", drop_crumbs=False))
    assert all_of_it["cells"] == clean["cells"] - 2 + 1  # without the strut, with the crumb


def test_an_stl_stands_as_tall_as_asked_for(result):
    path = export_file(result, Settings(0.5, "blocks"), "stl", ExportOptions(stl_height=80))
    mesh = trimesh.load(path)
    assert mesh.extents == pytest.approx([96, 96, 80])  # of 12 x 10 x 12 cells, z up
    assert mesh.bounds[0][2] == pytest.approx(0)


def test_zip_holds_every_format(result):
    path = export_file(result, Settings(0.5, "smooth", True), "zip")
    assert zipfile.ZipFile(path).namelist() == [f"my table.{name}" for name in MODEL_FORMATS]


def test_pictures_are_judged_before_they_are_decoded(tmp_path):
    wrong = {
        "page.png": b"<html>hello</html>",
        "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "nothing.jpg": b"",
    }
    for name, data in wrong.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match="not a PNG, JPEG, GIF, BMP, WebP"):
            open_image(tmp_path / name)
    Image.new("1", (8000, 7000)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match="8000 x 7000 pixels"):
        open_image(tmp_path / "large.png")
    Image.new("1", (30000, 20000)).save(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="50 megapixels"):
        open_image(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="Choose a picture first"):
        open_image(None)


def test_an_stl_to_print_is_one_closed_piece(result):
    path = export_file(result, Settings(0.5), "stl", ExportOptions(stl_height=60))
    mesh = trimesh.load(path)
    assert mesh.is_watertight and mesh.body_count == 1
    settings = Settings(0.5, drop_crumbs=False)
    loose = trimesh.load(export_file(result, settings, "stl", ExportOptions(printable=False)))
    assert loose.body_count == 3


def test_notes_are_of_the_stl_that_was_written(result, monkeypatch):
    prepared = []
    monkeypatch.setattr(
        builder,
        "make_printable",
        lambda *a, **b: prepared.append(a) or printing.make_printable(*a, **b),
    )
    _, notes = export_with_notes(result, Settings(0.5), "stl", ExportOptions(stl_height=5))
    assert "strut" in notes[0] and "thinnest wall" in " ".join(notes) and len(prepared) == 1
    _, notes = export_with_notes(result, Settings(0.5), "stl", ExportOptions(200))
    assert "strut" in notes[0] and "thinnest wall" not in " ".join(notes)
    _, notes = export_with_notes(result, Settings(0.5), "stl", ExportOptions(printable=False))
    assert len(notes) == 1 and "mm tall" in notes[0]  # the size alone
    assert not export_with_notes(result, Settings(0.5), "glb")[1]


def test_fewer_faces_and_colours_when_asked_for(result):
    many = trimesh.load(export_file(result, Settings(0.5), "glb"), force="mesh")
    few = trimesh.load(
        export_file(result, Settings(0.5), "glb", ExportOptions(faces=200)), force="mesh"
    )
    assert len(few.faces) <= 210 < len(many.faces)
    shades = np.random.default_rng(0).integers(0, 255, (16, 16, 16, 3)).astype(np.uint8)
    result = replace(result, prediction=replace(result.prediction, colors=shades))
    settings = Settings(0.5, "blocks", colors="predicted")
    data = export_file(result, settings, "vox", ExportOptions(palette=5)).read_bytes()
    palette = np.frombuffer(data[-1024:], np.uint8).reshape(256, 4)
    assert len(np.unique(palette[palette[:, 3] > 0], axis=0)) <= 5


@pytest.mark.parametrize(
    "wrong", [{"palette": 257}, {"palette": -1}, {"faces": 3}, {"printable": 1}, {"faces": "all"}]
)
def test_a_wrong_finish_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=re.escape(repr(*wrong.values()))):
        ExportOptions(**wrong)


def test_visible_sides_take_the_photos_colour(checkpoint, picture):
    """The bed's cover is teal in the photo, whatever the network made of it."""
    model = load_model(checkpoint, "cpu")
    prediction = predict(model, Image.open(picture))
    gray = replace(prediction, colors=np.full_like(prediction.colors, 128))
    result = Result(gray, "bed", Path(), model.config.threshold)
    top = result.cell_colors[prediction.occupancy > 0.5].reshape(-1, 3)
    red, green, _ = top.astype(int).T
    assert np.median(green - red) > 20


def test_files_for_a_room_have_the_real_size(result):
    height = export_glb(result, Settings(0.5))[1]["height_cm"]
    room = trimesh.load(export_room(result, Settings(0.5)), force="mesh")
    assert room.extents[1] == pytest.approx(height / 100, rel=1e-3)
    with zipfile.ZipFile(export_file(result, Settings(0.5), "usdz")) as package:
        scene = package.read("model.usda").decode()
    (low, high) = re.search(r"extent = \[\((.*?)\), \((.*?)\)\]", scene).groups()
    size = np.subtract(*(np.array(side.split(", "), float) for side in (high, low)))
    assert size[1] == pytest.approx(height / 100, rel=1e-3)


def test_a_3mf_has_the_size_and_the_colours(result):
    path, notes = export_with_notes(result, Settings(0.5), "3mf", ExportOptions(stl_height=80))
    with zipfile.ZipFile(path) as package:
        model = package.read("3D/3dmodel.model").decode()
    z = [float(value) for value in re.findall(r'<vertex .*? z="(.*?)"', model)]
    assert min(z) == pytest.approx(0) and max(z) == pytest.approx(80)
    assert "#B43C32FF" in model  # (180, 60, 50)
    assert notes[-1].endswith("of the real size.")
