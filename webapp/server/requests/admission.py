"""Admits or refuses a request by rate, size, disk and queue.

admission = Admission(limits, disk, results, state, count_waiting)
admission.count(client, route)              # each raises RefusedRequest
admission.check_load(route, client)
admission.watch(route, client, headers)     # sees the bytes of the body as they arrive
"""

from collections.abc import Callable

from webapp.server.access.clients import Rate
from webapp.server.limits import Limits
from webapp.server.process.lifetime import ServerState
from webapp.server.refusal import DISK_FULL, DISK_SHARE, ENDING, TOO_MANY, WAITING
from webapp.server.requests.body import FormWatch
from webapp.server.requests.routes import Kind, Route
from webapp.server.storage.cleanup import DiskMeter
from webapp.server.storage.disk_shares import DiskShares
from webapp.server.storage.results import ResultFiles

WRITING = (Kind.UPLOAD, Kind.WORK, Kind.MCP)  # requests that lead to files


class Admission:
    """The limits of `Limits` on what clients send.

    Parameters
    ----------
    limits : Limits
        Sizes and rates above which a request is refused.
    disk : DiskMeter
        Size of visitors' files.
    results : ResultFiles
        Size of the files that were written for a client.
    state : ServerState
        Says whether the server is about to end.
    count_waiting : callable
        Returns how many events of a client wait in the queue.
    """

    def __init__(
        self,
        limits: Limits,
        disk: DiskMeter,
        results: ResultFiles,
        state: ServerState,
        count_waiting: Callable[[str], int],
    ) -> None:
        self.limits, self.disk, self.state = limits, disk, state
        self.count_waiting = count_waiting
        self.requests = Rate(limits.requests_per_minute)
        self.posts = Rate(limits.posts_per_minute)
        self.shares = DiskShares(limits.most_disk, limits.keep_seconds, results.size)

    def count(self, client: str, route: Route | None) -> None:
        """Count a request of any kind, a costly one as several."""
        if not self.requests.allow(client, route.cost if route else 1):
            raise TOO_MANY()

    def check_load(self, route: Route, client: str) -> None:
        """Refuse work that the server has no room for."""
        if self.state.closing.is_set():
            raise ENDING()
        if not self.posts.allow(client):
            raise TOO_MANY()
        if route.kind in WRITING:
            if self.is_disk_full():
                raise DISK_FULL()
            if not self.shares.add(client, 0, self.disk.used):
                raise DISK_SHARE()
        if route.kind is Kind.WORK and self.count_waiting(client) >= self.limits.max_queue / 2:
            raise WAITING()

    def max_body(self, route: Route) -> int:
        """Return the most bytes of a body."""
        return self.limits.largest_upload if route.kind is Kind.UPLOAD else route.max_body

    def watch(self, route: Route, client: str, headers: dict) -> Callable[[bytes], object]:
        """Return what sees the bytes of the body as they arrive."""
        if route.kind is not Kind.UPLOAD:
            return lambda chunk: None
        form = FormWatch(headers.get(b"content-type", b"").decode("latin-1"))

        def watch(chunk: bytes) -> None:
            form(chunk)
            used = self.disk.add(len(chunk))
            if used > self.limits.most_disk:
                raise DISK_FULL()
            if not self.shares.add(client, len(chunk), used):
                raise DISK_SHARE()

        return watch

    def is_disk_full(self) -> bool:
        """Return whether visitors' files take all the room that they may."""
        return self.disk.update() > self.limits.most_disk
