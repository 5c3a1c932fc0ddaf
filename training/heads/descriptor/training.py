"""Trains the descriptor head and the encoder of pieces together.

training = DescriptorTraining(model, store, studio, config, device)
HeadLoop(training.modules, config, device).run(training.loss_of, training.on_save)
"""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from network.decoder import Decoded
from network.heads.descriptor import DescriptorHead
from training.data.batches import Batch, BatchSource
from training.heads.descriptor.loss import overlap_matrix, ranking_loss
from training.heads.descriptor.piece_encoder import PieceEncoder
from training.heads.descriptor.piece_store import PieceStore
from training.heads.loop import HeadConfig
from training.heads.trunk import half_precision, save_heads
from training.loop.config import setting
from voxel_model import CATEGORIES, Outputs, VoxelModel, normalize

FILE_NAME = "descriptor.safetensors"  # in the folder of the run
BLIND_SHARE = 0.5  # photos that rank pieces of the bank alone
FIRST_SCALE = 14.3  # initial factor of the scalar products, 1 / 0.07 as in CLIP


@dataclass(frozen=True)
class DescriptorConfig(HeadConfig):
    """Settings of `training.describe`."""

    output: str = setting("runs/descriptor", "folder for the head's file and the log")
    bank: str = setting("checkpoint/pieces.npz", "bank whose pieces are told apart")
    pieces: int = setting(0, "pieces of the bank that are used; 0: all")
    values: int = setting(128, "length of a descriptor")
    piece_width: int = setting(32, "channels of the first layer of the encoder of pieces")
    near: int = setting(2, "pieces of the bank for each photo that overlap with the truth")
    hard: int = setting(3, "pieces of its category for each photo that the head confuses")
    refresh: int = setting(150, "steps between encodings of the whole bank, 0.3 s on a GPU")
    filtered: float = setting(0.2, "share of pictures with a random colour filter")


class DescriptorTraining:
    """Losses, measurements and files of one run.

    Parameters
    ----------
    model : VoxelModel
        Frozen trunk with a descriptor head, on `device`.
    store : PieceStore
        Pieces of the bank.
    source : BatchSource
        Training pictures.
    validation : sequence of Batch
        Pictures of shapes that `source` does not show.
    config : DescriptorConfig
        Settings.
    device : torch.device
        Device of the model.
    """

    def __init__(
        self,
        model: VoxelModel,
        store: PieceStore,
        source: BatchSource,
        validation: list[Batch],
        config: DescriptorConfig,
        device: torch.device,
    ):
        self.model, self.store, self.source, self.config = model, store, source, config
        self.validation, self.device = validation, device
        encoder = PieceEncoder(model.config.descriptor, config.piece_width).to(device)
        head = model.descriptor_head
        self.modules = nn.ModuleDict({"descriptor_head": head, "piece_encoder": encoder})
        self.modules["scale"] = Scale(math.log(FIRST_SCALE)).to(device)
        self.generator = torch.Generator(device).manual_seed(config.seed)

    def loss_of(self, step: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Returns the loss of a training step, and its figures."""
        config, store = self.config, self.store
        if config.refresh and step % config.refresh == 0 and step:
            self._refresh(self.modules["piece_encoder"])
        batch = self.source.batch(step, config.batch_size)
        with half_precision(self.device):
            photos = self._outputs(batch, self.modules["descriptor_head"])[1].float()
            detached = photos.detach()
            near = store.near(batch.occupancy, config.near, self.generator)
            hard = store.hard(detached, batch.category, config.hard, self.generator)
            grids = torch.cat([batch.occupancy, store.grids(torch.cat([near, hard]))])
            pieces = self.modules["piece_encoder"](grids).float()
        overlaps = overlap_matrix(batch.occupancy, grids)
        lots = torch.rand(len(photos), generator=self.generator, device=self.device)
        scale = self.modules["scale"].value
        loss, figures = ranking_loss(photos, pieces, overlaps, scale, lots < BLIND_SHARE)
        return loss, {**figures, "scale": scale.exp()}

    def on_save(self, modules: nn.ModuleDict, step: int) -> dict:
        """Measures the averaged modules and writes them."""
        modules.eval()
        figures = self.measure(modules)
        notes = {"fields": {"descriptor": self.config.values}, "gain": figures["gain"]}
        names = ("descriptor_head", "piece_encoder")
        path = Path(self.config.output) / FILE_NAME
        save_heads(path, {name: modules[name] for name in names}, {**notes, "descriptor": figures})
        return figures

    def measure(self, modules: nn.ModuleDict) -> dict[str, float]:
        """Returns the overlap of the pieces of the bank that held-out pictures find.

        Parameters
        ----------
        modules : nn.ModuleDict
            Head and encoder.

        Returns
        -------
        dict of float
            Means over the pictures: `first`, `best_of_20`: true IoU of the first piece by
            descriptor and of the best among the first 20; `by_grid`: of the first by expected
            overlap alone; `by_both`: of the first by both, with the best `gain`; `reach`: of the
            best piece of the bank. `design_by_grid`, `design_by_both`: shares of the pictures of
            categories of the bank whose first piece has the true design.
        """
        self._refresh(modules["piece_encoder"])
        rows = [self._rank(batch, modules["descriptor_head"]) for batch in self.validation]
        near, expected, overlaps = (torch.cat(column) for column in zip(*rows, strict=True))
        gains = {gain: _first(expected + gain * near, overlaps) for gain in GAINS}
        gain = max(gains, key=gains.get)
        twenty = near.topk(min(20, near.shape[1]), dim=1).indices
        return {
            "first": _first(near, overlaps),
            "best_of_20": float(overlaps.gather(1, twenty).amax(dim=1).mean()),
            "by_grid": gains[0.0],
            "by_both": gains[gain],
            "gain": gain,
            "reach": float(overlaps.amax(dim=1).mean()),
            "design_by_grid": self._right_designs(expected),
            "design_by_both": self._right_designs(expected + gain * near),
        }

    def _right_designs(self, scores: torch.Tensor) -> float:
        """Share of the pictures whose piece with the highest score has the true design."""
        names = [name for batch in self.validation for name in batch.source]
        held = {CATEGORIES[number] for number in self.store.bank.categories}
        rows = zip(names, scores.argmax(dim=1).tolist(), strict=True)
        right = [
            self.store.design(first) == name.partition("/")[2]
            for name, first in rows
            if name.split("/")[1] in held
        ]
        return sum(right) / max(len(right), 1)

    def _rank(self, batch: Batch, head: DescriptorHead) -> tuple[torch.Tensor, ...]:
        """Scalar products, expected and true overlaps (B, N) of pictures with all pieces."""
        with half_precision(self.device):
            outputs, descriptors = self._outputs(batch, head)
        scale, shift = self.model.config.calibration
        occupancy = (scale * outputs.occupancy.float() + shift).sigmoid()
        near = descriptors.float() @ self.store.table.T
        overlaps = map(self.store.exact_overlaps, (occupancy, batch.occupancy))
        return near, *overlaps

    def _outputs(self, batch: Batch, head: DescriptorHead) -> tuple[Outputs, torch.Tensor]:
        """Outputs of the frozen trunk, and the descriptors of `head`."""
        outputs, decoded = self.trunk(batch)
        return outputs, head(decoded.memory, decoded.tokens)

    @torch.no_grad()
    def trunk(self, batch: Batch) -> tuple[Outputs, Decoded]:
        """Returns the outputs of the frozen network for a batch."""
        image = normalize(batch.image).contiguous(memory_format=torch.channels_last)
        return self.model.decode(image, batch.place)

    def _refresh(self, encoder: nn.Module) -> None:
        """Encodes all pieces of the store; batch norm uses its averages."""
        training = encoder.training
        with half_precision(self.device):
            self.store.refresh(encoder.eval())
        encoder.train(training)


GAINS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # overlap for one unit of scalar product


def _first(scores: torch.Tensor, overlaps: torch.Tensor) -> float:
    """Mean overlap of the piece with the highest score of each row."""
    return float(overlaps.gather(1, scores.argmax(dim=1, keepdim=True)).mean())


class Scale(nn.Module):
    """The logarithm of the factor of the scalar products."""

    def __init__(self, value: float):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))
