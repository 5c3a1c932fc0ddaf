"""Ages of files by a clock that nobody can set.

The times of files are those of the wall clock, which may jump: by NTP after a start, or by hand. A
jump of an hour would remove the files of all visitors at once, or keep them for an hour longer.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # of Linux


class Ages:
    """Seconds since entries of folders changed; an entry that is new here has the age 0."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.seen: dict[Path, tuple[float, float]] = {}  # entry: its ctime, and when it was seen

    def age(self, entry: Path) -> float:
        """Return the seconds since a change in the entry, or in a folder's content, was seen."""
        now, changed = self.clock(), max(_change_times(entry))
        before, seen = self.seen.get(entry, (None, now))
        if before != changed:
            seen = now
        self.seen[entry] = (changed, seen)
        return now - seen

    def forget(self, folder: Path) -> None:
        """Forget the entries of the folder that are gone."""
        for entry in [entry for entry in self.seen if entry.parent == folder]:
            if not entry.exists():
                del self.seen[entry]


def boot_id() -> str:
    """Return what tells this run of the machine from others, or "" where there is no such thing.

    All processes of one run of the machine share the monotonic clock.
    """
    with suppress(OSError):
        return BOOT_ID.read_text(encoding="ascii").strip()
    return ""


def walk(folder: Path) -> Iterator[Path]:
    """Yield files and folders below the folder.

    `Path.rglob` would raise if another thread removed a folder meanwhile.
    """
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _change_times(entry: Path) -> Iterator[float]:
    """Yield the ctime of the entry and of all below it; no program can set a ctime back."""
    yield 0
    for path in (entry, *walk(entry)):
        with suppress(OSError):
            yield path.lstat().st_ctime
