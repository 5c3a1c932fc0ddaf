"""Averages of the weights of two checkpoints."""

import pytest
import torch

from tests.training.tiny_training import same
from training.average import main as main_of_average
from training.loop.checkpoints import CheckpointError
from training.loop.weight_averages import average
from voxel_model import VoxelConfig, VoxelModel


def test_average_interpolates_between_the_weights():
    torch.manual_seed(0)
    first, second = (VoxelModel(VoxelConfig(width=64, depth=1, heads=2)) for _ in range(2))
    before = {name: value.clone() for name, value in second.state_dict().items()}
    assert same(average(first, second, 1.0).state_dict(), before)
    between = average(first, second, 0.25).state_dict()
    for name, value in first.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(between[name], 0.75 * value + 0.25 * before[name])
    assert same(average(first, second, 0.0).state_dict(), first.state_dict())


def test_weights_of_two_designs_are_refused():
    designs = (VoxelModel(VoxelConfig(width=width, heads=2)) for width in (64, 128))
    with pytest.raises(CheckpointError, match="different designs"):
        average(*designs, 0.5)


def test_averaging_measures_what_it_writes(tmp_path):
    folder = str(tmp_path / "a")
    VoxelModel(VoxelConfig(image_size=64, width=32, depth=1, heads=2)).save_pretrained(folder)
    both = ["--first", folder, "--second", folder]
    assert main_of_average([*both, "--dry-run"]) == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
    assert (
        main_of_average(["--first", str(tmp_path / "none"), "--second", folder, "--dry-run"]) == 2
    )
