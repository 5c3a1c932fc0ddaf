"""Visitors' files: one folder that is the app's own, and everything in it goes by its age."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

FOLDER = "furniture-photo-to-3d"  # apart from other apps' files, which are not ours to sweep


def own_folder() -> Path:
    """The folder, made, in GRADIO_TEMP_DIR; ValueError, one sentence, where nothing can be kept."""
    parent = os.environ.get("GRADIO_TEMP_DIR") or Path(tempfile.gettempdir()) / "gradio"
    folder = Path(parent).absolute() / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(
            f"Visitors' files cannot be kept in {folder} ({error.strerror}): "
            "set GRADIO_TEMP_DIR to a folder that can be written."
        ) from error
    return folder


def sweep(folder: Path, age: float) -> None:
    """Remove each entry of the folder in which nothing has changed for `age` seconds.

    Gradio forgets files when a process is killed, and visits when there are too many.
    """
    oldest = time.time() - age
    for entry in _listed(folder):
        if max(_changed(entry)) < oldest:
            remove = shutil.rmtree if entry.is_dir() else os.remove
            with suppress(OSError):  # its visitor removed it at this moment
                remove(entry)


def sweep_on_schedule(folder: Path, age: float, seconds: float) -> None:
    """Now, so that a killed process leaves nothing behind, and then every so many seconds."""

    def rounds():
        while True:
            sweep(folder, age)
            time.sleep(seconds)

    threading.Thread(target=rounds, daemon=True).start()


def disk_used(folder: Path) -> int:
    """Bytes of all files below the folder."""
    used = 0
    for path in everything_in(folder):
        with suppress(OSError):
            used += path.lstat().st_size if not path.is_dir() else 0
    return used


def everything_in(folder: Path) -> Iterator[Path]:
    """Files and folders below it. `rglob` would raise where the sweep removes one meanwhile."""
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _listed(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []


def _changed(entry: Path) -> Iterator[float]:
    """When the entry and all that is in it last changed; ctime, as no program can set it back."""
    yield 0
    for path in (entry, *everything_in(entry)):
        with suppress(OSError):
            yield path.lstat().st_ctime
