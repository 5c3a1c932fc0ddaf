"""Colours arrive on the screen: cubes of known colours in the page's own viewer, in Chromium."""

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from geometry.colors import SRGB_TO_LINEAR, to_srgb
from meshing import export_mesh, voxels_to_mesh
from webapp.layout import VIEWER_BACKGROUND

pytestmark = pytest.mark.browser
WHITE = (235, 235, 235)  # the reference; brighter would be cut off in the viewer's light
COLORS = [(200, 100, 50), (40, 60, 90), (128, 128, 128), (30, 30, 30), (180, 40, 40)]
SEEN = (60, 60, 3)  # the viewer's camera: three sides of the cube
WITHIN = 12  # of 255
PATIENCE = 60_000  # ms


@pytest.fixture(scope="module")
def viewers(tmp_path_factory):
    """The address of a page with one viewer for each colour, the white cube's first."""
    folder = tmp_path_factory.mktemp("cubes")
    cube = np.zeros((8, 8, 8), np.float32)
    cube[2:6, 2:6, 2:6] = 1
    with gr.Blocks(analytics_enabled=False) as demo:
        for i, color in enumerate([WHITE, *COLORS]):
            mesh = voxels_to_mesh(cube, np.full((8, 8, 8, 3), color, np.uint8), 0.5, "blocks")
            path = export_mesh(mesh, folder / f"{i}.glb")
            gr.Model3D(
                str(path), clear_color=VIEWER_BACKGROUND, height=300, elem_id=f"cube{i}",
                camera_position=SEEN,
            )  # fmt: skip
    demo.launch(
        prevent_thread_lock=True, quiet=True, allowed_paths=[str(folder)], run_history=False
    )
    yield demo.local_url
    demo.close()


def screen(page, i: int, path) -> np.ndarray:
    """(H, W, 3) uint8 once the cube is drawn and stands still."""
    last = None
    for _ in range(60):
        page.locator(f"#cube{i} canvas").screenshot(path=path)
        now = np.asarray(Image.open(path).convert("RGB"))
        drawn = (np.abs(now.astype(int) - 128).max(axis=-1) > 12).mean() > 0.05
        if drawn and last is not None and np.array_equal(now, last):
            return now
        last = now
        page.wait_for_timeout(500)
    pytest.fail(f"cube {i} was not drawn")


def test_colours_on_the_screen_are_those_of_the_cells(browser, viewers, tmp_path):
    """The viewer's light is divided out by what the white cube shows at the same pixels."""
    page = browser.new_page(viewport={"width": 500, "height": 2200})
    page.goto(viewers)
    page.wait_for_selector(f"#cube{len(COLORS)} canvas", timeout=PATIENCE)
    white, *cubes = (screen(page, i, tmp_path / f"{i}.png") for i in range(len(COLORS) + 1))
    page.close()
    on_cube = np.abs(white.astype(int) - 128).max(axis=-1) > 12
    on_cube &= (white < 250).all(axis=-1)  # cut off, or Gradio's own buttons
    on_cube[:60] = False
    light = SRGB_TO_LINEAR[white[on_cube]] / SRGB_TO_LINEAR[list(WHITE)]
    for color, seen in zip(COLORS, cubes, strict=True):
        found = to_srgb(np.clip(SRGB_TO_LINEAR[seen[on_cube]] / light, 0, 1))
        assert np.abs(np.median(found, axis=0) - color).max() <= WITHIN, (color, found)
