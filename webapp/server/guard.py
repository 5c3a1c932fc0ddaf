"""ASGI middleware in front of Gradio: refuses requests, and adds security headers.

Plain ASGI passes a stream of events or a large file on as it comes. The paths of Gradio's routes
below are those that its own page requests; Gradio has no public names for them.
"""

import json
import logging
import time
from collections import OrderedDict
from pathlib import Path

from webapp.server.cleanup import disk_usage
from webapp.server.lifetime import ServerState
from webapp.server.limits import Limits

# Gradio's page runs inline scripts and compiles its templates; its viewer works in blobs. The Hub
# shows a Space in a frame.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    ]
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]
HEADER_NAMES = {name for name, _ in HEADERS}
MAX_CALL_BYTES = 4_000_000  # of a request without files: an outline is a few thousand points
MAX_ADDRESSES = 10_000  # addresses whose requests are counted; the oldest is forgotten first
DISK_SECONDS = 5.0  # between two measurements of the disk
OPEN_WITH_PAGE = ("/heartbeat/", "/dev/reload")  # open as long as a page is: not waited for

logger = logging.getLogger(__name__)


class RefusedRequest(Exception):
    """Status and sentence of a request that goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Guard:
    """ASGI middleware around Gradio's app.

    Parameters
    ----------
    app : ASGI application
        Gradio's app.
    limits : Limits
        Sizes and rates above which a request is refused.
    folder : Path
        Folder of visitors' files, whose size is limited.
    state : ServerState
        Counts open requests; says whether the server is about to end.
    """

    def __init__(self, app, limits: Limits, folder: Path, state: ServerState) -> None:
        self.app, self.limits, self.folder, self.state = app, limits, folder, state
        # address: remaining requests, and the time at which they were counted
        self.budgets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.disk = (0.0, 0)  # time of the measurement, bytes

    async def __call__(self, scope, receive, send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        response = _Response(send)
        counts = not any(part in scope["path"] for part in OPEN_WITH_PAGE)
        self.state.open += counts
        try:
            self._check(scope)
            await self.app(scope, self._limited(scope, receive), response)
        except RefusedRequest as refused:
            await response.refuse(refused)
        except OSError as error:  # a full disk while an upload is written
            logger.error("Visitors' files cannot be written: %s", error.strerror)
            sentence = f"The server cannot write files ({error.strerror}); try again later."
            await response.refuse(RefusedRequest(507, sentence))
        finally:
            self.state.open -= counts

    def _check(self, scope) -> None:
        """Raise RefusedRequest if the request may not pass."""
        if "/file=http" in scope["path"]:
            raise RefusedRequest(403, "This server fetches nothing from other addresses.")
        if scope["method"] != "POST":
            return
        if self.state.closing.is_set():
            raise RefusedRequest(503, "The server is about to restart; try again in a minute.")
        self._count((scope.get("client") or ("",))[0])
        if scope["path"].endswith("/upload") and self._disk_usage() > self.limits.most_disk:
            raise RefusedRequest(507, "The server's disk is taken up; try again in an hour.")

    def _count(self, address: str) -> None:
        """Take one request from the address's budget, which refills steadily (token bucket)."""
        now, budget = time.monotonic(), self.limits.posts_per_minute
        left, counted = self.budgets.pop(address, (budget, now))
        left = min(budget, left + (now - counted) * budget / 60)
        self.budgets[address] = (max(left - 1, 0), now)
        if len(self.budgets) > MAX_ADDRESSES:
            self.budgets.popitem(last=False)
        if left < 1:
            raise RefusedRequest(429, "Too many requests came from your address; wait a minute.")

    def _disk_usage(self) -> int:
        """Return the bytes of visitors' files, measured every DISK_SECONDS."""
        measured, used = self.disk
        if time.monotonic() - measured > DISK_SECONDS:
            used = disk_usage(self.folder)
            self.disk = (time.monotonic(), used)
        return used

    def _limited(self, scope, receive):
        """Return `receive` that raises RefusedRequest when the body exceeds its limit."""
        upload = scope["path"].endswith("/upload")
        left = self.limits.largest_upload if upload else MAX_CALL_BYTES

        async def limited():
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise RefusedRequest(413, "The request is too large; send smaller or fewer files.")
            return message

        return limited


class _Response:
    """`send` that adds the headers and knows whether the response has begun."""

    def __init__(self, send) -> None:
        self.send, self.begun = send, False

    async def __call__(self, message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = [
                pair for pair in message.get("headers", []) if pair[0].lower() not in HEADER_NAMES
            ]
            message = message | {"headers": [*headers, *HEADERS]}
        await self.send(message)

    async def refuse(self, refused: RefusedRequest) -> None:
        """Send the refusal as JSON, unless the response has begun."""
        if self.begun:
            return
        body = json.dumps({"detail": refused.sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"60")]
        headers += [(b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})
