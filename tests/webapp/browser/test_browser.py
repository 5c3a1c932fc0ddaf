"""The real page in headless Chromium, as a visitor uses it: drop, choose, turn, download.

`make screenshots` keeps what it saw in docs/.
"""

import re
import zipfile

import numpy as np
import pytest
import trimesh
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.webapp.browser.browser_page import (
    FILE_JS,
    PATIENCE,
    changes,
    choose_format,
    drop,
    drop_and_wait,
    filled_share,
    model_pixels,
    new_model,
    open_tab,
    unfold,
    wait_for_model,
)

pytestmark = pytest.mark.browser


def test_a_dropped_photo_becomes_a_model(open_page, picture, shots):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")  # the page opens with an example and its model
    assert "chair" in page.inner_text("#facts")
    drop_and_wait(page, picture)
    assert "bed" in page.inner_text("#facts") and "cm tall" in page.inner_text("#facts")
    assert 0.65 < max(filled_share(page)) < 0.8
    page.wait_for_selector("#chooser .outline[d]", state="attached", timeout=PATIENCE)
    page.screenshot(path=shots / "page.png", full_page=True)
    page.locator("#model .viewer").screenshot(path=shots / "model.png")
    unfold(page, "#details", "#seen img")
    page.wait_for_function("!document.querySelector('#figures').innerText.includes('–')")


# --- the object ---------------------------------------------------------------------------------


OVERLAY_STANDS_STILL = """() => {
    const layer = document.querySelector('#chooser'), image = document.querySelector('#photo img');
    if (!layer?.querySelector('.box') || !image?.naturalWidth) return false;
    const { x, y, width, height } = layer.getBoundingClientRect();
    const place = [x, y, width, height].join(), before = window.overlayPlace;
    window.overlayPlace = place;
    return place === before && Math.abs(width / height / (image.naturalWidth / image.naturalHeight)
        - 1) < 0.02;
}"""


def box_shown(page) -> list[float]:
    """The box drawn over the photo, as x0, y0, x1, y1 shares of the picture."""
    page.wait_for_function(OVERLAY_STANDS_STILL, timeout=PATIENCE, polling=200)
    place = page.get_attribute("#chooser .box", "d")
    x0, y0, x1, y1 = map(float, re.findall(r"-?[\d.]+", place)[:4])
    _, _, width, height = map(float, page.get_attribute("#chooser", "viewBox").split())
    return [x0 / width, y0 / height, x1 / width, y1 / height]


def test_the_model_follows_a_drawn_box(open_page, picture):
    page = open_page()
    drop_and_wait(page, picture)
    box_shown(page)
    layer, image = page.locator("#chooser").bounding_box(), page.locator("#photo img")
    ratio = image.evaluate("i => i.naturalWidth / i.naturalHeight")
    assert layer["width"] / layer["height"] == pytest.approx(ratio, rel=0.02)
    left, top = layer["x"], layer["y"]
    with new_model(page, picture.name):
        page.mouse.move(left + 0.2 * layer["width"], top + 0.3 * layer["height"])
        page.mouse.down()
        page.mouse.move(left + 0.7 * layer["width"], top + 0.9 * layer["height"], steps=5)
        page.mouse.up()
        page.wait_for_selector("#model .viewer.stale", timeout=PATIENCE)  # dimmed at once
    assert box_shown(page) == pytest.approx([0.2, 0.3, 0.7, 0.9], abs=0.02)  # what was used


def test_the_model_follows_a_click(open_page, picture):
    page = open_page()
    drop_and_wait(page, picture)
    before = box_shown(page)
    layer = page.locator("#chooser").bounding_box()
    with new_model(page, picture.name):
        page.mouse.click(layer["x"] + 0.15 * layer["width"], layer["y"] + 0.15 * layer["height"])
    after = box_shown(page)
    assert after != before
    assert after[0] <= 0.15 <= after[2] and after[1] <= 0.15 <= after[3]


def test_a_photo_on_its_side_is_set_upright_by_a_click(open_page, tmp_path):
    upright = Image.open(ROOT / "examples" / "table.jpg").crop((0, 84, 768, 684))
    upright.transpose(Image.Transpose.ROTATE_270).save(tmp_path / "side.jpg", quality=95)
    page = open_page()
    drop_and_wait(page, tmp_path / "side.jpg")
    page.wait_for_selector("#nudges >> text=on its side", timeout=PATIENCE)
    with new_model(page, "side.jpg"):
        page.click("#turn")
    page.wait_for_function(
        """expected => {
            const image = document.querySelector("#photo img");
            return (image.naturalWidth / image.naturalHeight).toFixed(6) === expected.toFixed(6);
        }""",
        arg=upright.width / upright.height,
        timeout=PATIENCE,
    )
    page.wait_for_selector("#nudges >> text=on its side", state="hidden", timeout=PATIENCE)


def test_photo_and_model_never_disagree(open_page, picture, tmp_path):
    page = open_page()
    drop_and_wait(page, picture)
    (tmp_path / "bad.jpg").write_bytes(b"<html>")
    drop(page, tmp_path / "bad.jpg")
    page.wait_for_selector("#model .note >> text=not a PNG, JPEG", timeout=PATIENCE)
    page.wait_for_function(  # Gradio shows its progress there for a moment
        "() => document.querySelector('#facts').innerText.trim() === ''", timeout=PATIENCE
    )
    assert page.locator("#download").is_disabled()
    assert not page.locator("#model canvas").is_visible()
    drop_and_wait(page, ROOT / "examples" / "sofa.jpg")
    assert "sofa" in page.inner_text("#facts")
    page.click("#photo [aria-label='Remove Image']")
    page.wait_for_selector("#chooser", state="detached", timeout=PATIENCE)
    page.wait_for_selector("#model .viewer.empty", timeout=PATIENCE)


def test_the_newest_of_several_photos_wins(open_page, picture):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")
    for name in ("sofa.jpg", "wardrobe.jpg", "table.jpg"):
        drop(page, ROOT / "examples" / name)
        page.wait_for_function(
            "name => document.querySelector('#photo img')?.src.includes(name)", arg=name
        )
    wait_for_model(page, "table.jpg")
    assert "table" in page.inner_text("#facts")


# --- the viewer ---------------------------------------------------------------------------------


CAMERA_JS = "document.querySelector('#model canvas').dataset.camera"


def test_a_drag_and_keys_turn_the_model_and_a_setting_keeps_the_camera(open_page, picture):
    page = open_page()
    drop_and_wait(page, picture)
    first, (pixels, _) = page.evaluate(CAMERA_JS), model_pixels(page)
    box = page.locator("#model canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with changes(page, CAMERA_JS):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 150, y, steps=8)
        page.mouse.up()
    turned, _ = model_pixels(page)
    assert (np.abs(turned.astype(int) - pixels).max(axis=-1) > 24).mean() > 0.01
    with changes(page, CAMERA_JS):
        page.focus("#model canvas")
        page.keyboard.press("ArrowUp")
    camera = page.evaluate(CAMERA_JS)
    with new_model(page, picture.name):
        page.get_by_label("Smooth", exact=True).check()
    assert page.evaluate(CAMERA_JS) == camera
    page.click("text=Reset")
    page.wait_for_function(f"first => {CAMERA_JS} === first", arg=first, timeout=PATIENCE)


def test_the_wireframe_is_shown_and_hidden_again(open_page, picture):
    page = open_page()
    drop_and_wait(page, picture)
    solid, _ = model_pixels(page)
    page.click("text=Wireframe")
    page.wait_for_selector("[data-action=wireframe][aria-pressed=true]")
    lines, model = model_pixels(page)
    assert (np.abs(lines.astype(int) - solid).max(axis=-1) > 24)[model].mean() > 0.05
    page.click("text=Wireframe")
    page.wait_for_selector("[data-action=wireframe][aria-pressed=false]")
    again, _ = model_pixels(page)
    assert (np.abs(again.astype(int) - solid).max(axis=-1) > 24).mean() < 0.001


# --- parts --------------------------------------------------------------------------------------


def test_a_moved_seat_is_in_the_download(open_page, tmp_path):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")
    before = seat_share(downloaded(page, tmp_path))
    unfold(page, "#adjust", "#sliders input[type=range]")
    seat = page.locator("#sliders [data-parameter=seat_height]")
    low, high = (float(seat.get_attribute(name)) for name in ("min", "max"))
    is_high = float(seat.input_value()) > (low + high) / 2
    target = low if is_high else high
    with new_model(page, "swivel_chair.jpg"):
        seat.fill(str(target))
    assert float(seat.input_value()) == pytest.approx(target, abs=0.5)
    moved = seat_share(downloaded(page, tmp_path)) - before
    assert moved < -0.01 if is_high else moved > 0.01
    with new_model(page, "swivel_chair.jpg"):
        page.click("#reset-parts")
    assert seat_share(downloaded(page, tmp_path)) == pytest.approx(before, abs=1e-4)


PREVIEW_JS = "document.querySelector('#model .viewer').dataset.preview"
MOVE_JS = """input => {
    input.value = 2 * input.value > Number(input.min) + Number(input.max) ? input.min : input.max;
    input.dispatchEvent(new Event("input", {bubbles: true}));
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_a_moving_slider_shows_the_model_of_its_visitor_at_once(open_page, width, height):
    page, other = open_page(width, height), open_page(width, height)
    for visitor in (page, other):
        wait_for_model(visitor, "swivel_chair.jpg")
        unfold(visitor, "#adjust", "#sliders input[type=range]")
    file, (first, _), (others_first, _) = page.evaluate(FILE_JS), *map(model_pixels, (page, other))
    seat = page.locator("#sliders [data-parameter=seat_height]")
    with changes(page, PREVIEW_JS):
        seat.evaluate(MOVE_JS)
    preview, _ = model_pixels(page)
    assert page.evaluate(FILE_JS) == file  # the model itself waits until the slider rests
    assert differs(preview, first) > 0.01
    assert differs(model_pixels(other)[0], others_first) < 0.001
    with new_model(page, "swivel_chair.jpg"):
        seat.dispatch_event("change")
    exact, _ = model_pixels(page)
    assert differs(exact, preview) < 0.01
    with new_model(page, "swivel_chair.jpg"):
        page.click("#reset-parts")
    assert differs(model_pixels(page)[0], first) < 0.001


def differs(some: np.ndarray, others: np.ndarray) -> float:
    """Share of the pixels with another colour."""
    return float((np.abs(some.astype(int) - others).max(axis=-1) > 24).mean())


def downloaded(page, folder) -> trimesh.Scene:
    with page.expect_download() as download:
        page.click("#download")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return trimesh.load(path)


def seat_share(scene: trimesh.Scene) -> float:
    """Height of the seat's top by the height of the whole chair."""
    return scene.geometry["seat"].bounds[1][1] / scene.bounds[1][1]


# --- settings and files -------------------------------------------------------------------------


def test_style_and_format_follow_at_once(open_page, picture, tmp_path):
    page = open_page()
    drop_and_wait(page, picture)
    with new_model(page, picture.name):
        page.get_by_label("Blocks").check()
    choose_format(page, "STL")
    with page.expect_download() as download:
        page.click("#download")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == f"{picture.stem}.stl"
    assert len(trimesh.load(path, force="mesh").faces) > 0


def test_the_slices_follow_the_depth(open_page, picture, shots):
    page = open_page()
    drop_and_wait(page, picture)
    open_tab(page, "Inside", "#depth input[type=number]")
    page.wait_for_function("document.querySelectorAll('#inside img').length == 3")
    with changes(page, "document.querySelector('#inside img').getAttribute('src')"):
        page.fill("#depth input[type=number]", "0.2")
        page.keyboard.press("Tab")
    page.screenshot(path=shots / "inside.png", full_page=True)


def test_an_example_is_one_click_from_a_model(open_page):
    page = open_page()
    page.locator("#examples button.gallery-item").first.click()
    wait_for_model(page, "armchair.jpg")


def test_the_voxels_and_a_turn_are_drawn_in_tabs_of_their_own(open_page, picture, shots):
    page = open_page()
    drop_and_wait(page, picture)
    page.get_by_role("tab", name="Voxels").click()
    page.wait_for_selector("#voxels .viewer[data-file]", timeout=PATIENCE)
    assert model_pixels(page, "#voxels")[1].mean() > 0.1
    page.get_by_role("tab", name="Turntable").click()
    page.wait_for_selector("#turntable img", timeout=2 * PATIENCE)  # 36 pictures are rendered
    frames = page.request.get(page.get_attribute("#turntable img", "src")).body()
    (shots / "turntable.webp").write_bytes(frames)
    assert Image.open(shots / "turntable.webp").n_frames > 12


def test_the_history_brings_photo_and_model_back(open_page):
    page = open_page()
    for name in ("armchair.jpg", "bed.jpg"):
        page.locator(f"#examples button:has(img[src$='/{name}'])").click()
        wait_for_model(page, name)
    assert page.locator("#history .thumbnail-item").count() == 2
    page.locator("#history .thumbnail-item").nth(1).click()
    wait_for_model(page, "armchair.jpg")
    assert "armchair.jpg" in page.get_attribute("#photo img", "src")
    page.locator("#examples button:has(img[src$='/bed.jpg'])").click()
    wait_for_model(page, "bed.jpg")
    assert page.locator("#history .thumbnail-item").count() == 2  # no duplicates


def test_an_stl_is_as_tall_as_asked_for_and_warns_of_thin_walls(open_page, picture, tmp_path):
    page = open_page(link="/?__theme=light&style=smooth")
    drop_and_wait(page, picture)
    choose_format(page, "STL")
    unfold(page, "#finish", "#stl-height input")
    page.fill("#stl-height input", "3")
    page.keyboard.press("Tab")
    page.wait_for_selector("#notes >> text=thinnest wall", timeout=PATIENCE)
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "model.stl")
    mesh = trimesh.load(tmp_path / "model.stl")
    assert mesh.extents[2] == pytest.approx(3) and mesh.body_count == 1


def test_fewer_faces_and_colours_make_a_smaller_file(open_page, picture):
    page = open_page(link="/?__theme=light&style=smooth")
    drop_and_wait(page, picture)
    size = "document.querySelector('#download').innerText"
    before = page.evaluate(size)
    unfold(page, "#formats", "#format")
    unfold(page, "#finish", "#faces input")
    with changes(page, size):
        page.fill("#faces input", "300")
        page.keyboard.press("Tab")
    smaller = page.evaluate(size)
    assert int(re.search(r"(\d+) kB", smaller)[1]) < int(re.search(r"(\d+) kB", before)[1])
    page.fill("#palette input", "300")
    page.keyboard.press("Tab")
    page.wait_for_selector("text=The palette is 300", timeout=PATIENCE)


def test_the_colours_can_be_those_of_the_network(open_page, picture):
    page = open_page(link="/?__theme=light&style=smooth")
    drop_and_wait(page, picture)
    unfold(page, "#details", "#colors input")
    with new_model(page, picture.name):
        page.get_by_label("As predicted").check()


def test_more_photos_of_the_same_piece_are_taken_together(open_page, picture):
    page = open_page()
    drop_and_wait(page, picture)
    unfold(page, "#more", "#more .wrap")
    with new_model(page, picture.name):
        page.set_input_files("#more input[type=file]", [picture, picture])
    thumbnails = page.locator("#photo #more-thumbnails img")
    expect(thumbnails).to_have_count(2, timeout=PATIENCE)
    assert thumbnails.first.evaluate("image => image.decode().then(() => image.naturalWidth)")
    page.set_input_files("#more input[type=file]", [picture] * 3)
    page.wait_for_selector("#model .note >> text=Give at most 3 more photos", timeout=PATIENCE)
    drop_and_wait(page, ROOT / "examples" / "sofa.jpg")
    assert page.locator("#more .file-preview").count() == 0  # emptied with the new photo
    expect(thumbnails).to_have_count(0, timeout=PATIENCE)


def test_three_pictures_of_a_chair_are_an_example(open_page):
    page = open_page()
    unfold(page, "#more", "#views3")
    page.click("#views3")
    wait_for_model(page, "armchair_1.jpg")
    expect(page.locator("#more-thumbnails img")).to_have_count(2, timeout=PATIENCE)
    assert "chair" in page.inner_text("#facts")


def test_many_photos_become_one_zip(open_page, picture, shots, tmp_path):
    page = open_page()
    open_tab(page, "Many photos", "#many-photos input[type=file]")
    (tmp_path / "bad.png").write_bytes(b"<html>")
    photos = [picture, tmp_path / "bad.png", picture]
    page.set_input_files("#many-photos input[type=file]", photos)
    page.wait_for_selector("#many-photos .file-preview", timeout=PATIENCE)
    page.click("#generate-all")
    page.wait_for_selector("text=2 models in", timeout=PATIENCE)
    assert "bad.png" in page.inner_text("#many-report")
    picture_of_model = page.locator("#many-results .thumbnail-item, #many-results .thumbnail-lg")
    assert picture_of_model.count() == 2
    page.screenshot(path=shots / "many.png", full_page=True)
    with page.expect_download() as download:
        page.click("#many-download")
    download.value.save_as(tmp_path / "models.zip")
    assert len(zipfile.ZipFile(tmp_path / "models.zip").namelist()) == 2
    picture_of_model.nth(1).click()  # it opens in the viewer
    wait_for_model(page, picture.name)
    assert page.locator("#photo").is_visible()
