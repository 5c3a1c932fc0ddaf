"""Scores of parts and of found objects on photographs."""

import json

import numpy as np
import pytest

from training import evaluate_heads
from training.parts.mesh_scores import f_scores, mesh_points, truth_points


def box_mesh(width: float, height: float, depth: float) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]
    faces = [(a, b, c) for q in quads for a, b, c in (q[:3], (q[0], q[2], q[3]))]
    return corners * (width, height, depth), np.array(faces)


def test_a_surface_is_equal_to_itself_at_any_place_and_size():
    vertices, faces = box_mesh(2, 1, 1)
    here, there = mesh_points(vertices, faces), mesh_points(vertices * 7 + 3, faces, seed=1)
    assert f_scores(here, there) == pytest.approx((0.97, 1), abs=0.03)


def test_other_proportions_score_less():
    truth = mesh_points(*box_mesh(2, 1, 1))
    near, far = (f_scores(mesh_points(*box_mesh(2, h, 1)), truth) for h in (1.15, 1.6))
    assert near[0] > far[0] and near[1] > far[1] and far[1] < 0.8


def test_true_voxels_have_the_surface_of_their_box():
    voxels = np.zeros((128, 128, 128), bool)
    voxels[:, 32:96, 40:88] = True
    truth = truth_points(voxels)
    assert f_scores(mesh_points(*box_mesh(128, 64, 48)), truth)[1] == pytest.approx(1, abs=0.01)


def test_a_leg_thinner_than_two_voxels_stays():
    voxels = np.zeros((128, 128, 128), bool)
    voxels[:, 120:, :] = True
    voxels[11, :, 11] = True
    assert (truth_points(voxels)[:, 1] < 0).any()


def test_the_command_measures_a_photo(dev, checkpoint, tmp_path, capsys):
    out = tmp_path / "rows.json"
    args = ["--data", str(dev), "--checkpoint", str(checkpoint), "--photos", "1"]
    assert evaluate_heads.main([*args, "--out", str(out)]) == 0
    (row,) = json.loads(out.read_text(encoding="utf-8"))
    assert 0 < row["by grid"]["f_2"] <= row["by grid"]["f_5"] <= 1
    assert row["objects"]["objects"] == 1 and "with descriptor" not in row
    assert "by grid" in capsys.readouterr().out


def test_data_that_are_missing_are_one_sentence(tmp_path, checkpoint, capsys):
    args = ["--data", str(tmp_path), "--checkpoint", str(checkpoint)]
    assert evaluate_heads.main(args) == 2
    assert "pix3d.json is missing" in capsys.readouterr().err
