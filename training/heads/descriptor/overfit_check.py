"""Checks the pipe of the descriptor: a few hundred fixed pictures must find their own shapes.

    recall = overfit(training, pictures=200, steps=200)      # near 1, or something is wrong

The trunk runs once for each picture, which makes the check possible on a CPU.
"""

import torch
from torch import nn

from training.data.batches import Batch, BatchSource
from training.heads.descriptor.loss import overlap_matrix
from training.heads.descriptor.training import DescriptorTraining
from training.heads.loop import HeadConfig, HeadLoop

SAME = 0.99  # overlap from which two shapes are one


class FixedBatches:
    """A source that repeats its first batches."""

    def __init__(self, source: BatchSource, pictures: int, size: int):
        self.batches = [source.batch(i, size) for i in range(max(1, pictures // size))]

    def batch(self, step: int, size: int) -> Batch:
        """Returns one of the fixed batches; `size` is theirs."""
        return self.batches[step % len(self.batches)]


def overfit(training: DescriptorTraining, pictures: int, config: HeadConfig) -> float:
    """Trains on fixed pictures.

    Parameters
    ----------
    training : DescriptorTraining
        Its source is replaced by the fixed pictures.
    pictures : int
        Their number, rounded down to whole batches.
    config : HeadConfig
        Settings of the loop.

    Returns
    -------
    float
        Share of the pictures whose nearest shape, among those of all pictures, is their own.
    """
    fixed = FixedBatches(training.source, pictures, config.batch_size)
    outputs = {id(batch): training.trunk(batch) for batch in fixed.batches}
    source, trunk = training.source, training.trunk
    training.source, training.trunk = fixed, lambda batch: outputs[id(batch)]
    loop = HeadLoop(training.modules, config, training.device)
    figures = loop.run(
        training.loss_of,
        lambda modules, step: {"recall": recall(training, modules.eval(), fixed.batches)},
    )
    training.source, training.trunk = source, trunk
    return figures["recall"]


@torch.no_grad()
def recall(training: DescriptorTraining, modules: nn.ModuleDict, batches: list[Batch]) -> float:
    """Returns the share of pictures whose nearest shape among all is their own, or equals it."""
    tokens = [training.trunk(batch)[1] for batch in batches]
    photos = torch.cat([modules["descriptor_head"](t.memory, t.tokens) for t in tokens])
    shapes = torch.cat([batch.occupancy for batch in batches])
    nearest = (photos @ modules["piece_encoder"](shapes).T).argmax(dim=1)
    same = overlap_matrix(shapes, shapes).gather(1, nearest[:, None])
    return float((same > SAME).float().mean())
