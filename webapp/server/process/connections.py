"""Limits on connections: how many, and how long one may send nothing. uvicorn has none of these."""

import asyncio
import ipaddress
import logging
import socket
from collections import Counter
from dataclasses import dataclass, field

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from webapp.server.access.clients import client_key

HEADER_SECONDS = 10.0  # from the connection, or the first byte of a request, to its last header
IDLE_SECONDS = 60  # between two requests; and for a client that does not read its answer
SPARE_DESCRIPTORS = 100  # for files, pipes and the log

logger = logging.getLogger(__name__)


def max_connections(wanted: int) -> int:
    """Return how many connections the process can hold beside SPARE_DESCRIPTORS other files."""
    try:
        import resource
    except ImportError:  # Windows
        return wanted
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, soft - SPARE_DESCRIPTORS)


def parse_network(text: str):
    """Return the address or network, or None if it is none."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@dataclass
class Connections:
    """Open connections, in all and for each client."""

    per_client: int
    in_all: int
    proxies: tuple = ()  # networks of clients that have no limit of their own
    open: Counter = field(default_factory=Counter)

    def add(self, client: str) -> bool:
        """Count a new connection; return False if there are too many."""
        most = self.in_all if self._is_proxy(client) else self.per_client
        if self.open.total() >= self.in_all or self.open[client] >= most:
            return False
        self.open[client] += 1
        return True

    def _is_proxy(self, client: str) -> bool:
        network = parse_network(client)
        return network is not None and any(
            network.version == proxy.version and network.subnet_of(proxy) for proxy in self.proxies
        )

    def remove(self, client: str) -> None:
        """Count a connection that ended."""
        self.open[client] -= 1
        if self.open[client] <= 0:
            del self.open[client]


class LimitedProtocol(H11Protocol):
    """uvicorn's protocol, bounded by a table of connections."""

    table: Connections
    header_seconds = HEADER_SECONDS
    idle_seconds: float = IDLE_SECONDS
    counted: str | None = None  # client under which this connection is counted
    header_timer: asyncio.TimerHandle | None = None
    write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Count the connection, and wait for its first request."""
        _send_at_once(transport.get_extra_info("socket"))
        super().connection_made(transport)
        client = client_key(self.client[0] if self.client else "")
        if not self.table.add(client):
            logger.warning("A connection was refused: too many are open")
            transport.abort()
            return
        self.counted = client
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.counted is not None:
            self.table.remove(self.counted)
            self.counted = None
        self._stop_header_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; stop the clock when the headers are complete."""
        if self.counted is None:
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:  # the headers are not complete
            self._expect_headers()
        else:
            self._stop_header_timer()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: a client that asks for a WebSocket gets the ordinary answer."""

    def pause_writing(self) -> None:
        """Start the clock of a client that does not read its answer."""
        super().pause_writing()
        if self.write_timer is None:
            self.write_timer = self.loop.call_later(self.idle_seconds, self._abort)

    def resume_writing(self) -> None:
        """Stop that clock."""
        super().resume_writing()
        if self.write_timer is not None:
            self.write_timer.cancel()
            self.write_timer = None

    def _expect_headers(self) -> None:
        if self.header_timer is None:
            self.header_timer = self.loop.call_later(self.header_seconds, self._abort)

    def _stop_header_timer(self) -> None:
        if self.header_timer is not None:
            self.header_timer.cancel()
            self.header_timer = None

    def _abort(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def _send_at_once(connection: socket.socket) -> None:
    """Switch Nagle's algorithm off, which delays the second part of an answer by 40 ms.

    asyncio does this itself, except for connections of a socket made by socket.create_server.
    """
    if connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def limited_protocol(connections: Connections, **seconds: float) -> type[LimitedProtocol]:
    """Return the protocol class for the table; uvicorn makes an instance for each connection."""
    return type("Protocol", (LimitedProtocol,), {"table": connections, **seconds})
