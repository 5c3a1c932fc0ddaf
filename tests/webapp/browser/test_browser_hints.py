"""Hints about a photo and about a setting, in headless Chromium at both widths."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.webapp.browser.browser_page import (
    FILE_JS,
    PATIENCE,
    changes,
    drop,
    drop_and_wait,
    new_model,
    wait_for_model,
)

pytestmark = pytest.mark.browser

PAN = ROOT / "examples" / "saucepan.jpg"  # no cell is solid with more than 85 %
WIDTHS = [(1280, 900, "light"), (390, 844, "dark")]
# Notes what the page shows at each change: hints, and whether the model of the photo is on show.
WATCH_JS = """(name) => {
    window.seen = [];
    const viewer = document.querySelector("#model .viewer");
    const look = () => {
        const isShown = viewer.dataset.photo?.endsWith("/" + name) && !viewer.matches(".stale");
        window.seen.push([document.querySelector("#nudges").innerText, isShown]);
    };
    new MutationObserver(look).observe(document.body,
        { childList: true, subtree: true, attributes: true, characterData: true });
}"""
CAMERA_JS = "document.querySelector('#model canvas').dataset.camera"


def dark_side(folder):
    """A dark photo of a table, on its side and cut off at the edge."""
    table = Image.open(ROOT / "examples" / "table.jpg").crop((0, 84, 768, 684))
    dark = table.convert("RGB").point(lambda level: level // 5)
    path = folder / "night.jpg"
    dark.save(path, quality=95)
    return path


@pytest.mark.parametrize(("width", "height", "theme"), WIDTHS)
def test_hints_stand_beside_the_photo_before_its_model(open_page, tmp_path, width, height, theme):
    page, photo = open_page(width, height, f"/?__theme={theme}"), dark_side(tmp_path)
    wait_for_model(page, "swivel_chair.jpg")
    page.evaluate(WATCH_JS, photo.name)
    drop(page, photo)
    wait_for_model(page, photo.name)
    seen = page.evaluate("window.seen")
    hint = next(i for i, (text, _) in enumerate(seen) if "dark" in text)
    model = next(i for i, (_, is_shown) in enumerate(seen) if is_shown)
    assert hint < model
    photo, hints = (page.locator(part).bounding_box() for part in ("#photo", "#nudges"))
    assert abs(hints["x"] - photo["x"]) < 20 and hints["y"] > photo["y"]


@pytest.mark.parametrize(("width", "height", "theme"), WIDTHS)
def test_a_threshold_at_which_nothing_is_left(open_page, width, height, theme):
    page = open_page(width, height, f"/?__theme={theme}&style=smooth")
    drop_and_wait(page, PAN)
    camera = page.evaluate(CAMERA_JS)
    number = "#threshold input[type=number]"
    page.fill(number, "0.9")
    page.wait_for_selector("#model .note >> text=Nothing is left", timeout=PATIENCE)
    expect(page.locator("#download")).to_be_disabled(timeout=PATIENCE)
    assert not page.is_visible("#model canvas")
    with new_model(page, PAN.name):
        page.fill(number, "0.3")
    assert page.evaluate(CAMERA_JS) == camera
    # model and slider are in view together while it is moved
    viewer, slider = (page.locator(f).bounding_box() for f in ("#model .viewer", "#threshold"))
    assert slider["y"] + slider["height"] - viewer["y"] <= height


def test_thin_parts_grow_to_the_right(open_page, picture):
    page = open_page(link="/?__theme=light&style=smooth")
    drop_and_wait(page, picture)
    slider = page.locator("#threshold input[type=range]")
    before = float(slider.input_value())
    slider.focus()
    with changes(page, FILE_JS):
        page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) < before  # a lower probability is enough


def test_a_screen_reader_hears_what_was_made(open_page, picture):
    page = open_page()
    region = page.locator("#announcement[role=status]").element_handle()
    drop_and_wait(page, picture)
    heard = region.inner_text()  # of the element that was there before
    assert "bed" in heard.lower() and "match" in heard and "parts" in heard
