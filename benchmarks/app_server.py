"""Starts the app, or another server, in a process of its own: for tests, benchmarks and stress.

with AppServer(folder, {"KEEP_SECONDS": "5"}) as server:
    print(server.url, server.start_seconds, server.usage().rss_bytes, server.log)
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from webapp.server.storage.cleanup import ALIVE

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_S = 120.0  # importing torch on a cold, busy machine takes up to a minute
STOP_TIMEOUT_S = 60.0  # the app drains requests for up to 9 s, on a busy machine longer
POLL_S = 0.02  # start_seconds is measured with this resolution
START_ATTEMPTS = 2  # another process may take the free port before the server binds it
PORT_TAKEN = "is taken; choose another with --port"  # webapp.server.process.address
# All requests of a measurement come from one address.
NO_RATE_LIMIT = {"POSTS_PER_MINUTE": "1000000"}


@dataclass(frozen=True)
class Usage:
    """Resources that a server holds."""

    processor_seconds: float  # user and system time so far
    rss_bytes: int  # resident memory
    descriptors: int  # open file descriptors
    files: int  # files in its folder
    file_bytes: int  # their total size


class AppServer:
    """A server process. A context manager: starts on entry, stops on exit.

    Parameters
    ----------
    folder : Path, optional
        Folder for the server's files (`GRADIO_TEMP_DIR`); by default a temporary one.
    environment : mapping of str to str, optional
        Environment variables on top of those of this process. The rate limit is lifted unless
        `POSTS_PER_MINUTE` is among them.
    command : sequence of str
        Python's arguments: a script or `-m module`, and its options.
    python : str
        The interpreter.
    cwd : Path
        Working directory of the process.
    port_option : bool
        True passes the port as `--port N`, False as the variable `GRADIO_SERVER_PORT`.
    inherit : bool
        False starts the process without the environment of this one.

    Attributes
    ----------
    url : str
        Address of the running server.
    start_seconds : float
        Seconds from the start of the process to the first page.
    process : subprocess.Popen
        The server's process.
    """

    def __init__(
        self,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        command: Sequence[str] = ("app.py",),
        python: str | Path = sys.executable,
        cwd: Path = ROOT,
        port_option: bool = True,
        inherit: bool = True,
    ):
        self._temporary = None if folder else TemporaryDirectory(prefix="app-server-")
        self.folder = folder or Path(self._temporary.name)
        # Unbuffered: `log` is read while the server runs.
        own = NO_RATE_LIMIT | {"GRADIO_TEMP_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        self._environment = (dict(os.environ) if inherit else {}) | own | dict(environment or {})
        self._command, self._cwd, self._port_option = [python, *command], cwd, port_option
        self._lines: list[str] = []

    @property
    def log(self) -> str:
        """Text that the server has written to stdout and stderr so far."""
        return "".join(self._lines)

    def __enter__(self) -> "AppServer":
        """Start the server and wait for its first page."""
        for attempt in range(START_ATTEMPTS):
            try:
                self._start()
                return self
            except RuntimeError:
                if PORT_TAKEN not in self.log or attempt + 1 == START_ATTEMPTS:
                    self._remove_folder()
                    raise
        raise AssertionError("unreachable")

    def __exit__(self, *_) -> None:
        """Stop the server."""
        try:
            if self.process.poll() is None:
                self.process.terminate()
            self.wait(STOP_TIMEOUT_S)
        finally:
            self._remove_folder()

    def stop(self, signal_number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and waits for the end of the process.

        Returns
        -------
        status : int
            Exit status of the process.
        seconds : float
            Time from the signal to the end.
        """
        began = time.monotonic()
        self.process.send_signal(signal_number)
        return self.wait(STOP_TIMEOUT_S), time.monotonic() - began

    def wait(self, timeout: float) -> int:
        """Wait for the end of the process; kills it if it takes longer than `timeout` seconds.

        Returns
        -------
        int
            Exit status.

        Raises
        ------
        subprocess.TimeoutExpired
            If the process had to be killed.
        """
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self._reader.join(STOP_TIMEOUT_S)  # the log is complete
        return status

    def file_count(self) -> int:
        """Return the number of files in the server's folder, also after its end."""
        return len(list(_file_sizes(self.folder)))

    def usage(self) -> Usage:
        """Return the resources that the running process and its folder take now."""
        process = psutil.Process(self.process.pid)
        sizes = list(_file_sizes(self.folder))
        return Usage(
            sum(process.cpu_times()[:2]),
            process.memory_info().rss,
            process.num_fds(),
            len(sizes),
            sum(sizes),
        )

    def _start(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        options = ["--port", str(port)] if self._port_option else []
        variables = {} if self._port_option else {"GRADIO_SERVER_PORT": str(port)}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*self._command, *options],
            cwd=self._cwd,
            env=self._environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        # A pipe, not a file: the disk fault tests make writing to files fail.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_for_page(began + START_TIMEOUT_S)
        self.start_seconds = time.perf_counter() - began

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.append(line)

    def _wait_for_page(self, deadline: float) -> None:
        while self.process.poll() is None and time.perf_counter() < deadline:
            with suppress(OSError):
                urllib.request.urlopen(self.url, timeout=START_TIMEOUT_S).close()
                return
            time.sleep(POLL_S)
        with suppress(subprocess.TimeoutExpired):
            self.process.kill()
            self.wait(STOP_TIMEOUT_S)
        raise RuntimeError(f"{' '.join(map(str, self._command))} did not start:\n{self.log}")

    def _remove_folder(self) -> None:
        if self._temporary:
            self._temporary.cleanup()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that no process listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _file_sizes(folder: Path) -> Iterator[int]:
    """Sizes in bytes of visitors' files; files removed meanwhile are left out."""
    for parent, _, names in os.walk(folder):
        for name in set(names) - {ALIVE}:
            with suppress(OSError):
                yield Path(parent, name).lstat().st_size
