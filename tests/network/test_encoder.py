"""The EfficientNet encoder, its published weights and its folding; object coordinates."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from core.errors import ModelError
from network import VoxelConfig, VoxelModel
from network.encoders.efficientnet import EfficientNetLite2, same_padded
from network.heads.coordinates import GRID, CoordinateFeedback
from training.loop.checkpoints import CheckpointError, save_model
from training.loop.encoders import BLOCK_LAYERS, STEM_LAYERS, load_encoder
from training.loop.model_setup import parameter_groups
from voxel_model import load_model, predict

LITE = {"encoder": "efficientnet_lite2", "image_size": 64, "width": 32, "depth": 1, "heads": 2}


@pytest.fixture
def model() -> VoxelModel:
    """A network whose frozen norms are not the identity."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(**LITE, coordinates=True)).eval()
    for name, value in model.encoder.named_buffers():
        low, high = (-0.2, 0.2) if name.endswith(("bias", "mean")) else (0.8, 1.2)
        value.uniform_(low, high)
    return model


def published(model: VoxelModel) -> dict[str, torch.Tensor]:
    """The encoder's state dict under the names of the published file."""
    blocks = {name: original for original, name in BLOCK_LAYERS.items()}
    stem = {name: original for original, name in STEM_LAYERS.items()}
    state, numbers = {}, {}
    for name, value in model.encoder.state_dict().items():
        parts = name.split(".")
        if parts[0] == "stem":
            state[f"{stem['.'.join(parts[:2])]}.{parts[2]}"] = value
            continue
        number = numbers.setdefault((parts[1], parts[2]), len(numbers))
        state[f"_blocks.{number}.{blocks['.'.join(parts[3:5])]}.{parts[5]}"] = value
    return state


def test_maps_have_the_strides_and_channels_that_the_heads_expect():
    maps = EfficientNetLite2()(torch.zeros(1, 3, 64, 64))
    assert [m.shape[1] for m in maps] == list(EfficientNetLite2.CHANNELS)
    assert [m.shape[-1] for m in maps] == [16, 8, 4, 2]


@pytest.mark.parametrize(("size", "kernel", "padded"), [(8, 3, 9), (8, 5, 11), (7, 3, 7)])
def test_padding_is_that_of_tensorflow(size, kernel, padded):
    """SAME padding, stride 2: the output has half the size; an odd row is added at the end."""
    x, (rows, _) = same_padded(torch.ones(1, 1, size, size), kernel, 2)
    assert x.shape[-1] == padded
    assert (x.shape[-1] + 2 * rows - kernel) // 2 + 1 == -(-size // 2)
    assert x[0, 0, -1, -1] == (padded == size)


def test_folding_changes_no_output_and_the_folded_weights_load(model, tmp_path):
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        plain = model(images)
        save_model(model, tmp_path / "plain", {})
        model.fold()
        folded = model(images)
        save_model(model, tmp_path / "folded", {})
        for name in ("plain", "folded"):
            for fold in (False, True):
                loaded = load_model(tmp_path / name, "cpu", fold=fold)(images)
                assert torch.allclose(loaded.occupancy, plain.occupancy, atol=1e-4)
    heads = [(a, b) for a, b in zip(plain, folded, strict=True) if a is not None]
    assert len(heads) == 7 and all(torch.allclose(a, b, atol=1e-4) for a, b in heads)


def test_published_weights_fill_the_encoder(model, tmp_path):
    torch.save(published(model) | {"_fc.bias": torch.zeros(5)}, tmp_path / "lite2.pth")
    fresh = VoxelModel(model.config)
    load_encoder(fresh, tmp_path / "lite2.pth")
    wanted, got = model.encoder.state_dict(), fresh.encoder.state_dict()
    assert all(torch.equal(wanted[name], got[name]) for name in wanted)


def test_torchvisions_weights_fill_the_classic_encoder(tmp_path):
    from torchvision.models import resnet18

    torch.save(resnet18().state_dict(), tmp_path / "resnet18.pth")
    classic = VoxelModel(VoxelConfig(decoder="fc", resolution=8))
    load_encoder(classic, tmp_path / "resnet18.pth")
    saved = torch.load(tmp_path / "resnet18.pth")
    assert torch.equal(classic.encoder.conv1.weight, saved["conv1.weight"])


def test_weights_of_another_network_are_refused(model, tmp_path):
    torch.save({"stem.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match="does not hold the weights of efficientnet_lite2"):
        load_encoder(model, tmp_path / "other.pth")


def test_the_encoder_has_a_lower_rate_and_frozen_norms(model):
    groups = parameter_groups(model, 0.05, encoder_rate=0.1)
    slow = {id(p) for g in groups if g["rate"] == 0.1 for p in g["params"]}
    assert slow == {id(p) for p in model.encoder.parameters()}
    assert not any(".norm." in name for name, _ in model.encoder.named_parameters())


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"encoder": "vgg"}, "resnet18 or efficientnet_lite2"), ({"decoder": "fc"}, "coordinates")],
)
def test_an_impossible_config_is_refused(fields, message):
    with pytest.raises(ModelError, match=message):
        VoxelConfig(**{"coordinates": True} | fields)


def test_a_pixel_changes_only_the_cell_that_it_shows():
    torch.manual_seed(0)
    feedback = CoordinateFeedback(4, width=8, refined=6)
    coordinates = torch.zeros(1, 3, 4, 4)
    mask, pyramid = torch.zeros(1, 1, 4, 4), torch.randn(1, 4, 4, 4)
    without, _ = feedback.cells(coordinates, mask, pyramid)
    coordinates[0, :, 1, 2] = torch.tensor([-0.5, 0.49, 0.01])  # cells 0, 15 and 8 along the axes
    mask[0, 0, 1, 2] = 1
    cells, queries = feedback.cells(coordinates, mask, pyramid)
    changed = (cells != without).any(dim=2)[0].nonzero()[:, 0].tolist()
    assert changed == [(0 * GRID + 15) * GRID + 8]
    assert queries.shape == (1, 8**3, 8)


def test_cells_and_queries_are_made_from_weighted_means_of_pixels():
    torch.manual_seed(0)
    feedback = CoordinateFeedback(4, width=8, refined=6)
    coordinates = 1.2 * (torch.rand(2, 3, 4, 4) - 0.5)  # some points are outside the cube
    coordinates[1, :, 2] = coordinates[1, :, 1]  # pixels that share a cell
    mask, pyramid = torch.rand(2, 1, 4, 4), torch.randn(2, 4, 4, 4)
    sums = torch.zeros(2, GRID, GRID, GRID, 7)
    for image, row, column in itertools.product(range(2), range(4), range(4)):
        point = coordinates[image, :, row, column]
        x, y, z = (int(min(max((v + 0.5) * GRID, 0), GRID - 1)) for v in point.tolist())
        weight = mask[image, 0, row, column]
        sums[image, x, y, z, :6] += weight * feedback.to_pixels(pyramid[image, :, row, column])
        sums[image, x, y, z, 6] += weight
    blocks = F.avg_pool3d(sums.movedim(4, 1), 2).movedim(1, 4) * 8
    means, block_means = (
        s.flatten(1, 3) / (s.flatten(1, 3)[..., 6:] + 0.5) for s in (sums, blocks)
    )
    cells, queries = feedback.cells(coordinates, mask, pyramid)
    torch.testing.assert_close(cells, feedback.to_cells(means), rtol=0, atol=1e-5)
    torch.testing.assert_close(queries, feedback.to_queries(block_means), rtol=0, atol=1e-5)


def test_a_prediction_has_the_coordinates_of_the_object_alone(model):
    """The mask is above one half in the left half of the crop."""
    calls = model.forward

    def forward(image):
        outputs = calls(image)
        outputs.mask[:] = -9
        outputs.mask[..., :8] = 9
        return outputs

    model.forward = forward
    photo = Image.effect_noise((80, 60), 90).convert("RGB")
    values = predict(model, photo, (10, 5, 70, 55)).coordinates
    assert values.shape == (16, 16, 3) and values.dtype == np.float32  # stride 4
    assert np.isfinite(values[:, :8]).all() and np.isnan(values[:, 8:]).all()
