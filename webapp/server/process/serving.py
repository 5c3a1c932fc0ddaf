"""Starts the server: uvicorn with limits on connections, around the guard.

Gradio's `launch` starts a server of its own, with uvicorn's defaults and with no layer outside
Gradio's. `guarded_launch` puts `start_server` in the place of `gradio.http_server.start_server`
while `launch` runs, so that `--share`, the queue and the tools for agents work as they do there.
Undocumented in Gradio: that function, and `App.state_holder`, which `webapp.sessions.session`
reads.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from gradio import http_server

from core.errors import UserError
from webapp.server.limits import Limits
from webapp.server.process.address import BACKLOG, LOCALHOST, open_listener
from webapp.server.process.connections import (
    IDLE_SECONDS,
    Connections,
    limited_protocol,
    max_connections,
    parse_network,
)

START_SECONDS = 30.0


class Server(uvicorn.Server):
    """uvicorn in a thread, as Gradio expects it."""

    def run_in_thread(self, listener: socket.socket) -> None:
        """Serve the connections of the socket; return when the server is ready."""
        self.thread = threading.Thread(target=self.run, args=([listener],), daemon=True)
        self.thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self.started:
            if not self.thread.is_alive() or time.monotonic() > deadline:
                raise UserError("The server did not start; the lines above say why.")
            time.sleep(0.001)

    def close(self) -> None:
        """End the server."""
        self.should_exit = True
        self.thread.join(timeout=5)


@contextmanager
def guarded_launch(
    make_guard: Callable,
    listener: socket.socket,
    is_fixed: bool,
    connections: Connections,
    proxies: str,
) -> Iterator[None]:
    """Let `launch` start this module's server within the context.

    Parameters
    ----------
    make_guard : callable
        Returns the ASGI application around Gradio's app.
    listener : socket.socket
        The bound socket.
    is_fixed : bool
        True if the operator chose its port.
    connections : Connections
        Counts and limits connections.
    proxies : str
        Addresses and networks whose X-Forwarded-For is believed.
    """

    def start_server(app, **_) -> tuple[str, int, str, Server]:
        opened = open_listener(listener, is_fixed)
        host, port = opened.getsockname()[:2]
        server = Server(server_config(make_guard(app), connections, proxies))
        server.run_in_thread(opened)
        name = "localhost" if host in ("0.0.0.0", "::") else host
        name = f"[{name}]" if ":" in name else name
        return host, port, f"http://{name}:{port}/", server

    original = http_server.start_server
    http_server.start_server = start_server
    try:
        yield
    finally:
        http_server.start_server = original


def trusted_proxies(share: bool) -> str:
    """Return the addresses whose X-Forwarded-For is believed, separated by commas.

    A share link reaches the server from 127.0.0.1. What its visitors send is not believed: they are
    one client.
    """
    return os.environ.get("FORWARDED_ALLOW_IPS", "" if share else LOCALHOST)


def connection_table(limits: Limits, proxies: str) -> Connections:
    """Return the limits on connections; proxies and this machine have none of their own."""
    return Connections(
        limits.connections_per_client,
        max_connections(limits.max_connections),
        tuple(filter(None, map(parse_network, [*proxies.split(","), LOCALHOST]))),
    )


def server_config(app, connections: Connections, proxies: str) -> uvicorn.Config:
    """Return uvicorn's settings for an ASGI application."""
    return uvicorn.Config(
        app,
        http=limited_protocol(connections),
        ws="none",
        log_level="warning",
        log_config=None,  # webapp/server/monitoring/logs.py writes its lines
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        backlog=BACKLOG,
        forwarded_allow_ips=proxies,
    )
