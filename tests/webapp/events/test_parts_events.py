"""Handlers of models made of parts: fitted after the smooth surface, changed, reset, downloaded."""

import dataclasses
from pathlib import Path

import gradio as gr
import pytest
import trimesh

from pipeline.settings import ExportOptions, Settings
from tests.pipeline.parts.small_bank import small_bank
from webapp.display import opening
from webapp.display.model_display import Displayed, display
from webapp.display.opening import Opening
from webapp.endpoints.handlers import Api
from webapp.events import model_events
from webapp.events.prediction_events import Events
from webapp.sessions.session import Session

SETTINGS = {"threshold": 0.33, "style": "parts", "drop_crumbs": True, "colors": "photo"}
CHOICES = SETTINGS | dataclasses.asdict(ExportOptions())


@pytest.fixture
def parts_events(events) -> Events:
    events.predictor.bank = small_bank()
    return events


@pytest.fixture
def fitted(parts_events, plain_chair, tmp_path) -> Session:
    session = Session(tmp_path).add(plain_chair, photo="chair.jpg")
    return parts_events.fit_parts(session, **SETTINGS).session


def move(name: str, value: object) -> gr.EventData:
    return gr.EventData(None, {"changes": {name: value}, "move": 3})


def seat_row(shown: Displayed) -> dict:
    return next(row for row in shown.sliders["rows"] if row["name"] == "seat_height")


def test_parts_replace_the_smooth_surface_once(parts_events, plain_chair, tmp_path):
    session = Session(tmp_path).add(plain_chair, photo="chair.jpg")
    smooth = display(session, Settings(**SETTINGS), is_final=False)
    assert smooth.version == smooth.history == gr.skip()  # the download waits for the parts
    parts = parts_events.fit_parts(session, **SETTINGS)
    assert "Made of" in parts.facts["shown"] and parts.adjust.visible
    assert parts.model["model"] == smooth.model["model"]  # so that the camera stays
    assert Path(parts.model["file"]).read_bytes() != Path(smooth.model["file"]).read_bytes()
    assert parts_events.fit_parts(parts.session, **SETTINGS) == Displayed()
    assert parts_events.fit_parts(session, **SETTINGS | {"style": "smooth"}) == Displayed()


def test_a_photo_without_parts_keeps_the_surface_and_says_why(parts_events, session):
    shown = parts_events.fit_parts(session, **SETTINGS | {"threshold": 0.5})
    assert "smooth surface" in shown.facts["shown"] and shown.sliders is None
    assert not shown.adjust.visible and shown.version != gr.skip()


@pytest.mark.parametrize(
    ("bank", "cause"), [(None, "no bank of pieces"), (small_bank, "photo gives no model of parts")]
)
def test_the_api_says_why_there_are_no_parameters(events, session, bank, cause):
    events.predictor.bank = bank and bank()
    with pytest.raises(gr.Error, match=rf"{cause}; leave out the parameters\."):
        Api(events).remesh(session, 0.5, "parts", True, "photo", {"seat_height": 45})
    model, facts, _ = Api(events).remesh(session, 0.5, "parts", True, "photo")
    assert Path(model).is_file() and facts["parameters"] == {}


def test_a_moved_slider_changes_the_model_and_its_download(parts_events, fitted):
    def seat(session: Session) -> float:
        button, _ = model_events.prepare_download(session, "glb", **CHOICES)
        scene = trimesh.load(button.value["path"])
        return scene.geometry["seat"].bounds[1][1] / scene.bounds[1][1]

    low, before = seat(fitted), seat_row(display(fitted, Settings(**SETTINGS)))
    shown = model_events.adjust_parts(fitted, move("seat_height", before["high"]), **SETTINGS)
    assert seat_row(shown)["value"] == pytest.approx(before["high"])
    assert shown.sliders["move"] == 3 and shown.sliders["key"] == fitted.preview_key
    assert seat(shown.session) > low
    reset = model_events.reset_parts(shown.session, **SETTINGS)
    assert seat_row(reset)["value"] == pytest.approx(before["value"])
    assert seat(reset.session) == pytest.approx(low)


def test_parts_keep_their_colours_while_sizes_change(parts_events, fitted):
    def colors(session: Session) -> dict:
        return {part.mesh.name: part.color for part in session.result.part_model.parts}

    high = seat_row(display(fitted, Settings(**SETTINGS)))["high"]
    shown = model_events.adjust_parts(fitted, move("seat_height", high), **SETTINGS)
    assert colors(shown.session) == colors(fitted)
    assert colors(shown.session.select(0)) == colors(fitted)  # built again from its choices


def test_a_wrong_parameter_is_a_sentence(parts_events, fitted, session):
    with pytest.raises(gr.Error, match="no parameter"):
        model_events.adjust_parts(fitted, move("wings", 2), **SETTINGS)
    with pytest.raises(gr.Error, match="give a number"):
        model_events.adjust_parts(fitted, move("seat_height", "high"), **SETTINGS)
    for data in ({}, {"changes": [1], "move": 1}, {"changes": {"seat_height": 40}, "move": "1"}):
        with pytest.raises(gr.Error, match="not what this endpoint takes"):
            model_events.adjust_parts(fitted, gr.EventData(None, data), **SETTINGS)
    assert model_events.adjust_parts(session, move("seat_height", 40), **SETTINGS) == Displayed()
    assert model_events.reset_parts(None, **SETTINGS) == Displayed()


def test_only_the_displayed_model_holds_the_meshes_of_its_parts(parts_events, fitted, result):
    session = fitted.add(result, photo="table.jpg")
    assert [bool(m.result.part_model and m.result.part_model.parts) for m in session.models] == [
        False,
        False,
    ]
    again = session.select(1)
    assert again.result.part_model.parts and again.result.part_model.choices == (
        fitted.result.part_model.choices
    )
    assert Path(session.models[1].picture(session.folder, Settings(**SETTINGS))).is_file()


def test_the_same_object_is_in_the_history_once(session, result):
    chosen = {"path": "a.jpg", "box": (1, 2, 30, 40)}
    for selection in (chosen, chosen, chosen | {"box": (5, 5, 30, 40)}):
        session = session.add(result, photo="a.jpg", selection=selection)
    assert [model.selection and model.selection["box"][0] for model in session.models] == [
        5,
        1,
        None,
    ]


# --- the page opens -----------------------------------------------------------------------------


@pytest.fixture
def opened(parts_events, plain_chair, tmp_path, monkeypatch) -> Events:
    """Handlers whose opening example is the chair."""
    made = []

    def make(path: Path, folder: Path) -> Session:
        made.append(path)
        session = Session(folder).add(plain_chair, photo=str(path))
        return parts_events.maker.with_fitted_parts(session)

    monkeypatch.setattr(opening, "EXAMPLE", opening.EXAMPLES / "armchair.jpg")
    parts_events.opening = Opening(make, tmp_path / "cache")
    parts_events.made = made
    return parts_events


def test_the_page_opens_with_an_example_that_is_made_once(opened):
    photo = {"path": opening.opening_photo()}
    first = opened.open_page(photo, **SETTINGS)
    assert first.session == first.version == gr.skip()  # no session of the visitor's own
    assert first.model["photo"] == photo["path"]
    assert first.download.interactive and Path(first.download.value["path"]).suffix == ".glb"
    assert opened.open_page(photo, **SETTINGS).model == first.model
    (again,) = opened.follow_photo(photo, None, None, **SETTINGS)
    assert again.model == first.model
    Path(first.model["file"]).unlink()  # as the removal of old files does
    again = opened.open_page(photo, **SETTINGS)
    assert Path(again.model["file"]).is_file() and len(opened.made) == 1


def test_a_visitor_who_was_faster_keeps_the_own_photo(opened):
    assert opened.open_page({"path": "own.jpg"}, **SETTINGS) == Displayed()
    assert opened.open_page(None, **SETTINGS) == Displayed()


def test_a_change_of_the_opening_example_opens_a_session(opened):
    photo = {"path": opening.opening_photo()}
    opened.open_page(photo, **SETTINGS)
    session = opened.resume(None, photo, {"cells": 8})
    other = opened.resume(None, photo, {"cells": 8})
    assert session.folder != other.folder and session.models == other.models
    assert opened.resume(session, None, None) is session and opened.resume(None, None, {}) is None
    with pytest.raises(gr.Error, match="Your visit has ended"):
        opened.resume(None, {"path": "/elsewhere/armchair.jpg"}, {"cells": 8})
