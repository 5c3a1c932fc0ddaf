"""The record of a run in its checkpoint: versions, seed, machine and data files.

notes["made with"] = provenance(config, processes=2, device=torch.device("cuda"))
"""

import hashlib
import platform
import subprocess
from pathlib import Path

import accelerate
import numpy as np
import torch

from training.loop.config import TrainConfig

ROOT = Path(__file__).parents[2]
MAX_HASHED_BYTES = 2**30  # of a data file; hashing more would delay the start by seconds


def provenance(config: TrainConfig, processes: int, device: torch.device) -> dict:
    """Returns the versions, the seed, the machine and the data files of a run.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    processes : int
        Number of processes.
    device : torch.device
        Device of this process.
    """
    on_cuda = device.type == "cuda"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "accelerate": accelerate.__version__,
        "commit": source_commit(),
        "seed": config.seed,
        "processes": processes,
        "device": torch.cuda.get_device_name(device) if on_cuda else platform.machine(),
        "files": {str(path): sha256(path) for path in data_files(config)},
    }


def data_files(config: TrainConfig) -> list[Path]:
    """Returns the single files that the settings name, if they exist."""
    studio = config.overrides("studio")
    named = [studio.get("cad"), studio.get("poses"), config.val_cad, config.photo_splits]
    named.append(config.encoder_weights)
    checkpoints = [config.init, *config.teachers]
    named += [Path(folder) / "model.safetensors" for folder in checkpoints if folder]
    return [Path(path) for path in named if path and Path(path).is_file()]


def sha256(path: Path) -> str | None:
    """Returns the SHA-256 of a file; None for a file that is larger than MAX_HASHED_BYTES."""
    if path.stat().st_size > MAX_HASHED_BYTES:
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_commit() -> str | None:
    """Returns the commit of the source, with "+" if tracked files changed; None without git."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
