"""Averages gradients over the processes of a run, without DistributedDataParallel.

    loss.backward()
    average_gradients(model.parameters(), processes=2)

DistributedDataParallel adds hooks to the backward pass, which CUDA graphs cannot capture. Here one
all-reduce follows the backward pass. All processes must start from the same weights.
"""

from collections.abc import Iterable

import torch
from torch import distributed


@torch.no_grad()
def average_gradients(parameters: Iterable[torch.nn.Parameter], processes: int) -> None:
    """Replaces each gradient by its mean over the processes, in place.

    Parameters
    ----------
    parameters : iterable of torch.nn.Parameter
        The same parameters in the same order in each process; those without a gradient are skipped.
    processes : int
        Number of processes; with 1 the gradients do not change.
    """
    gradients = [_flat(p.grad) for p in parameters if p.grad is not None]
    if processes == 1 or not gradients:
        return
    flat = torch.cat(gradients)
    distributed.all_reduce(flat)
    flat /= processes
    torch._foreach_copy_(gradients, flat.split([len(g) for g in gradients]))


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    """Returns a view (N,) of a dense tensor, in the order of its memory."""
    return tensor.as_strided((tensor.numel(),), (1,))
