"""ASGI middleware in front of Gradio: refuses requests, and adds security headers.

It is the outermost layer, so that answers to errors carry the headers too. `routes.py` lists what
is served, `limits.py` the limits, `auth.py` is the login. Plain ASGI passes a stream of events or a
large file on as it comes.
"""

import json
import logging
import os
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

from webapp.server.auth import NOT_SIGNED_IN, Auth
from webapp.server.body import FormWatch, limit_body, read_json
from webapp.server.cleanup import DiskMeter
from webapp.server.clients import Rate, SessionTable, client_key
from webapp.server.health import health_answer
from webapp.server.lifetime import ServerState
from webapp.server.limits import Limits
from webapp.server.logs import request_id
from webapp.server.refusal import (
    DISK_FULL,
    ENDING,
    FAILED,
    FOREIGN,
    NO_ADDRESS,
    NO_ROOM,
    NOT_SERVED,
    RETRY_SECONDS,
    TOO_MANY,
    WAITING,
    WRONG_NAME,
    RefusedRequest,
)
from webapp.server.routes import NAME, Kind, Route, find_route, strip_prefix

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
QUERY_NAMES = ("session_hash", "upload_id")  # names that clients choose
# Types that a browser shows and that run nothing; all others are downloads.
SHOWN_TYPES = (b"image/png", b"image/jpeg", b"image/gif", b"image/webp", b"image/bmp")

logger = logging.getLogger(__name__)


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
    sessions : SessionTable, optional
        Bounds the sessions.
    mcp : bool
        True if tools for agents are served.
    count_waiting : callable
        Returns how many events of a client wait in the queue.
    """

    def __init__(
        self,
        app,
        limits: Limits,
        folder: Path,
        state: ServerState,
        sessions: SessionTable | None = None,
        mcp: bool = False,
        count_waiting: Callable[[str], int] = lambda client: 0,
    ) -> None:
        self.app, self.limits, self.state, self.mcp = app, limits, state, mcp
        self.disk, self.count_waiting = DiskMeter(folder), count_waiting
        self.posts, self.requests = Rate(limits.posts_per_minute), Rate(limits.requests_per_minute)
        self.sessions = sessions or SessionTable(
            limits.sessions_per_client, limits.most_visitors, lambda _: False, lambda _: None
        )
        ancestors = os.environ.get("FRAME_ANCESTORS", "")
        self.auth = Auth(app, framed=bool(ancestors))
        policy = POLICY.format(frame_ancestors=ancestors).rstrip()
        self.headers = [(b"content-security-policy", policy.encode()), *HEADERS]

    async def __call__(self, scope, receive, send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":  # no route of the page is a WebSocket
            return await send({"type": "websocket.close"})
        request_id.set(uuid.uuid4().hex)
        response = _Response(send, self)
        try:
            await self._answer(scope, receive, response)
            await response.send_failure()
        except RefusedRequest as refused:
            logger.info(f"Refused with {refused.status}: {refused}")  # one kind of line for each
            await response.refuse(refused)
        except OSError as error:  # a full disk while an upload is written
            logger.error("Visitors' files cannot be written: %s", error.strerror)
            sentence = f"The server cannot write files ({error.strerror}); try again later."
            await response.refuse(RefusedRequest(507, sentence))
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno}"
            logger.error(f"A request failed: {type(error).__name__} at {place}")
            logger.debug("Its traceback:", exc_info=True)
            await response.refuse(FAILED())

    async def _answer(self, scope, receive, response: "_Response") -> None:
        prefix = scope.get("root_path") or getattr(self.app, "root_path", "")
        path, method = strip_prefix(scope["path"], prefix), scope["method"]
        if answer := health_answer(method, path, self.state, self._is_disk_full):
            return await response.answer(*answer)
        client, headers = client_key((scope.get("client") or ("",))[0]), dict(scope["headers"])
        if (method, path) == ("POST", "/logout") and self.auth.enabled:
            return await response.answer(200, {"success": True}, self.auth.logout(headers))
        route = self._find(scope, path, client, headers)
        response.is_file = route.kind is Kind.FILE
        response.on_failure = (
            (lambda: self.auth.add_failure(client)) if route.kind is Kind.LOGIN else None
        )
        receive = limit_body(receive, self._max_body(route), self._watch(route, headers))
        if route.reads_session:
            body, receive = await read_json(receive)
            name = body.get("session_hash")
            if route.kind is Kind.WORK and name and not self.sessions.admit(name, client):
                raise NO_ROOM()
        counts = route.kind is not Kind.STREAM
        self.state.open += counts
        try:
            await self.app(scope, receive, response)
        finally:
            self.state.open -= counts

    def _find(self, scope, path: str, client: str, headers: dict) -> Route:
        """Return the route of a request; raise RefusedRequest if it may not pass."""
        if not self.requests.allow(client):
            raise TOO_MANY()
        route = find_route(scope["method"], path, self.mcp)
        if route is None:
            raise NOT_SERVED()
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
        if not all(NAME.match(value) for name, value in query if name in QUERY_NAMES):
            raise WRONG_NAME()
        if route.kind is Kind.FILE and _is_address(path.partition("=")[2]):
            raise NO_ADDRESS()
        if route.kind in (Kind.LOGIN, Kind.MCP):
            self._check_user(route, client, headers)
        if scope["method"] == "POST":
            self._check_load(route, client)
        return route

    def _check_user(self, route: Route, client: str, headers: dict) -> None:
        """Refuse a client that gave wrong passwords, and calls of agents that did not sign in."""
        self.auth.check_lock(client)
        if route.kind is Kind.MCP and _is_foreign(headers):
            raise FOREIGN()
        if route.kind is Kind.MCP and self.auth.enabled and not self.auth.user(headers):
            if b"authorization" in headers:
                self.auth.add_failure(client)
            raise NOT_SIGNED_IN()

    def _check_load(self, route: Route, client: str) -> None:
        """Refuse work that the server has no room for."""
        if self.state.closing.is_set():
            raise ENDING()
        if not self.posts.allow(client):
            raise TOO_MANY()
        if route.kind in (Kind.UPLOAD, Kind.WORK, Kind.MCP) and self._is_disk_full():
            raise DISK_FULL()
        if route.kind is Kind.WORK and self.count_waiting(client) >= self.limits.max_queue / 2:
            raise WAITING()

    def _max_body(self, route: Route) -> int:
        return self.limits.largest_upload if route.kind is Kind.UPLOAD else route.max_body

    def _watch(self, route: Route, headers: dict) -> Callable[[bytes], object]:
        """Return what sees the bytes of the body as they arrive."""
        if route.kind is not Kind.UPLOAD:
            return lambda chunk: None
        form = FormWatch(headers.get(b"content-type", b"").decode("latin-1"))

        def watch(chunk: bytes) -> None:
            form(chunk)
            if self.disk.add(len(chunk)) > self.limits.most_disk:
                raise DISK_FULL()

        return watch

    def _is_disk_full(self) -> bool:
        return self.disk.update() > self.limits.most_disk


class _Response:
    """`send` that adds the headers and knows whether the response has begun."""

    def __init__(self, send, guard: Guard) -> None:
        self.send, self.guard, self.begun, self.is_file = send, guard, False, False
        self.on_failure: Callable[[], object] | None = None  # called if the status is 400 or 401
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
            if self.on_failure and message["status"] in (400, 401):
                self.on_failure()
            message = message | {"headers": self._headers(message.get("headers", []))}
        await self.send(message)

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        added = [*self.guard.headers, (b"x-request-id", request_id.get().encode())]
        if self.is_file and dict(headers).get(b"content-type", b"") not in SHOWN_TYPES:
            added.append((b"content-disposition", _attachment(headers)))
        names = {name for name, _ in added}
        return [
            *(pair for pair in self.guard.auth.rewrite(headers) if pair[0].lower() not in names),
            *added,
        ]

    async def answer(self, status: int, body, headers=()) -> None:
        """Send an answer of this server: a JSON value, or text."""
        kind = b"text/plain; charset=utf-8" if isinstance(body, bytes) else b"application/json"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [*headers, (b"content-type", kind), (b"content-length", b"%d" % len(data))]
        if status in (429, 503, 507):
            headers.append((b"retry-after", b"%d" % RETRY_SECONDS))
        await self._pass({"type": "http.response.start", "status": status, "headers": headers})
        await self._pass({"type": "http.response.body", "body": data})

    async def refuse(self, refused: RefusedRequest) -> None:
        """Send the refusal as JSON, unless the response has begun."""
        if not self.begun:
            self.on_failure = None
            extra = [(b"connection", b"close")]  # the rest of the body is not read
            if refused.status == 401:
                extra.append((b"www-authenticate", b'Basic realm="app"'))
            await self.answer(refused.status, {"detail": refused.sentence}, extra)


def _is_foreign(headers: dict) -> bool:
    """Return whether a page of another site sends the request; agents send no Origin."""
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host")


def _is_address(path: str) -> bool:
    """Return whether the path of a file names another server, as Gradio would read it."""
    return "://" in path or path.lower().lstrip().startswith(("http:", "https:", "//"))


def _attachment(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return the Content-Disposition of a download, with the file's name where Gradio gives it."""
    given = dict(headers).get(b"content-disposition", b"")
    _, semicolon, name = given.partition(b";")
    return b"attachment" + semicolon + name
