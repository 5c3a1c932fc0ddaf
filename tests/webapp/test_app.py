"""The page's handlers alone, without a browser or a server."""

import re
import subprocess
import sys
import zipfile
from dataclasses import astuple, replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import trimesh
from PIL import Image

import app
from meshing import export_mesh
from pipeline import export, printing
from pipeline.detection import best_rotation, better_rotation, rotate_image
from pipeline.export import (
    FORMATS,
    MODEL_FORMATS,
    ExportOptions,
    Result,
    Settings,
    export_file,
    export_glb,
    export_with_notes,
    open_image,
)
from training.evaluate_orientation import hint_rates, suggested_turns
from voxel_model import CATEGORIES, Prediction, VoxelConfig, load_model, predict
from webapp.batch_tab import Many
from webapp.events import Page
from webapp.sessions import NEWEST, REMEMBERED, Visit, close_visit

ROOT = Path(__file__).resolve().parents[2]
FINISH = astuple(ExportOptions())


@pytest.fixture
def kept(tmp_path) -> Result:
    """A slab of 12 x 2 x 12 cells, a loose leg of 6 and a crumb of one, as if predicted."""
    occupancy = np.full((16, 16, 16), 0.1, np.float32)
    occupancy[2:14, 8:10, 2:14] = 0.9
    occupancy[2, 0:6, 2] = 0.6
    occupancy[0, 15, 0] = 0.6
    prediction = Prediction(
        occupancy=occupancy,
        colors=np.full((16, 16, 16, 3), (180, 60, 50), np.uint8),
        size=(20, 20),
        box=(0, 0, 20, 20),
        square=(0, 0, 20, 20),
        category="table",
        category_probabilities={name: float(name == "table") for name in CATEGORIES},
        azimuth=30.0,
        elevation=20.0,
        crop=Image.new("RGB", (224, 224), "white"),
        crop_mask=np.zeros((224, 224), np.float32),
    )
    return Result(prediction, "my table", tmp_path, 0.5)


class NoModel:
    """Stands where a model would: any use of the network would fail."""

    config = VoxelConfig()


@pytest.fixture
def page(tmp_path) -> Page:
    return Page(NoModel(), tmp_path)


@pytest.fixture
def visit(kept, tmp_path) -> Visit:
    return Visit(tmp_path).add(kept)


def test_importing_writes_nothing_and_opens_no_socket():
    code = (
        "import socket, os; socket.socket.connect = socket.socket.bind = None\n"
        "before = set(os.listdir()); import app, pipeline.export, images.views\n"
        "assert set(os.listdir()) - before <= {'__pycache__'}, set(os.listdir()) - before"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_facts_are_those_of_the_mesh(kept):
    path, facts = export_glb(kept, Settings(0.5, "blocks", drop_crumbs=True))
    mesh = trimesh.load(path, force="mesh")
    assert path.name == "my table.glb"
    slab, leg = 2 * (12 * 12 + 2 * 12 * 2), 4 * 6 + 2  # squares of their surfaces
    assert facts["faces"] == len(mesh.faces) == 2 * (slab + leg)
    assert facts["watertight"]
    assert facts["cells"] == 12 * 2 * 12 + 6  # the leg stays, the crumb goes


def test_crumbs_stay_when_asked_for(kept):
    _, clean = export_glb(kept, Settings(0.5, "blocks", drop_crumbs=True))
    _, all_of_it = export_glb(kept, Settings(0.5, "blocks", drop_crumbs=False))
    assert all_of_it["cells"] == clean["cells"] + 1
    assert all_of_it["faces"] == clean["faces"] + 12


def test_remeshing_needs_no_network(page, visit):
    _, path, facts = page.remesh(visit, 0.5, "smooth", True)
    assert Path(path).is_file() and facts["watertight"]


def test_the_download_is_the_file_on_show_where_that_is_the_same(page, visit, kept, monkeypatch):
    settings, built = (0.5, "smooth", True), []
    monkeypatch.setattr(export, "export_mesh", lambda *a: built.append(a) or export_mesh(*a))
    visit, path, _ = page.remesh(visit, *settings)

    def makes_one(visit, finish=FINISH, settings=settings) -> bool:
        before = len(built)
        button, _ = page.offer(visit, "glb", *finish, *settings)
        assert Path(button.value["path"]).is_file()
        return len(built) > before

    assert not makes_one(visit) and len(built) == 1
    assert makes_one(visit, settings=(0.4, "smooth", True))
    assert makes_one(visit, finish=astuple(ExportOptions(faces=200)))
    assert makes_one(visit.add(kept)) and makes_one(visit.recall(0))
    Path(path).unlink()  # as the sweep of old files does
    assert makes_one(visit)


def test_settings_before_any_model_are_no_error(page):
    assert page.remesh(None, 0.5, "smooth", True) == gr.skip()
    assert page.offer(None, "stl", *FINISH, 0.5, "smooth", True) == gr.skip()


def test_empty_grid_is_a_sentence_with_the_highest_probability(page, visit):
    with pytest.raises(gr.Error, match=r"highest probability found is 0\.9"):
        page.remesh(visit, 0.95, "smooth", True)


@pytest.mark.parametrize("name", [*FORMATS, "zip"])
def test_download_wakes_with_a_file_named_after_the_picture(page, visit, name):
    button, notes = page.offer(visit, name, *FINISH, 0.5, "smooth", True)
    assert bool(notes) == (name in ("stl", "zip"))  # of the loose leg
    assert button.interactive and Path(button.value["path"]).name == f"my table.{name}"
    assert Path(button.value["path"]).stat().st_size > 0
    assert name.upper() in button.label


def test_an_stl_stands_as_tall_as_asked_for(kept):
    path = export_file(kept, Settings(0.5, "blocks"), "stl", ExportOptions(stl_height=80))
    mesh = trimesh.load(path)
    assert mesh.extents == pytest.approx([96, 96, 80])  # of 12 x 10 x 12 cells, z up
    assert mesh.bounds[0][2] == pytest.approx(0)


@pytest.mark.parametrize("height", [0, -1, float("nan"), float("inf"), "tall", None, True])
def test_a_wrong_height_is_refused_by_name(page, visit, height):
    with pytest.raises(gr.Error, match=r"(?i)height"):
        page.offer(visit, "stl", height, *FINISH[1:], 0.5, "smooth", True)


def test_zip_holds_every_format(kept):
    path = export_file(kept, Settings(0.5, "smooth", True), "zip")
    assert zipfile.ZipFile(path).namelist() == [f"my table.{name}" for name in MODEL_FORMATS]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ((float("nan"), "smooth", True), "nan"),
        ((float("inf"), "smooth", True), "inf"),
        ((0, "smooth", True), "threshold is 0"),
        (("0.5", "smooth", True), "'0.5'"),
        ((True, "smooth", True), "True"),
        ((None, "smooth", True), "None"),
        ((0.5, "shiny", True), "'shiny'"),
        ((0.5, ["smooth"], True), "smooth"),
        ((0.5, "smooth", "yes"), "'yes'"),
        ((0.5, "smooth", True, "sepia"), "'sepia'"),
    ],
)
def test_wrong_settings_are_refused_by_name(page, visit, settings, named):
    with pytest.raises(gr.Error, match=re.escape(named)):
        page.remesh(visit, *settings)


@pytest.mark.parametrize("name", ["exe", "../glb", "", None, 3, ["glb"]])
def test_wrong_formats_are_refused_by_name(page, visit, name):
    with pytest.raises(gr.Error, match=re.escape(repr(name))):
        page.offer(visit, name, *FINISH, 0.5, "smooth", True)


def test_pictures_are_judged_before_they_are_decoded(tmp_path):
    wrong = {
        "page.png": b"<html>hello</html>",
        "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "nothing.jpg": b"",
    }
    for name, data in wrong.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match="not a PNG, JPEG, GIF, BMP or WebP"):
            open_image(tmp_path / name)
    Image.new("1", (8000, 7000)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match="8000 x 7000 pixels"):
        open_image(tmp_path / "large.png")
    Image.new("1", (30000, 20000)).save(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="50 megapixels"):
        open_image(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="Choose a picture first"):
        open_image(None)


def test_a_visitor_who_leaves_takes_the_files_along(visit):
    export_glb(visit.kept, Settings(0.5, "smooth", True))
    assert list(visit.folder.iterdir())
    close_visit(visit)
    assert not visit.folder.exists()


def test_a_visit_remembers_its_last_models(page, visit, kept):
    names = [f"number {i}" for i in range(REMEMBERED + 2)]
    for name in names:
        visit = visit.add(replace(kept, name=name))
    assert [k.name for k in visit.models] == names[::-1][:REMEMBERED]
    event = gr.SelectData(None, {"index": 2, "value": None})
    visit, shown, facts, _, categories, history = page.recall(visit, event, 0.5, "smooth", True)
    assert visit.kept.name == names[-3] and len(history) == REMEMBERED
    assert shown.value["path"].endswith(f"{names[-3]}.glb")
    assert facts["watertight"] and categories["table"] == 1.0


def test_of_a_visits_files_the_newest_stay_and_its_photos(page, kept, tmp_path):
    folder = tmp_path / "visit"
    visit = Visit(folder).add(replace(kept, folder=folder))
    Image.new("RGB", (40, 60), "white").save(tmp_path / "stool.png")
    photo = page.turn({"path": str(tmp_path / "stool.png")}, visit, 1)
    made = []
    for i in range(NEWEST + 3):
        visit, path, _ = page.remesh(visit, 0.3 + i / 100, "smooth", True)
        made.append(path)
    assert [path for path in made if Path(path).is_file()] == made[-NEWEST:]
    page.offer(visit, "ply", 100, True, 0, 0, 0.5, "smooth", True)
    assert [path for path in made if Path(path).is_file()] == made[1 - NEWEST :]
    assert Path(photo).is_file()


def test_only_the_open_tab_is_drawn(page, visit):
    settings = (0.5, "smooth", True)
    assert page.draw(visit, "Model", 0.5, *settings) == [gr.skip()] * 5
    voxels, *cuts = page.draw(visit, "Voxels", 0.5, *settings)
    assert Path(voxels.value["path"]).is_file() and cuts == [gr.skip()] * 4
    voxels, *cuts = page.draw(visit, "Inside", 0.5, *settings)
    assert voxels == gr.skip() and all(isinstance(cut, Image.Image) for cut in cuts[:3])
    *rest, turn = page.draw(visit, "Turntable", 0.5, *settings)
    assert rest == [gr.skip()] * 4 and Image.open(turn).n_frames > 12


def test_an_stl_to_print_is_one_closed_piece(kept):
    path = export_file(kept, Settings(0.5), "stl", ExportOptions(stl_height=60))
    mesh = trimesh.load(path)
    assert mesh.is_watertight and mesh.body_count == 1
    loose = trimesh.load(export_file(kept, Settings(0.5), "stl", ExportOptions(printable=False)))
    assert loose.body_count == 2


def test_notes_are_of_the_stl_that_was_written(kept, monkeypatch):
    prepared = []
    monkeypatch.setattr(
        export, "make_printable", lambda *a: prepared.append(a) or printing.make_printable(*a)
    )
    _, notes = export_with_notes(kept, Settings(0.5), "stl", ExportOptions(stl_height=5))
    assert "strut" in notes[0] and "thinnest wall" in notes[-1] and len(prepared) == 1
    _, notes = export_with_notes(kept, Settings(0.5), "stl", ExportOptions(200))
    assert "strut" in notes[0] and "thinnest wall" not in " ".join(notes)
    assert not export_with_notes(kept, Settings(0.5), "stl", ExportOptions(printable=False))[1]
    assert not export_with_notes(kept, Settings(0.5, "blocks"), "stl")[1]
    assert not export_with_notes(kept, Settings(0.5), "glb")[1]


def test_fewer_faces_and_colours_when_asked_for(kept):
    many = trimesh.load(export_file(kept, Settings(0.5), "glb"), force="mesh")
    few = trimesh.load(
        export_file(kept, Settings(0.5), "glb", ExportOptions(faces=200)), force="mesh"
    )
    assert len(few.faces) <= 210 < len(many.faces)
    shades = np.random.default_rng(0).integers(0, 255, (16, 16, 16, 3)).astype(np.uint8)
    kept = replace(kept, prediction=replace(kept.prediction, colors=shades))
    settings = Settings(0.5, "blocks", colors="predicted")
    data = export_file(kept, settings, "vox", ExportOptions(palette=5)).read_bytes()
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
    kept = Result(gray, "bed", Path(), model.config.threshold)
    top = kept.cell_colors[prediction.occupancy > 0.5].reshape(-1, 3)
    red, green, _ = top.astype(int).T
    assert np.median(green - red) > 20


def test_many_photos_at_once_and_a_bad_one_is_told(page, picture, checkpoint, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"<html>")
    files = [{"path": str(path)} for path in (picture, tmp_path / "bad.png", picture)]
    many = Many(Page(load_model(checkpoint, "cpu"), tmp_path))
    *_, last = many.run(files, None, "stl", gr.Progress(), 0.25, "smooth", True)
    visit, shown, report, button = last
    assert len(shown) == 2 and "bad.png" in report and "not a PNG" in report
    names = zipfile.ZipFile(button.value["path"]).namelist()
    assert names == [f"01 {picture.stem}.stl", f"03 {picture.stem}.stl"]
    close_visit(visit)
    assert not visit.folder.exists()


def test_more_photos_of_one_piece_make_one_model(checkpoint, picture, tmp_path):
    page = Page(load_model(checkpoint, "cpu"), tmp_path)
    file = {"path": str(picture)}
    alone, _ = page.predict(file, None, None, lambda *_: None)
    fused, first = page.predict(file, None, alone, lambda *_: None, [file])
    assert fused.kept.photo_count == 2 and fused.kept.name == picture.stem
    assert np.allclose(fused.kept.prediction.occupancy, first.occupancy, atol=2e-4)
    assert fused.kept.cell_colors.shape == (*first.occupancy.shape, 3)
    with pytest.raises(gr.Error, match="at most 3 more"):
        page.predict(file, None, None, lambda *_: None, [file] * 4)


def test_a_picture_of_no_furniture_is_told(page, visit, monkeypatch):
    told = []
    monkeypatch.setattr(gr, "Warning", lambda text, **_: told.append(text))
    page.show(visit, 0.5)
    assert not told
    strange = replace(visit.kept.prediction, familiarity=-1.0)
    page.show(visit.add(replace(visit.kept, prediction=strange)), 0.5)
    assert len(told) == 1 and "does not look like furniture" in told[0]


@pytest.mark.parametrize("files", [None, [], [{"path": "a.png"}] * 51])
def test_too_few_or_many_photos_are_refused(page, files):
    with pytest.raises(gr.Error, match="1 to 50"):
        next(Many(page).run(files, None, "glb", gr.Progress(), 0.5, "smooth", True))


def test_a_photo_on_its_side_is_told_and_turned(page, visit, picture, tmp_path):
    file = {"path": str(picture)}
    page.turn_on = lambda picture, seen: 1
    assert page.doubt(file, visit)[0] == 0  # sure of the table: no look at other turns
    shares = dict.fromkeys(CATEGORIES, 1 / len(CATEGORIES))
    unsure = replace(visit.kept.prediction, category_probabilities=shares)
    visit = visit.add(replace(visit.kept, prediction=unsure))
    turn, hint = page.doubt(file, visit)
    assert turn == 1 and hint.visible
    assert page.doubt(None, visit)[0] == page.doubt(file, None)[0] == 0
    Image.new("RGB", (40, 60), "white").save(tmp_path / "stool.jpeg", comment="at home")
    turned = Path(page.turn({"path": str(tmp_path / "stool.jpeg")}, visit, turn))
    assert turned.name == "stool.jpg" and Image.open(turned).size == (60, 40)
    assert b"at home" not in turned.read_bytes()
    assert visit.folder in turned.parents  # and goes with the visit


def test_a_turn_must_be_clearly_better():
    assert best_rotation([0.5, 0.55, 0.3, 0.59]) == 0
    assert best_rotation([0.5, 0.3, 0.2, 0.65]) == 3
    doubts, expected = [False, True, True, False], [0.7, 0.4, 0.4, 0.4]  # of an upright photo
    assert suggested_turns(doubts, expected) == [0, 3, 2, 0]
    shares = hint_rates([(doubts, expected)])
    assert shares["upright, false hint"] == 0
    assert shares["on a side, hint"] == shares["on a side, hint to the right turn"] == 0.5


def test_a_turned_picture_is_looked_at_in_every_turn(checkpoint, picture, monkeypatch):
    model, image = load_model(checkpoint, "cpu"), open_image(picture)
    seen, expected = predict(model, image), iter([0.3, 0.1, 0.2, 0.6])
    monkeypatch.setattr("pipeline.detection.expected_iou", lambda *_: next(expected))
    assert better_rotation(model, image, seen) == 3
    chosen = replace(seen, box=(10.0, 10.0, 200.0, 200.0))
    assert better_rotation(model, image, chosen) == 0  # by the visitor: not what the model finds
    quarters = [np.asarray(rotate_image(image, k)) for k in (0, 1)]
    assert np.array_equal(np.rot90(quarters[0]), quarters[1])


def test_analytics_are_off_unless_asked_for(monkeypatch, page):
    monkeypatch.delenv("GRADIO_ANALYTICS_ENABLED", raising=False)
    assert app.build_demo(page).analytics_enabled is False
