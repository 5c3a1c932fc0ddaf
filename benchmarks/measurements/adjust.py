"""*Adjust parts* in Chromium: from a move of a slider to the new model on the screen.

Server and browser run on one machine, which also draws the model: there is no GPU. The header
Server-Timing of each preview gives the server's share. The page's share is the time until it asks
for a preview. The viewer's share begins when the preview has arrived and ends with the frame after
its drawing. *at rest* is the time from the release of the slider until the exact model is shown and
can be downloaded. Without Chromium nothing is measured.
"""

import shutil
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.app_server import AppServer
from benchmarks.measurements.page import CHROMIUM_ARGUMENTS, OPENING, TIMEOUT_MS
from benchmarks.report import Table

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"desktop, 1280 px": (1280, 900), "phone, 390 px": (390, 844)}
AIM_MS = 200
MOVES_A_ROUND = 2  # of --rounds; a move takes a tenth of a second
WARM_UP = 3  # moves
SLIDERS = "#sliders input[type=range]"
SLIDER = "#sliders [data-parameter=seat_height]"  # of the opening example, a swivel chair
DOWNLOAD_IS_READY = """() => {
    const button = document.querySelector("#download");
    return !button.disabled && button.innerText.includes("·");
}"""
# Moves the slider to a share of its range and waits for the preview.
MOVE_JS = """([selector, share]) => {
    const input = document.querySelector(selector);
    const viewer = document.querySelector("#model .viewer"), before = viewer.dataset.preview;
    performance.clearResourceTimings();
    const began = performance.now(), low = Number(input.min), high = Number(input.max);
    input.value = low + share * (high - low);
    input.dispatchEvent(new Event("input", {bubbles: true}));
    return new Promise((done) => {
        const measured = () => {
            const [request] = performance.getEntriesByType("resource")
                .filter(({name}) => name.endsWith("/preview"));
            const {startTime, responseEnd, serverTiming: [{duration}]} = request;
            done({
                whole: performance.now() - began,
                page: startTime - began,
                server: duration,
                transfer: responseEnd - startTime - duration,
                viewer: performance.now() - responseEnd,
                bytes: request.encodedBodySize,
            });
        };
        const frame = () => requestAnimationFrame(() => requestAnimationFrame(measured));
        new MutationObserver((_, observer) => {
            if (viewer.dataset.preview === before) return;
            observer.disconnect();
            frame();
        }).observe(viewer, {attributes: true, attributeFilter: ["data-preview"]});
    });
}"""
# Lets the slider go and waits for the exact model.
REST_JS = """([selector]) => {
    const viewer = document.querySelector("#model .viewer"), before = viewer.dataset.file;
    const began = performance.now();
    document.querySelector(selector).dispatchEvent(new Event("change", {bubbles: true}));
    return new Promise((done) => {
        new MutationObserver((_, observer) => {
            if (viewer.dataset.file === before) return;
            observer.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(
                () => done(performance.now() - began)));
        }).observe(viewer, {attributes: true, attributeFilter: ["data-file"]});
    });
}"""


def measure(rounds: int = 20) -> Table:
    """Return median and 90th percentile of the time from a move to its picture, and its shares."""
    header = ["slider of a swivel chair", "median, ms", "90th percentile, ms", "page, ms"]
    header += ["server, ms", "transfer, ms", "viewer, ms", "kB", "at rest, ms", "aim"]
    chromium = shutil.which("chromium")
    if not chromium:
        return Table("adjust", header, [[name, *["not measured here"] * 9] for name in SIZES])
    from playwright.sync_api import sync_playwright  # not needed without Chromium

    rows = []
    with AppServer() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        for name, (width, height) in SIZES.items():
            viewport = {"width": width, "height": height}
            context = browser.new_context(viewport=viewport, reduced_motion="reduce")
            page = context.new_page()
            page.goto(server.url)
            rows.append([name, *_row(page, MOVES_A_ROUND * rounds)])
            context.close()
        browser.close()
    return Table("adjust", header, rows)


def _row(page: "Page", count: int) -> list[str]:
    """Return the cells of one window: so many moves one after another, then the rest."""
    page.wait_for_selector(OPENING, timeout=TIMEOUT_MS)
    page.wait_for_function(DOWNLOAD_IS_READY, timeout=TIMEOUT_MS)
    page.click("#adjust > button")
    page.wait_for_selector(SLIDERS, timeout=TIMEOUT_MS)
    shares = np.random.default_rng(0).random(WARM_UP + count)
    moves = [page.evaluate(MOVE_JS, [SLIDER, share]) for share in shares.tolist()][WARM_UP:]
    rest = page.evaluate(REST_JS, [SLIDER])
    whole = np.array([move["whole"] for move in moves])
    shares = [
        np.median([move[k] for move in moves]) for k in ("page", "server", "transfer", "viewer")
    ]
    size = np.median([move["bytes"] for move in moves]) / 1000
    figures = [np.median(whole), np.percentile(whole, 90), *shares, size, rest]
    return [*(f"{value:.0f}" for value in figures), f"≤ {AIM_MS}"]
