"""Health of the process, for supervisors and load balancers: /healthz and /readyz."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from webapp.server.process.lifetime import ServerState

STATM = Path("/proc/self/statm")  # of Linux; its second number is resident pages


def health_answer(
    path: str,
    state: ServerState,
    is_disk_full: Callable[[], bool],
    most_memory: int,
) -> tuple[int, bytes]:
    """Return status and text of a question about the server's health.

    /healthz is 200 while the process answers. /readyz is 503 when new work is refused: while the
    server ends, and when the disk is full; and when the process takes more memory than it should,
    so that others get the new visitors. The port opens after the weights are loaded, so that a
    server that starts refuses the connection.
    """
    if path == "/healthz":
        return 200, b"ok\n"
    if state.closing.is_set():
        return 503, b"ending\n"
    if is_disk_full():
        return 503, b"disk full\n"
    if resident_bytes() > most_memory:
        return 503, b"memory\n"
    return 200, b"ok\n"


def resident_bytes() -> int:
    """Return the memory of this process; 0 where the system does not tell it."""
    with suppress(OSError, AttributeError):
        pages = int(STATM.read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
