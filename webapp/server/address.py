"""The address that the server listens on."""

import errno
import os
import socket

from core.errors import UserError

LOCALHOST = "127.0.0.1"


def gradio_host(host: str | None) -> str | None:
    """Return a host as Gradio takes it: an IPv6 address in brackets, as in a URL."""
    is_bare = host is not None and ":" in host and not host.startswith("[")
    return f"[{host}]" if is_bare else host


def check_port(host: str | None, port: int | None) -> None:
    """Check that the server can listen; without a port Gradio looks for a free one.

    Parameters
    ----------
    host : str or None
        Host of `--host`; GRADIO_SERVER_NAME or the loopback address if None.
    port : int or None
        Port of `--port`; GRADIO_SERVER_PORT if None.

    Raises
    ------
    UserError
        If the port is taken or not allowed, or the host is no address of this machine.
    """
    host = (host or os.environ.get("GRADIO_SERVER_NAME") or LOCALHOST).strip("[]")
    port = port or int(os.environ.get("GRADIO_SERVER_PORT", 0))
    if not 0 <= port <= 65_535:
        raise UserError(f"The port is {port}; give a number from 1 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            if os.name == "posix":  # as uvicorn does: a port that was just closed is free
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"Port {port} on {host} is taken; choose another with --port."
            ) from error
        reason = (error.strerror or str(error)).rstrip(".")
        raise UserError(f"The server cannot listen on {host}, port {port}: {reason}.") from error
