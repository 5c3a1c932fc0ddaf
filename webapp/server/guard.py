"""What every request passes first: refusals in one sentence, and headers that browsers heed.

Plain ASGI, so that a stream of events or a large file goes through as it comes.
"""

import json
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from webapp.server.cleanup import disk_used
from webapp.server.limits import Limits

# Gradio's page runs inline scripts and compiles its templates; its viewer works in blobs. A Space
# is shown in a frame by the Hub.
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
LARGEST_CALL = 4_000_000  # bytes of a request without files: an outline is a few thousand points
MOST_ADDRESSES = 10_000  # whose requests are counted; the ones seen last
DISK_SECONDS = 5.0  # between two looks at the disk
HELD_OPEN = ("/heartbeat/", "/dev/reload")  # for as long as a page is open


class Refused(Exception):
    """Status and sentence of a request that goes no further."""

    def __init__(self, status: int, sentence: str):
        self.status, self.sentence = status, sentence


@dataclass
class Traffic:
    """What is under way; shared by the guard and by what ends the server."""

    closing: threading.Event = field(default_factory=threading.Event)  # the server has to end
    failed: bool = False  # it ends because it cannot go on
    open: int = 0  # requests that are being answered, streams of events among them


class Guard:
    """ASGI middleware around Gradio's app."""

    def __init__(self, app, limits: Limits, folder: Path, traffic: Traffic):
        self.app, self.limits, self.folder, self.traffic = app, limits, folder, traffic
        self.seen: OrderedDict[str, tuple[float, float]] = OrderedDict()  # posts left, and when
        self.disk = (0.0, 0)  # when it was measured, bytes

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = _Answer(send)
        counts = not any(part in scope["path"] for part in HELD_OPEN)
        self.traffic.open += counts
        try:
            self._check(scope)
            await self.app(scope, self._measured(scope, receive), answer)
        except Refused as refused:
            await answer.refuse(refused)
        except OSError as error:  # a full disk while an upload is written
            print(f"Visitors' files cannot be written: {error.strerror}", file=sys.stderr)
            sentence = f"The server cannot write files ({error.strerror}); try again later."
            await answer.refuse(Refused(507, sentence))
        finally:
            self.traffic.open -= counts

    def _check(self, scope) -> None:
        if "/file=http" in scope["path"]:
            raise Refused(403, "This server fetches nothing from other addresses.")
        if scope["method"] != "POST":
            return
        if self.traffic.closing.is_set():
            raise Refused(503, "The server is about to restart; try again in a minute.")
        self._count((scope.get("client") or ("",))[0])
        if scope["path"].endswith("/upload") and self._disk_used() > self.limits.most_disk:
            raise Refused(507, "The server's disk is taken up; try again in an hour.")

    def _count(self, address: str) -> None:
        """A bucket of a minute's posts, refilled steadily."""
        now, most = time.monotonic(), self.limits.posts_per_minute
        left, when = self.seen.pop(address, (most, now))
        left = min(most, left + (now - when) * most / 60)
        self.seen[address] = (max(left - 1, 0), now)
        if len(self.seen) > MOST_ADDRESSES:
            self.seen.popitem(last=False)
        if left < 1:
            raise Refused(429, "Too many requests came from your address; wait a minute.")

    def _disk_used(self) -> int:
        measured, used = self.disk
        if time.monotonic() - measured > DISK_SECONDS:
            used = disk_used(self.folder)
            self.disk = (time.monotonic(), used)
        return used

    def _measured(self, scope, receive):
        """`receive` that stops at the largest body which the path may have."""
        upload = scope["path"].endswith("/upload")
        left = self.limits.largest_upload if upload else LARGEST_CALL

        async def measured():
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise Refused(413, "The request is too large; send smaller or fewer files.")
            return message

        return measured


class _Answer:
    """`send` that adds the headers and knows whether a refusal may still be sent."""

    def __init__(self, send):
        self.send, self.begun = send, False

    async def __call__(self, message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = {name for name, _ in HEADERS}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in own]
            message = message | {"headers": [*kept, *HEADERS]}
        await self.send(message)

    async def refuse(self, refused: Refused) -> None:
        if self.begun:
            return
        body = json.dumps({"detail": refused.sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"60")]
        headers += [(b"content-length", str(len(body)).encode())]
        await self({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})
