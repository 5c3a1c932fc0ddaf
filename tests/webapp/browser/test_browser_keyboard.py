"""The page by keyboard alone, in headless Chromium."""

import pytest

from tests.webapp.browser.browser_page import FILE_JS, PATIENCE, changes, unfold, wait_for_model

pytestmark = pytest.mark.browser

MAX_STOPS = 80
# Name of the focused element, and whether its focus is seen: an outline, a shadow or a wide border
# of its own or of the label around it.
FOCUS_JS = """() => {
    const item = document.activeElement;
    if (!item || item === document.body) return null;
    const isSeen = (node) => {
        const style = getComputedStyle(node);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5)
            || style.boxShadow.includes("inset 0px 0px 0px 2px");
    };
    const name = item.id || item.getAttribute("aria-label") || item.dataset.parameter
        || item.innerText?.trim() || item.name || item.outerHTML.slice(0, 120);
    const box = item.getBoundingClientRect();
    return [`${item.tagName} ${name}`, isSeen(item) || isSeen(item.closest("label") ?? item),
        box.width > 0 && box.height > 0];
}"""


def stops(page) -> list[tuple[str, bool, bool]]:
    """Press Tab through the whole page; name, visible focus and size of each stop."""
    found = []
    page.focus("#choose")  # the tabs are the only stops before it
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        stop = page.evaluate(FOCUS_JS)
        if stop is None or (len(found) > 5 and stop == found[0]):
            break
        found.append(stop)
    return found


def test_focus_is_visible_and_formats_are_one_stop(open_page):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")
    unfold(page, "#formats", "#format")
    found = stops(page)
    names = [name for name, *_ in found]
    assert [name for name, is_seen, has_size in found if has_size and not is_seen] == []
    assert any("CANVAS" in name for name in names)  # the viewer
    assert sum("format" in name.lower() and name.startswith("INPUT") for name in names) <= 1


def test_arrows_choose_a_format(open_page):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")
    unfold(page, "#formats", "#format")
    page.locator("#format input:checked").focus()
    for name in ("OBJ", "PLY"):
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(f"#download >> text={name} ·", timeout=PATIENCE)
    assert page.evaluate("document.activeElement.closest('#format') !== null")


def test_arrows_turn_the_model_and_a_part_is_changed_by_keys(open_page):
    page = open_page()
    wait_for_model(page, "swivel_chair.jpg")
    page.focus("#model canvas")
    with changes(page, "document.querySelector('#model canvas').dataset.camera"):
        page.keyboard.press("ArrowLeft")
    unfold(page, "#adjust", "#sliders input[type=range]")
    page.locator("#sliders input[type=range]").first.focus()
    with changes(page, FILE_JS):
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_download_is_the_one_primary_button(open_page, width, height):
    page = open_page(width, height)
    wait_for_model(page, "swivel_chair.jpg")
    primary = page.locator("button.primary:visible, a.primary:visible, .primary:visible > button")
    assert {item.inner_text().split(" ·")[0] for item in primary.all()} == {"Download GLB"}
