"""A disk that fails under a running server: writes refused, disk full, or read-only."""

import asyncio
import resource
import subprocess
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.api_client import EXAMPLES, EXPORT_OPTIONS, SETTINGS, digest, error_text
from benchmarks.app_server import AppServer
from benchmarks.stress.report import Row
from benchmarks.stress.visitor import Visitor, expected_digest

DISK_SIZE = "4m"  # of the tmpfs: room for a few visits
FAULTS = ("refused", "full", "read-only")


def measure_disk_fault(folder: Path, fault: str) -> list[Row]:
    """Call each endpoint while the disk fails, and checks the earlier model afterwards.

    Parameters
    ----------
    folder : Path
        Folder for the server's files.
    fault : str
        "refused" limits the size of the process's files and needs no rights; "full" and
        "read-only" mount a tmpfs, which only root may.
    """
    with _disk(folder, fault) as disk, AppServer(folder) as server:
        messages, intact = asyncio.run(_visit(server, disk, fault))
    rows = [
        Row(f"Disk {fault}: {what}", "a sentence, no traceback", text, _blames_the_disk(text))
        for what, text in messages.items()
    ]
    measured = ", ".join(f"{what}: {'yes' if held else 'no'}" for what, held in intact.items())
    held = all(intact.values()) and "Traceback" not in server.log
    what = f"Disk {fault}: the earlier model"
    return [*rows, Row(what, "there, then and after", measured, held)]


def may_mount() -> bool:
    """Return whether this process may mount a tmpfs: as root, if its container allows it."""
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
    )
    return done.returncode == 0


def _blames_the_disk(text: str) -> bool:
    return "write" in text and "Traceback" not in text and "\n" not in text


@contextmanager
def _disk(folder: Path, fault: str) -> Iterator[Path | None]:
    """Mount a small tmpfs on the folder; none for the fault "refused"."""
    if fault == "refused":
        yield None
        return
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={DISK_SIZE}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def _failing(server: AppServer, disk: Path | None, fault: str) -> Iterator[None]:
    """Make writes fail while the context is open."""
    if fault == "refused":
        process = psutil.Process(server.process.pid)
        process.rlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        yield
        process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    elif fault == "full":
        filler = disk / "filler"
        _fill_disk(filler)
        yield
        filler.unlink()
    else:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def _fill_disk(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"0" * size)
            except OSError:
                continue


async def _visit(
    server: AppServer, disk: Path | None, fault: str
) -> tuple[dict[str, str], dict[str, bool]]:
    """Error messages of calls during the fault, and checks of the model made before it."""
    async with Visitor(server.url) as visitor:
        first = await visitor.upload(EXAMPLES[0])
        second = await visitor.upload(EXAMPLES[1])
        _, values = await visitor.call("generate", first, *SETTINGS, None)

        async def is_served() -> bool:
            return digest(await visitor.fetch(values[1])) == expected_digest(EXAMPLES[0])

        intact = {"right": await is_served()}
        with _failing(server, disk, fault):
            generate = visitor.call("generate", second, *SETTINGS, None)
            export = visitor.call("export", "obj", *SETTINGS, *EXPORT_OPTIONS)
            messages = {
                "another photo": await _message(visitor.upload(EXAMPLES[2])),
                "a new model": await _message(generate),
                "another mesh": await _message(visitor.call("remesh", *SETTINGS)),
                "a download": await _message(export),
            }
            intact["served"] = await is_served()
        intact["exported"] = await visitor.can_export()
    return messages, intact


async def _message(request: Awaitable) -> str:
    """Error message of a request. Any other outcome gives a text that is no such message."""
    try:
        return error_text((await request)[1])
    except httpx.HTTPStatusError as error:
        return error_text(error)
    except (httpx.HTTPError, KeyError) as error:
        return type(error).__name__
