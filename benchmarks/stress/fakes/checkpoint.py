"""A checkpoint of 100 kB with random weights: loads in milliseconds, predicts noise."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file

from voxel_model import VoxelConfig, VoxelModel

THRESHOLD = 0.31  # differs from the default, so that tests see whether the config was read


def save_small_checkpoint(folder: Path) -> Path:
    """Write config.json and model.safetensors of the smallest network; return the folder."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(width=16, depth=1, heads=2, threshold=THRESHOLD)).half()
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(asdict(model.config)), encoding="utf-8")
    return folder
