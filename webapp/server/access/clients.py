"""Clients: who sends a request, how many requests a client may send, and its sessions.

A client is an address: IPv4 whole, IPv6 by its /64 network, which one subscriber holds. Behind a
proxy uvicorn sets the address: the rightmost entry of X-Forwarded-For that no trusted proxy made
(FORWARDED_ALLOW_IPS). Visitors behind one router, or a share link, are one client.
"""

import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_CLIENTS = 10_000  # clients whose requests are counted; the oldest is forgotten first
IDLE_SECONDS = 180.0  # a session without a model is forgotten so long after its last call


def client_key(address: str) -> str:
    """Return the name under which requests of the address are counted."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket has no address
        return address[:64]
    if ip.version == 6 and ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def client_of(request) -> str:
    """Return the name under which the sender of a request, of Starlette, is counted."""
    address = getattr(request, "client", None)
    return client_key(address.host if address else "")


class Rate:
    """Token buckets: each client may send `per_minute` requests at once, refilled steadily.

    The package `limits` has windows only; at their edge twice the rate passes.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self.clock = per_minute, clock
        # client: requests left, and the time at which they were counted
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, client: str, cost: int = 1) -> bool:
        """Take so many requests from the client's bucket; return False if it holds fewer."""
        now, cost = self.clock(), min(cost, self.per_minute)
        left, counted = self.buckets.pop(client, (self.per_minute, now))
        left = min(self.per_minute, left + (now - counted) * self.per_minute / 60)
        self.buckets[client] = (left - cost if left >= cost else left, now)
        if len(self.buckets) > MAX_CLIENTS:
            self.buckets.popitem(last=False)
        return left >= cost


@dataclass
class _Entry:
    client: str
    used: float  # time of the last call


class SessionTable:
    """Names of sessions, bounded for each client and in all.

    A session that holds a model is never removed to make room. One without a model is forgotten
    IDLE_SECONDS after its last call, or at once when its own client needs the room. While all are
    taken, it is forgotten for a client that has fewer sessions than its own.

    Parameters
    ----------
    per_client, in_all : int
        Most sessions.
    holds_model : callable
        Returns whether the named session holds a model.
    forget : callable
        Removes what Gradio keeps of the named session.
    """

    def __init__(
        self,
        per_client: int,
        in_all: int,
        holds_model: Callable[[str], bool],
        forget: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_client, self.in_all = per_client, in_all
        self.holds_model, self.forget, self.clock = holds_model, forget, clock
        self.entries: OrderedDict[str, _Entry] = OrderedDict()  # the longest unused first

    def admit(self, name: str, client: str) -> bool:
        """Count a call of the session; return False if there is no room for a new session."""
        now = self.clock()
        if entry := self.entries.get(name):
            entry.used = now
            self.entries.move_to_end(name)
            return True
        self._forget(lambda entry: now - entry.used > IDLE_SECONDS)
        if self._count(client) >= self.per_client:
            self._forget(lambda entry: entry.client == client, most=1)
        if len(self.entries) >= self.in_all:
            self._make_room(client)
        if self._count(client) >= self.per_client or len(self.entries) >= self.in_all:
            return False
        self.entries[name] = _Entry(client, now)
        return True

    def _make_room(self, client: str) -> None:
        """Forget a session without a model of the client that has the most, if it has more."""
        counts = Counter(entry.client for entry in self.entries.values())
        most, number = counts.most_common(1)[0]
        if number > counts[client] + 1:
            self._forget(lambda entry: entry.client == most, most=1)

    def _count(self, client: str) -> int:
        return sum(entry.client == client for entry in self.entries.values())

    def _forget(self, chosen: Callable[[_Entry], bool], most: int | None = None) -> None:
        """Forget chosen sessions that hold no model, the longest unused first."""
        names = (name for name, entry in self.entries.items() if chosen(entry))
        for name in [name for name in names if not self.holds_model(name)][:most]:
            del self.entries[name]
            self.forget(name)
