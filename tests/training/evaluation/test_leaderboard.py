"""Predictions of any program: finding, reading and scoring them; the shapes' own scores."""

import json
import sys

import numpy as np
import pytest
import trimesh

from meshing import export_mesh, voxels_to_mesh
from tests.conftest import ROOT
from tests.training.small_pix3d import chair_voxels, edit, write_data
from training import evaluate
from training.evaluation import metrics
from training.leaderboard import report, solids, surface_scores
from training.leaderboard.appearance import Appearance, kernel_distance, pair_distance
from training.leaderboard.predictions import find_predictions, read_grid, read_mesh, read_prediction
from training.leaderboard.scores import score_predictions
from training.pix3d import dataset


@pytest.fixture
def root(tmp_path):
    write_data(tmp_path / "data", photos=3)
    return tmp_path / "data"


def truth_of(root, record):
    return dataset.to_model_axes(dataset.read_voxels(root, record.voxel))


def write_truths(root, folder, kind):
    """Write the true shape of each photo as a prediction."""
    for record in dataset.load_records(root):
        path = folder / record.img.removeprefix("img/")
        path.parent.mkdir(parents=True, exist_ok=True)
        voxels = truth_of(root, record).astype(np.float32)
        if kind == "npz":
            np.savez_compressed(path.with_suffix(".npz"), occupancy=voxels)
        else:
            export_mesh(voxels_to_mesh(voxels), path.with_suffix(f".{kind}"))


def score(root, folder):
    records = dataset.load_records(root)
    return score_predictions(root, records, find_predictions(folder, records))


@pytest.mark.parametrize("kind", ["npz", "glb", "obj"])
def test_the_truth_scores_best(root, tmp_path, kind):
    write_truths(root, tmp_path / "theirs", kind)
    figures = score(root, tmp_path / "theirs")["subsets"]["all"]
    means = {name: value["mean"] for name, value in figures.items() if isinstance(value, dict)}
    assert means["iou"] > (0.99 if kind == "npz" else 0.75)  # meshes grow by up to a cell
    assert means["chamfer"] < 0.08 and means["emd"] < 0.06
    assert means["f02"] > 0.8 and means["f05"] > 0.99 and means["f01"] < means["f02"]
    assert means["normals"] > 0.95 and means["loose"] == means["apart"] == 0
    assert figures["photos"] == 3 and figures["iou"]["low"] is not None


def test_a_turned_prediction_scores_worse(root, tmp_path):
    write_truths(root, tmp_path / "theirs", "npz")
    for path in (tmp_path / "theirs").rglob("*.npz"):
        np.savez(path, occupancy=np.rot90(read_grid(path).occupancy, axes=(1, 2)))
    assert score(root, tmp_path / "theirs")["subsets"]["all"]["iou"]["mean"] < 0.5


def test_a_missing_prediction_has_the_worst_scores(root, tmp_path, capsys):
    write_truths(root, tmp_path / "theirs", "npz")
    next((tmp_path / "theirs" / "table").iterdir()).unlink()
    out = str(tmp_path / "out")
    typed = ["--data", str(root), "--predictions", str(tmp_path / "theirs"), "--out", out]
    assert evaluate.main(typed) == 1
    result = json.loads((tmp_path / "out" / "leaderboard.json").read_text(encoding="utf-8"))
    assert result["missing"] == ["img/table/0002.png"]
    row = result["photos"][2]
    assert (row["iou"], row["f05"], row["normals"], row["loose"], row["apart"]) == (0, 0, 0, 1, 1)
    printed = capsys.readouterr().out
    assert "| all | 3 |" in printed and "1 without a prediction" in printed
    text = (tmp_path / "out" / "leaderboard.md").read_text(encoding="utf-8")
    assert text.startswith("**theirs** on 3 photographs") and report.PROTOCOL in text


def test_an_empty_grid_is_scored(root, tmp_path):
    write_truths(root, tmp_path / "theirs", "npz")
    for path in (tmp_path / "theirs").rglob("*.npz"):
        np.savez(path, occupancy=np.zeros((32, 32, 32)))
    figures = score(root, tmp_path / "theirs")["subsets"]["all"]
    assert figures["iou"]["mean"] == 0 and figures["chamfer"]["mean"] > 0.3


def test_files_are_found_by_their_photographs_names(root, tmp_path):
    records = dataset.load_records(root)
    for name in ("chair/0000.npz", "img/chair/0001.glb", "0002.obj"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert set(find_predictions(tmp_path, records)) == {record.img for record in records}


def test_a_name_of_several_photographs_is_refused_and_unused_files_are_named(
    root, tmp_path, capsys
):
    (root / "img/table/0002.png").rename(root / "img/table/0000.png")
    edit(root, 2, img="img/table/0000.png")
    theirs = tmp_path / "theirs"
    grid = {"occupancy": np.pad(np.ones((16, 16, 16)), 8)}
    for name in ("0000.npz", "0001.NPZ", "0007.npz"):
        theirs.mkdir(exist_ok=True)
        with open(theirs / name, "wb") as file:
            np.savez(file, **grid)
    typed = ["--data", str(root), "--predictions", str(theirs), "--out", str(tmp_path / "out")]
    assert evaluate.main(typed) == 2
    error = capsys.readouterr().err
    assert "0000.npz fits img/chair/0000.png and img/table/0000.png" in error
    assert "such as chair/0000.npz" in error
    (theirs / "Table").mkdir()
    (theirs / "0000.npz").rename(theirs / "Table" / "0000.npz")
    assert evaluate.main(typed) == 1
    printed = capsys.readouterr().out
    assert "without a prediction: img/chair/0000.png\n" in printed
    assert "not used: 0007.npz\n" in printed
    (theirs / "Chair").mkdir()
    export_mesh(voxels_to_mesh(grid["occupancy"]), tmp_path / "a.obj")
    (tmp_path / "a.obj").rename(theirs / "Chair" / "0000.OBJ")
    records = dataset.load_records(root)
    found = find_predictions(theirs, records)
    assert set(found) == {record.img for record in records}
    assert read_prediction(found["img/chair/0000.png"]).mesh.is_watertight


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"voxels": np.zeros((32, 32, 32))}, "no array called occupancy"),
        ({"occupancy": np.zeros((32, 32, 16))}, "must be a cube"),
        ({"occupancy": np.full((32, 32, 32), 2.0)}, "between 0 and 1"),
        ({"occupancy": np.full((32, 32, 32), np.nan)}, "between 0 and 1"),
        ({"occupancy": np.array([{}], dtype=object)}, "cannot be read"),
        (b"PK broken", "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_broken_predictions_are_sentences(root, tmp_path, capsys, arrays, sentence):
    path = tmp_path / "theirs" / "chair" / "0000.npz"
    path.parent.mkdir(parents=True)
    if isinstance(arrays, bytes):
        path.write_bytes(arrays)
    else:
        np.savez(path, **arrays)
    assert evaluate.main(["--data", str(root), "--predictions", str(tmp_path / "theirs")]) == 2
    error = capsys.readouterr().err
    assert sentence in error and "0000.npz" in error and len(error.splitlines()) == 1


def test_a_broken_mesh_and_an_empty_folder_are_sentences(root, tmp_path, capsys):
    theirs = tmp_path / "theirs"
    typed = ["--data", str(root), "--predictions", str(theirs)]
    assert evaluate.main(typed) == 2 and "no folder" in capsys.readouterr().err
    theirs.mkdir()
    assert evaluate.main(typed) == 2
    assert "call them like the photographs" in capsys.readouterr().err
    (theirs / "0000.glb").write_bytes(b"glTF")
    assert evaluate.main(typed) == 2 and "as a mesh" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--split", "val"], "--split needs --splits"),
        (["--checkpoint", "checkpoint"], "leave out --checkpoint"),
    ],
)
def test_options_that_would_be_ignored_are_refused(root, capsys, options, sentence):
    with pytest.raises(SystemExit):
        evaluate.main(["--data", str(root), "--predictions", "theirs", *options])
    assert sentence in capsys.readouterr().err


def test_a_wrong_output_is_a_sentence_before_the_work(root, tmp_path, capsys):
    write_truths(root, tmp_path / "theirs", "npz")
    typed = ["--data", str(root), "--out", str(root / "pix3d.json" / "out")]
    for more in (["--predictions", str(tmp_path / "theirs")], [], ["--found"]):
        assert evaluate.main([*typed, *more]) == 2
        printed = capsys.readouterr()
        assert "--out: the folder" in printed.err and not printed.out


def test_a_box_encloses_its_volume_and_an_open_one_does_not():
    box = trimesh.creation.box((1, 0.5, 0.25))
    assert solids.solid_grid(box).mean() == pytest.approx(0.125, rel=0.05)
    opened = trimesh.Trimesh(box.vertices, box.faces[2:], process=False)
    assert solids.solid_grid(opened).mean() < 0.05


def test_emd_is_the_shift_and_chamfer_is_not_fooled():
    points = np.random.default_rng(0).random((1024, 3))
    scores = surface_scores.pix3d_distances(points, points + np.array([0.5, 0, 0]))
    assert scores["emd"] == pytest.approx(0.5)
    assert scores["chamfer"] < 0.5
    assert surface_scores.pix3d_distances(points, points) == {"chamfer": 0, "emd": 0}


def test_two_boxes_are_loose_and_apart_only_if_they_do_not_touch():
    def pair(gap):
        boxes = [trimesh.creation.box((1, 1, 1)) for _ in range(2)]
        boxes[1].apply_translation((1 + gap, 0, 0))
        return trimesh.util.concatenate(boxes)

    for gap, apart in ((0.0, False), (0.5, True)):
        mesh = pair(gap)
        assert surface_scores.largest_surface(mesh) == pytest.approx(0.5)
        assert (solids.largest_share(solids.solid_grid(mesh)) < 0.99) == apart


def test_kernel_distance_separates_two_sets():
    rng = np.random.default_rng(0)
    a, b = rng.random((64, 32)), rng.random((64, 32))
    assert kernel_distance(a, b) < 20 < kernel_distance(a, b + 1)
    assert pair_distance(a, a) == pytest.approx(0) and pair_distance(a, b) > 0.1


def acceptance():
    """The module that defines the measures; skips where it is absent."""
    folder = ROOT.parent / "shared" / "tools"
    if not (folder / "mesh_metrics.py").is_file():
        pytest.skip("../shared/tools/mesh_metrics.py is absent")
    sys.path.insert(0, str(folder))
    try:
        import mesh_metrics
    finally:
        sys.path.remove(str(folder))
    return mesh_metrics


def test_surface_scores_are_those_of_the_acceptance():
    theirs = acceptance()
    voxels = dataset.to_model_axes(chair_voxels(30)).astype(bool)
    mesh, truth = (
        voxels_to_mesh(voxels[::2, ::2, ::2].astype(np.float32)),
        theirs.truth_mesh(voxels),
    )
    ours = surface_scores.surface_scores(mesh, solids.truth_surface(voxels))
    expected = theirs.compare(mesh, truth)
    for name in ("f02", "f05", "normals"):
        assert ours[name] == pytest.approx(expected[name], abs=1e-9), name
    assert bool(ours["loose"]) == bool(expected["loose"])


def test_features_are_those_of_the_acceptance():
    """With random weights, as the published ones may be absent."""
    theirs = acceptance()
    import torch

    torch.manual_seed(0)
    net = theirs.Lite("lite2").eval()
    mesh = trimesh.creation.box((1, 0.5, 0.25))
    mesh.apply_transform(trimesh.transformations.rotation_matrix(0.3, (1, 2, 3)))

    class Fake(Appearance):
        def __init__(self):
            self.encoder = lambda images: net(images)

    assert np.allclose(Fake().features(mesh), theirs.features(net, mesh))


def test_meshes_of_several_nodes_are_joined(tmp_path):
    scene = trimesh.Scene([trimesh.creation.box((1, 1, 1)), trimesh.creation.icosphere()])
    scene.export(tmp_path / "scene.glb")
    mesh = read_mesh(tmp_path / "scene.glb")
    assert mesh.is_watertight and mesh.volume == pytest.approx(1 + 4.1, abs=0.2)
    assert metrics.PROTOCOL_SIDE == 32
