"""The viewer draws the photo's pixels on the smooth surface."""

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.webapp.browser.browser_page import drop_and_wait, model_pixels, new_model, unfold

pytestmark = pytest.mark.browser
PHOTO = ROOT / "examples" / "armchair.jpg"
STRIPE = 8  # pixels of the photo; a cell has about 18


def detail(pixels: np.ndarray, model: np.ndarray) -> float:
    """Mean difference of neighbouring pixels, inside the model alone."""
    inside = model[1:-1, 1:-1] & model[:-2, 1:-1] & model[2:, 1:-1] & model[1:-1, :-2]
    middle, above = pixels[1:-1, 1:-1].astype(int), pixels[:-2, 1:-1].astype(int)
    return np.abs(middle - above)[inside].mean()


@pytest.fixture
def striped(tmp_path):
    """A photo of a chair with fine dark stripes."""
    pixels = np.array(Image.open(PHOTO).convert("RGB"))
    for start in range(0, len(pixels), 2 * STRIPE):
        pixels[start : start + STRIPE] //= 2
    path = tmp_path / "striped.png"
    Image.fromarray(pixels).save(path)
    return path


def test_the_photo_is_drawn_on_the_smooth_surface(open_page, shots, striped):
    page = open_page(link="/?__theme=light&style=smooth")
    drop_and_wait(page, striped)
    page.click("text=As in the photo")
    page.locator("#model .viewer").screenshot(path=shots / "texture.png")
    textured, model = model_pixels(page)
    unfold(page, "#details", "#colors input")
    with new_model(page, striped.name):
        page.locator("#colors label", has_text="predicted").locator("input").check()
    plain, same = model_pixels(page)
    assert (model == same).mean() > 0.99  # the shape is the same
    assert detail(textured, model) > 1.5 * detail(plain, same)
    # the light is the same: neither side is white or black
    brightness = [pixels[model].mean() for pixels in (textured, plain)]
    assert abs(brightness[0] - brightness[1]) < 40
