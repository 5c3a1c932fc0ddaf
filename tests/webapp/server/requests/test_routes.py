"""Each route of the installed Gradio is on one list of webapp/server/requests/routes.py."""

import re

import gradio as gr
import pytest
from gradio.routes import App

from webapp.server.requests.routes import MCP_PATH, REFUSED, SERVED, find_route


@pytest.fixture(scope="module")
def mounted() -> set[tuple[str, str]]:
    with gr.Blocks() as demo:
        gr.State(0)
    app = App.create_app(demo.queue(), app_kwargs={}, mcp_server=True)
    return set(list_routes(app.routes))


def list_routes(routes):
    """Yield (method, path) of all routes, those of included routers too."""
    for route in routes:
        if hasattr(route, "original_router"):  # FastAPI's, of `include_router`
            yield from list_routes(route.original_router.routes)
        else:
            for method in getattr(route, "methods", None) or ["*"]:
                yield method, route.path


def test_every_route_of_gradio_is_named(mounted):
    unnamed = mounted - set(SERVED) - set(REFUSED) - {("*", MCP_PATH)}
    assert not unnamed, (
        f"add to SERVED or REFUSED in webapp/server/requests/routes.py: {sorted(unnamed)}"
    )
    assert len(mounted) > 80


def test_no_route_is_named_that_gradio_does_not_mount(mounted):
    assert not (set(SERVED) | set(REFUSED)) - mounted


def test_no_route_is_on_both_lists():
    assert not set(SERVED) & set(REFUSED)


@pytest.mark.parametrize(("method", "path"), sorted(REFUSED))
def test_no_served_pattern_matches_a_refused_route(method, path):
    plain = re.sub(r"\{(\w+)(:path)?\}", "x", path)
    assert find_route(method, plain, mcp=True) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file/http://127.0.0.1:9/x"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1:9/x"),
        ("POST", "/gradio_api/run/generate"),
        ("POST", "/gradio_api/api/generate/"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/mcp"),
        ("GET", "//gradio_api/queue/data"),
        ("GET", "/gradio_api/../gradio_api/token"),
        ("DELETE", "/"),
        ("GET", "/docs"),
    ],
)
def test_what_a_stranger_may_not_ask_for(method, path):
    assert find_route(method, path) is None
