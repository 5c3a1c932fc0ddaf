"""The most memory and disk that a server takes, read in a thread while it runs."""

import threading
from contextlib import suppress

import psutil

from benchmarks.app_server import AppServer

READING_S = 0.5  # between two readings of the memory
DISK_EVERY = 4  # readings; the folder holds thousands of files


class Meter:
    """A context manager that reads a server's memory, children included, and its files.

    Parameters
    ----------
    server : AppServer
        The running server.

    Attributes
    ----------
    memory : int
        Most bytes of memory of the server and its children together.
    server_memory, child_memory : int
        Most bytes of resident memory of the server, and of memory that its children alone hold:
        pages of libraries that they share with the server count once.
    disk : int
        Most bytes of visitors' files.
    """

    def __init__(self, server: AppServer) -> None:
        self.server, self.memory, self.disk = server, 0, 0
        self.server_memory, self.child_memory = 0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Meter":
        """Begin to read."""
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        process, readings = psutil.Process(self.server.process.pid), 0
        while not self._stop.is_set():
            with suppress(psutil.Error):  # a child ends at this moment
                children = sum(c.memory_full_info().uss for c in process.children(True))
                server = process.memory_info().rss
                self.child_memory = max(self.child_memory, children)
                self.server_memory = max(self.server_memory, server)
                self.memory = max(self.memory, server + children)
            if readings % DISK_EVERY == 0:
                with suppress(psutil.Error):
                    self.disk = max(self.disk, self.server.usage().file_bytes)
            readings += 1
            self._stop.wait(READING_S)
