"""Packed layers: the outputs, state dict and gradients of the plain ones."""

import copy
from dataclasses import fields
from typing import NamedTuple

import pytest
import torch
from torch import nn

from network import VoxelConfig, VoxelModel, packing
from network.config import ENCODERS
from network.encoders.efficientnet import EfficientNetLite2, FrozenNorm
from network.packing import PackedLayer, can_pack, pack
from pipeline.parts.bank import weights_id
from training.loop.checkpoints import save_model
from voxel_model import load_model

TOLERANCE = 1e-4  # of logits, and so of probabilities
DESIGN = {"image_size": 64, "width": 64, "depth": 2, "heads": 2, "objects": True}
pytestmark = pytest.mark.skipif(not can_pack(), reason="not an x86 CPU with oneDNN")


@pytest.fixture
def model() -> VoxelModel:
    """A small network whose batch norms are not the identity."""
    return made()


def made(**changes) -> VoxelModel:
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(**DESIGN | changes)).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | FrozenNorm):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    return model


def packed_layers(model: nn.Module) -> list[nn.Module]:
    layers = [m for m in model.modules() if isinstance(m, PackedLayer)]
    return [layer for layer in layers if layer.packed is not None]


def outputs(model: VoxelModel, images: torch.Tensor) -> NamedTuple:
    with torch.inference_mode():
        return model(images), model.object_maps(images), model.mask_logits(images)


def assert_close(first, second) -> None:
    """Compares tensors, and tuples of tensors or None."""
    if isinstance(first, tuple):
        for a, b in zip(first, second, strict=True):
            assert_close(a, b)
    elif first is not None:
        torch.testing.assert_close(first, second, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"coordinates": True, "descriptor": 8, "resolution": 64},
        {"encoder": "efficientnet_lite2"},
        {"width": 32, "refined": 8},  # linear layers too small to be packed
    ],
)
def test_packed_and_plain_layers_have_the_same_outputs(changes):
    model, several = made(**changes), torch.randn(2, 3, 64, 64)
    batches = [several, several[:1].contiguous(memory_format=torch.channels_last)]
    plain = [outputs(model, images) for images in batches]
    pack(model)
    assert packed_layers(model)
    for images, wanted in zip(batches, plain, strict=True):
        assert_close(outputs(model, images), wanted)


@pytest.mark.parametrize("size", [(64, 64), (65, 66), (72, 49), (97, 31), (33, 2)])
@pytest.mark.parametrize("fold", [False, True])
def test_the_packed_efficientnet_pads_as_the_plain_one_for_every_size(size, fold):
    encoder, images = made(encoder="efficientnet_lite2").encoder, torch.randn(2, 3, *size)
    with torch.inference_mode():
        plain = encoder(images)
    if fold:
        encoder.fold()
    pack(encoder)
    assert packed_layers(encoder) == [encoder]
    with torch.inference_mode():
        assert_close(tuple(encoder(images)), tuple(plain))


def test_the_shipped_weights_are_packed_and_predict_as_before(checkpoint):
    plain, packed = (load_model(checkpoint, "cpu", fold=fold) for fold in (False, True))
    assert not packed_layers(plain)
    kinds = {type(layer).__mro__[2] for layer in packed_layers(packed)}
    assert kinds == set(packing.PACKED) - {packing.Mlp, EfficientNetLite2}
    images = torch.randn(2, 3, 224, 224)
    assert_close(outputs(packed, images), outputs(plain, images))


def test_packing_keeps_the_state_dict_and_the_identity_of_the_weights(model, tmp_path):
    before, identity = copy.deepcopy(model.state_dict()), weights_id(model)
    pack(model)
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert weights_id(model) == identity
    save_model(model, tmp_path, {})
    loaded = load_model(tmp_path, "cpu", fold=False)
    assert weights_id(loaded) == identity
    names = [field.name for field in fields(VoxelConfig)]
    assert all(getattr(loaded.config, n) == getattr(model.config, n) for n in names)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_gradients_and_training_do_not_use_packed_kernels(encoder):
    model, images = made(encoder=encoder), torch.randn(2, 3, 64, 64)
    plain = copy.deepcopy(model)
    pack(model)
    for network in (plain, model):
        network(images).occupancy.square().mean().backward()
    wanted = dict(plain.named_parameters())
    for name, parameter in model.named_parameters():
        assert_close(parameter.grad, wanted[name].grad)
    for network in (plain, model):
        network.train()
    assert_close(outputs(model, images), outputs(plain, images))  # norms of the batch


def test_a_copy_of_a_packed_model_computes_with_plain_layers(model):
    images = torch.randn(1, 3, 64, 64)
    pack(model)
    copied = copy.deepcopy(model)
    assert packed_layers(model) and not packed_layers(copied)
    assert_close(outputs(copied, images), outputs(model, images))
    double = copied.double()(images.double()).occupancy
    assert_close(double.float(), outputs(model, images)[0].occupancy)


def test_nothing_is_packed_without_onednn_and_in_the_classic_design(model, tmp_path, monkeypatch):
    classic = VoxelModel(VoxelConfig(decoder="fc", resolution=16))
    save_model(classic, tmp_path, {})
    assert not packed_layers(load_model(tmp_path, "cpu"))
    monkeypatch.setattr(packing.platform, "machine", lambda: "arm64")
    pack(model)
    assert not packed_layers(model)
