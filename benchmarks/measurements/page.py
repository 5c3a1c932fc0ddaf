"""The first load of the page in Chromium with a new profile, and a second one with its cache.

Server and browser run on one machine: bytes and requests hold for any network, times for this
processor. Without Chromium nothing is measured.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.app_server import AppServer
from benchmarks.report import Table

if TYPE_CHECKING:
    from playwright.sync_api import Page

MAX_LOADS = 3  # for each width; each takes seconds
WIDTHS = {"desktop, 1280 px": (1280, 900), "phone, 390 px": (390, 844)}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TIMEOUT_MS = 120_000  # until the page takes a photo
IDLE_S = 2.0  # without network traffic; then the page has loaded everything
UPLOAD = "#photo input[type=file]"  # exists once the page takes a photo
FIRST_PAINT_JS = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@dataclass
class PageLoad:
    """One load of the page."""

    bytes: int = 0  # as sent, with headers, compressed
    requests: int = 0
    paint: float = 0.0  # s to the first contentful paint
    interactive: float = 0.0  # s until the control takes a photo
    strangers: list[str] = field(default_factory=list)  # URLs of other hosts
    last_activity: float = 0.0  # perf_counter() when a request last began or ended


def measure(rounds: int = MAX_LOADS) -> Table:
    """Return medians of at most MAX_LOADS loads with a new profile, and of second loads."""
    header = ["first load", "cache", "MB sent", "requests", "first paint, s", "takes a photo, s"]
    chromium = shutil.which("chromium")
    if not chromium:
        return Table("page", header, [[width, *["not measured here"] * 5] for width in WIDTHS])
    rows, foreign_urls = [], []
    with AppServer() as server:
        for width, size in WIDTHS.items():
            pairs = [load_twice(chromium, server.url, size) for _ in range(min(rounds, MAX_LOADS))]
            for cache, loads in zip(("cold", "warm"), zip(*pairs, strict=True), strict=True):
                rows.append([width, cache, *_medians(loads)])
                foreign_urls += [url for load in loads for url in load.strangers]
    hosts = ", ".join(sorted(set(foreign_urls))) or "none"
    rows.append(["requests to other hosts", "", "", hosts, "", ""])
    return Table("page", header, rows)


def _medians(loads: list[PageLoad]) -> list[str]:
    keys = ("bytes", "requests", "paint", "interactive")
    sent, requests, paint, interactive = (
        np.median([getattr(load, key) for load in loads]) for key in keys
    )
    return [f"{sent / 1e6:.2f}", f"{requests:.0f}", f"{paint:.2f}", f"{interactive:.2f}"]


def load_twice(chromium: str, url: str, size: tuple[int, int]) -> tuple[PageLoad, PageLoad]:
    """Load the page with an empty cache, then with the cache of the first load.

    Parameters
    ----------
    chromium : str
        Path of the browser.
    url : str
        Address of the page.
    size : (int, int)
        Width and height of the window in CSS pixels.
    """
    with TemporaryDirectory() as profile, _browser(chromium, profile, size) as open_page:
        return load(open_page(), url), load(open_page(), url)


@contextmanager
def _browser(chromium: str, profile: str, size: tuple[int, int]) -> Iterator[Callable]:
    """Start a browser and gives the function that opens a page in it."""
    from playwright.sync_api import sync_playwright  # not needed without Chromium

    width, height = size
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=CHROMIUM_ARGUMENTS,
            viewport={"width": width, "height": height},
        )
        yield context.new_page
        context.close()


def load(page: "Page", url: str) -> PageLoad:
    """Load an address in a blank page, waits until the network is idle, and closes the page.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The blank page.
    url : str
        The address.
    """
    result = PageLoad()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: _on_request(result, event, url))
    network.on("Network.loadingFinished", lambda event: _on_finish(result, event))
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(UPLOAD, state="attached", timeout=TIMEOUT_MS)
    result.interactive = time.perf_counter() - began
    while time.perf_counter() - result.last_activity < IDLE_S:
        page.wait_for_timeout(100)
    result.paint = page.evaluate(FIRST_PAINT_JS) / 1000
    page.close()
    return result


def _on_request(result: PageLoad, event: dict, own_url: str) -> None:
    result.last_activity = time.perf_counter()
    url = event["request"]["url"]
    if url.startswith(("data:", "blob:")):  # no network
        return
    result.requests += 1
    if not url.startswith(own_url):
        result.strangers.append(url)


def _on_finish(result: PageLoad, event: dict) -> None:
    result.last_activity = time.perf_counter()
    result.bytes += int(event["encodedDataLength"])
