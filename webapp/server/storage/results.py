"""Files that were written for each client: they count against its share of the disk, as uploads do.

results = ResultFiles(folder)
results.add("1.2.3.4", message.output)      # a job's answer, which names its files
results.size("1.2.3.4")                     # bytes of those that still exist
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from webapp.server.access.clients import MAX_CLIENTS

MAX_FILES = 5000  # of one client; a session keeps twelve results, and a client 60 sessions
MEASURE_SECONDS = 5.0  # between two looks at which files of a client still exist


class ResultFiles:
    """Result files by client.

    Parameters
    ----------
    folder : Path
        Visitors' files; files elsewhere, such as the examples, are not counted.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.clock = f"{folder}{os.sep}", clock
        self.files: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()  # client: path: bytes
        self.measured: dict[str, float] = {}  # client: time

    def add(self, client: str, answer: object) -> None:
        """Count the files that an answer names; one that is named again counts once."""
        files = self.files.pop(client, OrderedDict())
        for path in set(_paths(answer)):
            if path.startswith(self.folder):
                with suppress(OSError, ValueError):
                    files[path] = os.lstat(path).st_size
        while len(files) > MAX_FILES:
            files.popitem(last=False)
        self.files[client] = files
        if len(self.files) > MAX_CLIENTS:
            self.measured.pop(self.files.popitem(last=False)[0], None)

    def size(self, client: str) -> int:
        """Return the bytes of the client's files that still exist."""
        if not (files := self.files.get(client)):
            return 0
        now = self.clock()
        if now - self.measured.get(client, float("-inf")) > MEASURE_SECONDS:
            self.measured[client] = now
            for path in [path for path in files if not os.path.lexists(path)]:
                del files[path]
        return sum(files.values())


def _paths(value: object) -> Iterator[str]:
    """Yield the paths of files in an answer of Gradio's, and in values of the page's viewer."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("path", "file") and isinstance(item, str):
                yield item
            else:
                yield from _paths(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item)
