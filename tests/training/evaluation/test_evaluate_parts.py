"""Scores of parts on generated pictures of pieces that a bank does not hold."""

import math
from pathlib import Path

import numpy as np
import pytest

from core.categories import CATEGORIES
from core.prediction import Prediction
from pipeline.parts.meshes import part_meshes, union
from tests.pipeline.parts.small_bank import small_bank
from training import evaluate_parts
from training.parts import held_out_pictures as held_out
from training.parts.held_out_pictures import HeldOutPicture, held_out_pictures, studio_settings
from training.parts.mesh_scores import mesh_points
from training.studio.config import StudioConfig

INDEX = 3  # of the piece that the picture shows


@pytest.fixture
def picture() -> HeldOutPicture:
    """A picture of a piece of the small bank, predicted without a mistake."""
    bank = small_bank()
    piece, category = bank.build(INDEX), bank.category(INDEX)
    grid = bank.grids.read([INDEX])[0]
    prediction = Prediction(
        occupancy=grid.clip(0.02, 0.98),
        colors=np.zeros((32, 32, 32, 3), np.uint8),
        size=(8, 8),
        box=(0, 0, 8, 8),
        square=(0, 0, 8, 8),
        category=category,
        category_probabilities={name: float(name == category) for name in CATEGORIES},
        azimuth=0.0,
        elevation=0.0,
        crop=None,
        crop_mask=None,
    )
    body = union(part_meshes(piece))
    points = mesh_points(body.vertices, body.faces)
    return HeldOutPicture(prediction, category, piece.name, grid, points)


def test_a_perfect_prediction_finds_its_piece(picture):
    rows = evaluate_parts.score_picture(picture, small_bank(), 0.5)
    for name in ("first", "best of 20", "reach"):
        assert rows[name]["iou"] == 1 and rows[name]["design"] == 1
        assert rows[name]["f_2"] > 0.8 and rows[name]["f_5"] > 0.95
    assert rows["shown"]["design"] == 1 and rows["shown"]["iou"] > 0.9
    assert rows["smooth"]["iou"] == 1 and rows["smooth"]["f_2"] < rows["first"]["f_2"]


def test_another_piece_scores_less(picture):
    bank = small_bank()
    other = (INDEX + len(bank) // 2) % len(bank)
    grid = bank.grids.read([other])[0]
    scores = evaluate_parts.score_piece(picture, bank, other, grid, evaluate_parts.NO_WARP)
    assert scores["iou"] < 0.7 and scores["f_2"] < 0.7 and math.isfinite(scores["f_5"])


@pytest.mark.slow
def test_pictures_show_their_pieces(checkpoint, monkeypatch):
    from voxel_model import load_model

    monkeypatch.setattr(held_out, "SHAPES", 2)
    monkeypatch.setattr(held_out, "BATCH", 2)
    model = load_model(checkpoint, "cpu")
    small = StudioConfig.small().changed({"image_size": model.config.image_size})
    found = list(held_out_pictures(model, studio_settings(small), 2))
    assert len(found) == 2
    for picture in found:
        inside = np.floor((picture.points * 0.98 + 0.5) * 32).astype(int).clip(0, 31)
        assert picture.grid[tuple(inside.T)].mean() > 0.7  # grid and surface are of one piece
        assert picture.prediction.occupancy.shape == picture.grid.shape


def test_a_missing_bank_is_one_sentence(tmp_path: Path, capsys):
    arguments = ["--dry-run", "--bank", str(tmp_path / "no.npz")]
    assert evaluate_parts.main(arguments) == 2
    assert "cannot be read" in capsys.readouterr().err
