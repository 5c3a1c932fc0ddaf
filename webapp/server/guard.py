"""ASGI middleware in front of Gradio: refuses requests, and adds security headers.

It is the outermost layer, so that answers to errors carry the headers too. `routes.py` lists what
is served, `limits.py` the limits, `auth.py` is the login. Plain ASGI passes a stream of events or a
large file on as it comes.
"""

import logging
import traceback
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from webapp.server.auth import Auth, current_client
from webapp.server.body import FormWatch, limit_body, read_json
from webapp.server.cleanup import DiskMeter
from webapp.server.clients import Rate, SessionTable, client_key
from webapp.server.disk_shares import DiskShares
from webapp.server.health import health_answer
from webapp.server.lifetime import ServerState
from webapp.server.limits import Limits
from webapp.server.listeners import Listeners
from webapp.server.logs import request_id
from webapp.server.metrics import CONTENT_TYPE, Metrics
from webapp.server.origins import is_foreign, is_own_host, with_true_client
from webapp.server.refusal import (
    DISK_FULL,
    DISK_SHARE,
    ENDING,
    FAILED,
    FOREIGN,
    NO_ADDRESS,
    NO_ROOM,
    NOT_SERVED,
    NOT_SIGNED_IN,
    TOO_MANY,
    WAITING,
    WRONG_HOST,
    WRONG_NAME,
    RefusedRequest,
    cannot_write,
)
from webapp.server.response import Response, security_headers
from webapp.server.routes import NAME, Kind, Route, find_route, strip_prefix

QUERY_NAMES = ("session_hash", "upload_id")  # names that clients choose

logger = logging.getLogger(__name__)


@dataclass
class GuardParts:
    """What the guard asks and tells.

    Parameters
    ----------
    limits : Limits
        Sizes and rates above which a request is refused.
    disk : DiskMeter
        Size of visitors' files.
    state : ServerState
        Counts open requests; says whether the server is about to end.
    sessions : SessionTable
        Bounds the sessions.
    auth : Auth
        The login.
    listeners : Listeners
        Told who waits for answers.
    metrics : Metrics
        Told of refusals.
    count_waiting : callable
        Returns how many events of a client wait in the queue.
    mcp : bool
        True if tools for agents are served.
    show_metrics : bool
        True if /metrics is served.
    hosts : set of str
        Host names under which tools for agents are served, beside addresses.
    frame_ancestors : str
        Sites that may show the page in a frame, separated by spaces.
    """

    limits: Limits
    disk: DiskMeter
    state: ServerState
    sessions: SessionTable
    auth: Auth
    listeners: Listeners
    metrics: Metrics
    count_waiting: Callable[[str], int]
    mcp: bool
    show_metrics: bool
    hosts: set[str]
    frame_ancestors: str


class Guard:
    """ASGI middleware around Gradio's app.

    Parameters
    ----------
    app : ASGI application
        Gradio's app.
    parts : GuardParts
        What the guard asks and tells.
    """

    def __init__(self, app, parts: GuardParts) -> None:
        self.app, self.parts = app, parts
        self.limits, self.auth, self.state = parts.limits, parts.auth, parts.state
        self.posts = Rate(self.limits.posts_per_minute)
        self.requests = Rate(self.limits.requests_per_minute)
        self.shares = DiskShares(self.limits.most_disk, self.limits.keep_seconds)
        self.headers = security_headers(parts.frame_ancestors)

    async def __call__(self, scope, receive, send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":  # no route of the page is a WebSocket
            return await send({"type": "websocket.close"})
        request_id.set(uuid.uuid4().hex)
        current_client.set(client_key((scope.get("client") or ("",))[0]))
        response = Response(send, self.headers, self.auth.rewrite)
        try:
            await self._answer(scope, receive, response)
            await response.send_failure()
        except RefusedRequest as refused:
            logger.info(f"Refused with {refused.status}: {refused}")  # one kind of line for each
            await self._refuse(response, refused)
        except OSError as error:  # a full disk while an upload is written
            logger.error("Visitors' files cannot be written: %s", error.strerror)
            await self._refuse(response, cannot_write(error))
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno}"
            logger.error(f"A request failed: {type(error).__name__} at {place}")
            logger.debug("Its traceback:", exc_info=True)
            await self._refuse(response, FAILED())

    async def _refuse(self, response: Response, refused: RefusedRequest) -> None:
        self.parts.metrics.refusals.labels(refused.reason).inc()
        await response.refuse(refused)

    async def _answer(self, scope, receive, response: Response) -> None:
        prefix = scope.get("root_path") or getattr(self.app, "root_path", "")
        path = strip_prefix(scope["path"], prefix)
        route = find_route(scope["method"], path, self.parts.mcp)
        if route and route.kind is Kind.HEALTH:
            return await response.answer(*health_answer(path, self.state, self._is_disk_full))
        if not self.requests.allow(current_client.get()):
            raise TOO_MANY()
        if route is None:
            raise NOT_SERVED()
        scope = await self._sign_in(route, scope)
        if route.kind in (Kind.METRICS, Kind.LOGOUT):
            return await self._answer_own(route, scope, response)
        self._check(route, scope, path)
        await self._pass_on(route, path, scope, receive, response)

    async def _pass_on(self, route: Route, path: str, scope, receive, response: Response) -> None:
        """Let Gradio answer, within the limits of the body."""
        response.file = path if route.kind is Kind.FILE else ""
        receive = limit_body(receive, self._max_body(route), self._watch(route, scope))
        if route.reads_session:
            body, receive = await read_json(receive)
            name = body.get("session_hash")
            is_work = route.kind is Kind.WORK and name
            if is_work and not self.parts.sessions.admit(name, current_client.get()):
                raise NO_ROOM()
        # A stream that is open as long as its client is not waited for when the server ends.
        is_agents_stream = route.kind is Kind.MCP and scope["method"] == "GET"
        counts = route.kind is not Kind.STREAM and not is_agents_stream
        self.state.open += counts
        try:
            with self._listening(route, path, scope):
                await self.app(scope, receive, response)
        finally:
            self.state.open -= counts

    async def _answer_own(self, route: Route, scope, response: Response) -> None:
        """Answer /metrics and /logout."""
        if route.kind is Kind.METRICS and self.parts.show_metrics:
            return await response.answer(200, self.parts.metrics.text(), kind=CONTENT_TYPE)
        if route.kind is Kind.LOGOUT and self.auth.users:
            expired = self.auth.logout(self.app, dict(scope["headers"]))
            return await response.answer(200, {"success": True}, expired)
        raise NOT_SERVED()

    async def _sign_in(self, route: Route, scope) -> dict:
        """Return the scope, with a cookie for a program that sends a password or a token.

        Gradio refuses the others, except on the routes that are not Gradio's own.
        """
        headers = dict(scope["headers"])
        if route.kind is Kind.MCP:
            if is_foreign(headers):
                raise FOREIGN()
            if not is_own_host(headers, self.parts.hosts):
                raise WRONG_HOST()
            scope = with_true_client(scope)
        if not self.auth.users:
            return scope
        if route.kind is Kind.LOGIN:
            self.auth.lockout.check(current_client.get())
        if name := await self.auth.user_of_header(headers):
            return self.auth.sign_in(self.app, scope, name)
        needs_login = route.kind is Kind.MCP or (
            route.kind is Kind.METRICS and self.parts.show_metrics
        )
        if needs_login and not self.auth.user_of_cookie(self.app, headers):
            raise NOT_SIGNED_IN()
        return scope

    def _check(self, route: Route, scope, path: str) -> None:
        """Raise RefusedRequest if a request names what it may not, or there is no room for it."""
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
        if not all(NAME.match(value) for name, value in query if name in QUERY_NAMES):
            raise WRONG_NAME()
        if route.kind is Kind.FILE and _is_address(path.partition("=")[2]):
            raise NO_ADDRESS()
        if scope["method"] == "POST":
            self._check_load(route)

    def _check_load(self, route: Route) -> None:
        """Refuse work that the server has no room for."""
        client = current_client.get()
        if self.state.closing.is_set():
            raise ENDING()
        if not self.posts.allow(client):
            raise TOO_MANY()
        if route.kind in (Kind.UPLOAD, Kind.WORK, Kind.MCP) and self._is_disk_full():
            raise DISK_FULL()
        if route.kind is Kind.WORK and self._has_its_places(client):
            raise WAITING()

    def _has_its_places(self, client: str) -> bool:
        return self.parts.count_waiting(client) >= self.limits.max_queue / 2

    def _max_body(self, route: Route) -> int:
        return self.limits.largest_upload if route.kind is Kind.UPLOAD else route.max_body

    def _watch(self, route: Route, scope) -> Callable[[bytes], object]:
        """Return what sees the bytes of the body as they arrive."""
        if route.kind is not Kind.UPLOAD:
            return lambda chunk: None
        kind = dict(scope["headers"]).get(b"content-type", b"")
        form, client = FormWatch(kind.decode("latin-1")), current_client.get()

        def watch(chunk: bytes) -> None:
            form(chunk)
            used = self.parts.disk.add(len(chunk))
            if used > self.limits.most_disk:
                raise DISK_FULL()
            if not self.shares.add(client, len(chunk), used):
                raise DISK_SHARE()

        return watch

    def _listening(self, route: Route, path: str, scope):
        """Return the context in which a client waits for answers."""
        if route.kind is Kind.LISTEN and path.endswith("/queue/data"):
            query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
            return self.parts.listeners.listening(query.get("session_hash", ""))
        if route.kind in (Kind.LISTEN, Kind.STREAM):
            return self.parts.listeners.listening(path.rpartition("/")[2])
        return nullcontext()

    def _is_disk_full(self) -> bool:
        return self.parts.disk.update() > self.limits.most_disk


def _is_address(path: str) -> bool:
    """Return whether the path of a file names another server, as Gradio would read it."""
    return "://" in path or path.lower().lstrip().startswith(("http:", "https:", "//"))
