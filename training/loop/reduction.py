"""Gradients averaged over the processes of a run, without DistributedDataParallel.

    loss.backward()
    average_gradients(model.parameters(), processes=2)

DistributedDataParallel hooks into the backward pass, which CUDA graphs then cannot hold. Here one
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
        The same ones in the same order in every process; those without a gradient are left out.
    processes : int
        Their number; 1 changes nothing.
    """
    gradients = [_flat(p.grad) for p in parameters if p.grad is not None]
    if processes == 1 or not gradients:
        return
    together = torch.cat(gradients)
    distributed.all_reduce(together)
    together /= processes
    torch._foreach_copy_(gradients, together.split([len(g) for g in gradients]))


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    """A dense tensor's numbers in the order in which they lie in memory, as a view (N,)."""
    return tensor.as_strided((tensor.numel(),), (1,))
