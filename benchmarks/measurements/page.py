"""The first load of the page in Chromium, as a visitor with a new profile waits for it.

Measured over this machine's own network: bytes and requests are those of any network, times are
of this processor alone. Chromium is Debian's; without it nothing is measured.
"""

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.client import serving
from benchmarks.report import Table

LOADS = 3  # of each width; each takes seconds
WIDTHS = {"desktop, 1280 px": (1280, 900), "phone, 390 px": (390, 844)}
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PATIENCE = 120_000  # ms until the page takes a photo
QUIET = 2.0  # s without a word from the network: the page has all that it fetches
UPLOAD = "#photo input[type=file]"  # there once the page takes a photo
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@dataclass
class Load:
    """One load of the page."""

    bytes: int = 0  # as sent, headers and compression included
    requests: int = 0
    paint: float = 0.0  # s to the first contentful paint
    interactive: float = 0.0  # s until the control takes a photo
    strangers: list[str] = field(default_factory=list)  # addresses on other hosts
    heard: float = 0.0  # when the network last began or ended something


def measure(rounds: int = LOADS) -> Table:
    """Medians of at most LOADS loads, each with a new profile, and once more with its cache."""
    header = ["first load", "cache", "MB sent", "requests", "first paint, s", "takes a photo, s"]
    chromium = shutil.which("chromium")
    if not chromium:
        return Table("page", header, [[width, *["not measured here"] * 5] for width in WIDTHS])
    rows, strangers = [], []
    with serving("app.py") as (address, *_):
        for width, size in WIDTHS.items():
            pairs = [first_and_again(chromium, address, size) for _ in range(min(rounds, LOADS))]
            for cache, loads in zip(("cold", "warm"), zip(*pairs, strict=True), strict=True):
                rows.append([width, cache, *_medians(loads)])
                strangers += [url for load in loads for url in load.strangers]
    asked = ", ".join(sorted(set(strangers))) or "none"
    rows.append(["requests to other hosts", "", "", asked, "", ""])
    return Table("page", header, rows)


def _medians(loads: list[Load]) -> list[str]:
    keys = ("bytes", "requests", "paint", "interactive")
    sent, requests, paint, interactive = (
        np.median([getattr(load, key) for load in loads]) for key in keys
    )
    return [f"{sent / 1e6:.2f}", f"{requests:.0f}", f"{paint:.2f}", f"{interactive:.2f}"]


def first_and_again(chromium: str, address: str, size: tuple[int, int]) -> tuple[Load, Load]:
    """A load with an empty cache and one with what that left in it."""
    with TemporaryDirectory() as profile, _browser(chromium, profile, size) as open_page:
        return load(open_page(), address), load(open_page(), address)


@contextmanager
def _browser(chromium: str, profile: str, size: tuple[int, int]):
    from playwright.sync_api import sync_playwright  # for tests and measurements alone

    width, height = size
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=ARGUMENTS,
            viewport={"width": width, "height": height},
        )
        yield context.new_page
        context.close()


def load(page, address: str) -> Load:
    """Opens the address in a blank page, waits until it is still, and closes the page."""
    seen = Load()
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda event: _begun(seen, event, address))
    wire.on("Network.loadingFinished", lambda event: _ended(seen, event))
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(UPLOAD, state="attached", timeout=PATIENCE)
    seen.interactive = time.perf_counter() - began
    while time.perf_counter() - seen.heard < QUIET:
        page.wait_for_timeout(100)
    seen.paint = page.evaluate(PAINT) / 1000
    page.close()
    return seen


def _begun(seen: Load, event: dict, address: str) -> None:
    seen.heard = time.perf_counter()
    url = event["request"]["url"]
    if url.startswith(("data:", "blob:")):  # made by the page itself
        return
    seen.requests += 1
    if not url.startswith(address):
        seen.strangers.append(url)


def _ended(seen: Load, event: dict) -> None:
    seen.heard = time.perf_counter()
    seen.bytes += int(event["encodedDataLength"])
