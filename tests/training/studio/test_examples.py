"""The page's example pictures and their ground truth grids."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from core.categories import CATEGORIES
from tests.conftest import ROOT
from training.evaluation.metrics import pix3d_iou
from training.render_examples import MAX_BYTES
from training.studio.scenes.example_rooms import ASPECT, ROOM_SETTINGS
from training.studio.scenes.example_settings import EXAMPLE_SETTINGS

ROOMS = {setting.name: ROOT / "examples" / f"{setting.name}.jpg" for setting in ROOM_SETTINGS}
PICTURES = {
    path.relative_to(ROOT / "examples").with_suffix("").as_posix(): path
    for path in sorted((ROOT / "examples").rglob("*.jpg"))
    if path not in ROOMS.values()
}
SIDE = 32  # cells a side of a ground truth grid
MIN_IOU = 0.5  # mean over the examples
MIN_FOUND = 0.75  # share of a room's pieces


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


def test_each_room_has_a_small_picture():
    for path in ROOMS.values():
        with Image.open(path) as image:
            assert image.width == 768 and image.width / image.height == pytest.approx(ASPECT, 0.01)
        assert path.stat().st_size <= MAX_BYTES, path.name


@pytest.mark.slow
def test_shipped_model_finds_the_pieces_of_the_rooms():
    from pipeline.scene.predicting import predict_pieces
    from voxel_model import find_objects, load_model

    model = load_model(ROOT / "checkpoint", device="cpu")
    if not model.config.objects:
        pytest.skip("the shipped weights have no object head")
    for setting in ROOM_SETTINGS:
        with Image.open(ROOMS[setting.name]) as image:
            found = predict_pieces(model, image, [p.box for p in find_objects(model, image)])
        true = [piece.category for piece in setting.pieces]
        hits = sum((Counter(piece.category for piece in found) & Counter(true)).values())
        assert hits >= MIN_FOUND * len(true), (setting.name, found)
        assert len(found) - hits <= 1, (setting.name, found)


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
