"""A reload of the page in headless Chromium: the visit goes on."""

import pytest

from tests.conftest import ROOT
from tests.webapp.browser_page import PATIENCE, drop_and_wait, wait_for_model

pytestmark = pytest.mark.browser

KEY_JS = "localStorage.getItem('furniture-visit')"


def test_photos_and_models_survive_a_reload(open_page, picture):
    page = open_page()
    drop_and_wait(page, ROOT / "examples" / "sofa.jpg")
    drop_and_wait(page, picture)
    page.wait_for_function(KEY_JS, timeout=PATIENCE)
    page.reload()
    page.wait_for_selector("#model .viewer[data-file]", timeout=PATIENCE)
    wait_for_model(page, picture.name)
    assert picture.name in page.get_attribute("#photo img", "src")
    assert page.locator("#history .thumbnail-item").count() == 2
    page.locator("#history .thumbnail-item").nth(1).click()
    wait_for_model(page, "sofa.jpg")  # its files are still there


def test_another_browser_starts_with_the_example(open_page, picture):
    drop_and_wait(open_page(), picture)
    page = open_page()  # a context of its own
    wait_for_model(page, "swivel_chair.jpg")
    assert not page.locator("#history").is_visible()
