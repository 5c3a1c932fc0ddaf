"""Trains the network on the synthetic studio, in one process or many, on one machine or many.

    python -m training.train --dry-run                       # everything in a minute, on a CPU
    python -m training.train --minutes 9 --output runs/a     # one GPU, done in nine minutes
    python -m training.train --minutes 9 --minutes-total 25 --resume --output runs/a   # three times
    torchrun --nproc_per_node 8 -m training.train --steps 20000 --output runs/b
    tensorboard --logdir runs

A killed run continues with the same command and --resume. Settings: training/loop/config.py; the
losses: training/loop/losses.py; the files of a run: training/loop/checkpoints.py.
"""

import sys
import time
from collections.abc import Sequence

import psutil

from training.console.command_line import plain_output
from training.loop.config import parse_config
from training.loop.trainer import Trainer, TrainingDiverged

__all__ = ["Trainer", "TrainingDiverged", "main", "process_start"]


def process_start() -> float:
    """Returns time.monotonic() at the start of this process: `--minutes` includes the imports."""
    return time.monotonic() - (time.time() - psutil.Process().create_time())


def main(argv: Sequence[str] | None = None) -> int:
    """Trains; prints an error of the user as one sentence.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; the default is `sys.argv[1:]`.

    Returns
    -------
    int
        Exit status: 0, or 2 after an error.
    """
    plain_output()
    try:
        Trainer(parse_config(__doc__, argv), start_time=process_start()).train()
    except ValueError as error:  # UserError is a ValueError; the studio still raises plain ones
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
