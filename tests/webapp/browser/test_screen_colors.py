"""Colours arrive on the screen: models in the page's own viewer, in Chromium, whole pictures."""

import gradio as gr
import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.display import first_azimuth, first_elevation
from pipeline.export import default_mesh, export_display
from pipeline.result import Result
from pipeline.settings import Settings
from pipeline.turntable import BACKGROUND_GRAY, render_frame
from tests.pipeline.sample_result import sample_result
from tests.webapp.browser.browser_page import model_pixels
from voxel_model import load_model
from webapp.components.viewer import viewer, viewer_value
from webapp.inference.example_cache import example_images
from webapp.theme import STYLE_SHEET

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MODELS = 10
WITHIN = 12  # of 255, between the mean colours of a model in the viewer and in the turntable
MAX_CHROMA = 4  # of 255, between the channels of a white model
PATIENCE = 60_000  # ms


@pytest.fixture(scope="module")
def results(checkpoint, tmp_path_factory) -> list[Result]:
    """Predictions of the example images."""
    model, folder = load_model(checkpoint, "cpu"), tmp_path_factory.mktemp("results")
    threshold = model.config.threshold
    return [
        Result(predict_object(model, open_image(path)), path.stem, folder, threshold)
        for path in example_images()[:MODELS]
    ]


@pytest.fixture
def show(browser, tmp_path, monkeypatch):
    """A function that opens a page with a viewer for each result."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    demos = []

    def show(results: list[Result]):
        with gr.Blocks(analytics_enabled=False) as demo:
            for i, result in enumerate(results):
                file, _ = export_display(result, Settings(result.threshold))
                viewer("model", f"model{i}").value = viewer_value(file, result, str(i), str(i))
        demos.append(demo)
        allowed = [str(results[0].folder)]
        demo.launch(
            prevent_thread_lock=True, quiet=True, allowed_paths=allowed, css_paths=STYLE_SHEET
        )
        page = browser.new_page(viewport={"width": 600, "height": 900}, reduced_motion="reduce")
        page.goto(demo.local_url)
        for i in range(len(results)):
            page.wait_for_selector(f"#model{i} .viewer[data-file]", timeout=PATIENCE)
        return page

    yield show
    for demo in demos:
        demo.close()


def seen(page, i: int) -> np.ndarray:
    """(N, 3) colours of all pixels of a model in its viewer, without those of its outline."""
    page.locator(f"#model{i}").scroll_into_view_if_needed()
    pixels, model = model_pixels(page, f"#model{i}")
    model = binary_erosion(model, iterations=2)  # the outline is mixed with the background
    assert model.mean() > 0.03
    return pixels[model].astype(float)


def test_the_viewer_shows_the_colours_of_the_turntable(show, results):
    page = show(results)
    for i, result in enumerate(results):
        mesh = default_mesh(result.prediction, "smooth", result.threshold)
        azimuth = first_azimuth(result.prediction.azimuth)
        frame = render_frame(mesh, azimuth, first_elevation(result.prediction.elevation))
        pixels = np.asarray(frame, float)
        model = (np.abs(pixels - BACKGROUND_GRAY) > 4).any(axis=-1)
        difference = seen(page, i).mean(axis=0) - pixels[model].mean(axis=0)
        assert np.abs(difference).max() <= WITHIN, (result.name, difference.round(1))


def test_white_is_neutral_from_light_to_shade(show, tmp_path):
    result = sample_result(tmp_path)
    white = np.full((*result.prediction.occupancy.shape, 3), 255, np.uint8)
    result.prediction.colors[:] = white
    page = show([result])
    colors = seen(page, 0)
    chroma = np.ptp(colors, axis=1)
    assert np.quantile(chroma, 0.99) < MAX_CHROMA
    assert colors.mean() > 120
