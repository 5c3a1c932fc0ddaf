"""The network: what must hold for every design, and that the shipped one predicts as it did."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import resnet18

import voxel_model
from benchmarks.stress.report import is_one_sentence
from core.errors import ModelError
from network import VoxelConfig, VoxelModel
from network.layers import Conv3d, camera_encoding, channels_last, space_to_depth_conv
from training import train
from training.loop.config import parse_config
from training.loop.model_setup import build_model
from voxel_model import load_model

ROOT = Path(__file__).resolve().parents[2]
FIRST = {"heads": 8, "fine": False, "mask_patch": 1, "posed": False}
DESIGNS = [
    {},
    FIRST,
    {"self_every": 0},
    {"resolution": 64, "refined": 16},
    {"encoder": "efficientnet_lite2", "coordinates": True},
]


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def small(**fields) -> VoxelModel:
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(**{"image_size": 64, "width": 32, "depth": 2} | fields)).eval()


def test_the_first_convolution_is_the_same_in_blocks(images):
    torch.manual_seed(0)
    convolution = resnet18().conv1.double()
    plain = convolution(images.double())
    blocks = space_to_depth_conv(convolution.weight, images.double())
    assert torch.allclose(blocks, plain)
    gradients = [
        torch.autograd.grad(out.square().sum(), convolution.weight)[0] for out in (plain, blocks)
    ]
    assert torch.allclose(*gradients)


def test_a_convolution_by_slices_is_the_convolution():
    torch.manual_seed(0)
    ours = Conv3d(3, 3, 3, padding=1)
    grid = torch.randn(2, 3, 5, 6, 7)
    theirs = torch.nn.functional.conv3d(grid, ours.weight, ours.bias, padding=1)
    assert torch.allclose(ours(grid), theirs, atol=1e-5)


@pytest.mark.parametrize("fields", DESIGNS)
def test_every_design_gives_a_grid_and_every_weight_learns(fields, images):
    model = small(**fields)
    outputs = model(images)
    side = model.config.resolution
    assert outputs.occupancy.shape == (2, side, side, side)
    assert outputs.color.shape == (2, 3, side, side, side)
    sum(head.square().mean() for head in outputs if head is not None).backward()
    still = {name for name, p in model.named_parameters() if p.grad is None}
    # pre-norms of the step that a block without self-attention leaves out; several processes
    # would wait for the gradient of a weight that asks for one and gets none
    assert still == {name for name, p in model.named_parameters() if not p.requires_grad}
    assert all(".norms.1." in name for name in still)


@pytest.mark.parametrize("fields", DESIGNS)
def test_a_picture_is_predicted_alike_alone_and_in_a_batch(fields, images):
    model = small(**fields)
    with torch.no_grad():
        together, alone = model(images), model(images[1:])
    assert torch.allclose(together.occupancy[1:], alone.occupancy, atol=1e-4)


@pytest.mark.parametrize("fields", [{}, {"decoder": "fc"}], ids=["attention", "classic"])
def test_pictures_in_several_groups_keep_their_order(fields, monkeypatch):
    monkeypatch.setattr(voxel_model, "MAX_BATCH", 2)
    model = small(**fields)
    shades = [Image.new("RGB", (40 + 8 * i, 40), (50 * i, 90, 200 - 40 * i)) for i in range(5)]
    boxes = [(2.0, 2.0, 30.0 + i, 30.0) for i in range(5)]
    together = voxel_model.predict_batch(model, shades, boxes)
    for one, shade, box in zip(together, shades, boxes, strict=True):
        alone = voxel_model.predict(model, shade, box)
        assert (one.size, one.box, one.square) == (alone.size, alone.box, alone.square)
        assert np.array_equal(one.crop, alone.crop)
        assert np.allclose(one.occupancy, alone.occupancy, atol=1e-4)
        assert one.azimuth == pytest.approx(alone.azimuth, abs=1e-2)


def test_layout_changes_no_prediction(images):
    model = small()
    with torch.no_grad():
        before = model(images).occupancy
        channels_last(model)
        assert torch.allclose(model(images).occupancy, before, atol=1e-4)


def test_the_shipped_config_goes_on_loading_as_the_design_it_was_trained_as():
    shipped = json.loads((ROOT / "checkpoint" / "config.json").read_text())
    config = json.loads(json.dumps(asdict(load_model(device="cpu").config)))  # tuples as lists
    assert {name: config[name] for name in shipped} == shipped


@pytest.mark.parametrize(("posed", "std"), [(False, 1.0), (True, 0.02)])
def test_queries_are_told_apart_by_themselves_or_by_the_camera(posed, std):
    decoder = small(posed=posed).decoder
    assert float(decoder.queries.std()) == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "right", "up", "near"),
    [
        (0, 0, (1, 0, 0), (0, 1, 0), (0, 0, 1)),  # in front: the grid's own axes
        (90, 0, (0, 0, -1), (0, 1, 0), (1, 0, 0)),  # from +x: the front lies to the left
        (0, 90, (1, 0, 0), (0, 0, -1), (0, 1, 0)),  # from above: the back is up
    ],
)
def test_places_are_turned_as_the_camera_sees_them(azimuth, elevation, right, up, near):
    angle = torch.tensor(azimuth).deg2rad()
    pose = torch.stack([angle.sin(), angle.cos(), torch.tensor(elevation).deg2rad()])[None]
    seen = (
        torch.asin(camera_encoding(pose, 2)[0, :, :3].clamp(-1, 1)) / 3
    )  # the slowest wave undone
    line = torch.tensor([-0.25, 0.25])
    places = torch.cartesian_prod(line, line, line)
    axes = torch.tensor([right, up, near], dtype=torch.float32)
    assert torch.allclose(seen, places @ axes.T, atol=1e-5)


def test_the_command_line_of_training_reaches_the_design():
    typed = "--no-fine --no-posed --self-every 0 --mask-patch 2 --refined 16 --depth 1"
    config = build_model(parse_config("", typed.split())).config
    assert not config.fine and not config.posed and config.self_every == 0
    assert (config.mask_patch, config.refined, config.depth) == (2, 16, 1)
    assert build_model(parse_config("", [])).config == VoxelConfig()


def test_the_default_design_is_the_shipped_one():
    shipped = json.loads((ROOT / "checkpoint" / "config.json").read_text())
    names = ("depth", "heads", "fine", "mask_patch", "posed", "overview", "refined", "self_every")
    assert {name: getattr(VoxelConfig(), name) for name in names} == {
        name: shipped[name] for name in names
    }


def test_the_removed_overview_is_refused_with_a_sentence(tmp_path, capsys):
    with pytest.raises(ModelError, match="overview is 2, a design that is no longer supported"):
        VoxelConfig(overview=2)
    earlier = tmp_path / "last"
    earlier.mkdir()
    assert train.main(f"--dry-run --overview 2 --output {tmp_path}".split()) == 2
    assert is_one_sentence(capsys.readouterr().err.strip())
    assert earlier.exists()  # refused before --overwrite of the dry run empties it
