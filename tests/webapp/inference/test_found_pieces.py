"""A photo is searched once for the first model, the outlines and a click."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from core.found_objects import FoundObject
from pipeline.detection import piece_at
from voxel_model import VoxelConfig, VoxelModel
from webapp.inference import found_pieces as module
from webapp.inference.found_pieces import MAX_PHOTOS, FoundPieces
from webapp.inference.predictor import Predictor

TABLE = FoundObject((0, 0, 60, 40), 0.9, "table", np.ones((4, 6), np.float32), (0, 0, 60, 40))
CHAIR = replace(TABLE, box=(20, 10, 40, 40), score=0.8, category="chair", mask_box=(20, 10, 40, 40))

CUT_OUT = replace(TABLE, category="", box=(10, 10, 30, 30))


@pytest.fixture
def searched(monkeypatch) -> list:
    """The photos that were searched."""
    calls = []

    def find_objects(model, image):
        calls.append(image.rgb.size)
        return [TABLE, CHAIR] if image.alpha is None else [CUT_OUT]

    monkeypatch.setattr(module, "find_objects", find_objects)
    monkeypatch.setattr("pipeline.detection.find_objects", find_objects)
    return calls


@pytest.fixture(scope="module")
def headed() -> VoxelModel:
    """A small model with an object head."""
    config = VoxelConfig(image_size=64, width=32, depth=1, resolution=16, objects=True)
    return VoxelModel(config).eval()


def photo_in(folder: Path, mode: str = "RGB") -> str:
    image = Image.new(mode, (60, 40))
    if mode == "RGBA":
        image.paste((200, 0, 0, 255), (10, 10, 30, 30))
    image.save(folder / "room.png")
    return str(folder / "room.png")


def test_one_search_for_outlines_model_and_click(headed, tmp_path, searched):
    predictor, path = Predictor(headed), photo_in(tmp_path)
    assert [p.box for p in predictor.find(path)] == [TABLE.box, CHAIR.box]
    assert predictor.predict(path).box == TABLE.box
    assert predictor.pick(path, (30, 30)).box == CHAIR.box  # the smallest one there
    assert predictor.pick(path, (2, 2)).box == TABLE.box
    assert len(predictor.predict_pieces(path, [TABLE.box, CHAIR.box])) == 2
    assert predictor.size(path) == (60, 40)
    assert searched == [(60, 40)]


def test_without_a_photo_nothing_is_searched(headed, searched):
    with pytest.raises(PictureError, match="Choose a picture first"):
        Predictor(headed).pieces.of_head(None)
    assert searched == []


def test_a_cut_out_is_one_piece(headed, tmp_path, searched):
    predictor, path = Predictor(headed), photo_in(tmp_path, "RGBA")
    assert predictor.pieces.of_head(path) == []
    assert predictor.predict(path).box == (10, 10, 30, 30)


def test_a_model_without_the_head_is_not_searched(tmp_path, searched):
    config = VoxelConfig(image_size=64, width=32, depth=1, resolution=16)
    assert Predictor(VoxelModel(config).eval()).pieces.of_head(photo_in(tmp_path)) == []
    assert not searched


def test_the_number_of_known_photos_is_bounded():
    found, calls = FoundPieces(), []
    for i in range(MAX_PHOTOS + 1):
        found.get(str(i), lambda path: calls.append(path) or [])
    found.get("1", calls.append)  # still known
    assert len(found.pieces) == MAX_PHOTOS and len(calls) == MAX_PHOTOS + 1


def test_the_smallest_piece_under_a_point_is_taken():
    assert piece_at([TABLE, CHAIR], (30, 30)) is CHAIR
    assert piece_at([TABLE, CHAIR], (5, 5)) is TABLE
    assert piece_at([TABLE, CHAIR], (70, 5)) is None
