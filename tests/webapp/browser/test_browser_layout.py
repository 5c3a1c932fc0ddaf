"""The page itself in headless Chromium: how it loads, what fits, who can use it, how it ends."""

import pytest

from benchmarks.measurements.page import load
from tests.webapp.browser.browser_page import (
    PATIENCE,
    drop_and_wait,
    open_tab,
    unfold,
    wait_for_model,
)

pytestmark = pytest.mark.browser


def test_the_first_load_asks_no_stranger_and_its_cache_saves_most_of_it(browser, app_url):
    context = browser.new_context()
    cold, warm = load(context.new_page(), app_url), load(context.new_page(), app_url)
    context.close()
    assert cold.strangers == warm.strangers == []
    assert 0 < cold.paint <= cold.interactive + 0.5  # its page counts from a moment earlier
    assert cold.requests > 10 and 0 < warm.bytes < cold.bytes / 2 < 2e6


def test_a_long_first_load_is_told(browser, app_url):
    page = browser.new_page()
    sentence = "getComputedStyle(document.body, '::before').content"
    page.route("**/*.js", lambda route: route.abort())
    page.goto(app_url)
    assert "is loading" in page.evaluate(sentence)
    page.unroute("**/*.js")
    page.goto(app_url)
    page.wait_for_selector("#photo", timeout=PATIENCE)
    assert page.evaluate(sentence) == "none"
    page.close()


def test_no_picture_is_told_in_a_sentence(open_page):
    page = open_page()
    page.click("#photo [aria-label='Remove Image']")
    page.wait_for_selector("#model .note >> text=Your model appears here", timeout=PATIENCE)
    page.click("#generate")
    page.wait_for_selector("#model .note >> text=Choose a picture first", timeout=PATIENCE)


def test_a_link_brings_its_settings(open_page):
    page = open_page(link="/?threshold=0.3&style=blocks")
    page.wait_for_selector("#threshold input[type=number]", timeout=PATIENCE)
    page.wait_for_function(
        "document.querySelector('#threshold input[type=number]').value == 0.3", timeout=PATIENCE
    )
    assert page.evaluate("document.querySelector('#style input:checked').value") == "blocks"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(open_page, picture, shots, theme):
    page = open_page(390, 844, f"/?__theme={theme}")
    drop_and_wait(page, picture)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.inner_text("footer").strip() == "Settings"  # no dots around a single link
    for part in ("#examples", "#photo", "#model"):  # without scrolling
        place = page.locator(part).bounding_box()
        assert place["y"] >= 0 and place["y"] + place["height"] <= 844 + 1, part
    page.screenshot(path=shots / f"phone-{theme}.png", full_page=True)


TABS = {"Model": "#model .viewer[data-file]", "Voxels": "#voxels .viewer[data-file]",
        "Inside": "#inside img", "Turntable": "#turntable img"}  # fmt: skip


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_tab(open_page, picture, npm_install, theme, width):
    axe = npm_install("axe-core@4") / "node_modules" / "axe-core" / "axe.min.js"
    page = open_page(width, 900, f"/?__theme={theme}")
    drop_and_wait(page, picture)
    page.evaluate(axe.read_text() + "; null")
    for panel in ("#more", "#formats", "#finish", "#adjust", "#details"):
        unfold(page, panel, f"{panel} > button.open, {panel} button")
    found = {}
    for name, content in TABS.items():
        page.get_by_role("tab", name=name).click()
        page.wait_for_selector(content, timeout=2 * PATIENCE)
        found[name] = violations(page)
    open_tab(page, "Many photos", "#many-photos input[type=file]")
    found["Many photos, empty"] = violations(page)
    page.set_input_files("#many-photos input[type=file]", [picture])
    page.click("#generate-all")
    page.wait_for_selector("text=1 models in", timeout=PATIENCE)
    found["Many photos"] = violations(page)
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_axe_finds_nothing_while_the_page_loads(browser, app_url, npm_install):
    """Gradio draws its footer before the page's own events run."""
    axe = npm_install("axe-core@4") / "node_modules" / "axe-core" / "axe.min.js"
    page = browser.new_page()
    page.add_init_script(axe.read_text())
    page.goto(app_url)
    page.wait_for_selector("footer img", state="attached", timeout=PATIENCE)
    assert violations(page) == {}
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_panel_of_the_api(open_page, npm_install, theme):
    axe = npm_install("axe-core@4") / "node_modules" / "axe-core" / "axe.min.js"
    page = open_page(1280, 900, f"/?__theme={theme}")
    page.evaluate(axe.read_text() + "; null")
    page.click("footer button.show-api")
    found = {}
    for language in ("Python", "JavaScript", "cURL", "CLI", "MCP"):
        page.click(f".api-docs li.snippet:has-text('{language}')")
        page.wait_for_selector(f".api-docs li.current-lang:has-text('{language}')")
        page.wait_for_selector(".api-docs .copy-button[aria-label]", state="attached")
        found[language] = violations(page)
    assert {name: rules for name, rules in found.items() if rules} == {}


def violations(page) -> dict[str, list[str]]:
    """Return the findings of axe-core after all transitions: a fading button has low contrast."""
    page.wait_for_function(
        "document.getAnimations().every((a) => a.playState !== 'running'"
        " || a.effect.getTiming().iterations === Infinity)",
        timeout=PATIENCE,
    )
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}


def test_results_do_not_move_the_page(open_page, picture):
    page = open_page()
    parts = ["#choose", "#photo", "#examples", "#model", "#facts", "#downloads"]

    def places():
        return [page.locator(part).bounding_box() for part in parts]

    wait_for_model(page, "swivel_chair.jpg")
    before = places()
    drop_and_wait(page, picture)
    page.wait_for_timeout(500)
    moved = [
        (part, b, a)
        for part, b, a in zip(parts, before, places(), strict=True)
        if any(abs(b[key] - a[key]) > 2 for key in b)
    ]
    assert not moved
