"""The page's example pictures and their ground truth grids."""

import numpy as np
import pytest
from PIL import Image

from core.categories import CATEGORIES
from tests.conftest import ROOT
from training.evaluation.metrics import pix3d_iou
from training.render_examples import MAX_BYTES
from training.studio.scenes.example_settings import EXAMPLE_SETTINGS

PICTURES = {
    path.relative_to(ROOT / "examples").with_suffix("").as_posix(): path
    for path in sorted((ROOT / "examples").rglob("*.jpg"))
}
SIDE = 32  # cells a side of a ground truth grid
MIN_IOU = 0.5  # mean over the examples


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    with np.load(ROOT / "tests" / "examples.npz") as packed:
        return {k: np.unpackbits(packed[k]).reshape([SIDE] * 3).astype(bool) for k in packed}


def test_each_example_has_a_grid_and_each_category_an_example(truth):
    assert set(PICTURES) == set(truth) == {setting.name for setting in EXAMPLE_SETTINGS}
    assert {setting.category for setting in EXAMPLE_SETTINGS} == set(CATEGORIES)
    for path in PICTURES.values():
        with Image.open(path) as image:
            assert image.size == (768, 768)
        assert path.stat().st_size <= MAX_BYTES, path.name
    for name, grid in truth.items():
        spans = [np.ptp(axis) + 1 for axis in np.nonzero(grid)]
        assert max(spans) >= SIDE - 2, name  # the longest side fills the grid


@pytest.mark.slow
def test_shipped_model_reconstructs_the_examples(truth):
    """Predict each picture as the page does: detect the object, crop it, predict the shape."""
    from voxel_model import load_model, predict

    if not (ROOT / "checkpoint" / "model.safetensors").is_file():
        pytest.skip("checkpoint/ holds no weights")
    model = load_model(ROOT / "checkpoint", device="cpu")
    scores = {}
    for name, path in PICTURES.items():
        with Image.open(path) as image:
            occupancy = predict(model, image).occupancy
        scores[name] = float(pix3d_iou(occupancy, truth[name], (model.config.threshold,))[0])
    print({name: round(score, 2) for name, score in scores.items()})
    assert np.mean(list(scores.values())) > MIN_IOU, scores
