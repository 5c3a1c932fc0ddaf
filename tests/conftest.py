"""Fixtures that several tests share, and the tests that `make test` leaves out.

`make test` runs what is neither slow nor stress nor browser, and the browser test marked smoke.
`make test-all` runs everything.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT, AppServer
from tests.selection import MARKS

SHARED = ROOT.parent / "shared"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
MAX_UNMARKED_S = 5.0  # processor time of a test without the mark slow; more is reported
NPM_TIMEOUT_S = 300.0
processor_seconds: dict[str, float] = {}  # of the tests without marks, by node id


# --- selection ----------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of tests.selection.py."""
    for item in items:
        path, _, name = item.nodeid.removeprefix("tests/").partition("::")
        for prefix in (path, f"{path}::{name.partition('[')[0]}", f"{path}::{name}"):
            for mark in MARKS.get(prefix, ()):
                item.add_marker(mark)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Reads the processor time before the fixtures of a test."""
    processor_seconds[item.nodeid] = -sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Measures the processor time of a test with its fixtures and its ended processes."""
    try:
        return (yield)
    finally:
        processor_seconds[item.nodeid] += sum(os.times()[:4])
        if {"slow", "stress", "browser"} & {mark.name for mark in item.iter_markers()}:
            del processor_seconds[item.nodeid]


def pytest_terminal_summary(terminalreporter) -> None:
    """Lists tests that need the mark slow."""
    slow = {name: s for name, s in processor_seconds.items() if s > MAX_UNMARKED_S}
    if slow:
        terminalreporter.section(f"over {MAX_UNMARKED_S:g} s of processor time, not marked slow")
        for name, seconds in sorted(slow.items(), key=lambda pair: -pair[1]):
            terminalreporter.write_line(f"{seconds:6.1f} s  {name}")


# --- files --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    """The folder of the shipped weights."""
    return ROOT / "checkpoint"


@pytest.fixture(scope="session")
def dev() -> Path:
    """The folder of pix3d_dev, 45 photos with their models."""
    path = SHARED / "data" / "pix3d_dev"
    if not path.is_dir():
        pytest.skip(f"{path} does not exist: ../shared is not part of the repository")
    return path


@pytest.fixture
def root(tmp_path) -> Path:
    """A tiny data set in Pix3D's layout."""
    from tests.training.small_pix3d import write_data

    write_data(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def picture() -> Path:
    """A photo of a bed."""
    return ROOT / "examples" / "bed.jpg"


@pytest.fixture(scope="module")
def shots(tmp_path_factory) -> Path:
    """The folder for screenshots: docs/ in `make screenshots`."""
    folder = os.environ.get("SCREENSHOTS")
    return Path(folder) if folder else tmp_path_factory.mktemp("shots")


# --- servers ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """A function that starts the app, with more environment variables, until the session ends."""
    servers = []

    def start(**environment: str) -> AppServer:
        folder = tmp_path_factory.mktemp("app")
        environment = {"POSTS_PER_MINUTE": "1200"} | environment  # the default
        server = AppServer(folder / "files", environment)
        servers.append(server.__enter__())
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def start_app(start_server) -> Callable[..., str]:
    """A function as `start_server`, which returns the address."""
    return lambda **environment: start_server(**environment).url


@pytest.fixture(scope="session")
def app_server(start_server) -> AppServer:
    """The app with default settings, and room for all sessions of the tests, one client."""
    return start_server(SESSIONS_PER_CLIENT="1000", MOST_VISITORS="1000")


@pytest.fixture(scope="session")
def app_url(app_server) -> str:
    """The address of the app with default settings."""
    return app_server.url


# --- programs that may be missing ---------------------------------------------------------------


def require(present: bool, sentence: str) -> None:
    """Skips the test if a program is missing; fails it in CI."""
    if not present:
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    require(Path(CHROMIUM).exists(), "Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, app_url):
    """A function that opens the page; the page must send no request to another host."""
    contexts, requested = [], []

    def open_page(width=1280, height=900, link="/?__theme=light"):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",  # a turning model would keep the processor busy
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.goto(app_url + link)
        page.wait_for_selector("#chosen-file", state="attached")  # the page takes dropped photos
        page.wait_for_selector("#model .viewer[data-file]", timeout=60_000)  # the opening example
        page.wait_for_selector("#photo input[type=file]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    own = (app_url, "data:", "blob:")
    assert [url for url in requested if not url.startswith(own)] == []


@pytest.fixture(scope="session")
def npm_install(tmp_path_factory):
    """A function that installs npm packages into one folder and returns it."""
    require(shutil.which("npm") is not None, "npm is not installed")
    folder = tmp_path_factory.mktemp("npm")

    def install(*packages: str) -> Path:
        done = subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *packages],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
        )
        assert done.returncode == 0, done.stderr
        return folder

    return install
