"""What a visitor does on the page, for the tests that watch it in a browser."""

import base64
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

GREY = 128  # the viewer's background
PATIENCE = 60_000  # ms: the model is drawn by the processor here


def drop(page, path: Path) -> None:
    """Drop the file on the photo's frame, as from a file manager."""
    data = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(
        """([data, name]) => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
            return transfer;
        }""",
        [data, path.name],
    )
    page.dispatch_event("#photo button", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#photo img")


def generate(page) -> None:
    page.click("#generate")
    page.wait_for_selector("#model canvas", timeout=PATIENCE)
    wait_for_download(page, "GLB")


def open_settings(page) -> None:
    page.click("#settings button")
    page.wait_for_selector("#threshold input[type=number]", timeout=PATIENCE)


def wait_for_download(page, name: str) -> None:
    page.wait_for_function(
        "name => document.querySelector('#download').innerText.includes(name + ' ·')",
        arg=name,
        timeout=PATIENCE,
    )


@contextmanager
def changes(page, expression: str):
    """What is done inside changes what the expression is in the page, after a while."""
    before = page.evaluate(expression)
    yield
    page.wait_for_function(f"before => ({expression}) !== before", arg=before, timeout=PATIENCE)


def shown(page, path: Path) -> float:
    """Share of the viewer that shows the model, once it is drawn."""
    share = 0.0
    for _ in range(60):
        page.locator("#model canvas").screenshot(path=path)
        seen = np.asarray(Image.open(path).convert("RGB"), np.int16)
        share = (np.abs(seen - GREY).max(axis=-1) > 12).mean()
        if 0.02 < share < 0.9:  # before the first frame all of it is blank
            break
        page.wait_for_timeout(500)
    return share
