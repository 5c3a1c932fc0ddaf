"""A disk that fails under a running server: writes refused, full, or read-only."""

import asyncio
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.stress.faults import exports
from benchmarks.stress.report import Row
from benchmarks.stress.server import Server
from benchmarks.stress.visitor import FINISH, PICTURES, SETTINGS, Visitor, alone, digest, said

TINY_DISK = "4m"  # tmpfs: room for a few visits
FAULTS = ("refused", "full", "read-only")


def disk(folder: Path, fault: str) -> list[Row]:
    """Each thing a visitor may do while the disk fails, and what is left when it works again.

    fault : "refused" limits the process's file size and needs no rights; "full" and "read-only"
        are a real tmpfs, for root alone
    """
    with _tiny_disk(folder, fault) as tiny, Server(folder) as server:
        told, kept, log = asyncio.run(_visit(server, lambda: _broken(server, tiny, fault)))
    rows = [
        Row(f"Disk {fault}: {what}", "a sentence, no traceback", text, _is_sentence(text))
        for what, text in told.items()
    ]
    there = ", ".join(f"{what}: {'yes' if held else 'no'}" for what, held in kept.items())
    held = all(kept.values()) and "Traceback" not in log
    return [*rows, Row(f"Disk {fault}: the work of before", "there, then and after", there, held)]


def may_mount() -> bool:
    """Whether a tmpfs can be mounted here: root, and in a container that is allowed to."""
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
    )
    return done.returncode == 0


def _is_sentence(text: str) -> bool:
    return "write" in text and "Traceback" not in text and "\n" not in text


@contextmanager
def _tiny_disk(folder: Path, fault: str) -> Iterator[Path | None]:
    if fault == "refused":
        yield None
        return
    folder.mkdir(exist_ok=True)
    options = f"size={TINY_DISK}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def _broken(server: Server, tiny: Path | None, fault: str) -> Iterator[None]:
    if fault == "refused":
        process = psutil.Process(server.child.pid)
        process.rlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        yield
        process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    elif fault == "full":
        filler = tiny / "filler"
        _fill(filler)
        yield
        filler.unlink()
    else:
        subprocess.run(["mount", "-o", "remount,ro", tiny], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", tiny], check=True)


def _fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"0" * size)
            except OSError:
                continue


async def _visit(server: Server, broken: Callable) -> tuple[dict, dict, str]:
    async with Visitor(server.url) as visitor:
        first = await visitor.upload(PICTURES[0])
        second = await visitor.upload(PICTURES[1])
        _, values = await visitor.call("generate", first, *SETTINGS, None)
        kept = {"right": digest(await visitor.fetch(values[1])) == alone(PICTURES[0])}
        with broken():
            told = {
                "another picture": await _tell(visitor.upload(PICTURES[2])),
                "a new model": await _tell(visitor.call("generate", second, *SETTINGS, None)),
                "another shape": await _tell(visitor.call("remesh", *SETTINGS)),
                "a download": await _tell(visitor.call("export", "obj", *SETTINGS, *FINISH)),
            }
            kept["served"] = digest(await visitor.fetch(values[1])) == alone(PICTURES[0])
        kept["exported"] = await exports(visitor)
        log = server.log
    return told, kept, log


async def _tell(asked) -> str:
    """What was said; an answer where none could be written is no sentence."""
    try:
        return said((await asked)[1])
    except httpx.HTTPStatusError as error:
        return said(error)
    except (httpx.HTTPError, KeyError) as error:
        return f"{type(error).__name__}"
