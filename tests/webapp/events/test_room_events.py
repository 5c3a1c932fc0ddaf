"""Handlers of a photo with several pieces: outlines, one of them, and all as a room."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import trimesh
from PIL import Image

from core.found_objects import FoundObject
from pipeline.settings import ExportOptions, Settings
from tests.pipeline.parts.small_bank import small_bank
from tests.pipeline.scene.rooms import CAMERA, DINING, SIZE
from webapp.components.pieces import middle_of, pieces_value
from webapp.display.model_display import Displayed, display
from webapp.display.views import update_views
from webapp.events import model_events
from webapp.events.prediction_events import Events
from webapp.events.room_events import RoomEvents
from webapp.server.process.lifetime import StepTimeout

SETTINGS = {"threshold": 0.5, "style": "parts", "drop_crumbs": True, "colors": "photo"}
PREDICTIONS = [piece.seen_by(CAMERA) for piece in DINING]
CELLS = 28  # of a mask


def found_piece(box, category: str) -> FoundObject:
    """A piece whose mask fills its box; the masks are those of a square around the photo."""
    side, low = SIZE[0], (SIZE[1] - SIZE[0]) / 2
    mask = np.zeros((CELLS, CELLS), np.float32)
    x0, y0, x1, y1 = (round(v / side * CELLS) for v in np.subtract(box, (0, low, 0, low)))
    mask[y0:y1, x0:x1] = 1
    return FoundObject(tuple(box), 0.9, category, mask, (0, low, side, low + side))


FOUND = [found_piece(p.box, p.category) for p in PREDICTIONS]


@pytest.fixture
def photo(tmp_path) -> dict:
    """A photo of the size of the room's."""
    Image.new("RGB", SIZE, "white").save(tmp_path / "dining.jpg")
    return {"path": str(tmp_path / "dining.jpg")}


@pytest.fixture
def found() -> list[FoundObject]:
    """The list that the model returns as found; a test may change it."""
    return list(FOUND)


@pytest.fixture
def room(events: Events, monkeypatch, found) -> RoomEvents:
    """Handlers with a model that finds the pieces and predicts their true shapes."""
    by_box = {tuple(p.box): p for p in PREDICTIONS}
    predictor = events.predictor
    monkeypatch.setattr(predictor.pieces, "of_head", lambda path: found)
    monkeypatch.setattr(
        predictor, "predict_pieces", lambda path, boxes: [by_box[tuple(box)] for box in boxes]
    )
    monkeypatch.setattr(
        predictor, "predict", lambda path, box, progress: by_box[tuple(box or FOUND[0].box)]
    )
    monkeypatch.setattr(predictor, "size", lambda path: SIZE)
    monkeypatch.setattr(predictor, "nudges", lambda *_: [])
    monkeypatch.setattr(events.photo, "with_rotation", lambda session: session)
    return RoomEvents(events)


def rings_of(path: str) -> list[list[list[float]]]:
    """The points of the rings of an SVG path."""
    rings = [ring.split("L") for ring in path.removeprefix("M").removesuffix("Z").split("ZM")]
    return [[[float(value) for value in point.split()] for point in ring] for ring in rings]


def pick(number) -> gr.EventData:
    return gr.EventData(None, {"number": number})


# --- outlines and chips -------------------------------------------------------------------------


def test_each_piece_has_a_number_a_name_and_an_outline(room, photo):
    value = room.events.maker.pieces(photo["path"])
    assert value["path"] == photo["path"] and value["size"] == list(SIZE)
    assert [p["number"] for p in value["pieces"]] == [1, 2, 3, 4]
    assert [p["name"] for p in value["pieces"]] == ["Table", "Chair", "Chair", "Sofa"]
    for piece, prediction in zip(value["pieces"], PREDICTIONS, strict=True):
        assert piece["box"] == pytest.approx(prediction.box, abs=0.1)
        (ring,) = rings_of(piece["outline"])
        low, high = np.min(ring, axis=0), np.max(ring, axis=0)
        cell = SIZE[0] / CELLS
        assert np.allclose([*low, *high], prediction.box, atol=cell)


def test_chips_take_the_categories_of_the_models(room, photo, found):
    found[:] = [replace(piece, category="desk") for piece in found]

    def names():
        return [piece["name"] for piece in room.events.maker.pieces(photo["path"])["pieces"]]

    assert names() == ["Desk"] * 4
    list(room.events.follow_photo(photo, None, None, **SETTINGS))  # the first model
    assert names() == ["Table", "Desk", "Desk", "Desk"]
    room.generate_piece(photo, None, pick(4), **SETTINGS)
    assert names() == ["Table", "Desk", "Desk", "Sofa"]
    room.show_room(photo, None, **SETTINGS)
    assert names() == ["Table", "Chair", "Chair", "Sofa"]


def test_chips_come_before_the_model_and_with_one_that_is_brought_back(room, photo):
    hints, made = room.events.follow_photo(photo, None, None, **SETTINGS)
    assert len(hints.pieces["pieces"]) == 4
    brought_back = {"file": "a.glb", "photo": photo["path"], "is_stale": True}  # by the history
    (shown,) = room.events.follow_photo(photo, brought_back, made.session, **SETTINGS)
    assert not shown.model["is_stale"] and len(shown.pieces["pieces"]) == 4


def test_a_photo_of_one_piece_has_no_chips(room, photo, found):
    del found[1:]
    assert room.events.maker.pieces(photo["path"]) is None
    assert "one piece" in room.show_room(photo, None, **SETTINGS).model["message"]


def test_a_model_without_the_object_head_outlines_nothing(events, photo):
    assert events.maker.pieces(photo["path"]) is None  # NoModel would have failed


def test_a_number_stands_on_its_own_piece_where_no_other_one_is():
    big = found_piece((100, 100, 900, 700), "table")
    small = found_piece((350, 250, 650, 550), "chair")
    x, y = middle_of(big, [big, small])
    assert 100 < x < 900 and 100 < y < 700
    assert not (350 < x < 650 and 250 < y < 550)
    x, y = middle_of(small, [big, small])
    assert 350 < x < 650 and 250 < y < 550
    empty = replace(small, mask=np.zeros_like(small.mask))
    assert middle_of(empty, [empty]) == [500, 400]
    assert pieces_value("a.jpg", SIZE, [big, empty])["pieces"][1]["outline"] == ""


# --- one piece ----------------------------------------------------------------------------------


def test_a_picked_piece_becomes_the_model(room, photo):
    shown = room.generate_piece(photo, None, pick(4), **SETTINGS)
    assert shown.session.result.prediction.category == "sofa"
    assert shown.selection["box"] == pytest.approx(PREDICTIONS[3].box)
    again = room.generate_piece(photo, shown.session, pick(2), **SETTINGS)
    assert [m.result.prediction.category for m in again.session.models] == ["chair", "sofa"]


@pytest.mark.parametrize("number", [0, 5, -1, "2", None])
def test_an_unknown_number_changes_nothing(room, photo, number):
    assert room.generate_piece(photo, None, pick(number), **SETTINGS) == Displayed()


# --- the room -----------------------------------------------------------------------------------


@pytest.fixture
def shown(room, photo) -> Displayed:
    return room.show_room(photo, None, **SETTINGS)


def test_all_pieces_stand_in_the_viewer(shown, photo):
    assert shown.facts["headline"].startswith("A room: 2 chairs, 1 table and 1 sofa · about ")
    assert shown.facts["pieces"] == 4 and not shown.adjust.visible
    assert shown.model["photo"] == photo["path"] and shown.model["name"] == "room"
    assert shown.selection == {"path": photo["path"], "size": SIZE, "box": None, "outline": ""}
    scene = trimesh.load(shown.model["file"])
    assert len(scene.graph.nodes_geometry) == 1 + 4  # the pieces, and a shadow for each
    assert shown.model["photo_view"]["elevation"] == pytest.approx(13, abs=5)  # the camera's
    assert abs(shown.model["photo_view"]["azimuth"]) < 10


def test_the_room_is_downloaded_with_its_pieces(shown):
    options = SETTINGS | vars(ExportOptions())
    button, notes = model_events.prepare_download(shown.session, "glb", **options)
    nodes = trimesh.load(button.value["path"] if isinstance(button.value, dict) else button.value)
    assert {"table_1", "chair_2", "chair_3", "sofa_4"} <= set(nodes.graph.nodes)
    assert notes == ""
    button, notes = model_events.prepare_download(shown.session, "stl", **options)
    assert button.label.startswith("Download GLB") and "GLB or ZIP" in notes
    saved = model_events.download_room(shown.session, **SETTINGS)
    assert saved["name"] == "dining.zip"
    with zipfile.ZipFile(saved["file"]) as bundle:
        names = set(bundle.namelist())
    assert names == {"dining.glb", "scene.json", "table_1.glb", "chair_2.glb", "chair_3.glb",
                     "sofa_4.glb"}  # fmt: skip


def test_a_piece_that_was_found_twice_stands_in_the_room_once(room, photo, found):
    found[2] = replace(found[1], score=0.4)
    shown = room.show_room(photo, None, **SETTINGS)
    names = [piece.name for piece in shown.session.scene.pieces]
    assert names == ["table_1", "chair_2", "sofa_4"]  # the numbers of the chips
    assert shown.facts["headline"].startswith("A room: 1 table, 1 chair and 1 sofa")


def test_one_piece_has_no_zip_of_a_room(room, photo):
    session = room.generate_piece(photo, None, pick(1), **SETTINGS).session
    assert model_events.download_room(session, **SETTINGS) == gr.skip()
    assert model_events.download_room(None, **SETTINGS) == gr.skip()


def test_settings_change_the_room_that_is_on_show(events, shown):
    blocks = events.remesh(shown.session, **SETTINGS | {"style": "blocks"})
    assert blocks.facts["pieces"] == 4 and blocks.facts["faces"] != shown.facts["faces"]
    assert blocks.model["model"] == shown.model["model"]  # so that the camera stays
    assert events.fit_parts(shown.session, **SETTINGS) == Displayed()  # no search for parts


def test_history_leads_back_from_a_piece_to_the_room(room, shown, photo):
    session = room.generate_piece(photo, shown.session, pick(4), **SETTINGS).session
    session = room.events.fit_parts(session, **SETTINGS).session
    assert [bool(model.scene) for model in session.models] == [False, True]
    event = SimpleNamespace(index=1)
    *values, path = model_events.show_earlier_model(session, event, **SETTINGS)
    back = Displayed(*values)
    assert back.facts["pieces"] == 4 and path == photo["path"] and back.session.scene
    pictures = display(session, Settings(**SETTINGS)).history.value
    assert len(pictures) == 2 and "all pieces" in str(pictures)


def test_a_session_holds_one_room(room, shown, photo, tmp_path):
    Image.new("RGB", SIZE, "black").save(tmp_path / "other.jpg")
    other = room.show_room({"path": str(tmp_path / "other.jpg")}, shown.session, **SETTINGS)
    (model,) = other.session.models
    assert model.photo.endswith("other.jpg")


def test_a_visit_that_is_copied_writes_into_its_own_folder(room, shown, tmp_path):
    folder = tmp_path / "copy"
    session = replace(shown.session, folder=folder)
    assert Path(display(session, Settings(**SETTINGS)).model["file"]).is_relative_to(folder)
    *values, _ = room.events.come_back(session, **SETTINGS)
    assert Displayed(*values).facts["pieces"] == 4


def test_the_other_tabs_ask_for_one_piece(shown):
    voxels, *slices, coordinates, turntable = update_views(shown.session, "Voxels", 0.5, **SETTINGS)
    assert "one piece" in voxels["message"] and slices == [None] * 3 and turntable is None
    assert not coordinates["visible"]


def test_a_newer_photo_ends_the_room(room, photo):
    page = SimpleNamespace(session_hash="page")
    room.events.newest.tell({"path": "newer.jpg"}, page)
    assert room.show_room(photo, None, page, **SETTINGS) == Displayed()


# --- parts --------------------------------------------------------------------------------------


@pytest.fixture
def with_bank(room, monkeypatch) -> Events:
    """Handlers that look for parts, in a small bank."""
    monkeypatch.setattr(room.predictor, "bank", small_bank())
    return room.events


@pytest.fixture
def smooth_room(with_bank, room, photo) -> Displayed:
    return room.show_room(photo, None, **SETTINGS)


def nodes_of(shown: Displayed) -> set[str]:
    """Names of the nodes of the room's download."""
    return set(trimesh.load(shown.download.value["path"]).graph.nodes)


def test_parts_replace_the_smooth_room_once(with_bank, smooth_room):
    assert "Looking for the parts" in smooth_room.facts["shown"]
    assert smooth_room.version == smooth_room.history == gr.skip()  # the download waits for parts
    shown = with_bank.fit_parts(smooth_room.session, **SETTINGS)
    assert 1 <= shown.facts["made_of_parts"] <= 4 and "made of parts" in shown.facts["shown"]
    assert shown.model["model"] == smooth_room.model["model"]  # so that the camera stays
    assert shown.model["file"] != smooth_room.model["file"] and not shown.adjust.visible
    assert any(name.startswith("table_1_") for name in nodes_of(shown))
    assert with_bank.fit_parts(shown.session, **SETTINGS) == Displayed()


def test_a_session_keeps_no_meshes_of_a_rooms_parts(with_bank, smooth_room):
    session = with_bank.fit_parts(smooth_room.session, **SETTINGS).session
    models = [p.result.part_model for p in session.model.scene.pieces if p.result.part_model]
    assert models and not any(model.parts for model in models)
    smooth = with_bank.remesh(session, **SETTINGS | {"style": "smooth"})
    assert smooth.facts["made_of_parts"] == 0 and smooth.facts["shown"].startswith("Smooth")
    again = with_bank.remesh(smooth.session, **SETTINGS)
    assert again.facts["made_of_parts"] == len(models)
    assert not any(p.result.part_model and p.result.part_model.parts
                   for p in again.session.model.scene.pieces)  # fmt: skip
    saved = model_events.download_room(session, **SETTINGS)
    with zipfile.ZipFile(saved["file"]) as bundle:
        table = trimesh.load(BytesIO(bundle.read("table_1.glb")), file_type="glb")
    assert len(table.geometry) > 1


def test_a_piece_whose_search_takes_too_long_stays_smooth(with_bank, smooth_room, monkeypatch):
    calls = []

    def run(step, *args, name):
        calls.append(name)
        if len(calls) > 1:
            raise StepTimeout("too long")
        return step(*args)

    monkeypatch.setattr(with_bank.predictor, "run", run)
    shown = with_bank.fit_parts(smooth_room.session, **SETTINGS)
    assert shown.facts["made_of_parts"] == 1 and calls == ["parts"] * 2  # the others do not wait
    assert "1 of 4 pieces" in shown.facts["shown"] and shown.version != gr.skip()


def test_a_newer_photo_ends_the_search_for_parts(with_bank, smooth_room):
    page = SimpleNamespace(session_hash="page")
    with_bank.newest.tell({"path": "newer.jpg"}, page)
    assert with_bank.fit_parts(smooth_room.session, page, **SETTINGS) == Displayed()
