"""ASGI middleware in front of Gradio: refuses requests, and adds security headers.

It is the outermost layer, so that answers to errors carry the headers too. `routes.py` lists what
is served, `limits.py` the limits, which `admission.py` applies, `auth.py` is the login. Plain ASGI
passes a stream of events or a large file on as it comes.
"""

import logging
import traceback
import uuid
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

from webapp.server.access.auth import Auth, current_client
from webapp.server.access.clients import SessionTable, client_key
from webapp.server.access.origins import is_cross_site, is_foreign, is_own_host, with_true_client
from webapp.server.job_queue.listeners import Listeners
from webapp.server.limits import Limits
from webapp.server.monitoring.health import health_answer
from webapp.server.monitoring.logs import request_id
from webapp.server.monitoring.metrics import CONTENT_TYPE, Metrics
from webapp.server.process.lifetime import ServerState
from webapp.server.refusal import (
    FAILED,
    FOREIGN,
    NO_ANSWER,
    NO_FUNCTION,
    NO_ROOM,
    NOT_SERVED,
    NOT_SIGNED_IN,
    WRONG_HOST,
    RefusedRequest,
    cannot_write,
)
from webapp.server.requests.admission import Admission
from webapp.server.requests.body import limit_body, read_json
from webapp.server.requests.request_names import check_names, with_one_range
from webapp.server.requests.response import Response, security_headers
from webapp.server.requests.routes import Kind, Route, find_route, strip_prefix
from webapp.server.storage.cleanup import DiskMeter
from webapp.server.storage.results import ResultFiles

GLB_TYPE = b"model/gltf-binary"
# Of Gradio's app and the body of a request: a .glb, and its times for the header Server-Timing.
Preview = Callable[[object, dict], Awaitable[tuple[bytes, str]]]

logger = logging.getLogger(__name__)


@dataclass
class GuardParts:
    """Objects that the guard calls.

    Parameters
    ----------
    limits : Limits
        Sizes and rates above which a request is refused.
    disk : DiskMeter
        Size of visitors' files.
    results : ResultFiles
        Size of the files that were written for a client.
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
    preview : callable
        Answers a request at /preview.
    """

    limits: Limits
    disk: DiskMeter
    results: ResultFiles
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
    preview: Preview


class Guard:
    """ASGI middleware around Gradio's app.

    Parameters
    ----------
    app : ASGI application
        Gradio's app.
    parts : GuardParts
        Objects that the guard calls.
    """

    def __init__(self, app, parts: GuardParts) -> None:
        self.app, self.parts = app, parts
        self.limits, self.auth, self.state = parts.limits, parts.auth, parts.state
        self.admission = Admission(
            self.limits, parts.disk, parts.results, self.state, parts.count_waiting
        )
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
            if isinstance(error.__cause__, HTTPException):  # Gradio refused in its stream
                return await self._refuse(response, NO_ANSWER())
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
            is_full, most = self.admission.is_disk_full, self.limits.most_memory
            return await response.answer(*health_answer(path, self.state, is_full, most))
        self.admission.count(current_client.get(), route)
        if route is None:
            raise NOT_SERVED()
        scope = await self._sign_in(route, scope)
        if route.kind in (Kind.METRICS, Kind.LOGOUT):
            return await self._answer_own(route, scope, response)
        check_names(route, scope, path)
        if scope["method"] == "POST":
            self.admission.check_load(route, current_client.get())
        if route.kind is Kind.PREVIEW:
            return await self._answer_preview(route, receive, response)
        if route.kind is Kind.FILE:
            scope = with_one_range(scope)
        await self._pass_on(route, path, scope, receive, response)

    async def _pass_on(self, route: Route, path: str, scope, receive, response: Response) -> None:
        """Let Gradio answer, within the limits of the body."""
        response.file = path if route.kind is Kind.FILE else ""
        watch = self.admission.watch(route, current_client.get(), dict(scope["headers"]))
        receive = limit_body(receive, self.admission.max_body(route), watch)
        if route.kind is Kind.MCP and scope["method"] == "POST":
            _, receive = await read_json(receive, is_call=False)
        if route.reads_session:
            body, receive = await read_json(receive)
            name = body.get("session_hash")
            if body.get("fn_index") is not None and not self._has_function(body["fn_index"]):
                raise NO_FUNCTION()
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

    async def _answer_preview(self, route: Route, receive, response: Response) -> None:
        """Answer a request for a preview of the displayed model."""
        receive = limit_body(receive, route.max_body, lambda chunk: None)
        body, _ = await read_json(receive, is_call=False)
        self.state.open += 1
        try:
            data, timing = await self.parts.preview(self.app, body)
            headers = [(b"server-timing", timing.encode())]
            await response.answer(200, data, headers, kind=GLB_TYPE)
        finally:
            self.state.open -= 1

    def _has_function(self, index: object) -> bool:
        """Return whether the page has the function; Gradio fails at another number."""
        blocks = getattr(self.app, "blocks", None)
        return blocks is None or (isinstance(index, int) and index in blocks.fns)

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
        if route.kind in (Kind.LOGIN, Kind.LOGOUT) and is_cross_site(headers):
            raise FOREIGN()
        if not self.auth.users:
            return scope
        if route.kind is Kind.LOGIN:
            self.auth.lockout.check(current_client.get())
        if name := await self.auth.user_of_header(headers):
            return self.auth.sign_in(self.app, scope, name)
        is_metrics = route.kind is Kind.METRICS and self.parts.show_metrics
        # Gradio itself lets strangers cancel events and hold streams open.
        needs_login = route.kind in (Kind.MCP, Kind.STREAM) or route.reads_session or is_metrics
        if needs_login and not self.auth.user_of_cookie(self.app, headers):
            raise NOT_SIGNED_IN()
        return scope

    def _listening(self, route: Route, path: str, scope):
        """Return the context in which a client waits for answers."""
        if route.kind is Kind.LISTEN and path.endswith("/queue/data"):
            query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
            return self.parts.listeners.listening(query.get("session_hash", ""))
        if route.kind in (Kind.LISTEN, Kind.STREAM):
            return self.parts.listeners.listening(path.rpartition("/")[2])
        return nullcontext()
