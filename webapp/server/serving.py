"""Starts the server: uvicorn with limits on connections, around the guard.

Gradio's `launch` starts a server of its own, with uvicorn's defaults and with no layer outside
Gradio's. `guarded_launch` puts `start_server` in the place of `gradio.http_server.start_server`
while `launch` runs, so that `--share`, the queue and the tools for agents work as they do there.
Undocumented in Gradio: that function, and `App.state_holder`, which `webapp.sessions` reads.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from gradio import http_server

from webapp.server.connections import (
    IDLE_SECONDS,
    Connections,
    limited_protocol,
    max_connections,
    parse_network,
)
from webapp.server.limits import Limits

DEFAULT_PORT, PORTS = 7860, 100  # without --port the first free one of so many is taken
START_SECONDS = 30.0
BACKLOG = 512  # connections that wait to be accepted


class StartError(ValueError):
    """The server cannot start; the message is one sentence."""


class Server(uvicorn.Server):
    """uvicorn in a thread, as Gradio expects it."""

    def run_in_thread(self, listener: socket.socket) -> None:
        """Serve the connections of the socket; return when the server is ready."""
        self.thread = threading.Thread(target=self.run, args=([listener],), daemon=True)
        self.thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self.started:
            if not self.thread.is_alive() or time.monotonic() > deadline:
                raise StartError("The server did not start; the lines above say why.")
            time.sleep(0.001)

    def close(self) -> None:
        """End the server."""
        self.should_exit = True
        self.thread.join(timeout=5)


@contextmanager
def guarded_launch(make_guard: Callable, limits: Limits) -> Iterator[None]:
    """Let `launch` start this module's server within the context.

    Parameters
    ----------
    make_guard : callable
        Returns the ASGI application around Gradio's app.
    limits : Limits
        Numbers of connections.
    """

    def start_server(app, server_name=None, server_port=None, **_) -> tuple[str, int, str, Server]:
        host = (server_name or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1").strip("[]")
        listener = listen(host, server_port or _port_from_environment())
        port = listener.getsockname()[1]
        server = Server(server_config(make_guard(app), limits))
        server.run_in_thread(listener)
        name = "localhost" if host in ("0.0.0.0", "::") else host
        name = f"[{name}]" if ":" in name else name
        return host, port, f"http://{name}:{port}/", server

    original = http_server.start_server
    http_server.start_server = start_server
    try:
        yield
    finally:
        http_server.start_server = original


def server_config(app, limits: Limits) -> uvicorn.Config:
    """Return uvicorn's settings for an ASGI application."""
    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    connections = Connections(
        limits.connections_per_client,
        max_connections(limits.max_connections),
        tuple(filter(None, map(parse_network, proxies.split(",")))),
    )
    return uvicorn.Config(
        app,
        http=limited_protocol(connections),
        ws="none",
        log_level="warning",
        log_config=None,  # webapp/server/logs.py writes its lines
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        backlog=BACKLOG,
        forwarded_allow_ips=proxies,
    )


def listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket at the port, or at the first free one if none is given.

    Raises
    ------
    StartError
        If there is none; the message is one sentence.
    """
    ports = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + PORTS)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for number in ports:
        try:
            return socket.create_server((host, number), family=family, backlog=BACKLOG)
        except (OSError, OverflowError, UnicodeError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).partition(" (while")[0][:100]
    raise StartError(
        f"Cannot find empty port {ports[0]} at {host[:80]} ({reason}): "
        "end the other program, or give another port with --port."
    )


def _port_from_environment() -> int | None:
    """Return GRADIO_SERVER_PORT as a number."""
    text = os.environ.get("GRADIO_SERVER_PORT")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise StartError(f"GRADIO_SERVER_PORT is {text[:80]!r}; give a number.")
    return int(text)
