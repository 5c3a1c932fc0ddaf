"""Distillation: the mean probabilities of finished networks as a further target of a run.

    teachers = Teachers(["checkpoint", "runs/a/half"], model.config, device, bf16=True)
    target = teachers.probabilities(batch.image, batch.place)      # (B, R, R, R)

The mean of several networks is better than each of them, and costs as much as all of them together.
A network that learns that mean costs as much as one (Hinton et al. 2015, arXiv 1503.02531).
"""

from collections.abc import Sequence

import torch

from core.errors import ModelError, UserError
from training.evaluation.batch_metrics import probabilities
from voxel_model import VoxelConfig, VoxelModel, load_model, normalize

SHARED = ("resolution", "image_size", "categories")  # of the config: equal in student and teachers


class Teachers:
    """Frozen networks whose calibrated probabilities are averaged.

    Parameters
    ----------
    sources : sequence of str
        Folders or Hub repo ids of checkpoints.
    student : VoxelConfig
        Config of the network that learns from them.
    device : torch.device
        Device of the teachers.
    bf16 : bool
        Run them under bfloat16 autocast; the probabilities are float32 in any case.
    compiled : bool
        Compile them with torch.compile, except on a CPU.

    Raises
    ------
    UserError
        If a checkpoint cannot be loaded, or has other cells, pictures or categories.
    """

    def __init__(
        self,
        sources: Sequence[str],
        student: VoxelConfig,
        device: torch.device,
        bf16: bool = False,
        compiled: bool = False,
    ):
        self.models = [load_teacher(source, student, device) for source in sources]
        self.bf16 = bf16
        compiled = compiled and device.type != "cpu"  # its packed kernels cannot be compiled
        # no CUDA graphs: they would share a memory pool with those of the student, which may
        # overwrite these outputs; launching each fused kernel takes the host more time instead
        self._mean = torch.compile(self._compute, dynamic=False) if compiled else self._compute

    @torch.no_grad()
    def probabilities(self, image: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Returns the mean of the teachers' probabilities of each cell.

        Parameters
        ----------
        image : Tensor, (B, 3, S, S) float32
            sRGB in [0, 1].
        place : Tensor, (B, 3) float32
            Place of each crop in its photograph, NaN where unknown.

        Returns
        -------
        Tensor, (B, R, R, R) float32
        """
        return self._mean(image, place)

    def _compute(self, image: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        """Computes what `probabilities` returns."""
        image = normalize(image).contiguous(memory_format=torch.channels_last)
        with torch.autocast(image.device.type, torch.bfloat16, enabled=self.bf16):
            outputs = [model(image, place) for model in self.models]
        grids = [probabilities(o, m.config) for o, m in zip(outputs, self.models, strict=True)]
        return torch.stack(grids).mean(dim=0)


def load_teacher(source: str, student: VoxelConfig, device: torch.device) -> VoxelModel:
    """Returns the frozen network of a checkpoint.

    Raises
    ------
    UserError
        If it cannot be loaded, or does not fit the student.
    """
    try:
        model = load_model(source, str(device))
    except ModelError as error:
        raise UserError(f"--teachers: {error}") from error
    for name in SHARED:
        theirs, ours = getattr(model.config, name), getattr(student, name)
        if theirs != ours:
            raise UserError(
                f"--teachers: {source} has {name} {theirs} and the run {ours}; "
                "name checkpoints of the same grid, picture size and categories."
            )
    return model.requires_grad_(False)
