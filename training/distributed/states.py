"""Gives the saved state of a run to machines that do not share the main process's disk.

    folder = fetch_state(accelerator, Path("runs/a"), newest)

The first process names the state; processes whose own disk lacks its files receive them from it.
Random states stay where they were written: each process saves its own on its own disk.
"""

import contextlib
from pathlib import Path
from typing import TypeVar

from accelerate import Accelerator
from accelerate.utils import broadcast_object_list, gather_object

Value = TypeVar("Value")

CHUNK_BYTES = 2**26  # of a file that are sent at once: bounds the memory of all processes
OWN_FILES = "random_states_"  # prefix of the files that belong to one process


def fetch_state(accelerator: Accelerator, output: Path, newest: Path | None) -> Path | None:
    """Copies the first process's newest state to the disks that lack it.

    Parameters
    ----------
    accelerator : Accelerator
        All its processes must call this function.
    output : Path
        Folder of the run on this machine.
    newest : Path or None
        Newest complete state on this machine; only the first process's counts.

    Returns
    -------
    Path or None
        The state's folder on this machine; None if the first process has none.
    """
    name = from_main(newest and newest.name)
    if name is None:
        return None
    folder = output / "state" / name
    if accelerator.num_processes == 1:
        return folder
    sizes = from_main(shared_files(folder))
    lacking = shared_files(folder) != sizes
    if any(gather_object([lacking])):
        receives = lacking and accelerator.is_local_main_process
        for file, size in sizes.items():
            _copy(folder / file, size, accelerator.is_main_process, receives)
        accelerator.wait_for_everyone()
    return folder


def shared_files(folder: Path) -> dict[str, int]:
    """Returns the size in bytes of each file of a state that all processes read, by name."""
    if not folder.is_dir():
        return {}
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(OWN_FILES)
    }


def _copy(path: Path, size: int, sends: bool, receives: bool) -> None:
    """Sends a file from the first process; the processes with `receives` write it."""
    with contextlib.ExitStack() as files:
        source = files.enter_context(open(path, "rb")) if sends else None
        target = None
        if receives:
            path.parent.mkdir(parents=True, exist_ok=True)
            target = files.enter_context(open(path, "wb"))
        for _ in range(0, size, CHUNK_BYTES):
            data = from_main(source.read(CHUNK_BYTES) if source else None)
            if target:
                target.write(data)


def from_main(value: Value) -> Value:
    """Returns the first process's value in all processes; it must be picklable."""
    return broadcast_object_list([value])[0]
