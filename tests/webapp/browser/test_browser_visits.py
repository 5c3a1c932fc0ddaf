"""A reload of the page in headless Chromium: the visit goes on."""

import zipfile

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT
from tests.webapp.browser.browser_page import PATIENCE, drop_and_wait, open_tab, wait_for_model

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


def test_many_photos_survive_a_reload(open_page, picture, tmp_path):
    page = open_page()
    open_tab(page, "Many photos", "#many-photos input[type=file]")
    photos = [picture, ROOT / "examples" / "sofa.jpg"]
    page.set_input_files("#many-photos input[type=file]", photos)
    page.wait_for_selector("#many-photos .file-preview", timeout=PATIENCE)
    page.click("#generate-all")
    page.wait_for_selector("text=2 models in", timeout=PATIENCE)
    page.wait_for_function("localStorage.getItem('furniture-many')", timeout=PATIENCE)
    page.reload()
    page.get_by_role("tab", name="Many photos").click()
    page.wait_for_selector("text=2 models in", timeout=PATIENCE)
    pictures = page.locator("#many-results .thumbnail-item, #many-results .thumbnail-lg")
    expect(pictures).to_have_count(2, timeout=PATIENCE)
    with page.expect_download() as download:
        page.click("#many-download")
    download.value.save_as(tmp_path / "models.zip")
    assert len(zipfile.ZipFile(tmp_path / "models.zip").namelist()) == 2
    pictures.nth(1).click()
    wait_for_model(page, "sofa.jpg")
