"""The real page in headless Chromium, as a visitor uses it: drop, generate, turn, download.

`make screenshots` keeps what it saw in docs/.
"""

import re
import zipfile

import numpy as np
import pytest
import trimesh
from PIL import Image

from tests.conftest import ROOT
from tests.webapp.browser_page import (
    PATIENCE,
    changes,
    drop,
    generate,
    open_settings,
    shown,
    wait_for_download,
)

pytestmark = pytest.mark.browser

FACTS = "document.querySelector('#facts').innerText"


def test_a_dropped_photo_becomes_a_model(open_page, picture, shots):
    page = open_page()
    drop(page, picture)
    generate(page)
    assert 0.02 < shown(page, shots / "model.png") < 0.9
    assert page.inner_text("#facts").count("–") == 0
    assert page.locator("#seen img").count() == 1
    page.wait_for_selector("#chooser .outline[d]", state="attached", timeout=PATIENCE)
    page.screenshot(path=shots / "page.png", full_page=True)


OVERLAY_STANDS_STILL = """() => {
    const layer = document.querySelector('#chooser'), image = document.querySelector('#photo img');
    if (!layer?.querySelector('.box') || !image?.naturalWidth) return false;
    const { x, y, width, height } = layer.getBoundingClientRect();
    const place = [x, y, width, height].join(), before = window.overlayPlace;
    window.overlayPlace = place;
    return place === before && Math.abs(width / height / (image.naturalWidth / image.naturalHeight)
        - 1) < 0.02;
}"""


def wait_for_overlay(page) -> None:
    """Wait until the box lies on the photo and does not move any more."""
    page.wait_for_function(OVERLAY_STANDS_STILL, timeout=PATIENCE, polling=200)


def box_shown(page) -> list[float]:
    """The box drawn over the photo, as x0, y0, x1, y1 shares of the picture."""
    place = page.get_attribute("#chooser .box", "d")
    x0, y0, x1, y1 = map(float, re.findall(r"-?[\d.]+", place)[:4])
    _, _, width, height = map(float, page.get_attribute("#chooser", "viewBox").split())
    return [x0 / width, y0 / height, x1 / width, y1 / height]


def test_the_object_can_be_chosen_by_a_drawn_box(open_page, picture):
    page = open_page()
    drop(page, picture)
    wait_for_overlay(page)
    layer, image = page.locator("#chooser").bounding_box(), page.locator("#photo img")
    ratio = image.evaluate("i => i.naturalWidth / i.naturalHeight")
    assert layer["width"] / layer["height"] == pytest.approx(ratio, rel=0.02)
    left, top = layer["x"], layer["y"]
    page.mouse.move(left + 0.2 * layer["width"], top + 0.3 * layer["height"])
    page.mouse.down()
    page.mouse.move(left + 0.7 * layer["width"], top + 0.9 * layer["height"], steps=5)
    page.mouse.up()
    wanted = pytest.approx([0.2, 0.3, 0.7, 0.9], abs=0.02)
    assert box_shown(page) == wanted
    generate(page)
    page.wait_for_selector("#chooser .outline[d]", state="attached", timeout=PATIENCE)
    assert box_shown(page) == wanted  # what the server says it used
    page.click("#photo [aria-label='Remove Image']")
    page.wait_for_selector("#chooser", state="detached", timeout=PATIENCE)


def test_a_click_asks_for_the_object_at_that_point(open_page, picture):
    page = open_page()
    drop(page, picture)
    wait_for_overlay(page)
    before = box_shown(page)
    layer = page.locator("#chooser").bounding_box()
    with changes(page, "document.querySelector('#chooser .box').getAttribute('d')"):
        page.mouse.click(layer["x"] + 0.15 * layer["width"], layer["y"] + 0.15 * layer["height"])
    after = box_shown(page)
    assert after != before
    assert after[0] <= 0.15 <= after[2] and after[1] <= 0.15 <= after[3]


def test_dragging_turns_the_model(open_page, picture, tmp_path):
    page = open_page()
    drop(page, picture)
    generate(page)
    shown(page, tmp_path / "before.png")
    box = page.locator("#model canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=8)
    page.mouse.up()
    for _ in range(PATIENCE // 500):
        shown(page, tmp_path / "after.png")
        before, after = (
            np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB"), np.int16)
            for name in ("before", "after")
        )
        if (np.abs(before - after).max(axis=-1) > 24).mean() > 0.01:
            return
        page.wait_for_timeout(500)
    pytest.fail("The model did not turn.")


def test_style_and_format_follow_at_once(open_page, picture, tmp_path):
    page = open_page()
    drop(page, picture)
    generate(page)
    open_settings(page)
    with changes(page, FACTS):
        page.get_by_label("Blocks").check()
    page.get_by_role("radio", name="STL").check()
    wait_for_download(page, "STL")
    with page.expect_download() as download:
        page.click("#download")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == f"{picture.stem}.stl"
    assert len(trimesh.load(path, force="mesh").faces) > 0


def test_the_slices_follow_the_depth(open_page, picture, shots):
    page = open_page()
    drop(page, picture)
    generate(page)
    page.get_by_role("tab", name="Inside").click()
    page.wait_for_function("document.querySelectorAll('#inside img').length == 3")
    with changes(page, "document.querySelector('#inside img').getAttribute('src')"):
        page.fill("#depth input[type=number]", "0.2")
        page.keyboard.press("Tab")
    page.screenshot(path=shots / "inside.png", full_page=True)


def test_an_example_is_two_clicks_from_a_model(open_page):
    page = open_page()
    if not page.locator("#examples").count():
        pytest.skip("examples/ is empty")
    page.locator("#examples button.gallery-item").first.click()
    page.wait_for_selector("#photo img", timeout=PATIENCE)
    generate(page)


def test_the_voxels_and_a_turn_are_drawn_in_tabs_of_their_own(open_page, picture, shots):
    page = open_page()
    drop(page, picture)
    generate(page)
    page.get_by_role("tab", name="Voxels").click()
    page.wait_for_selector("#voxels canvas", timeout=PATIENCE)
    page.get_by_role("tab", name="Turntable").click()
    page.wait_for_selector("#turntable img", timeout=PATIENCE)
    frames = page.request.get(page.get_attribute("#turntable img", "src")).body()
    (shots / "turntable.webp").write_bytes(frames)
    assert Image.open(shots / "turntable.webp").n_frames > 12


def test_the_history_brings_an_earlier_model_back(open_page):
    page = open_page()
    examples = page.locator("#examples button.gallery-item")
    for i in (0, 1):
        examples.nth(i).click()
        page.wait_for_function(
            f"document.querySelectorAll('#history .thumbnail-item').length == {i + 1}",
            timeout=PATIENCE,
        )
    with changes(page, FACTS):
        page.locator("#history .thumbnail-item").nth(1).click()


def test_a_photo_on_its_side_is_set_upright_by_a_click(open_page, tmp_path):
    upright = Image.open(ROOT / "examples" / "table.jpg").crop((0, 84, 768, 684))
    upright.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "table.jpg", quality=95)
    page = open_page()
    assert not page.locator("#turn").is_visible()
    drop(page, tmp_path / "table.jpg")
    generate(page)
    page.wait_for_selector("#turn", timeout=PATIENCE)
    with changes(page, FACTS):
        page.click("#turn")
    shape = page.locator("#photo img").evaluate("i => i.naturalWidth / i.naturalHeight")
    assert shape == pytest.approx(upright.width / upright.height)
    page.wait_for_selector("#history .thumbnail-item >> nth=1", timeout=PATIENCE)
    page.wait_for_selector("#turn", state="hidden", timeout=PATIENCE)


def test_an_stl_is_as_tall_as_asked_for_and_warns_of_thin_walls(open_page, picture, tmp_path):
    page = open_page()
    drop(page, picture)
    generate(page)
    page.click("#finish button")
    page.wait_for_selector("#stl-height input", timeout=PATIENCE)
    page.get_by_role("radio", name="STL").check()
    page.fill("#stl-height input", "3")
    page.keyboard.press("Tab")
    page.wait_for_selector("#notes >> text=thinnest wall", timeout=PATIENCE)
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "model.stl")
    mesh = trimesh.load(tmp_path / "model.stl")
    assert mesh.extents[2] == pytest.approx(3) and mesh.body_count == 1


def test_fewer_faces_and_colours_make_a_smaller_file(open_page, picture):
    page = open_page()
    drop(page, picture)
    generate(page)
    size = "document.querySelector('#download').innerText"
    before = page.evaluate(size)
    page.click("#finish button")
    page.wait_for_selector("#faces input", timeout=PATIENCE)
    with changes(page, size):
        page.fill("#faces input", "300")
        page.keyboard.press("Tab")
    smaller = page.evaluate(size)
    assert int(re.search(r"(\d+) kB", smaller)[1]) < int(re.search(r"(\d+) kB", before)[1])
    page.fill("#palette input", "300")
    page.keyboard.press("Tab")
    page.wait_for_selector("text=The palette is 300", timeout=PATIENCE)


def test_the_colours_can_be_those_of_the_network(open_page, picture):
    page = open_page()
    drop(page, picture)
    generate(page)
    open_settings(page)
    with changes(page, "document.querySelector('#download a')?.href"):
        page.get_by_label("As predicted").check()


def test_more_photos_of_the_same_piece_are_taken_together(open_page, picture):
    page = open_page()
    drop(page, picture)
    page.click("#more button")
    page.set_input_files("#more input[type=file]", [picture, picture])
    page.wait_for_selector("#more .file-preview", timeout=PATIENCE)
    generate(page)
    page.set_input_files("#more input[type=file]", [picture] * 3)
    page.wait_for_function(
        "document.querySelectorAll('#more .file-preview tr').length > 3", timeout=PATIENCE
    )
    page.click("#generate")
    page.wait_for_selector("text=Give at most 3 more photos", timeout=PATIENCE)
    assert page.inner_text("#facts").count("–") == 0


def test_many_photos_become_one_zip(open_page, picture, shots, tmp_path):
    page = open_page()
    page.get_by_role("tab", name="Many photos").click()
    (tmp_path / "bad.png").write_bytes(b"<html>")
    photos = [picture, tmp_path / "bad.png", picture]
    page.set_input_files("#many-photos input[type=file]", photos)
    page.wait_for_selector("#many-photos .file-preview", timeout=PATIENCE)
    page.click("#generate-all")
    page.wait_for_selector("text=2 models in", timeout=PATIENCE)
    assert "bad.png" in page.inner_text("#many-report")
    page.screenshot(path=shots / "many.png", full_page=True)
    with page.expect_download() as download:
        page.click("#many-download")
    download.value.save_as(tmp_path / "models.zip")
    assert len(zipfile.ZipFile(tmp_path / "models.zip").namelist()) == 2
