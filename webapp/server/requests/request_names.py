"""Checks the names in a request: sessions, uploads, files and byte ranges."""

import re
from urllib.parse import parse_qsl

from webapp.server.refusal import NO_ADDRESS, WRONG_NAME
from webapp.server.requests.routes import NAME, Kind, Route

QUERY_NAMES = ("session_hash", "upload_id")  # names that clients choose
RANGE = re.compile(rb"bytes=\d{1,15}-(\d{1,15})?")


def check_names(route: Route, scope: dict, path: str) -> None:
    """Raise RefusedRequest if a request names what it may not.

    Parameters
    ----------
    route : Route
        The route of the request.
    scope : dict
        ASGI's.
    path : str
        Decoded path without the URL prefix of a proxy.
    """
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
    if not all(NAME.match(value) for name, value in query if name in QUERY_NAMES):
        raise WRONG_NAME()
    if route.kind is Kind.FILE and _is_address(path.partition("=")[2]):
        raise NO_ADDRESS()


def with_one_range(scope: dict) -> dict:
    """Return the scope without a Range header that is not one range; Gradio fails at others."""
    kept = [
        pair for pair in scope["headers"] if pair[0].lower() != b"range" or RANGE.fullmatch(pair[1])
    ]
    return scope | {"headers": kept}


def _is_address(path: str) -> bool:
    """Return whether the path of a file names another server, as Gradio would read it."""
    return "://" in path or path.lower().lstrip().startswith(("http:", "https:", "//"))
