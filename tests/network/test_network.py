"""The network: shapes, gradients and batching of every design; the shipped config and defaults."""

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
from network.layers import (
    FREQUENCIES,
    Conv3d,
    camera_encoding,
    channels_last,
    space_to_depth_conv,
)
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
    {"descriptor": 16},
]


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def small(**fields) -> VoxelModel:
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(**{"image_size": 64, "width": 32, "depth": 2} | fields)).eval()


def test_the_first_convolution_on_blocks_equals_the_plain_one(images):
    torch.manual_seed(0)
    convolution = resnet18().conv1.double()
    plain = convolution(images.double())
    blocks = space_to_depth_conv(convolution.weight, images.double())
    assert torch.allclose(blocks, plain)
    gradients = [
        torch.autograd.grad(out.square().sum(), convolution.weight)[0] for out in (plain, blocks)
    ]
    assert torch.allclose(*gradients)


def test_a_convolution_by_slices_equals_pytorchs():
    torch.manual_seed(0)
    convolution = Conv3d(3, 3, 3, padding=1)
    grid = torch.randn(2, 3, 5, 6, 7)
    expected = torch.nn.functional.conv3d(grid, convolution.weight, convolution.bias, padding=1)
    assert torch.allclose(convolution(grid), expected, atol=1e-5)


@pytest.mark.parametrize("fields", DESIGNS)
def test_every_design_predicts_a_grid_and_every_weight_has_a_gradient(fields, images):
    model = small(**fields)
    outputs = model(images)
    side = model.config.resolution
    assert outputs.occupancy.shape == (2, side, side, side)
    assert outputs.color.shape == (2, 3, side, side, side)
    sum(head.square().mean() for head in outputs if head is not None).backward()
    unused = {name for name, p in model.named_parameters() if p.grad is None}
    # Only the self-attention norms of blocks without self-attention are unused, and they are
    # frozen: DDP would wait for the gradient of a weight that requires one and gets none.
    assert unused == {name for name, p in model.named_parameters() if not p.requires_grad}
    assert all(".norms.1." in name for name in unused)


@pytest.mark.parametrize("fields", DESIGNS)
def test_an_image_has_the_same_prediction_alone_and_in_a_batch(fields, images):
    model = small(**fields)
    with torch.no_grad():
        together, alone = model(images), model(images[1:])
    assert torch.allclose(together.occupancy[1:], alone.occupancy, atol=1e-4)


@pytest.mark.parametrize("fields", [{}, {"decoder": "fc"}], ids=["attention", "classic"])
def test_images_in_several_batches_keep_their_order(fields, monkeypatch):
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


def test_the_channels_last_layout_changes_no_prediction(images):
    model = small()
    with torch.no_grad():
        before = model(images).occupancy
        channels_last(model)
        assert torch.allclose(model(images).occupancy, before, atol=1e-4)


def test_the_shipped_config_loads_with_all_its_values():
    shipped = json.loads((ROOT / "checkpoint" / "config.json").read_text(encoding="utf-8"))
    config = json.loads(json.dumps(asdict(load_model(device="cpu").config)))  # tuples as lists
    assert {name: config[name] for name in shipped} == shipped


@pytest.mark.parametrize(("posed", "std"), [(False, 1.0), (True, 0.02)])
def test_queries_differ_by_their_embeddings_or_by_the_camera_encoding(posed, std):
    decoder = small(posed=posed).decoder
    assert float(decoder.queries.detach().std()) == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "right", "up", "near"),
    [
        (0, 0, (1, 0, 0), (0, 1, 0), (0, 0, 1)),  # in front: the grid's own axes
        (90, 0, (0, 0, -1), (0, 1, 0), (1, 0, 0)),  # from +x: the front lies to the left
        (0, 90, (1, 0, 0), (0, 0, -1), (0, 1, 0)),  # from above: the back is up
    ],
)
def test_the_camera_encoding_has_the_axes_of_the_camera(azimuth, elevation, right, up, near):
    angle = torch.tensor(azimuth).deg2rad()
    pose = torch.stack([angle.sin(), angle.cos(), torch.tensor(elevation).deg2rad()])[None]
    lowest = camera_encoding(pose, 2)[0, :, :3]  # sines of the lowest frequency
    positions = torch.asin(lowest.clamp(-1, 1)) / FREQUENCIES[0]
    line = torch.tensor([-0.25, 0.25])
    centers = torch.cartesian_prod(line, line, line)
    axes = torch.tensor([right, up, near], dtype=torch.float32)
    assert torch.allclose(positions, centers @ axes.T, atol=1e-5)


def test_options_of_the_training_command_change_the_design():
    typed = "--no-fine --no-posed --self-every 0 --mask-patch 2 --refined 16 --depth 1"
    config = build_model(parse_config("", typed.split())).config
    assert not config.fine and not config.posed and config.self_every == 0
    assert (config.mask_patch, config.refined, config.depth) == (2, 16, 1)
    assert build_model(parse_config("", [])).config == VoxelConfig()


def test_the_default_design_is_the_shipped_one():
    shipped = json.loads((ROOT / "checkpoint" / "config.json").read_text(encoding="utf-8"))
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
