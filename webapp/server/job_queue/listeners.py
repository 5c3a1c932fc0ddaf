"""Listeners: which clients wait for the answers of their jobs."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.server.access.clients import MAX_CLIENTS

# A job keeps its place in the queue so long without a listener: a client opens its stream a moment
# after it starts the job, and a phone loses its connection for some seconds.
LISTENER_SECONDS = 10.0


class Listeners:
    """Open streams by the name that they read: of a session or of an event."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.open: Counter[str] = Counter()
        self.left: OrderedDict[str, float] = OrderedDict()  # name: time of its last stream's end

    @contextmanager
    def listening(self, name: str) -> Iterator[None]:
        """Count an open stream within the context."""
        self.open[name] += 1
        try:
            yield
        finally:
            self.open[name] -= 1
            if not self.open[name]:
                del self.open[name]
                self.left[name] = self.clock()
                self.left.move_to_end(name)
            if len(self.left) > MAX_CLIENTS:
                self.left.popitem(last=False)

    def are_gone(self, names: tuple[str, ...], since: float) -> bool:
        """Return whether nobody has read one of the names for LISTENER_SECONDS.

        Parameters
        ----------
        names : tuple of str
            Session and event.
        since : float
            Time of the clock from which a listener was expected.
        """
        if any(name in self.open for name in names):
            return False
        last = max(since, *(self.left.get(name, since) for name in names))
        return self.clock() - last > LISTENER_SECONDS
