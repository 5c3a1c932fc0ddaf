"""Scenes of generated rooms: the truth that is rendered, and the errors against it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from geometry.grids import validate_grid
from images.preprocessing import DecodedImage
from pipeline.result import Result
from pipeline.scene.placement.camera import RoomCamera
from pipeline.scene.placement.floor import SolidShape
from pipeline.scene.scene import make_scene
from tests.pipeline.scene.rooms import (
    CAMERA,
    DINING,
    SIZE,
    THRESHOLD,
    results_of,
    shared_cells,
)
from training import evaluate_rooms
from training.evaluation.validation import VALIDATION_SEED
from training.heads import command
from training.heads.command import held_out_studio
from training.rooms.scores import align, match_pieces, piece_errors, summarise, yaw_error
from training.rooms.true_rooms import TrueRoom, equal_turns, load_rooms, render_rooms, save_rooms
from training.studio.config import StudioConfig
from voxel_model import load_model, predict_decoded


@pytest.fixture(scope="module")
def rooms(tmp_path_factory) -> list[TrueRoom]:
    config = StudioConfig(image_size=64, grid=32, slots=16)
    studio = held_out_studio(config, torch.device("cpu"))
    folder = tmp_path_factory.mktemp("rooms")
    count = save_rooms(render_rooms(studio, 6), folder)
    loaded = load_rooms(folder)
    assert 0 < count == len(loaded)
    return loaded


def test_the_true_points_project_into_the_true_boxes(rooms):
    """Only the roll and the shift of the camera, which the frame leaves out, move them."""
    errors = []
    for room in rooms:
        height, width = room.picture.shape[:2]
        camera = RoomCamera(room.focal, room.pitch, room.eye_height, (width, height))
        pixels = camera.project(room.points.astype(float))
        boxes = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
        boxes = boxes.clip(0, [width, height, width, height])
        errors.append(np.abs(boxes - room.boxes).mean() / max(width, height))
    assert np.median(errors) < 0.03


def test_the_pieces_stand_on_the_floor_before_the_camera(rooms):
    for room in rooms:
        assert room.points[..., 1].min(axis=1) == pytest.approx(0, abs=0.05)
        assert (room.points[..., 2] < 0).all() and room.depth > 0.5


def dining_room() -> TrueRoom:
    return TrueRoom(
        picture=np.zeros((SIZE[1], SIZE[0], 3), np.uint8),
        boxes=np.array([r.prediction.box for r in results_of(DINING)]),
        category=np.array([piece.category for piece in DINING]),
        points=np.stack([piece.corners for piece in DINING]).astype(np.float32),
        yaw=np.radians([piece.yaw for piece in DINING]),
        turns=np.array([2, 1, 1, 1]),
        eye_height=CAMERA.height,
        focal=CAMERA.focal,
        pitch=CAMERA.pitch,
    )


def true_scene():
    scene = make_scene(results_of(DINING), THRESHOLD)
    pieces = [
        replace(piece, place=true.place, yaw=np.radians(true.yaw), meters=max(true.sides))
        for piece, true in zip(scene.pieces, DINING, strict=True)
    ]
    return replace(scene, pieces=tuple(pieces))


def test_the_true_scene_has_no_errors():
    figures = summarise(piece_errors(true_scene(), range(4), dining_room()))
    assert figures["pieces"] == 4 and figures["yaw"] == pytest.approx(0, abs=1e-3)
    assert figures["layout"] < 0.01 and figures["from_camera"] < 0.01 and figures["size"] < 0.05


def test_a_scene_that_is_farther_away_has_the_same_layout():
    scene = true_scene()
    pieces = [replace(p, place=(p.place[0], p.place[1] - 0.5)) for p in scene.pieces]
    figures = summarise(piece_errors(replace(scene, pieces=tuple(pieces)), range(4), dining_room()))
    assert figures["layout"] < 0.01
    assert figures["from_camera"] == pytest.approx(0.5 / dining_room().depth, rel=0.05)


def test_a_larger_scene_has_another_layout():
    """The alignment does not scale."""
    scene = true_scene()
    pieces = [replace(p, place=(2 * p.place[0], 2 * p.place[1])) for p in scene.pieces]
    errors = piece_errors(replace(scene, pieces=tuple(pieces)), range(4), dining_room())
    assert summarise(errors)["layout"] > 0.2


def test_alignment_takes_away_turn_and_shift():
    true = np.array([[0.0, 1.0], [2.0, 0.0], [3.0, 3.0]])
    angle = 0.7
    c, s = np.cos(angle), np.sin(angle)
    moved = true @ np.array([[c, -s], [s, c]]) + [4, -2]
    assert align(moved, true) == pytest.approx(true)


def test_equal_turns_are_no_error():
    room, half = dining_room(), np.pi
    assert yaw_error(room.yaw[0] + half, room, 0) == pytest.approx(0, abs=1e-6)
    assert yaw_error(room.yaw[1] + half, room, 1) == pytest.approx(180)
    assert np.isnan(yaw_error(0, replace(room, turns=np.array([4] * 4)), 0))


def test_turns_of_a_square_a_rectangle_and_a_wedge():
    square = np.zeros((16, 16, 16), bool)
    square[4:12, :, 4:12] = True
    rectangle = np.zeros_like(square)
    rectangle[2:14, :, 6:10] = True
    wedge = rectangle.copy()
    wedge[2:14, 8:, 6:8] = False
    assert [equal_turns(cells) for cells in (square, rectangle, wedge)] == [4, 2, 1]


def test_a_true_piece_is_found_once():
    true = [(0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)]
    found = [(0.0, 0.0, 10.0, 9.0), (0.0, 0.0, 10.0, 10.0), (50.0, 0.0, 60.0, 10.0)]
    assert match_pieces(found, true) == {1: 0}


def test_the_command_measures_rooms_and_writes_them(tmp_path, capsys):
    args = ["--rooms", str(tmp_path / "rooms"), "--render", "2", "--dry-run"]
    out = tmp_path / "out.json"
    assert evaluate_rooms.main([*args, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "position aligned" in printed and "in camera's frame" in printed
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert [row["focal_known"] for row in rows] == [False, True]
    assert {row["boxes"] for row in rows} == {"true"} and rows[0]["medians"]["pieces"] > 0


def test_another_seed_gives_other_rooms(tmp_path, monkeypatch):
    """Shapes and pictures are functions of the studio's seed."""
    seeds = []
    monkeypatch.setattr(command, "Studio", lambda settings, device, seed: seeds.append(seed))
    monkeypatch.setattr(evaluate_rooms, "render_rooms", lambda studio, count: iter(()))
    for seed in ([], ["--seed", "1"], ["--seed", "2"]):
        args = ["--rooms", str(tmp_path), "--render", "2", "--dry-run", *seed]
        assert evaluate_rooms.main(args) == 2  # there is no room to measure
    assert len(set(seeds)) == 3 and seeds[0] == VALIDATION_SEED


def test_scenes_of_generated_rooms_stand_on_one_floor_apart(rooms):
    """Shapes, angles and boxes with the network's errors: the pieces are set apart."""
    model = load_model()
    for room in rooms:
        decoded, boxes = DecodedImage(room.image, None), room.pixel_boxes()
        predictions = predict_decoded(model, [decoded] * len(boxes), boxes)
        threshold = model.config.threshold
        scene = make_scene([Result(p, "room", Path(), threshold) for p in predictions], threshold)
        names = [f"{p.category}_{k}" for k, p in enumerate(predictions, 1)]
        assert [piece.name for piece in scene.pieces] == names
        solids = [validate_grid(p.occupancy, None, threshold)[2] for p in predictions]
        shapes = [SolidShape(s, p.meters, p.yaw) for s, p in zip(solids, scene.pieces, strict=True)]
        assert all(shape.cells[:, 1].min() == 0 for shape in shapes)
        assert shared_cells(shapes, np.array([piece.place for piece in scene.pieces])) == 0


def test_a_folder_without_rooms_is_a_sentence(tmp_path, capsys):
    assert evaluate_rooms.main(["--rooms", str(tmp_path)]) == 2
    assert "--render" in capsys.readouterr().err
