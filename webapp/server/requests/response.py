"""Answers of the server: security headers on each, refusals as one sentence of JSON."""

import json
from collections.abc import Callable

from webapp.server.monitoring.logs import request_id
from webapp.server.refusal import RETRY_SECONDS, RETRY_STATUSES, RefusedRequest

# Gradio's page runs inline scripts and compiles its templates; its viewer works in blobs.
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
        "frame-ancestors 'self' {frame_ancestors}",
    ]
)
HEADERS = [
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]
# Types that a browser shows and that run nothing; all others are downloads.
SHOWN_TYPES = (b"image/png", b"image/jpeg", b"image/gif", b"image/webp", b"image/bmp")
# Apple's viewer opens a file of this type in the visitor's room if it is not a download.
USDZ_SUFFIX, USDZ_TYPE = ".usdz", b"model/vnd.usdz+zip"
PLAIN_TEXT = b"text/plain; charset=utf-8"

Headers = list[tuple[bytes, bytes]]


def security_headers(frame_ancestors: str) -> Headers:
    """Return the headers of every answer; other sites than those named cannot frame the page."""
    policy = POLICY.format(frame_ancestors=frame_ancestors).rstrip()
    return [(b"content-security-policy", policy.encode()), *HEADERS]


class Response:
    """`send` that adds the headers and knows whether the response has begun.

    Parameters
    ----------
    send : callable
        ASGI's.
    added : list of (bytes, bytes)
        Headers of every answer.
    rewrite : callable
        Returns Gradio's headers with safe cookies.
    """

    def __init__(self, send, added: Headers, rewrite: Callable[[Headers], Headers]) -> None:
        self.send, self.added, self.rewrite = send, added, rewrite
        self.begun = self.is_open_stream = False
        self.file = ""  # path of the file that is served
        self.failure: list[dict] = []  # the app's answer 500, which may be replaced

    async def __call__(self, message) -> None:
        """Send a message of the app; hold back an answer 500.

        Starlette answers 500 and then raises the error, which has a better answer.
        """
        if self.failure or message.get("status") == 500:
            self.failure.append(message)
        else:
            await self._pass(message)

    async def send_failure(self) -> None:
        """Send the app's answer 500, if no error followed it."""
        for message in self.failure:
            await self._pass(message)

    async def _pass(self, message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = self._headers(message.get("headers", []), message["status"])
            message = message | {"headers": headers}
            kind = dict(headers).get(b"content-type", b"")
            self.is_open_stream = kind.startswith(b"text/event-stream")
        elif not message.get("more_body", False):
            self.is_open_stream = False
        await self.send(message)

    def _headers(self, headers: Headers, status: int) -> Headers:
        added = [*self.added, (b"x-request-id", request_id.get().encode())]
        if self.file:
            added += _file_headers(self.file if status < 300 else "", dict(headers))
        if status in RETRY_STATUSES:  # also where Gradio's queue is full
            added.append((b"retry-after", b"%d" % RETRY_SECONDS))
        names = {name for name, _ in added}
        return [*(pair for pair in self.rewrite(headers) if pair[0].lower() not in names), *added]

    async def answer(self, status: int, body, headers=(), kind: bytes = PLAIN_TEXT) -> None:
        """Send an answer of this server: a JSON value, or text of the given type."""
        kind = kind if isinstance(body, bytes) else b"application/json"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [*headers, (b"content-type", kind), (b"content-length", b"%d" % len(data))]
        await self._pass({"type": "http.response.start", "status": status, "headers": headers})
        await self._pass({"type": "http.response.body", "body": data})

    async def refuse(self, refused: RefusedRequest) -> None:
        """Send the refusal as JSON; end the stream of events if that has begun."""
        if self.is_open_stream:
            await self._pass({"type": "http.response.body", "body": b""})
        if not self.begun:
            extra = [(b"connection", b"close")]  # the rest of the body is not read
            if refused.status == 401:
                extra.append((b"www-authenticate", b'Basic realm="app"'))
            await self.answer(refused.status, {"detail": refused.sentence}, extra)


def _file_headers(path: str, given: dict[bytes, bytes]) -> Headers:
    """Return the headers that say whether a browser shows a file or saves it; no path: an error."""
    if path.endswith(USDZ_SUFFIX):
        return [(b"content-type", USDZ_TYPE), (b"content-disposition", b"inline")]
    if given.get(b"content-type", b"") in SHOWN_TYPES:
        return []
    return [(b"content-disposition", _attachment(given))]


def _attachment(given: dict[bytes, bytes]) -> bytes:
    """Return the Content-Disposition of a download, with the file's name where Gradio gives it."""
    _, semicolon, name = given.get(b"content-disposition", b"").partition(b";")
    return b"attachment" + semicolon + name
