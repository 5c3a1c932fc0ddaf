"""Visitors' files: one folder of the app's own, from which old files are removed.

Gradio's `delete_cache` removes the files that the running process knows of. It removes no folders,
and no files of a process that was killed. So a thread of the app removes old entries as well.
"""

import math
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from webapp.server.storage.ages import Ages, boot_id

PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,::1,fc00::/7"
HUB = "https://huggingface.co https://*.hf.space"  # shows a Space in a frame
DISK_SECONDS = 5.0  # between two measurements of the disk
FOLDER = "furniture-photo-to-3d"  # apart from other apps' files, which must not be removed
SERVER_PREFIX = "server-"  # of the folders of single servers, which share FOLDER
ALIVE = "alive"  # file of a server's folder: run of the machine, and time until which it is in use
ALIVE_ROUNDS = 10  # rounds of a server's clean-up that may be late before others remove its folder


def make_cache_folder() -> Path:
    """Create the app's folder in GRADIO_TEMP_DIR and return it.

    Raises
    ------
    ValueError
        If no file can be written there; the message is one sentence.
    """
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


def make_server_folder(parent: Path) -> Path:
    """Create a folder of this server alone in the app's folder and return it.

    Several servers may share GRADIO_TEMP_DIR. Each removes the old files of its own folder only.
    """
    return Path(tempfile.mkdtemp(prefix=SERVER_PREFIX, dir=parent))


def configure_gradio(folder: Path) -> None:
    """Set the environment variables that Gradio and its server read.

    Gradio has no argument for these settings. Other temporary files go to the same folder, which
    is cleaned and whose size is limited.
    """
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(folder)
    # By default Gradio sums up its last 10,000 events after each event; nothing reads the sum.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    if os.environ.get("SPACE_ID"):
        # The Hub's proxies reach a Space from private addresses; they name the visitors.
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)
        os.environ.setdefault("FRAME_ANCESTORS", HUB)


def delete_old_entries(folder: Path, age: float, ages: Ages) -> None:
    """Remove each entry of the folder in which nothing changed for `age` seconds.

    Parameters
    ----------
    folder : Path
        Folder whose files and subfolders are judged; a subfolder goes as a whole.
    age : float
        Seconds since the newest change in an entry.
    ages : Ages
        Remembers when changes were seen.
    """
    for entry in _list_entries(folder):
        if entry.name != ALIVE and ages.age(entry) > age:
            _remove(entry)
    ages.forget(folder)


def start_cleanup(folder: Path, age: float, seconds: float) -> None:
    """Remove old entries now and then every `seconds`, in a thread.

    Also removes the folders of servers that were killed.
    """
    mark_alive(folder, seconds)  # before other servers look
    ages = Ages()

    def run() -> None:
        while True:
            mark_alive(folder, seconds)
            delete_old_entries(folder, age, ages)
            delete_dead_servers(folder.parent, age, ages)
            time.sleep(seconds)

    threading.Thread(target=run, daemon=True).start()


def mark_alive(folder: Path, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Write until when other servers must not remove this server's folder."""
    with suppress(OSError):  # a full disk: the next round tries again
        text = f"{boot_id()} {clock() + ALIVE_ROUNDS * seconds}"
        (folder / ALIVE).write_text(text, encoding="utf-8")


def delete_dead_servers(parent: Path, age: float, ages: Ages) -> None:
    """Remove the folders of servers that no longer run, and old files of earlier versions.

    Parameters
    ----------
    parent : Path
        The folder that servers share.
    age : float
        Seconds since the newest change of a folder that no server of this run of the machine
        marks as alive.
    ages : Ages
        Remembers when changes were seen.
    """
    for entry in _list_entries(parent):
        try:
            boot, until = (entry / ALIVE).read_text(encoding="utf-8").split(" ")
            is_dead = boot == boot_id() and float(until) < ages.clock()
            is_dead = is_dead or (boot != boot_id() and ages.age(entry) > age)
        except (OSError, ValueError):
            is_dead = ages.age(entry) > age
        if is_dead:
            _remove(entry)
    ages.forget(parent)


def disk_usage(folder: Path) -> int:
    """Return the bytes of all files below the folder."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total


class DiskMeter:
    """Bytes of visitors' files: measured every DISK_SECONDS, and counted while they arrive."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.measured, self.used = folder, -math.inf, 0

    def update(self) -> int:
        """Measure again if the last measurement is old; return the bytes."""
        if time.monotonic() - self.measured > DISK_SECONDS:
            self.measured, self.used = time.monotonic(), disk_usage(self.folder)
        return self.used

    def add(self, size: int) -> int:
        """Count bytes that are about to be written; return the bytes of all files."""
        self.used += size
        return self.update()


def _remove(entry: Path) -> None:
    with suppress(OSError):  # the end of a session may remove it at this moment
        (shutil.rmtree if entry.is_dir() else os.remove)(entry)


def _list_entries(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []
