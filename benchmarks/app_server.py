"""The real app.py as a process of its own, and what can be seen of it from outside."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import psutil

from webapp.server.cleanup import FOLDER, disk_used, everything_in

ROOT = Path(__file__).parents[2]
START_SECONDS = 120  # importing torch on a cold, busy machine
STOP_SECONDS = 20
# visitors of a test share one address
UNLIMITED = {"POSTS_PER_MINUTE": "1000000"}


class Server:
    """`python app.py`, or a script in its place, with settings as environment variables.

    with Server(tmp, {"KEEP_SECONDS": "5"}) as server:
        server.url, server.process.memory_info().rss, server.log
    """

    def __init__(self, folder: Path, settings: dict | None = None, script: tuple = ("app.py",)):
        self.parent, self.script = folder, script
        self.settings = UNLIMITED | {"GRADIO_TEMP_DIR": str(folder)} | (settings or {})
        self.files = folder / FOLDER
        self.log = ""

    def __enter__(self) -> "Server":
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.child = subprocess.Popen(
            [sys.executable, *self.script, "--port", str(port)],
            cwd=ROOT,
            env=os.environ | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # through a pipe: a log file would fail with the rest where the disk is made to fail
        threading.Thread(target=self._read, daemon=True).start()
        self.process = psutil.Process(self.child.pid)
        self._wait()
        return self

    def __exit__(self, *_) -> None:
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise

    def _read(self) -> None:
        for line in self.child.stdout:
            self.log += line

    def _wait(self) -> None:
        for _ in range(START_SECONDS * 5):
            if self.child.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except OSError:
                time.sleep(0.2)
        self.child.kill()
        raise RuntimeError(f"app.py did not start:\n{self.log}")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Exit status after the signal, and the seconds until then."""
        began = time.monotonic()
        self.child.send_signal(number)
        return self.child.wait(STOP_SECONDS), time.monotonic() - began

    def seen(self) -> dict:
        """Resident memory (MB), open file descriptors, bytes and number of visitors' files."""
        paths = [path for path in everything_in(self.files) if path.is_file()]
        return {
            "rss": self.process.memory_info().rss / 1e6,
            "descriptors": self.process.num_fds(),
            "files": len(paths),
            "bytes": disk_used(self.files),
        }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
