"""Starts the processes of a run: one, or those that torchrun started on one or many machines.

accelerator = make_accelerator(accumulate=1, wait_minutes=20.0)
"""

import os
from datetime import timedelta

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs

from core.errors import UserError


def make_accelerator(accumulate: int, wait_minutes: float) -> Accelerator:
    """Returns the accelerator of this process.

    On machines without a GPU, Accelerate joins the processes of torchrun only if it is told to use
    the CPU; otherwise each of them would believe to be the only one and write the same files.

    Parameters
    ----------
    accumulate : int
        Batches of one optimizer step.
    wait_minutes : float
        Longest time that processes wait for another one, such as for the first one's validation.

    Returns
    -------
    Accelerator
        Float32; the objective applies its own autocast.

    Raises
    ------
    UserError
        If torchrun started more processes than joined.
    """
    started = int(os.environ.get("WORLD_SIZE", "1"))
    accelerator = Accelerator(
        mixed_precision="no",
        gradient_accumulation_steps=accumulate,
        cpu=started > 1 and not torch.accelerator.is_available(),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=timedelta(minutes=wait_minutes))],
    )
    if accelerator.num_processes != started:
        raise UserError(
            f"torchrun started {started} processes but {accelerator.num_processes} joined; "
            "unset ACCELERATE_* variables, or start one process for each GPU."
        )
    return accelerator
