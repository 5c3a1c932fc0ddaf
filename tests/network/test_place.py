"""The place of the crop in the photo, as an input of the network."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from core.boxes import crop_place, square_around
from core.errors import ModelError
from training.loop.model_setup import init_weights
from voxel_model import VoxelConfig, VoxelModel, load_model, predict, predict_batch

SMALL = {"image_size": 64, "width": 32, "depth": 1, "heads": 2, "resolution": 16}


def small(**fields) -> VoxelModel:
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(**SMALL | fields)).eval()


@pytest.fixture
def placed() -> VoxelModel:
    """A network whose place layer is not zero."""
    model = small(placed=True)
    torch.nn.init.normal_(model.decoder.place.out.weight)
    torch.nn.init.normal_(model.decoder.place.unknown)
    return model


@pytest.fixture
def given(placed) -> list[list]:
    """Places that the network was given, one list for each pass."""
    passes = []
    placed.register_forward_pre_hook(lambda _, inputs: passes.append(inputs[1].tolist()))
    return passes


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 90).convert("RGB")


def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_the_place_of_a_square_is_relative_to_the_photo():
    assert crop_place((0, 0, 200, 200), (0, 0, 200, 200)) == (0, 0, 0.5)
    # 100 pixels right of the centre and 50 above it, in a photo of 400 x 200
    assert crop_place((250, 0, 350, 100), (0, 0, 400, 200)) == (0.25, -0.125, 0.125)
    assert crop_place((260, 10, 360, 110), (10, 10, 410, 210)) == (0.25, -0.125, 0.125)


def test_the_classic_design_takes_no_place():
    with pytest.raises(ModelError, match="placed needs decoder"):
        VoxelConfig(decoder="fc", placed=True)


def test_an_untrained_place_changes_no_output(tmp_path):
    earlier = small()
    earlier.save_pretrained(tmp_path)
    model = small(placed=True)
    torch.nn.init.normal_(model.decoder.queries)  # comes from the checkpoint
    lines = init_weights(model, str(tmp_path))
    assert {line.split(":")[0] for line in lines} == {
        f"decoder.place.{name}"
        for name in ("unknown", "hidden.weight", "hidden.bias", "out.weight", "out.bias")
    }
    place = torch.tensor([[0.2, 0.1, 0.3], [math.nan] * 3])
    with torch.no_grad():
        plain, known, unknown = earlier(images()), model(images(), place), model(images())
    assert torch.equal(plain.occupancy, known.occupancy)
    assert torch.equal(plain.occupancy, unknown.occupancy)


def test_weights_with_and_without_a_place_load_strictly(tmp_path, checkpoint):
    assert not load_model(checkpoint, "cpu").config.placed  # the shipped weights
    small(placed=True).save_pretrained(tmp_path / "new")
    assert load_model(tmp_path / "new", "cpu").config.placed
    small().save_pretrained(tmp_path / "old")
    config = tmp_path / "old" / "config.json"
    values = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(values | {"placed": True}), encoding="utf-8")
    with pytest.raises(ModelError, match="missing"):
        load_model(tmp_path / "old", "cpu")


def test_places_differ_and_an_unknown_one_is_that_of_no_place(placed):
    place = torch.tensor([[0.2, 0.1, 0.3], [math.nan] * 3])
    with torch.no_grad():
        known, unknown = placed(images(), place), placed(images())
    assert known.occupancy.isfinite().all()
    assert not torch.allclose(known.occupancy[0], unknown.occupancy[0])
    assert torch.allclose(known.occupancy[1], unknown.occupancy[1], atol=1e-5)


def test_gradients_are_finite_where_places_are_unknown(placed):
    place = torch.tensor([[0.2, 0.1, 0.3], [math.nan] * 3])
    placed(images(), place).occupancy.square().mean().backward()
    for parameter in placed.decoder.place.parameters():
        assert parameter.grad.isfinite().all() and parameter.grad.abs().max() > 0


def test_a_box_in_pixels_gives_its_place(placed, given):
    box = (10, 5, 70, 55)
    predict_batch(placed, [noise(120, 60), noise(50, 100)], [box, (0, 0, 50, 100)])
    # half of a side of 60 pixels with a margin of 8 % on each side
    expected = [[-20 / 120, 0, 60 * 0.58 / 120], [0, 0, 0.58]]
    np.testing.assert_allclose(given, [expected], atol=1e-6)


def test_a_found_object_gives_its_place(placed, given):
    prediction = predict(placed, noise(120, 60))
    assert prediction.square == square_around(prediction.box, placed.config.crop_margin)
    expected = crop_place(prediction.square, (0, 0, 120, 60))
    np.testing.assert_allclose(given[-1], [expected], atol=1e-6)


def test_the_place_of_a_cut_out_is_unknown(placed, given):
    picture = noise(80, 80)
    picture.putalpha(Image.new("L", (80, 80)))
    picture.paste((200, 10, 10, 255), (20, 30, 60, 70))
    predict(placed, picture)
    assert np.isnan(given).all()
