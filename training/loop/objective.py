"""The training objective: the weighted sum of the losses of all heads.

    objective = Objective(VoxelModel(), LossWeights())
    total, parts = objective(*batch_tensors(batch))
    dict(zip(objective.names, parts.tolist()))       # each loss before its weight

All tensors stay on the device and have static shapes, so that forward and loss compile into one
graph.
"""

from dataclasses import dataclass, fields, replace

import torch
from torch import nn

from training.data.batches import Batch
from training.loop import losses
from voxel_model import Outputs, VoxelModel, normalize


@dataclass
class LossWeights:
    """Weights of the losses. They balance the gradients of the losses at the encoder."""

    occupancy: float = 2.0  # BCE: gives the calibrated probabilities that the threshold needs
    iou: float = 1.0  # soft IoU: the metric itself; ignores the many easy empty cells
    thin: float = 2.0  # extra BCE weight of thin parts, which are few cells
    color: float = 1.0  # L1 in sRGB: about 0.1, a tenth of the other losses
    mask: float = 0.5  # BCE + dice: the mask separates the object from the room
    category: float = 0.1  # cross-entropy starts at 2.2; a larger weight would dominate the shape
    azimuth: float = 0.3  # 1 - cos: smooth and periodic
    elevation: float = 0.2  # L1 in radians: a few hundredths after training
    coordinates: float = 1.0  # L1 in longest sides: about 0.1; a dense signal for the encoder
    extents: float = 0.0  # BCE of the grid's slices: ties down the bounding box; 0: not computed
    profiles: float = 0.0  # L1 of cumulative profiles: heights of main surfaces; 0: not computed
    distillation: float = 2.0  # BCE against the mean of --teachers; as much as the truth's
    label_smoothing: float = 0.05  # desks and tables overlap, so labels are uncertain

    @classmethod
    def classic(cls) -> "LossWeights":
        """Return the weights of the classic design: plain BCE, of the truth and of any teachers."""
        return replace(cls(1.0, *[0.0] * (len(fields(cls)) - 1)), distillation=1.0)


class Objective(nn.Module):
    """Network and loss as one module, which torch.compile and DDP treat as one graph.

    Parameters
    ----------
    model : VoxelModel
        The network to train.
    weights : LossWeights
        Weights of the losses.
    bf16 : bool
        Run the network under bfloat16 autocast; the losses are always float32.
    distilled : bool
        `forward` gets the probabilities of teachers.
    """

    GRID_LOSSES = ("occupancy", "iou")
    HEAD_LOSSES = ("color", "mask", "category", "azimuth", "elevation")
    OPTIONAL_LOSSES = ("extents", "profiles")  # of the grid; computed if their weight is above 0

    def __init__(
        self,
        model: VoxelModel,
        weights: LossWeights,
        bf16: bool = False,
        distilled: bool = False,
    ):
        super().__init__()
        self.model = model
        self.weights = weights
        self.bf16 = bf16
        self.distilled = distilled
        self.names = self._computed_losses()  # in the order of the parts that `forward` returns

    def _computed_losses(self) -> tuple[str, ...]:
        """Return the names of the losses: of the model's heads, and optional ones with a weight."""
        config, names = self.model.config, list(self.GRID_LOSSES)
        if config.decoder != "fc":
            names += self.HEAD_LOSSES
        if config.coordinates:
            names.append("coordinates")
        names += [name for name in self.OPTIONAL_LOSSES if getattr(self.weights, name)]
        names += ["distillation"] * self.distilled
        return tuple(names)

    def train(self, mode: bool = True) -> "Objective":
        """Set the mode; a frozen encoder keeps the statistics of its batch norms."""
        super().train(mode)
        encoder = self.model.encoder
        if not any(parameter.requires_grad for parameter in encoder.parameters()):
            encoder.eval()
        return self

    def forward(
        self,
        image: torch.Tensor,
        mask: torch.Tensor,
        occupancy: torch.Tensor,
        colors: torch.Tensor,
        surface: torch.Tensor,
        category: torch.Tensor,
        azimuth: torch.Tensor,
        elevation: torch.Tensor,
        coordinates: torch.Tensor,
        place: torch.Tensor,
        teachers: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the loss of a batch; training.data.batches.Batch describes the arguments.

        Parameters
        ----------
        teachers : Tensor, (B, R, R, R) float32, optional
            Probabilities of the teachers, if `distilled`.

        Returns
        -------
        total : Tensor, () float32
            The weighted sum.
        parts : Tensor, (len(names),) float32
            The losses before weighting, detached.
        """
        image = normalize(image).contiguous(memory_format=torch.channels_last)
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bf16):
            outputs = self.model(image, place)
        # float32: a loss in bfloat16 has three digits, too few to show progress
        outputs = Outputs(*(None if head is None else head.float() for head in outputs))
        w = self.weights
        parts = [
            losses.occupancy_bce(outputs.occupancy, occupancy, w.thin),
            losses.soft_iou(outputs.occupancy, occupancy),
        ]
        if outputs.mask is not None:
            parts += [
                losses.color_l1(outputs.color, colors, surface),
                losses.mask_loss(outputs.mask, mask),
                losses.category_loss(outputs.category, category, w.label_smoothing),
                losses.azimuth_loss(outputs.pose[:, :2], azimuth),
                losses.elevation_l1(outputs.pose[:, 2], elevation),
            ]
        if outputs.coordinates is not None:
            parts.append(losses.coordinates_l1(outputs.coordinates, coordinates))
        if w.extents:
            parts.append(losses.extents_bce(outputs.occupancy, occupancy))
        if w.profiles:
            parts.append(losses.profiles_l1(outputs.occupancy, occupancy))
        if self.distilled:
            parts.append(losses.distillation_bce(outputs.occupancy, teachers))
        total = sum(getattr(w, name) * part for name, part in zip(self.names, parts, strict=True))
        return total, torch.stack(parts).detach()


def batch_tensors(batch: Batch) -> tuple[torch.Tensor, ...]:
    """Returns the fields of a batch as the positional arguments of `Objective.forward`."""
    return tuple(batch.tensors().values())
