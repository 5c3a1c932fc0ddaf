"""Health of the process, for supervisors and load balancers: /healthz and /readyz."""

from collections.abc import Callable

from webapp.server.lifetime import ServerState


def health_answer(
    path: str, state: ServerState, is_disk_full: Callable[[], bool]
) -> tuple[int, bytes]:
    """Return status and text of a question about the server's health.

    /healthz is 200 while the process answers. /readyz is 503 when new work is refused: while the
    server ends, and when the disk is full. The port opens after the weights are loaded, so that
    a server that starts refuses the connection.
    """
    if path == "/readyz" and state.closing.is_set():
        return 503, b"ending\n"
    if path == "/readyz" and is_disk_full():
        return 503, b"disk full\n"
    return 200, b"ok\n"
