"""Fair turns in the queue: the client that was served longest ago comes next.

Gradio serves events in the order of their arrival, so that one client with twenty films makes all
others wait. It also keeps the places of clients that do not listen, and refuses everyone when the
queue is full, whoever filled it. Undocumented in Gradio, and replaced or read here:
`Queue.get_events`, `Queue.push`, `Queue.event_queue_per_concurrency_id`,
`Queue.event_ids_to_events`, `Queue.max_size`, `EventQueue.queue`, and of an event `request`,
`session_hash`, `_id` and `enqueue_time`.
"""

import asyncio
from collections import Counter, OrderedDict

from gradio.server_messages import ProcessCompletedMessage

from webapp.server.access.clients import MAX_CLIENTS, client_of
from webapp.server.job_queue.listeners import Listeners
from webapp.server.monitoring.metrics import Metrics

CROWDED = "The queue is full and others wait for their first place; send it again in a minute."
FULL = "The queue is full; send it again in a minute."
RESERVED = 1 / 8  # of the queue, for clients that have no place yet
NOBODY_LISTENED = "Nobody waited for this answer, so it lost its place in the queue; send it again."


class FairTurns:
    """Puts the next client's oldest event first, whenever Gradio takes an event.

    Parameters
    ----------
    queue : gradio.queueing.Queue
        The queue; its `get_events` and `push` are replaced.
    listeners : Listeners
        Says whose listener is gone; those events are removed.
    metrics : Metrics
        Counts the removed events.
    """

    def __init__(self, queue, listeners: Listeners, metrics: Metrics) -> None:
        self.queue, self.take, self.add = queue, queue.get_events, queue.push
        self.turn = asyncio.Lock()  # between the look for a place and its being taken
        self.listeners, self.metrics = listeners, metrics
        self.served: OrderedDict[str, int] = OrderedDict()  # client: number of its last turn
        self.turns = 0
        queue.get_events, queue.push = self.get_events, self.push

    async def push(self, body, request, username):
        """Add an event as Gradio's method does, if its client may have one more place."""
        async with self.turn:
            if not self.make_room(client_of(request)):
                self.metrics.refusals.labels("queue").inc()
                return False, FULL, "queue_full"
            return await self.add(body, request, username)

    def get_events(self):
        """Return the next events as Gradio's method does."""
        for waiting in self._queues():
            self._remove_unheard(waiting)
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

    def _remove_unheard(self, waiting: list) -> None:
        """Remove the events whose listener is gone; one that comes later reads a sentence."""
        for event in list(waiting):
            if self.listeners.are_gone((event.session_hash, event._id), event.enqueue_time):
                self._remove(waiting, event, NOBODY_LISTENED, "listener")

    def _remove(self, waiting: list, event, sentence: str, reason: str) -> None:
        """Remove an event from a queue; its client reads the sentence."""
        waiting.remove(event)
        refused = ProcessCompletedMessage(output={"error": sentence}, success=False)
        self.queue.send_message(event, refused)
        self.queue.event_ids_to_events.pop(event._id, None)
        self.metrics.refusals.labels(reason).inc()

    def make_room(self, client: str) -> bool:
        """Return whether the client gets one more place; where none is free, another loses one.

        Each client gets a first place before another gets a second one: the last places are for
        clients that have none, and if those run out too, the client with the most places loses its
        newest one to a client that has at least two fewer.
        """
        waiting, limit = self._waiting(), self.queue.max_size
        if limit is None or waiting.total() < limit - int(RESERVED * limit):
            return True
        if waiting.total() < limit:
            return not waiting[client]
        most, places = waiting.most_common(1)[0]
        if places < waiting[client] + 2:
            return False
        queue, newest = max(
            ((queue, event) for queue in self._queues() for event in queue
             if _client(event) == most),
            key=lambda pair: pair[1].enqueue_time,
        )  # fmt: skip
        self._remove(queue, newest, CROWDED, "crowded")
        return True

    def count_waiting(self, client: str) -> int:
        """Return how many events of the client wait."""
        return self._waiting()[client]

    def _waiting(self) -> Counter[str]:
        """Return the number of events that wait, by client."""
        return Counter(_client(event) for waiting in self._queues() for event in waiting)

    def _queues(self) -> list[list]:
        return [queue.queue for queue in self.queue.event_queue_per_concurrency_id.values()]


def _client(event) -> str:
    return client_of(event.request)
