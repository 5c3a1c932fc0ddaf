"""The facts, the hints and the sliders of parts, as values without a browser."""

from dataclasses import replace

import pytest

from pipeline.parts.editing import edit, parameters
from pipeline.warnings import WARNINGS
from webapp.components.facts import headline
from webapp.components.nudges import nudge_sentences
from webapp.components.sliders import slider_step, sliders_value
from webapp.components.viewer import SCRIPTS, viewer_value


@pytest.mark.parametrize(
    ("probability", "confidence", "sentence"),
    [
        (0.95, 0.71, "A table · good match (71 %) · about 74 cm tall"),
        (0.6, 0.58, "Probably a table · fair match (58 %) · about 74 cm tall"),
        (0.3, 0.2, "Perhaps a table · rough match (20 %) · about 74 cm tall"),
    ],
)
def test_the_headline_says_what_and_how_sure(result, probability, confidence, sentence):
    probabilities = {"table": probability, "chair": 1 - probability}
    prediction = replace(result.prediction, category_probabilities=probabilities)
    facts = {"confidence": confidence, "height_cm": 74.3}
    assert headline(replace(result, prediction=prediction), facts) == sentence


def test_what_is_unlike_furniture_is_not_named(result):
    prediction = replace(result.prediction, familiarity=-0.1)
    sentence = headline(replace(result, prediction=prediction), {"confidence": 0.7})
    assert sentence.startswith("Not sure that this is furniture") and "table" not in sentence


def test_each_warning_has_a_sentence():
    assert len(set(nudge_sentences(WARNINGS))) == len(WARNINGS)


def test_the_viewer_looks_from_the_side_of_the_photo(result, tmp_path):
    low = replace(result.prediction, azimuth=-80.0, elevation=2.0)
    value = viewer_value(tmp_path, replace(result, prediction=low), "photo", "model")
    assert value["view"] == {"azimuth": -55.0, "elevation": 15.0}
    assert value["photo_view"] == {"azimuth": -80.0, "elevation": 2.0}
    assert SCRIPTS[-1] == "viewer.js"  # it uses the others


def test_sliders_show_lengths_of_the_whole_piece_first_and_keep_their_ranges(chair):
    model, result = chair.part_model, chair
    rows = sliders_value(model)["rows"]
    assert rows[0]["unit"] == "cm" and "." not in rows[0]["name"]
    known = {parameter.name: parameter for parameter in parameters(model)}
    for row in rows:
        if "options" in row:
            assert row["value"] in row["values"] and len(row["options"]) == len(row["values"])
            continue
        parameter = known[row["name"]]
        assert (row["low"], row["high"]) == (parameter.low, parameter.high)
        assert 0 < row["step"] <= max(row["high"] - row["low"], 1)
    row = next(row for row in rows if row["name"] == "seat_height")
    edited, notes = edit(model, {"seat_height": row["high"]}, result)
    again = {row["name"]: row for row in sliders_value(edited, notes)["rows"]}
    assert again["seat_height"]["value"] == pytest.approx(row["high"])
    assert sliders_value(None) is None


@pytest.mark.parametrize("span", [0.05, 0.0499999, 0.5, 1e-9, 12.3, 45, 50, 50.0000001, 99.99, 1e6])
def test_a_step_divides_any_range_into_fifty_or_more(span):
    step = slider_step(span)
    assert span / 130 < step <= span / 50 * (1 + 1e-9)
    assert f"{step:e}"[0] in "125"
