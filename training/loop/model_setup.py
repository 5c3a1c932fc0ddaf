"""Builds the network and the optimizer of a run; starts from random or earlier weights.

model = build_model(config)
lines = init_weights(model, "runs/a/best")
optimizer = build_optimizer(config, model)
"""

import torch
import torch.nn.functional as F
from torch import nn

from core.errors import ModelError
from training.heads.trunk import HEADS
from training.loop.checkpoints import CheckpointError
from training.loop.config import TrainConfig
from training.loop.design import voxel_config
from voxel_model import VoxelConfig, VoxelModel, load_model


def build_model(config: TrainConfig, base: VoxelConfig | None = None) -> VoxelModel:
    """Returns a network with random weights.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    base : VoxelConfig, optional
        Design of settings that are None, such as that of --init; the default is VoxelConfig().

    Returns
    -------
    VoxelModel
        The network on the CPU.

    Raises
    ------
    ModelError
        If the design is not possible.
    """
    return VoxelModel(voxel_config(config, base or VoxelConfig()))


def build_optimizer(config: TrainConfig, model: VoxelModel) -> torch.optim.Optimizer:
    """Returns the optimizer of a run.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    model : VoxelModel
        The network, on its final device.

    Returns
    -------
    torch.optim.Optimizer
        AdamW or Adam with the groups of `parameter_groups`.
    """
    groups = parameter_groups(model, config.weight_decay, config.encoder_rate)
    kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[config.optimizer]
    fused = next(model.parameters()).is_cuda
    return kind(groups, lr=config.lr, betas=(0.9, config.beta2), fused=fused)


def parameter_groups(
    model: nn.Module, weight_decay: float, encoder_rate: float = 1.0
) -> list[dict]:
    """Groups the parameters by weight decay and learning rate.

    Only matrices and kernels have weight decay. Norms, biases, queries and position embeddings are
    offsets and scales, which decay would pull to zero.

    Parameters
    ----------
    model : nn.Module
        The network; frozen parameters are left out.
    weight_decay : float
        Decay of matrices and kernels.
    encoder_rate : float
        Learning rate of the encoder as a share of the run's learning rate.

    Returns
    -------
    list of dict
        Groups for an optimizer. Their key `rate` is the share of the run's learning rate.
    """
    groups: dict[tuple[bool, float], list] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        embedding = name.endswith("queries") or "level_positions" in name
        decayed = parameter.ndim >= 2 and not embedding
        rate = encoder_rate if name.startswith("encoder.") else 1.0
        groups.setdefault((decayed, rate), []).append(parameter)
    return [
        {"params": members, "weight_decay": weight_decay if decayed else 0.0, "rate": rate}
        for (decayed, rate), members in groups.items()
    ]


# --- starting from earlier weights --------------------------------------------------------------


def init_weights(model: VoxelModel, source: str) -> list[str]:
    """Copies the weights of a checkpoint that fit into a model.

    If the resolution is a multiple of the checkpoint's, each cell becomes a block of equal cells.
    Position embeddings of another image size are resized. Other tensors of another shape are not
    copied.

    Parameters
    ----------
    model : VoxelModel
        Changed in place.
    source : str
        Checkpoint, as for `voxel_model.load_model`.

    Returns
    -------
    list of str
        One line for each tensor that was resized or not copied.

    Raises
    ------
    CheckpointError
        If the checkpoint cannot be loaded.
    """
    try:
        earlier = load_model(source, device="cpu", fold=False).state_dict()
    except ModelError as error:
        raise CheckpointError(f"--init: {error}") from error
    lines = [
        f"{name}: not in this model"
        for name in earlier
        if name not in model.state_dict() and name.split(".")[0] not in HEADS
    ]
    for name, value in model.state_dict().items():
        if name not in earlier:
            lines.append(f"{name}: not in the checkpoint, starts untrained")
            continue
        shapes = f"{tuple(earlier[name].shape)} there, {tuple(value.shape)} here"
        adapted = adapt(name, earlier[name], value.shape)
        if adapted is None:
            lines.append(f"{name}: {shapes}, starts untrained")
        else:
            value.copy_(adapted)
            if adapted.shape != earlier[name].shape:
                lines.append(f"{name}: {shapes}, resized")
    return lines


def adapt(name: str, value: torch.Tensor, shape: torch.Size) -> torch.Tensor | None:
    """Converts a tensor of an earlier model to another shape.

    Parameters
    ----------
    name : str
        Name of the tensor in the state dict.
    value : Tensor
        The earlier tensor.
    shape : torch.Size
        Shape in the new model.

    Returns
    -------
    Tensor or None
        The tensor in that shape; None if it has no meaning there.
    """
    if value.shape == shape:
        return value
    if name.startswith("decoder.cells."):
        return refine_cells(value, shape)
    if "level_positions" in name and value.shape[1] == shape[1]:
        return resize_positions(value, round(shape[0] ** 0.5))
    return None


def refine_cells(value: torch.Tensor, shape: torch.Size) -> torch.Tensor | None:
    """Splits each cell of a patch into equal cells.

    Parameters
    ----------
    value : Tensor, (p^3 * 4, ...) float
        Weight or bias of the layer that predicts a patch of p^3 cells.
    shape : torch.Size
        (q^3 * 4, ...), the shape for patches of q^3 cells.

    Returns
    -------
    Tensor or None
        The tensor in that shape; None if q is not a multiple of p.
    """
    p, q = (round((rows // 4) ** (1 / 3)) for rows in (value.shape[0], shape[0]))
    if q % p or value.shape[1:] != shape[1:]:
        return None
    value = value.view(p, p, p, 4, *value.shape[1:])
    for axis in range(3):
        value = value.repeat_interleave(q // p, dim=axis)
    return value.reshape(shape)


def resize_positions(value: torch.Tensor, side: int) -> torch.Tensor:
    """Interpolates position embeddings to another size of the feature map.

    Parameters
    ----------
    value : Tensor, (n * n, D) float
        Embeddings.
    side : int
        Height and width of the new map.

    Returns
    -------
    Tensor, (side * side, D) float
        Interpolated embeddings.
    """
    n = round(value.shape[0] ** 0.5)
    grid = value.T.reshape(1, -1, n, n)
    grid = F.interpolate(grid, (side, side), mode="bicubic", align_corners=False)
    return grid.flatten(2)[0].T
