"""The style "parts" on the command line: arguments, files, and a photo without parts."""

from dataclasses import replace
from io import BytesIO

import pytest
import trimesh

from batch.arguments import parse_arguments
from batch.config import BatchConfig
from batch.model_files import export_model
from core.errors import MeshError
from pipeline.settings import Settings
from tests.pipeline.parts.small_bank import predict, small_bank

INDEX = 30  # a chair


@pytest.fixture
def config(tmp_path) -> BatchConfig:
    bank = small_bank().save(tmp_path / "pieces.npz")
    out = tmp_path / "out"
    out.mkdir()
    settings = Settings(0.33, "parts")
    return BatchConfig(settings, ("glb",), str(out), 0.33, bank=str(bank))


@pytest.fixture
def prediction():
    bank = small_bank()
    return predict(bank.grids.read([INDEX])[0], bank.category(INDEX))


def glb(config: BatchConfig, prediction) -> trimesh.Scene:
    data, *_ = export_model(config, "chair", prediction)
    return trimesh.load(BytesIO(data["glb"]), file_type="glb")


def test_a_file_has_named_parts(config, prediction):
    assert len(glb(config, prediction).geometry) > 2


def test_without_a_bank_the_model_is_smooth(config, prediction):
    assert len(glb(replace(config, bank=""), prediction).geometry) == 1


def test_a_parameter_changes_the_model(config, prediction):
    low, high = (
        glb(replace(config, parameters=(("seat_height", value),)), prediction).extents
        for value in (1, 500)
    )
    assert low != pytest.approx(high, abs=1e-3)


def test_a_clamped_parameter_is_told(config, prediction):
    clamped = replace(config, parameters=(("seat_height", 500),))
    _, notes, _ = export_model(clamped, "chair", prediction)
    assert "seat_height is" in notes[0] and "instead of 500" in notes[0]
    assert export_model(config, "chair", prediction)[1] == []


def test_a_parameter_needs_parts(config, prediction):
    with pytest.raises(MeshError, match="--set"):
        glb(replace(config, bank="", parameters=(("seat_height", 45),)), prediction)


def test_the_manifest_tells_parameters_apart(config):
    assert replace(config, parameters=(("seat_height", 45),)).made_with != config.made_with


def test_set_is_read_with_its_type():
    texts = ["seat_height=45", "width=1.5", "has_arms=true", "design=framed"]
    arguments = ["a.jpg", "-o", "a.glb"] + [word for text in texts for word in ("--set", text)]
    expected = [("seat_height", 45), ("width", 1.5), ("has_arms", True), ("design", "framed")]
    assert parse_arguments(arguments).set == expected


def test_set_asks_for_parts(capsys):
    arguments = ["a.jpg", "-o", "a.glb", "--set", "seat_height=45"]
    assert parse_arguments(arguments[:3]).style == "smooth"
    assert parse_arguments(arguments).style == "parts"
    assert parse_arguments([*arguments, "--style", "parts"]).style == "parts"
    with pytest.raises(SystemExit):
        parse_arguments([*arguments, "--style", "blocks"])
    assert "--set changes a model of parts" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["seat_height", "=45", "seat_height="])
def test_set_without_a_value_is_refused(text):
    with pytest.raises(SystemExit):
        parse_arguments(["a.jpg", "-o", "a.glb", "--set", text])
