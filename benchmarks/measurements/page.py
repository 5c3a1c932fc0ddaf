"""Loads of the page in Chromium with a new profile and with its cache, and photos dropped on it.

Server and browser run on one machine: bytes and requests hold for any network, times for this
processor, which also draws the model: there is no GPU. Without Chromium nothing is measured.
"""

import base64
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.app_server import ROOT, AppServer
from benchmarks.report import Table

if TYPE_CHECKING:
    from playwright.sync_api import Page

EXAMPLES = ROOT / "examples"
MAX_LOADS = 3  # for each width; each takes seconds
WIDTHS = {"desktop, 1280 px": (1280, 900), "phone, 390 px": (390, 844)}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TIMEOUT_MS = 120_000  # until the page takes a photo
IDLE_S = 2.0  # without network traffic; then the page has loaded everything
OPENING = "#model .viewer[data-file]"  # the viewer with the model of the opening example
UPLOAD = "#photo input[type=file]"  # exists once the page takes a photo
PHOTOS = ("sofa.jpg", "table.jpg")  # dropped one after the other on a page that has loaded
DROP_JS = """([data, name]) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
    const options = {dataTransfer, bubbles: true, cancelable: true};
    const shows = (name) => {
        const viewer = document.querySelector("#model .viewer");
        return viewer.dataset.photo?.endsWith("/" + name) && !viewer.matches(".stale");
    };
    const began = performance.now();
    document.querySelector("#intro").dispatchEvent(new DragEvent("drop", options));
    return new Promise((resolve) => {
        const wait = () => requestAnimationFrame(() => shows(name)
            ? requestAnimationFrame(() => resolve((performance.now() - began) / 1000)) : wait());
        wait();
    });
}"""
FIRST_PAINT_JS = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@dataclass
class PageLoad:
    """One load of the page."""

    bytes: int = 0  # as sent, with headers, compressed
    requests: int = 0
    paint: float = 0.0  # s to the first contentful paint
    interactive: float = 0.0  # s until the control takes a photo
    strangers: list[str] = field(default_factory=list)  # URLs of other hosts
    models: list[float] = field(default_factory=list)  # s from the drop of each photo
    last_activity: float = 0.0  # perf_counter() when a request last began or ended


def measure(rounds: int = MAX_LOADS) -> Table:
    """Return medians of at most MAX_LOADS loads with a new profile, and of second loads."""
    header = ["load", "cache", "MB sent", "requests", "first paint, s", "takes a photo, s"]
    header += ["drop to model, first photo, s", "next photo, s"]
    chromium = shutil.which("chromium")
    if not chromium:
        return Table("page", header, [[width, *["not measured here"] * 7] for width in WIDTHS])
    rows, foreign_urls = [], []
    with AppServer() as server:
        for width, size in WIDTHS.items():
            pairs = [load_twice(chromium, server.url, size) for _ in range(min(rounds, MAX_LOADS))]
            for cache, loads in zip(("cold", "warm"), zip(*pairs, strict=True), strict=True):
                rows.append([width, cache, *_medians(loads)])
                foreign_urls += [url for load in loads for url in load.strangers]
    hosts = ", ".join(sorted(set(foreign_urls))) or "none"
    rows.append(["requests to other hosts", "", "", hosts, "", "", "", ""])
    return Table("page", header, rows)


def _medians(loads: list[PageLoad]) -> list[str]:
    keys = ("bytes", "requests", "paint", "interactive")
    sent, requests, paint, interactive = (
        np.median([getattr(load, key) for load in loads]) for key in keys
    )
    models = [f"{np.median(times):.2f}" for times in zip(*(x.models for x in loads), strict=True)]
    times = [f"{paint:.2f}", f"{interactive:.2f}", *models]
    return [f"{sent / 1e6:.2f}", f"{requests:.0f}", *times]


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
        return load(open_page(), url, PHOTOS), load(open_page(), url, PHOTOS)


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


def load(page: "Page", url: str, photos: Sequence[str] = ()) -> PageLoad:
    """Load an address in a blank page, wait until the network is idle, and close the page.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The blank page.
    url : str
        The address.
    photos : sequence of str
        Example images to drop then, one after the other.
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
    page.wait_for_selector(OPENING, timeout=TIMEOUT_MS)
    while time.perf_counter() - result.last_activity < IDLE_S:
        page.wait_for_timeout(100)
    result.paint = page.evaluate(FIRST_PAINT_JS) / 1000
    network.detach()
    for name in photos:
        data = base64.b64encode((EXAMPLES / name).read_bytes()).decode()
        result.models.append(page.evaluate(DROP_JS, [data, name]))
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
