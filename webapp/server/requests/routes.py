"""The list of routes: each route that Gradio mounts is served or refused here, by name.

OWN names those that the guard answers itself. A request that matches no route of OWN or SERVED is
answered 404 before Gradio sees it. The test `tests/webapp/server/requests/test_routes.py` compares
the two lists with the routes of the installed Gradio, and fails when a new version adds one.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from starlette.routing import compile_path

API = "/gradio_api"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")  # of sessions, events and uploads, chosen by clients
NO_BODY = 65_536  # bytes; names and passwords, and requests that need no body
# Bytes of a call: an outline of a few thousand points, or text that is refused by name.
CALL_BODY = 2_000_000


class Kind(Enum):
    """The treatment of a route's requests by the guard, beside counting them."""

    PLAIN = "plain"
    WORK = "work"  # enters the queue; its session is counted
    UPLOAD = "upload"  # files; the body may be as large as `Limits.largest_upload`
    FILE = "file"  # answers a file of this server
    LISTEN = "listen"  # reads the answers of jobs
    STREAM = "stream"  # open as long as the page; not waited for when the server ends
    LOGIN = "login"
    MCP = "mcp"
    LOGOUT = "logout"
    HEALTH = "health"
    METRICS = "metrics"
    PREVIEW = "preview"  # of a model while a slider moves; outside the queue, and changes nothing


@dataclass(frozen=True)
class Route:
    """A served route."""

    kind: Kind = Kind.PLAIN
    max_body: int = NO_BODY  # bytes
    reads_session: bool = False  # the body names the session, which is checked
    cost: int = 1  # requests that it counts as, of a millisecond of processor time each


PLAIN = Route()
PAGE = Route(cost=20)  # each request builds 200 kB, which takes 14 to 16 ms
WORK = Route(Kind.WORK, CALL_BODY, reads_session=True)
NAMED = Route(reads_session=True)
LISTEN = Route(Kind.LISTEN)

# Answered by the guard, not by Gradio.
OWN: dict[tuple[str, str], Route] = {
    ("GET", "/healthz"): Route(Kind.HEALTH),
    ("HEAD", "/healthz"): Route(Kind.HEALTH),
    ("GET", "/readyz"): Route(Kind.HEALTH),
    ("HEAD", "/readyz"): Route(Kind.HEALTH),
    ("GET", "/metrics"): Route(Kind.METRICS),  # 404 unless METRICS=1
    ("POST", "/logout"): Route(Kind.LOGOUT),  # 404 without a login
    # It takes 20 ms, but a class of 30 moves sliders ten times a second.
    ("POST", "/preview"): Route(Kind.PREVIEW, reads_session=True, cost=5),
}

# (method, path as Gradio writes it)
SERVED: dict[tuple[str, str], Route] = {
    # the page and its assets
    ("GET", "/"): PAGE,
    ("HEAD", "/"): PAGE,
    ("GET", "/assets/{path:path}"): PLAIN,
    ("GET", "/static/{path:path}"): PLAIN,
    ("GET", "/svelte/{path:path}"): PLAIN,
    ("GET", "/config"): PAGE,
    ("GET", "/config/"): PAGE,
    ("GET", "/favicon.ico"): PLAIN,
    ("GET", "/manifest.json"): PLAIN,
    ("GET", "/pwa_icon"): PLAIN,
    ("GET", "/pwa_icon/{size}"): PLAIN,
    ("GET", "/robots.txt"): PLAIN,
    ("GET", "/theme.css"): PLAIN,
    ("GET", f"{API}/theme.css"): PLAIN,
    ("GET", f"{API}/app_id"): PLAIN,
    ("GET", f"{API}/app_id/"): PLAIN,
    ("GET", f"{API}/startup-events"): PLAIN,  # Gradio asks for it once when it starts
    ("GET", f"{API}/heartbeat/{{session_hash}}"): Route(Kind.STREAM),
    # the login
    ("POST", "/login"): Route(Kind.LOGIN),
    ("POST", "/login/"): Route(Kind.LOGIN),
    ("GET", f"{API}/user"): PLAIN,
    ("GET", f"{API}/user/"): PLAIN,
    ("GET", f"{API}/login_check"): PLAIN,
    ("GET", f"{API}/login_check/"): PLAIN,
    # calls: the queue is the only way to work
    ("GET", f"{API}/info"): Route(cost=4),
    ("GET", f"{API}/info/"): Route(cost=4),
    ("POST", f"{API}/call/{{api_name}}"): WORK,
    ("POST", f"{API}/call/{{api_name}}/"): WORK,
    ("POST", f"{API}/call/v2/{{api_name}}"): WORK,
    ("POST", f"{API}/call/v2/{{api_name}}/"): WORK,
    ("GET", f"{API}/call/{{api_name}}/{{event_id}}"): LISTEN,
    ("GET", f"{API}/call/v2/{{api_name}}/{{event_id}}"): LISTEN,
    ("POST", f"{API}/queue/join"): WORK,
    ("GET", f"{API}/queue/data"): LISTEN,
    ("POST", f"{API}/cancel"): NAMED,
    ("POST", f"{API}/reset"): NAMED,
    ("POST", f"{API}/reset/"): NAMED,
    # files
    ("POST", f"{API}/upload"): Route(Kind.UPLOAD),
    ("GET", f"{API}/upload_progress"): PLAIN,
    ("GET", f"{API}/file={{path_or_url:path}}"): Route(Kind.FILE),
    ("HEAD", f"{API}/file={{path_or_url:path}}"): Route(Kind.FILE),
}

# Served only with --mcp; Gradio mounts an app there.
MCP_PATH = f"{API}/mcp"
MCP = Route(Kind.MCP, CALL_BODY)

# Mounted by Gradio and answered 404, with the reason.
REFUSED: dict[tuple[str, str], str] = {
    ("GET", "/logout"): "webapp/server/access/auth.py signs out by POST, and only the one who asks",
    ("GET", "/monitoring"): "figures of all visitors",
    ("GET", "/monitoring/summary"): "figures of all visitors",
    ("GET", "/monitoring/{key}"): "figures of all visitors",
    ("GET", "/openapi.json"): "not used",
    ("HEAD", "/openapi.json"): "not used",
    ("GET", f"{API}/openapi.json"): "not used",
    ("GET", f"{API}/deep_link"): "writes a visitor's values to a file",
    ("GET", f"{API}/token"): "gives the cookie's secret to scripts",
    ("GET", f"{API}/token/"): "gives the cookie's secret to scripts",
    ("GET", f"{API}/dev/reload"): "for development; polls every 50 ms while it is open",
    ("GET", f"{API}/queue/status"): "figures of all visitors",
    ("GET", f"{API}/file/{{path:path}}"): "fetches http addresses; superseded by file=",
    ("GET", f"{API}/proxy={{url_path:path}}"): "fetches addresses",
    ("HEAD", f"{API}/proxy={{url_path:path}}"): "fetches addresses",
    ("POST", f"{API}/process_recording"): "runs ffmpeg outside every limit",
    ("POST", f"{API}/component_server"): "calls methods of components outside the queue",
    ("POST", f"{API}/component_server/"): "calls methods of components outside the queue",
    ("GET", f"{API}/custom_component/{{id}}/{{environment}}/{{type}}/{{file_name}}"): "not used",
    **{
        ("POST", f"{API}/{name}/{{api_name}}{slash}"): "works outside the queue"
        for name in ("run", "api")
        for slash in ("", "/")
    },
    ("POST", f"{API}/stream/{{event_id}}"): "not used: no streaming component",
    ("POST", f"{API}/stream/{{event_id}}/close"): "not used: no streaming component",
    **{
        ("GET", f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/{file}"): "not used"
        for file in ("playlist-file", "playlist.m3u8", "{segment_id}.{ext}")
    },
    ("GET", f"{API}/runs"): "history of runs; switched off",
    ("GET", f"{API}/runs/"): "history of runs; switched off",
    ("POST", f"{API}/run-history/connect"): "history of runs; switched off",
    ("GET", f"{API}/run-history/buckets"): "history of runs; switched off",
    ("GET", f"{API}/run-history/records"): "history of runs; switched off",
    (
        "GET",
        f"{API}/run-history/records/{{endpoint}}/{{record_id}}/assets/{{asset_id}}",
    ): "history of runs; switched off",
    **{
        (method, f"{API}/{name}{slash}"): "edits the app's source"
        for method, name in (
            ("POST", "vibe-edit"),
            ("POST", "undo-vibe-edit"),
            ("GET", "vibe-code"),
            ("POST", "vibe-code"),
            ("POST", "vibe-starter-queries"),
        )
        for slash in ("", "/")
    },
}


def find_route(method: str, path: str, mcp: bool = False) -> Route | None:
    """Return the served route of a request, or None if the request is refused.

    Names in the path, of a session for example, must match NAME.

    Parameters
    ----------
    method : str
        HTTP method. OPTIONS, which asks for permission before a call, counts as the route that
        the path names.
    path : str
        Decoded path without the URL prefix of a proxy.
    mcp : bool
        True if tools for agents are served.
    """
    if own := OWN.get((method, path)):
        return own
    if mcp and (path == MCP_PATH or path.startswith(f"{MCP_PATH}/")):
        return MCP
    for (served_method, pattern), route in _patterns():
        if method not in (served_method, "OPTIONS"):
            continue
        if match := pattern.match(path):
            names = [value for key, value in match.groupdict().items() if "path" not in key]
            if all(NAME.match(name) for name in names):
                return PLAIN if method == "OPTIONS" else route
    return None


def strip_prefix(path: str, prefix: str) -> str:
    """Return the path by which Starlette chooses the route: without the URL prefix of a proxy."""
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path[len(prefix) :]
    return path


@cache
def _patterns() -> list[tuple[tuple[str, re.Pattern], Route]]:
    """Return the served routes with the regular expressions that Starlette makes of them."""
    return [((method, compile_path(path)[0]), route) for (method, path), route in SERVED.items()]
