"""The page's handlers alone, without a browser or a server."""

import re
import zipfile
from dataclasses import asdict, fields, replace
from html import unescape
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import skimage.data
from PIL import Image

from images.untrusted import register_heif
from pipeline.export import export_glb
from pipeline.formats import FORMATS
from pipeline.settings import ExportOptions, Settings
from voxel_model import CATEGORIES, load_model
from webapp.display.model_display import Displayed, display
from webapp.display.views import update_views
from webapp.events import model_events
from webapp.events.batch_run import BatchRun, plain_text
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.messages import as_warning
from webapp.server.process.lifetime import StepTimeout
from webapp.sessions.session import MAX_HISTORY, Session, delete_session_files
from webapp.sessions.session_files import MAX_RESULTS

SETTINGS = {"threshold": 0.5, "style": "smooth", "drop_crumbs": True, "colors": "photo"}
OPTIONS = asdict(ExportOptions())
CHOICES = SETTINGS | OPTIONS


def test_settings_are_told_apart_by_name():
    settings, options = model_events.split_settings(dict(reversed(CHOICES.items())))
    assert (settings, options) == (Settings(**SETTINGS), ExportOptions())
    assert set(SETTINGS) == {item.name for item in fields(Settings)}


# --- formats that browsers do not draw ----------------------------------------------------------


@pytest.mark.parametrize("name", ["iphone.heic", "a.avif", "photo.tif", "photo.jp2", "cut-out.tif"])
def test_a_photo_that_browsers_do_not_draw_is_replaced_by_a_picture(events, tmp_path, name):
    register_heif()  # for this test's own Pillow: the product decodes in a child process
    path = Path(__file__).parents[2] / "images" / "files" / name
    if not path.exists():
        path = tmp_path / name
        image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
        image.paste((120, 80, 60, 255), (50, 50, 250, 150))
        (image if "cut" in name else image.convert("RGB")).save(path)
    shown = Path(events.photo.show_photo({"path": str(path)}))
    assert events.files in shown.parents
    with Image.open(shown) as picture, Image.open(path) as photo:
        assert picture.size == photo.size
        assert picture.format == ("PNG" if "cut" in name else "JPEG")
    assert (
        events.photo.show_photo({"path": str(shown)}) == events.photo.show_photo(None) == gr.skip()
    )


@pytest.mark.parametrize("is_stale", [True, False])
def test_a_photo_that_is_displayed_already_only_ends_the_dimming(events, photo_file, is_stale):
    """Its value may be older than a setting that was changed meanwhile."""
    shown = {"photo": str(photo_file), "file": "old.viewer.glb", "is_stale": is_stale}
    events.maker.pieces = lambda _: "chips"
    (answer,) = events.follow_photo({"path": str(photo_file)}, shown, None, **SETTINGS)
    model = {**shown, "is_stale": False} if is_stale else gr.skip()
    assert answer == Displayed(model=model, pieces="chips")


def test_a_damaged_photo_is_a_sentence(events, tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    file = {"path": str(tmp_path / "a.heic")}
    assert events.photo.show_photo(file) == gr.skip()
    *_, shown = events.follow_photo(file, None, None, **SETTINGS)
    assert "not a PNG, JPEG" in shown.model["message"] and not shown.download.interactive
    assert shown.facts == {} and shown.selection is None


# --- settings -----------------------------------------------------------------------------------


def test_remeshing_needs_no_network(events, session):
    shown = events.remesh(session, **SETTINGS)
    assert Path(shown.model["file"]).is_file() and shown.facts["watertight"]
    assert events.remesh(session, **SETTINGS).version > shown.version  # tells the page to follow


def test_settings_before_any_model_are_no_error(events):
    assert events.remesh(None, **SETTINGS) == Displayed()
    assert model_events.prepare_download(None, "stl", **CHOICES) == gr.skip()


def test_a_setting_at_which_nothing_is_left_is_a_sentence_in_the_viewers_place(events, session):
    session = events.remesh(session, **SETTINGS).session
    shown = events.remesh(session, **SETTINGS | {"threshold": 0.95})
    assert "Nothing is left" in shown.model["message"] and not shown.download["interactive"]
    assert model_events.prepare_download(session, "ply", **CHOICES) == gr.skip()  # came too late
    again = events.remesh(shown.session, **SETTINGS)
    assert Path(again.model["file"]).is_file() and again.facts["watertight"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"threshold": float("nan")}, "nan"),
        ({"threshold": float("inf")}, "inf"),
        ({"threshold": 0}, "threshold is 0"),
        ({"threshold": "0.5"}, "'0.5'"),
        ({"threshold": True}, "True"),
        ({"threshold": None}, "None"),
        ({"style": "shiny"}, "'shiny'"),
        ({"style": ["smooth"]}, "smooth"),
        ({"drop_crumbs": "yes"}, "'yes'"),
        ({"colors": "sepia"}, "'sepia'"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused_by_name(events, session, wrong, named):
    with pytest.raises(gr.Error, match=re.escape(named)):
        events.remesh(session, **SETTINGS | wrong)


def test_a_refusal_of_an_event_that_may_be_deferred_is_a_warning(events, session, monkeypatch):
    """Gradio's page drops a deferred change when the run before it fails."""
    warnings = []
    monkeypatch.setattr(gr, "Warning", lambda text, **_: warnings.append(text))
    remesh = as_warning(events.remesh)
    assert remesh(session, **SETTINGS | {"threshold": 2}) == gr.skip()
    assert "threshold is 2" in warnings[0]
    assert remesh(session, **SETTINGS).facts["watertight"]
    with pytest.raises(ZeroDivisionError):  # a bug stays one
        as_warning(lambda: 1 / 0)()


# --- downloads and views ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FORMATS, "zip"])
def test_a_download_is_named_after_the_photo(events, session, name):
    button, notes = model_events.prepare_download(session, name, **CHOICES)
    assert bool(notes) == (name in ("stl", "3mf", "zip"))  # of the loose leg
    assert button.interactive and Path(button.value["path"]).name == f"my table.{name}"
    assert Path(button.value["path"]).stat().st_size > 0
    assert name.upper() in button.label


def test_the_download_changes_together_with_the_viewer(events, session, monkeypatch):
    shown = events.remesh(session, **SETTINGS)
    glb = shown.session.download.glb
    assert glb.name == "my table.glb" and glb.parent == Path(shown.model["file"]).parent
    assert Path(shown.download.value["path"]).read_bytes() == glb.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(model_events, "export_with_notes", None)  # it is not written twice
        button, _ = model_events.prepare_download(shown.session, "glb", **CHOICES)
    assert button.value == shown.download.value
    model_events.prepare_download(shown.session, "stl", **CHOICES)
    again = events.remesh(shown.session, **SETTINGS)
    assert not again.download["interactive"]  # until the new STL is ready


def test_the_file_of_an_older_model_is_not_offered(events, session, monkeypatch):
    shown = events.remesh(session, **SETTINGS)
    export = model_events.export_with_notes

    def changed_meanwhile(*args):
        events.remesh(shown.session, **SETTINGS | {"threshold": 0.4})
        return export(*args)

    monkeypatch.setattr(model_events, "export_with_notes", changed_meanwhile)
    assert model_events.prepare_download(shown.session, "ply", **CHOICES) == gr.skip()


def test_fewer_faces_are_written_into_a_file_of_their_own(events, session):
    shown = events.remesh(session, **SETTINGS)
    button, _ = model_events.prepare_download(shown.session, "glb", **CHOICES | {"faces": 60})
    assert Path(button.value["path"]).read_bytes() != shown.session.download.glb.read_bytes()


@pytest.mark.parametrize("height", [-1, float("nan"), float("inf"), "tall", True])
def test_a_wrong_height_is_refused_by_name(events, session, height):
    with pytest.raises(gr.Error, match=r"(?i)height"):
        model_events.prepare_download(session, "stl", **CHOICES | {"stl_height": height})


@pytest.mark.parametrize("name", ["exe", "../glb", "", None, 3, ["glb"]])
def test_wrong_formats_are_refused_by_name(events, session, name):
    with pytest.raises(gr.Error, match=re.escape(repr(name))):
        model_events.prepare_download(session, name, **CHOICES)


def test_only_the_open_tab_is_drawn(events, session):
    assert update_views(session, "Model", 0.5, **SETTINGS) == [gr.skip()] * 6
    voxels, *others = update_views(session, "Voxels", 0.5, **SETTINGS)
    assert Path(voxels["file"]).is_file() and others == [gr.skip()] * 5
    voxels, *others = update_views(session, "Inside", 0.5, **SETTINGS)
    assert voxels == gr.skip() and all(isinstance(image, Image.Image) for image in others[:3])
    assert others[3] == gr.update(value=None, visible=False)  # this model predicts none
    *others, turntable = update_views(session, "Turntable", 0.5, **SETTINGS)
    assert others == [gr.skip()] * 5 and Image.open(turntable).n_frames > 12


def test_models_that_predict_coordinates_show_them(session):
    points = np.zeros((8, 8, 3), np.float32)
    prediction = replace(session.result.prediction, coordinates=points)
    _, *slices, coordinates, _ = update_views(
        session.add(replace(session.result, prediction=prediction)), "Inside", 0.5, **SETTINGS
    )
    assert len(slices) == 3 and coordinates["visible"]
    assert np.asarray(coordinates["value"]).std() == 0  # one point, one colour


# --- history and files --------------------------------------------------------------------------


def test_a_session_holds_its_last_models(events, session, result):
    names = [f"number {i}" for i in range(MAX_HISTORY + 2)]
    for name in names:
        session = session.add(replace(result, name=name))
    assert [model.result.name for model in session.models] == names[::-1][:MAX_HISTORY]
    event = gr.SelectData(None, {"index": 2, "value": None})
    *shown, photo = model_events.show_earlier_model(session, event, **SETTINGS)
    shown = Displayed(*shown)
    history = shown.history.value
    assert shown.session.result.name == names[-3] and len(history) == MAX_HISTORY
    assert shown.model["model"] == session.models[2].name and photo == gr.skip()
    assert shown.facts["watertight"] and shown.category["table"] == 1.0
    assert Path(shown.network_input).name == f"thumbnail-{session.models[2].name}.webp"


def test_a_thumbnail_is_encoded_once(events, session, result, monkeypatch):
    encoded, save = [], Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda *a, **k: encoded.append(a) or save(*a, **k))
    first = display(session, Settings(**SETTINGS)).network_input
    encoded.clear()
    second = display(session, Settings(**SETTINGS)).network_input
    assert first == second and not encoded
    with Image.open(first) as image:
        assert (image.format, image.size) == ("WEBP", (224, 224))
    Path(first).unlink()  # as the removal of old files does
    assert display(session, Settings(**SETTINGS)).network_input == first and Path(first).is_file()


def test_the_newest_results_of_a_session_stay_and_so_does_its_photo(
    events, result, tmp_path, photo_file
):
    folder = tmp_path / "session"
    session = Session(folder).add(replace(result, folder=folder))
    photo = events.photo.rotate_photo({"path": str(photo_file)}, session)
    paths = []
    for i in range(MAX_RESULTS + 3):
        session, model, *_ = events.remesh(session, **SETTINGS | {"threshold": 0.3 + i / 100})
        paths.append(model["file"])
    assert [path for path in paths if Path(path).is_file()] == paths[-MAX_RESULTS:]
    model_events.prepare_download(session, "ply", **CHOICES)
    assert [path for path in paths if Path(path).is_file()] == paths[1 - MAX_RESULTS :]
    assert Path(photo).is_file()


def test_the_end_of_a_session_removes_its_files(session):
    export_glb(session.result, Settings(0.5, "smooth", True))
    assert list(session.folder.iterdir())
    delete_session_files(session)
    assert not session.folder.exists()
    delete_session_files(session)  # an exception would end Gradio's loop
    delete_session_files(None)


# --- photos -------------------------------------------------------------------------------------


def test_many_photos_at_once_and_a_bad_one_is_told(picture, checkpoint, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"<html>")
    files = [{"path": str(path)} for path in (picture, tmp_path / "bad.png", picture)]
    batch = BatchRun(Events(Predictor(load_model(checkpoint, "cpu")), tmp_path))
    *_, last = batch.run(files, None, "stl", **SETTINGS | {"threshold": 0.25})
    session, thumbnails, report, button = last
    assert len(thumbnails) == 2 and "bad.png" in unescape(report)
    assert "not a PNG" in report
    names = zipfile.ZipFile(button.value["path"]).namelist()
    assert names == [f"01 {picture.stem}.stl", f"03 {picture.stem}.stl"]
    assert session.holds_models and session.report == report  # for a reload of the page
    delete_session_files(session)
    assert not session.folder.exists()


@pytest.mark.parametrize("files", [None, [], [{"path": "a.png"}] * 51])
def test_too_few_or_many_photos_are_refused(events, files):
    with pytest.raises(gr.Error, match="1 to 50"):
        next(BatchRun(events).run(files, None, "glb", **SETTINGS))


def test_more_photos_of_one_piece_make_one_model(checkpoint, picture, tmp_path):
    events = Events(Predictor(load_model(checkpoint, "cpu")), tmp_path)
    file = {"path": str(picture)}
    alone, _ = events.maker.predict(file, None, None, lambda *_: None)
    fused, first = events.maker.predict(file, None, alone, lambda *_: None, [file])
    assert fused.result.photo_count == 2 and fused.result.name == picture.stem
    assert np.allclose(fused.result.prediction.occupancy, first.occupancy, atol=2e-4)
    assert fused.result.cell_colors.shape == (*first.occupancy.shape, 3)
    with pytest.raises(gr.Error, match="at most 3 more"):
        events.maker.predict(file, None, None, lambda *_: None, [file] * 4)


@pytest.fixture
def uncertain(events, session, photo_file) -> Session:
    """A session whose model could be any piece; its photo lies on its side."""
    events.predictor.rotation_on_gpu = lambda image, prediction, box: 1
    shares = dict.fromkeys(CATEGORIES, 1 / len(CATEGORIES))
    prediction = replace(session.result.prediction, category_probabilities=shares)
    return session.add(replace(session.result, prediction=prediction), photo=str(photo_file))


def test_a_photo_on_its_side_is_told_and_rotated(events, session, uncertain, photo_file):
    assert events.photo.with_rotation(session) is session  # certain: no rotation is tried
    advised = events.photo.with_rotation(uncertain)
    assert advised.model.quarters == 1 and "on its side" in advised.model.nudges
    rotated = Path(events.photo.rotate_photo({"path": str(photo_file)}, advised))
    assert rotated.name == "stool.jpg" and Image.open(rotated).size == (60, 40)
    assert b"at home" not in rotated.read_bytes()
    assert session.folder in rotated.parents  # and is removed with the session


def test_an_advice_that_takes_too_long_is_left_out(events, uncertain):
    def too_long(*_):
        raise StepTimeout("The server is busy.")

    events.predictor.rotation_on_gpu = too_long
    assert events.photo.with_rotation(uncertain) is uncertain


@pytest.fixture
def doubtful(events, uncertain, monkeypatch) -> Session:
    """The same session with another hint; it is what the network makes of every photo."""
    session = replace(uncertain, models=(replace(uncertain.model, nudges=("dark",)),))
    monkeypatch.setattr(events.maker, "predict", lambda *_, **__: (session, None))
    return session


def test_hints_come_before_the_model_and_the_advice_to_turn_it_after(events, doubtful, photo_file):
    file = {"path": str(photo_file)}
    hints, model, advice = events.follow_photo(file, None, None, **SETTINGS)
    assert hints.model == gr.skip() and ["dark" in text for text in hints.nudges] == [True]
    assert Path(model.model["file"]).is_file() and model.nudges == hints.nudges
    assert "on its side" in advice.nudges[1] and advice.model == advice.version == gr.skip()
    assert advice.session.version == model.session.version  # the download stays valid
    assert Path(events.photo.rotate_photo(file, advice.session)).is_file()


def test_the_model_does_not_wait_for_the_advice(events, doubtful, photo_file):
    asked = []
    events.predictor.rotation_on_gpu = lambda *_: asked.append(1) or 1
    steps = events.follow_photo({"path": str(photo_file)}, None, None, **SETTINGS)
    next(steps)
    assert next(steps).model["file"] and not asked
    assert len(list(steps)) == len(asked) == 1


def test_one_answer_holds_the_model_and_the_advice(events, doubtful, photo_file):
    shown = events.generate({"path": str(photo_file)}, None, None, None, **SETTINGS)
    assert Path(shown.model["file"]).is_file() and "on its side" in shown.nudges[1]
    assert shown.session.model.quarters == 1


def test_a_photo_can_be_turned_without_advice_and_before_any_model(events, photo_file):
    Image.linear_gradient("L").resize((60, 40)).save(photo_file)
    turned = np.asarray(Image.open(events.photo.rotate_photo({"path": str(photo_file)}, None)))
    assert turned.shape[:2] == (60, 40)
    assert turned[20, 5].mean() > turned[20, -5].mean()  # the dark top is on the right


def test_a_height_of_zero_on_the_page_is_no_height():
    """Gradio's number field shows and sends 0 where there is no value."""
    _, options = model_events.split_settings({"threshold": 0.5, "stl_height": 0})
    assert options.stl_height is None


@pytest.mark.parametrize(
    "name",
    [
        "[here](http://evil.example).png",
        "<img src=x onerror=alert(1)>.png",
        "www.evil.example_*bold*_`code`.png",
        "# title\n- item.png",
    ],
)
def test_a_name_of_a_photo_is_shown_as_it_is(name):
    shown = plain_text(name)
    assert unescape(shown) == " ".join(name.split())
    assert not re.search(r"[\[\]()<>*_`#.\n]", re.sub(r"&#\d+;", "", shown))


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_what_is_no_furniture_is_marked_among_many_photos(name, tmp_path, checkpoint):
    path = tmp_path / f"{name}.png"
    Image.fromarray(getattr(skimage.data, name)()).save(path)
    batch = BatchRun(Events(Predictor(load_model(checkpoint, "cpu")), tmp_path))
    settings = SETTINGS | {"style": "smooth"}
    *_, (session, pictures, report, _) = batch.run([{"path": str(path)}], None, "glb", **settings)
    ((_, caption),) = pictures
    assert caption.startswith(f"Doubtful · {name}: ") and "1 of them is doubtful" in report
    assert session.made[0].is_doubtful
