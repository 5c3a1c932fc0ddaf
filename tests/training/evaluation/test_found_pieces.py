"""Scores of found pieces on photographs: the figures by hand, and the command."""

import json

import numpy as np
import pytest

from core.found_objects import FoundObject
from training import evaluate
from training.evaluation import found_pieces
from training.evaluation.found_pieces import (
    ONE_PIECE_PHOTOS,
    found_figures,
    markdown,
    measure_rooms,
    score_found,
)
from training.pix3d import dataset
from voxel_model import VoxelConfig, VoxelModel

BOX, OTHER = (0.0, 0.0, 10.0, 10.0), (50.0, 0.0, 60.0, 10.0)


def find(monkeypatch, *boxes):
    """Let each photo have pieces in these boxes."""
    mask = np.ones((2, 2), np.float32)
    found = [FoundObject(box, 0.9, "chair", mask, box) for box in boxes]
    monkeypatch.setattr(found_pieces, "find_objects", lambda model, image: found)


def test_the_annotated_piece_is_found_among_eight_at_most(monkeypatch):
    find(monkeypatch, OTHER, BOX)
    assert score_found(None, None, BOX) == {
        "found": 1, "first": 0, "first_box_iou": 0, "objects": 2,
    }  # fmt: skip
    find(monkeypatch, *[OTHER] * 8, BOX)
    assert score_found(None, None, BOX)["found"] == 0
    find(monkeypatch, (0.0, 0.0, 10.0, 6.1))
    assert score_found(None, None, BOX)["first"] == 1
    find(monkeypatch, (0.0, 0.0, 10.0, 5.9))
    assert score_found(None, None, BOX)["first"] == 0
    find(monkeypatch)
    assert score_found(None, None, BOX) == dict.fromkeys(
        ("found", "first", "first_box_iou", "objects"), 0
    )


def row(img: str, found: int, first: int, iou: float, objects: int) -> dict:
    scores = {"found": found, "first": first, "first_box_iou": iou, "objects": objects}
    return {"img": img, "shape": img, **scores}


def test_figures_and_their_table():
    single = ONE_PIECE_PHOTOS.read_text(encoding="utf-8").split()[0]
    rows = [row(f"img/{single}", 1, 1, 0.9, 1), row("img/a.jpg", 1, 0, 0.2, 3)]
    figures = found_figures(rows, {"subsets": {"all": {"kept_without_box": 0.95}}})
    assert figures["found"]["mean"] == 1 and figures["first"]["mean"] == 0.5
    assert figures["one_piece_box_iou"]["mean"] == 0.9
    assert figures["one_piece_box_iou"]["photos"] == 1
    lines = markdown({"figures": figures}).splitlines()
    assert "| 50.0 % | 2 | 75 % | 85 % |" in lines[3]
    assert "| 0.900 | 1 | 0.91 | 0.93 |" in lines[4]
    assert "| 95.0 % | 2 | 92 % | 98 % |" in lines[-1]


def test_the_photographs_of_one_piece_are_in_the_dev_set(dev):
    images = {record.img.removeprefix("img/") for record in dataset.load_records(dev)}
    names = ONE_PIECE_PHOTOS.read_text(encoding="utf-8").split()
    assert len(set(names)) == len(names) > 10 and set(names) <= images


def test_the_command_prints_and_writes_the_table(root, checkpoint, tmp_path, capsys):
    args = ["--data", str(root), "--checkpoint", str(checkpoint), "--dry-run", "--found"]
    assert evaluate.main([*args, "--out", str(tmp_path)]) == 0
    table = (tmp_path / "found.md").read_text(encoding="utf-8")
    assert table in capsys.readouterr().out and "found first" in table
    result = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert len(result["photos"]) == result["figures"]["found"]["photos"] > 0
    assert "one_piece_box_iou" not in result["figures"]  # not known for these photographs


def test_rooms_need_a_model_that_finds_pieces():
    model = VoxelModel(VoxelConfig(image_size=64, width=32, depth=1))
    with pytest.raises(ValueError, match="no head that finds pieces"):
        measure_rooms(model, 2, ())


def test_rooms_are_measured_by_average_precision():
    model = VoxelModel(VoxelConfig(image_size=64, width=32, depth=1, objects=True)).eval()
    figures = measure_rooms(model, 2, ("slots=16", "grid=32"))
    assert figures["precision_50"]["photos"] == 2
    assert 0 <= figures["precision_75"]["mean"] <= figures["precision_50"]["mean"] <= 1
