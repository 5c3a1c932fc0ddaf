"""The share of the disk that one client may take: a fraction of what is still free.

Uploads count for the time that files are kept, results for as long as they exist.

A fixed share would be too small for a class behind one router, or would let a few clients fill the
disk. With a fraction of the free space, one client alone may take a fifth of the disk and eight
clients a twelfth each, and a third of the disk stays free for others (dynamic thresholds, as in
the buffers of network switches).
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from webapp.server.access.clients import MAX_CLIENTS

FREE_SHARE = 0.25  # of the free space
SLOTS = 12  # parts of the time that files are kept, in which bytes are counted together


class DiskShares:
    """Bytes that each client has uploaded within the time that files are kept, and its results.

    Parameters
    ----------
    disk : int
        Most bytes of all visitors' files.
    seconds : float
        Time after which files are removed.
    results : callable
        Returns the bytes that were written for a client.
    """

    def __init__(
        self,
        disk: int,
        seconds: float,
        results: Callable[[str], int] = lambda client: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.disk, self.slot_seconds, self.results = disk, seconds / SLOTS, results
        self.clock = clock
        # client: number of a slot, and the bytes that were uploaded in it
        self.clients: OrderedDict[str, deque[tuple[int, int]]] = OrderedDict()

    def add(self, client: str, size: int, used: int) -> bool:
        """Count bytes of the client; return False if its share is used up.

        Parameters
        ----------
        client : str
            Name under which the client is counted.
        size : int
            Bytes that arrive.
        used : int
            Bytes of all visitors' files.
        """
        slot = int(self.clock() / self.slot_seconds)
        slots = self.clients.pop(client, deque())
        while slots and slots[0][0] < slot - SLOTS:
            slots.popleft()
        same = slots.pop()[1] if slots and slots[-1][0] == slot else 0
        slots.append((slot, same + size))
        self.clients[client] = slots
        if len(self.clients) > MAX_CLIENTS:
            self.clients.popitem(last=False)
        held = sum(uploaded for _, uploaded in slots) + self.results(client)
        return held <= FREE_SHARE * (self.disk - used)
