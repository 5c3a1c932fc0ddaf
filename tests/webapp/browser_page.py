"""Actions of a visitor on the page, for the browser tests."""

import base64
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

VIEWER_GRAY = 128  # of the viewer's background, 0 to 255
PATIENCE = 60_000  # ms for any step: without a GPU the processor renders the model


def drop(page, path: Path) -> None:
    """Drop a file on the photo, as from a file manager."""
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
    """Press Generate; wait for the model and its download."""
    page.click("#generate")
    page.wait_for_selector("#model canvas", timeout=PATIENCE)
    wait_for_download(page, "GLB")


def open_settings(page) -> None:
    """Unfold the settings."""
    page.click("#settings button")
    page.wait_for_selector("#threshold input[type=number]", timeout=PATIENCE)


def wait_for_download(page, name: str) -> None:
    """Wait until the download button offers a file of this format."""
    page.wait_for_function(
        "name => document.querySelector('#download').innerText.includes(name + ' ·')",
        arg=name,
        timeout=PATIENCE,
    )


@contextmanager
def changes(page, expression: str):
    """Wait at the end until the value of a JavaScript expression has changed."""
    before = page.evaluate(expression)
    yield
    page.wait_for_function(f"before => ({expression}) !== before", arg=before, timeout=PATIENCE)


def shown(page, path: Path) -> float:
    """Share of the viewer's pixels that show the model, once it is rendered."""
    share = 0.0
    for _ in range(60):
        page.locator("#model canvas").screenshot(path=path)
        pixels = np.asarray(Image.open(path).convert("RGB"), np.int16)
        share = (np.abs(pixels - VIEWER_GRAY).max(axis=-1) > 12).mean()
        if 0.02 < share < 0.9:  # before the first frame the whole viewer has one colour
            break
        page.wait_for_timeout(500)
    return share
