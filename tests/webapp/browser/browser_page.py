"""Actions of a visitor on the page, for the browser tests."""

import base64
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

PATIENCE = 60_000  # ms for any step: without a GPU the processor renders the model
MEASURED_BACKGROUND = "#ff00ff"  # behind a model whose pixels are counted
DROP_JS = """([data, name]) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
    const options = {dataTransfer, bubbles: true, cancelable: true};
    document.querySelector("#intro").dispatchEvent(new DragEvent("drop", options));
}"""
MODEL_IS_SHOWN_JS = """([name, before]) => {
    const {file, photo} = document.querySelector("#model .viewer").dataset;
    const isStale = document.querySelector("#model .viewer.stale");
    const button = document.querySelector("#download");
    return file && !isStale && file !== before && photo.endsWith("/" + name)
        && !button.disabled && button.innerText.includes("·");
}"""
FILE_JS = "document.querySelector('#model .viewer').dataset.file"
NEXT_FRAMES_JS = """new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})"""
FACTS_JS = "document.querySelector('#facts').innerText"


def drop(page, path: Path) -> None:
    """Drop a file somewhere on the page, as from a file manager."""
    page.evaluate(DROP_JS, [base64.b64encode(path.read_bytes()).decode(), path.name])


def wait_for_model(page, name: str, before: str | None = None) -> None:
    """Wait for the final model of a photo of this name, and for its download.

    `before` is the file that the viewer showed, if it showed this photo already.
    """
    page.wait_for_function(MODEL_IS_SHOWN_JS, arg=[name, before], timeout=PATIENCE)


def drop_and_wait(page, path: Path) -> None:
    """Drop a photo and wait for its model."""
    drop(page, path)
    wait_for_model(page, path.name)


@contextmanager
def new_model(page, name: str):
    """Wait at the end until the viewer shows another model of the photo."""
    before = page.evaluate(FILE_JS)
    yield
    wait_for_model(page, name, before)


def unfold(page, panel: str, content: str) -> None:
    """Open a folded panel, and wait until its content takes values."""
    page.click(f"{panel} > button")
    wait_for_first_content(page, content)


def open_tab(page, name: str, content: str) -> None:
    """Open a tab, and wait until its content takes values."""
    page.get_by_role("tab", name=name).click()
    wait_for_first_content(page, content)


def wait_for_first_content(page, content: str) -> None:
    """Wait until Gradio has drawn and filled what a panel or a tab shows for the first time.

    It sets all values once more in the frame after the drawing, so that one that a visitor gave
    before is lost. Frames are slow here.
    """
    page.wait_for_selector(content, state="attached", timeout=PATIENCE)
    page.evaluate(NEXT_FRAMES_JS)


def choose_format(page, name: str) -> None:
    """Choose a format of the download and wait for its file."""
    if not page.locator("#format").is_visible():
        unfold(page, "#formats", "#format")
    page.locator("#format label", has_text=name).locator("input").check()
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


def model_pixels(page, viewer: str = "#model") -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8 picture of a viewer without its buttons; (H, W) where the model is."""
    rule = (
        f".viewer {{ background: {MEASURED_BACKGROUND} !important; border-radius: 0 !important; }}"
    )
    style = page.add_style_tag(content=rule + " .viewer .tools { visibility: hidden !important; }")
    page.evaluate(NEXT_FRAMES_JS)  # a change is drawn in the next one
    data = page.locator(f"{viewer} canvas").screenshot()
    style.evaluate("style => style.remove()")
    pixels = np.asarray(Image.open(BytesIO(data)).convert("RGB"))
    red, green, blue = pixels.astype(int).transpose(2, 0, 1)
    # the shadow darkens the background, whose green stays 0
    model = ~((green < 12) & (np.abs(red - blue) < 12))
    model[[0, 1, -2, -1]] = model[:, [0, 1, -2, -1]] = False  # a fraction of a pixel of the page
    return pixels, model


def filled_share(page) -> tuple[float, float]:
    """Shares of the viewer's width and height between the outermost pixels of the model."""
    _, model = model_pixels(page)
    rows, columns = (np.flatnonzero(model.any(axis=axis)) for axis in (1, 0))
    height, width = model.shape
    return np.ptp(columns) / width, np.ptp(rows) / height
