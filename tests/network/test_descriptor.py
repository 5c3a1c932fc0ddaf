"""The descriptor head: outputs, predictions, and checkpoints with and without it."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from network import VoxelConfig, VoxelModel
from training.loop.checkpoints import save_model
from voxel_model import load_model, predict


def small(**fields) -> VoxelModel:
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(**{"image_size": 64, "width": 32, "depth": 1} | fields)).eval()


def test_descriptors_have_unit_length_and_differ():
    images = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    descriptor = small(descriptor=24)(images).descriptor
    assert descriptor.shape == (3, 24)
    assert torch.allclose(descriptor.norm(dim=1), torch.ones(3), atol=1e-5)
    assert not torch.allclose(descriptor[0], descriptor[1], atol=1e-3)


def test_the_head_changes_no_other_output():
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    model = small(descriptor=24)
    plain = VoxelModel(VoxelConfig(image_size=64, width=32, depth=1)).eval()
    plain.load_state_dict(
        {k: v for k, v in model.state_dict().items() if not k.startswith("descriptor_head")}
    )
    assert torch.equal(plain(images).occupancy, model(images).occupancy)
    assert plain(images).descriptor is None


def test_a_prediction_has_the_descriptor_of_its_photo():
    model, photo = small(descriptor=24), Image.new("RGB", (80, 60), "brown")
    prediction = predict(model, photo, (5, 5, 60, 50))
    assert prediction.descriptor.shape == (24,) and np.isfinite(prediction.descriptor).all()
    assert predict(small(), photo, (5, 5, 60, 50)).descriptor is None


def test_a_checkpoint_with_the_head_loads_strictly(tmp_path):
    model = small(descriptor=24, objects=True)
    save_model(model, tmp_path, {})
    loaded = load_model(tmp_path, "cpu")
    assert loaded.config == model.config
    assert all(torch.equal(v, loaded.state_dict()[k]) for k, v in model.state_dict().items())
    state = load_file(tmp_path / "model.safetensors")
    del state["descriptor_head.out.bias"]
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"descriptor_head\.out\.bias.* is missing"):
        load_model(tmp_path, "cpu")


def test_weights_of_a_head_that_the_config_does_not_name_are_refused(tmp_path):
    save_model(small(descriptor=24), tmp_path, {})
    config = asdict(small().config)
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="is unknown"):
        load_model(tmp_path, "cpu")


def test_the_classic_design_has_no_heads():
    for field in ({"descriptor": 128}, {"objects": True}):
        with pytest.raises(ModelError, match="attention"):
            VoxelConfig(decoder="fc", **field)
