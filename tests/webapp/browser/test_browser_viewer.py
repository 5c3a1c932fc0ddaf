"""The viewer alone in headless Chromium: the frame follows a model that changes its shape."""

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from pipeline.export import export_display
from pipeline.result import Result
from pipeline.settings import Settings
from tests.pipeline.sample_result import sample_result
from tests.webapp.browser.browser_page import PATIENCE, changes, filled_share, model_pixels
from webapp.components.viewer import viewer, viewer_value
from webapp.theme import STYLE_SHEET

pytestmark = pytest.mark.browser
EDGE = 5  # pixels beside the edge of the frame
CAMERA_JS = "document.querySelector('#model canvas').dataset.camera"
FILE_JS = "document.querySelector('#model .viewer').dataset.file"


def block(result: Result, height: int) -> Result:
    """A block of 6 x `height` x 6 cells on the floor."""
    occupancy = np.full_like(result.prediction.occupancy, 0.1)
    occupancy[5:11, :height, 5:11] = 0.9
    return replace(result, prediction=replace(result.prediction, occupancy=occupancy))


@pytest.fixture
def page(browser, tmp_path, monkeypatch):
    """A page with a low block in its viewer, and a button for each of two models of one photo."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    low, tall = (block(sample_result(tmp_path), height) for height in (4, 16))
    with gr.Blocks(analytics_enabled=False) as demo:
        shown = viewer("3D model", "model")
        for name, result in (("low", low), ("tall", tall)):

            def value(result=result):
                file, _ = export_display(result, Settings(result.threshold, "blocks"))
                return viewer_value(file, result, "photo", "model")

            gr.Button(name).click(value, None, shown)
        shown.value = value(low)
    demo.launch(
        prevent_thread_lock=True, quiet=True, allowed_paths=[str(tmp_path)], css_paths=STYLE_SHEET
    )
    page = browser.new_page(viewport={"width": 700, "height": 900}, reduced_motion="reduce")
    page.goto(demo.local_url)
    page.wait_for_selector("#model .viewer[data-file]", timeout=PATIENCE)
    yield page
    page.close()
    demo.close()


def is_cut_off(page) -> bool:
    """Return True if the model reaches over the edge of the frame."""
    _, model = model_pixels(page)
    return bool(model[:EDGE].any() or model[-EDGE:].any() or model[:, :EDGE].any())


def show(page, name: str) -> None:
    """Press the button of a model and wait until it is drawn."""
    with changes(page, FILE_JS):
        page.get_by_role("button", name=name, exact=True).click()


def test_a_model_that_outgrows_the_frame_is_fitted_anew(page):
    camera = page.evaluate(CAMERA_JS)
    assert 0.65 < max(filled_share(page)) < 0.8
    show(page, "tall")
    assert 0.65 < max(filled_share(page)) < 0.8 and not is_cut_off(page)
    assert page.evaluate(CAMERA_JS) == camera  # from the same side


def test_a_model_that_fits_leaves_the_frame_alone(page):
    show(page, "tall")
    before = filled_share(page)
    show(page, "tall")
    assert filled_share(page) == pytest.approx(before, abs=0.005)


def test_a_chosen_distance_stays(page):
    page.focus("#model canvas")
    with changes(page, CAMERA_JS):
        page.keyboard.press("+")
    before = page.evaluate(CAMERA_JS)
    show(page, "tall")
    assert page.evaluate(CAMERA_JS) == before
    assert is_cut_off(page)
