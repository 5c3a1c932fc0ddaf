"""The network and its optimizer as a run starts with them: fresh, or from earlier weights."""

import torch
import torch.nn.functional as F
from torch import nn

from core.errors import ModelError
from training.loop.checkpoints import CheckpointError
from training.loop.config import TrainConfig
from voxel_model import VoxelConfig, VoxelModel, load_model

# settings of a run that are the network's own, where they are not None
DESIGN = ("width", "depth", "heads", "self_every", "overview", "refined")
DESIGN += ("fine", "mask_patch", "posed", "encoder", "coordinates")


def build_model(config: TrainConfig) -> VoxelModel:
    asked = {name: getattr(config, name) for name in DESIGN}
    return VoxelModel(
        VoxelConfig(
            resolution=config.resolution,
            decoder=config.decoder,
            image_size=config.image_size,
            **{name: value for name, value in asked.items() if value is not None},
        )
    )


def build_optimizer(config: TrainConfig, model: VoxelModel) -> torch.optim.Optimizer:
    groups = parameter_groups(model, config.weight_decay, config.encoder_rate)
    kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[config.optimizer]
    fused = next(model.parameters()).is_cuda
    return kind(groups, lr=config.lr, betas=(0.9, config.beta2), fused=fused)


def parameter_groups(
    model: nn.Module, weight_decay: float, encoder_rate: float = 1.0
) -> list[dict]:
    """Parameters by weight decay and learning rate.

    Decay is for the matrices and kernels alone: norms, biases, queries and position embeddings are
    offsets and scales, which decay would only pull to zero.

    Parameters
    ----------
    model : nn.Module
        Weights that take no gradient are left out.
    weight_decay : float
        Of matrices and kernels.
    encoder_rate : float
        Learning rate of the encoder as a share of the others' rate.

    Returns
    -------
    list of dict
        Groups for an optimizer; `rate` is the share of the learning rate of each.
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
    """Copies what fits from a checkpoint into `model`; returns one line for each tensor that not.

    source : anything load_model opens. Where its resolution is a fraction of this one each cell
        becomes a block of equal cells, and position embeddings of another image size are resized;
        what else differs in shape starts untrained
    """
    try:
        earlier = load_model(source, device="cpu", fold=False).state_dict()
    except ModelError as error:
        raise CheckpointError(f"--init: {error}") from error
    lines = [f"{name}: not in this model" for name in earlier if name not in model.state_dict()]
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
    """A tensor of an earlier model in the shape wanted, or None where that has no meaning."""
    if value.shape == shape:
        return value
    if name.startswith("decoder.cells."):
        return refine_cells(value, shape)
    if "level_positions" in name and value.shape[1] == shape[1]:
        return resize_positions(value, round(shape[0] ** 0.5))
    return None


def refine_cells(value: torch.Tensor, shape: torch.Size) -> torch.Tensor | None:
    """Rows (p^3 * 4, ...) of a patch of cells -> (q^3 * 4, ...), cells split into equal ones."""
    p, q = (round((rows // 4) ** (1 / 3)) for rows in (value.shape[0], shape[0]))
    if q % p or value.shape[1:] != shape[1:]:
        return None
    value = value.view(p, p, p, 4, *value.shape[1:])
    for axis in range(3):
        value = value.repeat_interleave(q // p, dim=axis)
    return value.reshape(shape)


def resize_positions(value: torch.Tensor, side: int) -> torch.Tensor:
    """(n * n, D) -> (side * side, D), interpolated over the picture."""
    n = round(value.shape[0] ** 0.5)
    grid = value.T.reshape(1, -1, n, n)
    grid = F.interpolate(grid, (side, side), mode="bicubic", align_corners=False)
    return grid.flatten(2)[0].T
