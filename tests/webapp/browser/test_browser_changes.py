"""No change of a setting is lost, in headless Chromium."""

import asyncio
import threading
from pathlib import Path

import pytest

import app
from tests.webapp.browser.browser_page import (
    FILE_JS,
    PATIENCE,
    changes,
    choose_format,
    drop_and_wait,
)
from voxel_model import load_model
from webapp.display.views import update_views
from webapp.events import model_events
from webapp.events.model_events import prepare_download
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LATE_SECONDS = 0.5


class LateClose:
    """ASGI middleware that delays the message which closes the stream of answers.

    Between two TCP connections that order is a matter of luck; here it always goes wrong.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def late(message):
            if b"close_stream" in message.get("body", b""):
                await asyncio.sleep(LATE_SECONDS)
            await send(message)

        stream = scope["type"] == "http" and scope["path"].endswith("/queue/data")
        await self.app(scope, receive, late if stream else send)


class Held:
    """`prepare_download` waits while `free` is cleared; says which styles the handlers got."""

    def __init__(self):
        self.free, self.styles, self.drawn = threading.Event(), [], []
        self.free.set()

    def prepare_download(self, session, file_format, **values):
        self.styles.append(values["style"])
        self.free.wait(PATIENCE / 1000)
        return prepare_download(session, file_format, **values)

    def update_views(self, session, tab, depth, **values):
        self.drawn.append(values["style"])
        return update_views(session, tab, depth, **values)


def wait_until(page, condition) -> None:
    for _ in range(PATIENCE // 200):
        if condition():
            return
        page.wait_for_timeout(200)
    pytest.fail("The handlers were not called for the last change.")


@pytest.fixture
def held(monkeypatch) -> Held:
    """Handlers of the page that can be held up."""
    held = Held()
    monkeypatch.setattr(model_events, "prepare_download", held.prepare_download)
    monkeypatch.setattr(app, "update_views", held.update_views)
    return held


@pytest.fixture
def open_demo(held, checkpoint, browser, tmp_path, monkeypatch):
    """Serve the page with a middleware and open it."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    demo = app.build_demo(Events(Predictor(load_model(checkpoint, "cpu")), tmp_path))
    pages = []

    def open_demo(*middleware):
        options = {"middleware": [(each, (), {}) for each in middleware]}
        demo.launch(prevent_thread_lock=True, quiet=True, run_history=False, app_kwargs=options)
        pages.append(page := browser.new_page(viewport={"width": 1280, "height": 900}))
        page.goto(demo.local_url)
        page.wait_for_selector("#chosen-file", state="attached")  # the page takes dropped photos
        page.wait_for_selector("#model .viewer[data-file]", timeout=PATIENCE)  # the example
        return page

    yield open_demo
    for page in pages:
        page.close()
    demo.close()


def test_an_answer_that_the_page_lost_is_recovered(open_demo, picture: Path):
    page = open_demo(LateClose)
    drop_and_wait(page, picture)
    for style in ("Blocks", "Smooth"):
        with changes(page, FILE_JS):
            page.get_by_label(style, exact=True).check()
    choose_format(page, "STL")


def test_a_change_during_a_pending_download_is_not_skipped(open_demo, held, picture: Path):
    page = open_demo()
    drop_and_wait(page, picture)
    held.free.clear()
    for style in ("Blocks", "Smooth"):
        with changes(page, FILE_JS):
            page.get_by_label(style, exact=True).check()
        wait_until(page, lambda style=style: held.drawn[-1:] == [style.lower()])
        wait_until(page, lambda: held.styles[-1] == "blocks")
    assert held.styles[-1] == "blocks"  # the run that is pending; that of "smooth" waits
    held.free.set()
    wait_until(page, lambda: held.styles[-1] == "smooth")


def test_a_refused_setting_does_not_block_the_next_one(open_demo, picture: Path):
    page = open_demo()
    drop_and_wait(page, picture)
    with changes(page, FILE_JS):
        page.get_by_label("Smooth", exact=True).check()
    page.fill("#threshold input[type=number]", "0")
    page.wait_for_selector("text=The threshold is 0", timeout=PATIENCE)
    with changes(page, FILE_JS):
        page.fill("#threshold input[type=number]", "0.4")
