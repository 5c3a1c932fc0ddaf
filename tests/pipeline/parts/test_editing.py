"""Parameters of parts in centimetres, and files of the style "parts"."""

import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from core.errors import MeshError
from pipeline.export import default_mesh, export_file, export_glb, export_room
from pipeline.formats import MODEL_FORMATS
from pipeline.parts.editing import edit, parameters
from pipeline.parts.model import add_parts
from pipeline.real_size import TYPICAL_SIDES
from pipeline.result import Result
from pipeline.settings import Settings
from tests.pipeline.parts.small_bank import predict, small_bank

INDEX = 30  # a chair
PARTS = Settings(0.33, "parts")


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Result:
    bank = small_bank()
    prediction = predict(bank.grids.read([INDEX])[0], bank.category(INDEX))
    plain = Result(prediction, "chair", tmp_path_factory.mktemp("files"), PARTS.threshold)
    return add_parts(plain, bank)


def value(model, name: str) -> float:
    return next(p.value for p in parameters(model) if p.name == name)


def test_lengths_are_centimetres(result):
    lengths = [p for p in parameters(result.part_model) if p.unit == "cm"]
    seat = next(p for p in lengths if p.name == "seat_height")
    assert 25 < seat.value < 90 and seat.low <= seat.value <= seat.high


def test_a_share_of_another_length_is_given_in_per_cent(result):
    model = result.part_model
    share = next(p for p in parameters(model) if p.name == "back.width")
    assert share.unit == "%"
    assert (share.low, share.high) == (pytest.approx(82), pytest.approx(102))
    wider, notes = edit(model, {"back.width": 95}, result)
    assert wider.choices["back.width"] == pytest.approx(0.95) and not notes
    _, notes = edit(model, {"back.width": 300}, result)
    assert notes == ["back.width is 102 instead of 300; it can be 82 to 102 %."]


def test_the_real_height_is_a_chair_s(result):
    (_, usual, _), _ = TYPICAL_SIDES["chair"]
    assert usual / 2 < result.part_model.height_cm < usual * 2
    facts = export_glb(result, PARTS)[1]
    low, high = facts["height_range_cm"]
    assert low < facts["height_cm"] == round(result.part_model.height_cm, 1) < high


def test_a_raised_seat_is_in_the_model(result):
    model = result.part_model
    seat = next(p for p in parameters(model) if p.name == "seat_height")
    wanted = seat.high if seat.high - seat.value > seat.value - seat.low else seat.low
    raised, notes = edit(model, {"seat_height": wanted}, result)
    assert value(raised, "seat_height") == pytest.approx(wanted) and not notes
    assert (raised.height_cm - model.height_cm) * (wanted - seat.value) > 0
    back, _ = edit(raised, {"seat_height": seat.value}, result)
    assert back.height_cm == pytest.approx(model.height_cm)


def test_a_value_out_of_range_is_clamped_and_said(result):
    high = next(p.high for p in parameters(result.part_model) if p.name == "seat_height")
    model, notes = edit(result.part_model, {"seat_height": 500}, result)
    assert value(model, "seat_height") == pytest.approx(high)
    assert len(notes) == 1 and "seat_height" in notes[0] and "500" in notes[0]


@pytest.mark.parametrize("endless", [10**400, float("inf"), 1e308])
def test_a_number_that_no_float_holds_is_clamped_too(result, endless):
    high = next(p.high for p in parameters(result.part_model) if p.name == "seat_height")
    low = next(p.low for p in parameters(result.part_model) if p.name == "seat_height")
    for given, limit in ((endless, high), (-endless, low)):
        model, notes = edit(result.part_model, {"seat_height": given}, result)
        assert value(model, "seat_height") == pytest.approx(limit) and len(notes) == 1


@pytest.mark.parametrize(
    "changes", [{"no_such_name": 1}, {"seat_height": float("nan")}, {"seat_height": "tall"}]
)
def test_what_means_nothing_is_refused(result, changes):
    with pytest.raises(MeshError):
        edit(result.part_model, changes, result)


def test_the_glb_and_its_facts_are_those_of_the_parts(result):
    path, facts = export_glb(result, PARTS)
    assert set(trimesh.load(path).geometry) == set(facts["parts"])
    assert facts["watertight"] and facts["design"] == result.part_model.design
    assert export_glb(result, replace(PARTS, style="smooth"))[1].keys().isdisjoint({"parts"})


def test_a_result_without_parts_is_smooth(result):
    plain = replace(result, part_model=None)
    smooth = export_glb(plain, replace(PARTS, style="smooth"))[1]
    assert export_glb(plain, PARTS)[1] == smooth


@pytest.mark.parametrize("file_format", MODEL_FORMATS)
def test_every_format_can_be_written(result, file_format):
    assert export_file(result, PARTS, file_format).stat().st_size > 100


def test_a_zip_holds_all_formats(result):
    with zipfile.ZipFile(export_file(result, PARTS, "zip")) as bundle:
        assert len(bundle.namelist()) == len(MODEL_FORMATS)


def test_a_compact_result_keeps_its_parts(result):
    assert result.compact().part_model is result.part_model


def test_default_mesh_follows_the_style(result):
    parts = default_mesh(result.prediction, "parts", PARTS.threshold, small_bank())
    shown = default_mesh(result.prediction, None, PARTS.threshold, small_bank())
    smooth = default_mesh(result.prediction, "smooth", PARTS.threshold)
    assert np.array_equal(shown.vertices, parts.vertices)
    assert parts.is_watertight and len(parts.split()) == 1
    colors = {part.color for part in result.part_model.parts}
    assert {tuple(color[:3]) for color in parts.visual.face_colors.tolist()} <= colors
    assert smooth.is_watertight and len(smooth.faces) != len(parts.faces)
    assert np.ptp(parts.vertices, axis=0).max() == pytest.approx(1)


def test_files_of_parts_for_a_room_have_the_real_size(result):
    height = result.part_model.height_cm / 100
    assert trimesh.load(export_room(result, PARTS)).extents[1] == pytest.approx(height, rel=1e-3)
    with zipfile.ZipFile(export_file(result, PARTS, "usdz")) as package:
        scene = package.read("model.usda").decode()
    tops = re.findall(r"extent = \[\(.*?\), \(.*?, (.*?), .*?\)\]", scene)
    assert max(map(float, tops)) == pytest.approx(height, rel=1e-3)
    assert scene.count("def Mesh") == len(result.part_model.parts)
