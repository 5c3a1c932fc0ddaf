"""Fair turns in the queue: the client that was served longest ago comes next.

Gradio serves events in the order of their arrival, so that one client with twenty films makes all
others wait. Undocumented in Gradio, and replaced or read here: `Queue.get_events`,
`Queue.event_queue_per_concurrency_id`, `EventQueue.queue` and `Event.request`.
"""

from collections import Counter, OrderedDict

from webapp.server.clients import MAX_CLIENTS, client_key


class FairTurns:
    """Puts the next client's oldest event first, whenever Gradio takes an event.

    Parameters
    ----------
    queue : gradio.queueing.Queue
        The queue; its `get_events` is replaced.
    """

    def __init__(self, queue) -> None:
        self.queue, self.take = queue, queue.get_events
        self.served: OrderedDict[str, int] = OrderedDict()  # client: number of its last turn
        self.turns = 0
        queue.get_events = self.get_events

    def get_events(self):
        """Return the next events as Gradio's method does."""
        for waiting in self._queues():
            if len(waiting) > 1:
                oldest = min(waiting, key=lambda event: self.served.get(_client(event), 0))
                waiting.remove(oldest)
                waiting.insert(0, oldest)
        taken = self.take()
        for event in taken[0] if taken else ():
            self.turns += 1
            self.served[_client(event)] = self.turns
            self.served.move_to_end(_client(event))
            if len(self.served) > MAX_CLIENTS:
                self.served.popitem(last=False)
        return taken

    def count_waiting(self, client: str) -> int:
        """Return how many events of the client wait."""
        return Counter(_client(event) for waiting in self._queues() for event in waiting)[client]

    def _queues(self) -> list[list]:
        return [queue.queue for queue in self.queue.event_queue_per_concurrency_id.values()]


def _client(event) -> str:
    address = getattr(event.request, "client", None)
    return client_key(address.host if address else "")
