"""Photos of several pieces in headless Chromium: outlines, chips, one piece, the whole room."""

import json
import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import trimesh

from tests.conftest import ROOT
from tests.webapp.browser.browser_page import (
    FACTS_JS,
    FILE_JS,
    PATIENCE,
    drop,
    drop_and_wait,
    new_model,
    wait_for_model,
)

ROOM = ROOT / "examples" / "living_room.jpg"
CHECKPOINT = Path(os.environ.get("MODEL_REPO_ID") or ROOT / "checkpoint")
CHIPS = "#pieces .chips button"
PRESSED_JS = f"""[...document.querySelectorAll("{CHIPS}[aria-pressed=true]")]
    .map((chip) => chip.innerText)"""
SIZES = [(1280, 900), (390, 844)]


def has_object_head() -> bool:
    """True if the weights that the server loads find all pieces."""
    return bool(json.loads((CHECKPOINT / "config.json").read_text()).get("objects"))


pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not has_object_head(), reason="the weights have no object head"),
]


@pytest.fixture
def open_room(open_page):
    """A function that opens the page and drops the photo of a room."""

    def open_room(width=1280, height=900, theme="light"):
        page = open_page(width, height, f"/?__theme={theme}")
        drop_and_wait(page, ROOM)
        page.wait_for_selector(f"{CHIPS}[data-number]", timeout=PATIENCE)
        return page

    return open_room


def show_room(page) -> None:
    """Press *All pieces* and wait for the room, its parts and its download."""
    with new_model(page, ROOM.name):
        page.click(f"{CHIPS}.all")
    page.wait_for_function(f"{FACTS_JS}.startsWith('A room')", timeout=PATIENCE)


def place_of_number(page, number: int) -> tuple[float, float]:
    """Return the position of a piece's number on the page, in pixels."""
    place = page.locator(f"#piece-outlines g[data-number='{number}'] circle").bounding_box()
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_pieces_are_outlined_and_named(open_room, width, height):
    page = open_room(width, height)
    chips = page.locator(f"{CHIPS}[data-number]").all_inner_texts()
    assert len(chips) >= 3 and any("Sofa" in name for name in chips)
    assert [int(name.split()[0]) for name in chips] == list(range(1, len(chips) + 1))
    assert page.locator("#piece-outlines g").count() == len(chips)
    layer = page.locator("#piece-outlines").bounding_box()
    assert layer == page.locator("#chooser").bounding_box()  # both lie on the picture
    for path in page.locator("#piece-outlines .line").all():
        box = path.bounding_box()
        assert layer["x"] - 3 <= box["x"] and box["x"] + box["width"] <= layer["x"] + (
            layer["width"] + 3
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in ("#photo", "#pieces", "#model"):  # without scrolling
        place = page.locator(part).bounding_box()
        assert place["y"] >= 0 and place["y"] + place["height"] <= height + 1, part


def test_a_chip_makes_its_piece(open_room):
    page = open_room()
    (first,) = page.evaluate(PRESSED_JS)
    other = page.locator(f"{CHIPS}[data-number][aria-pressed=false]").first
    name = other.inner_text()
    with new_model(page, ROOM.name):
        other.click()
    page.wait_for_function(f"{PRESSED_JS}[0] === {name!r}", timeout=PATIENCE)
    assert first != name


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_click_on_a_piece_in_the_photo_makes_it(open_room, width, height):
    page = open_room(width, height)
    chip = page.locator(f"{CHIPS}[data-number][aria-pressed=false]").first
    number, name = int(chip.get_attribute("data-number")), chip.inner_text()
    page.mouse.move(*place_of_number(page, number))
    group = page.locator(f"#piece-outlines g[data-number='{number}']")
    page.wait_for_function(
        "n => document.querySelector(`#piece-outlines g[data-number='${n}']`)"
        ".classList.contains('marked')",
        arg=number,
    )
    assert group.locator(".name").is_visible() and group.locator(".name").text_content() in name
    with new_model(page, ROOM.name):
        page.mouse.click(*place_of_number(page, number))
    page.wait_for_function(f"{PRESSED_JS}[0] === {name!r}", timeout=PATIENCE)


def test_all_pieces_are_shown_and_saved(open_room, shots):
    page = open_room()
    assert not page.locator("#room-zip button").is_visible()
    show_room(page)
    assert page.evaluate(PRESSED_JS) == ["All pieces"]
    # the head takes the table for a sofa; its model's category is the chip's name then
    page.locator(f"{CHIPS}[data-number]", has_text="Table").wait_for(timeout=PATIENCE)
    page.screenshot(path=shots / "room.png", clip={"x": 0, "y": 0, "width": 1280, "height": 860})
    with page.expect_download(timeout=PATIENCE) as download:
        page.click("#download")
    room = trimesh.load(BytesIO(download.value.path().read_bytes()), file_type="glb")
    assert any(name.startswith("sofa_") for name in room.graph.nodes)
    pieces = {name for name in room.graph.transforms.children["world"]}
    parts = {name: room.graph.transforms.children.get(name, []) for name in pieces}
    (table,) = (name for name in pieces if name.startswith("table_"))
    assert f"{table}_top" in parts[table] and len(parts[table]) > 2
    assert "made of parts" in page.inner_text("#facts .shown")
    with page.expect_download(timeout=PATIENCE) as download:
        page.click("#room-zip button")
    assert download.value.suggested_filename == "living_room.zip"
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert {"living_room.glb", "scene.json"} < set(names)
    assert len(names) == 2 + len(pieces)
    # one piece again: photo and model agree, and the room's files are out of sight
    with new_model(page, ROOM.name):
        page.locator(f"{CHIPS}[data-number]").first.click()
    page.wait_for_function(f"!{FACTS_JS}.startsWith('A room')", timeout=PATIENCE)
    assert not page.locator("#room-zip button").is_visible()


def test_the_room_stays_through_settings_a_reload_and_the_history(open_room):
    page = open_room()
    show_room(page)
    with new_model(page, ROOM.name):
        page.locator("#style label", has_text="Blocks").click()
    page.wait_for_function(f"{FACTS_JS}.startsWith('A room')", timeout=PATIENCE)
    page.wait_for_function("localStorage.getItem('furniture-visit')", timeout=PATIENCE)
    page.reload()
    page.wait_for_selector("#facts .headline >> text=A room", timeout=PATIENCE)
    page.wait_for_selector(f"{CHIPS}.all[aria-pressed=true]", timeout=PATIENCE)
    page.locator("#history .thumbnail-item").nth(1).click()  # the first model
    page.wait_for_function(f"!{FACTS_JS}.startsWith('A room')", timeout=PATIENCE)


def test_pieces_are_picked_by_the_keyboard_and_told_to_screen_readers(open_room):
    page = open_room()
    count = page.locator(f"{CHIPS}[data-number]").count()
    status = page.locator("#pieces [role=status]")
    assert status.inner_text().startswith(f"{count} pieces found")
    group = page.get_by_role("group", name="Pieces in the photo")
    assert group.get_by_role("button").count() == count + 1
    assert page.get_attribute("#piece-outlines", "aria-hidden") == "true"  # the chips tell the same
    page.focus("#generate")
    page.keyboard.press("Tab")
    focused = "document.activeElement.innerText"
    assert page.evaluate(focused) == "All pieces"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.locator("#piece-outlines g.marked").get_attribute("data-number") == "2"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    name = page.evaluate(focused)
    with new_model(page, ROOM.name):
        page.keyboard.press("Enter")
    page.wait_for_function(f"{PRESSED_JS}[0] === {name!r}", timeout=PATIENCE)


def test_another_photo_takes_the_outlines_away(open_room, picture):
    page = open_room()
    drop(page, picture)
    page.wait_for_selector("#piece-outlines", state="detached", timeout=PATIENCE)
    page.wait_for_selector("#pieces .chips", state="hidden", timeout=PATIENCE)
    wait_for_model(page, picture.name)
    assert page.locator(f"{CHIPS}[data-number]").count() == 0  # a photo of one piece
    page.click("#photo [aria-label='Remove Image']")
    page.wait_for_function(f"!{FILE_JS}", timeout=PATIENCE)
    page.wait_for_selector("#pieces .chips", state="hidden")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_axe_finds_nothing(open_room, npm_install, theme, width, height):
    axe = npm_install("axe-core@4") / "node_modules" / "axe-core" / "axe.min.js"
    page = open_room(width, height, theme)
    show_room(page)
    page.evaluate(axe.read_text() + "; null")
    page.wait_for_function(
        "document.getAnimations().every((a) => a.playState !== 'running')", timeout=PATIENCE
    )
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    findings = {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}
    own = {
        rule: nodes
        for rule, nodes in findings.items()
        if any(word in html for html in nodes for word in ("pieces", "chips", "room-zip"))
    }
    serious = {r["id"] for r in found if r["impact"] in ("serious", "critical")}
    assert own == {} and serious == set(), findings
