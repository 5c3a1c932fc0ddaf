"""The benchmarks measure what they say; one photo costs no more work than recorded."""

from collections import Counter

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import __main__, report
from benchmarks.measurements import packing, picture, room
from benchmarks.measurements.classic import classic_network, cubes_as_obj
from benchmarks.measurements.meshing import make_grid
from benchmarks.timing import UNIT, interleave, ratio
from geometry import surface
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from voxel_model import load_model

BOX = (60.0, 60.0, 700.0, 700.0)  # of the armchair, pixels
# 10^9 multiply-adds of detection and prediction as PyTorch counts them, without attention: 5.25
# with the object head. An encoder that runs twice, or a larger network, exceeds it.
MAX_MULTIPLY_ADDS = 5.5


@pytest.fixture
def model():
    """The shipped network with plain layers, whose multiply-adds PyTorch counts."""
    return load_model(device="cpu", fold=False)


@pytest.fixture
def work(model, monkeypatch) -> Counter:
    """The numbers of decoded files, passes of the encoder, predictions and meshings."""
    counts = Counter()

    def count(name, owner, function):
        original = getattr(owner, function)

        def counted(*args, **kwargs):
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, function, counted)

    count("decoded", Image, "open")
    count("encoded", model, "features")
    count("predicted", model, "forward")
    count("meshed", surface, "marching_cubes")
    return counts


def test_one_photo_is_detected_predicted_and_meshed_once(model, work, tmp_path):
    with FlopCounterMode(display=False) as counter:
        prediction = predict_object(model, open_image(picture.IMAGE))
    result = Result(prediction, "chair", tmp_path, model.config.threshold)
    export_glb(result, Settings(model.config.threshold))
    # decoded: the photo, and the part of it that the texture shows
    assert work == {"decoded": 2, "encoded": 2, "predicted": 1, "meshed": 1}
    assert 1 < counter.get_total_flops() / 2e9 <= MAX_MULTIPLY_ADDS


def test_a_box_saves_the_detection_and_a_new_threshold_the_network(model, work, tmp_path):
    prediction = predict_object(model, open_image(picture.IMAGE), BOX)
    assert (work["encoded"], work["predicted"]) == (1, 1)
    result = Result(prediction, "chair", tmp_path, model.config.threshold)
    for threshold in (0.3, 0.6):
        export_glb(result, Settings(threshold))
    assert (work["encoded"], work["predicted"], work["meshed"]) == (1, 1, 2)


def test_a_room_is_found_predicted_in_one_batch_and_meshed_piece_by_piece(model, work, tmp_path):
    steps = room.RoomSteps(model, tmp_path)
    path = steps.whole(is_doubled=False)
    count = len(room.BOXES)
    assert work == {"decoded": 1, "encoded": 2, "predicted": 1, "meshed": count}
    assert len(trimesh.load(path).graph.nodes_geometry) == count


def test_a_doubled_room_has_its_boxes_in_the_mirror_image(model, tmp_path):
    decoded, boxes = room.RoomSteps(model, tmp_path).decode(is_doubled=True)
    pixels = np.asarray(decoded.rgb).astype(int)
    for (x0, y0, x1, y1), (u0, v0, u1, v1) in zip(boxes[:6], boxes[6:], strict=True):
        piece, mirrored = pixels[y0:y1, x0:x1], pixels[v0:v1, u0:u1]
        assert (piece == mirrored[:, ::-1]).all()


def test_a_ratio_is_of_medians_of_the_same_rounds():
    times = {UNIT: np.array([1.0, 1, 9]), "a": np.array([3.0, 3, 30]), "b": np.array([1.0, 1, 1])}
    assert ratio(times, "a") == 3
    assert ratio(times, "a", minus="b") == 2


def test_cases_alternate_and_warm_up_does_not_count():
    order = []
    times = interleave({name: lambda name=name: order.append(name) for name in "ab"}, 2, warm_up=1)
    assert order == list("ababab") and len(times["a"]) == 2


def test_a_measurement_that_is_too_slow_is_reported(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(report, "RECORDED", tmp_path / "recorded.json")
    report.RECORDED.write_text('{"whole": 2.0}', "utf-8")
    table = report.Table("picture", [], [], {"whole": 2.9})
    assert __main__.check(table)
    table.figures["whole"] = 3.1
    assert not __main__.check(table)
    assert "3.00 are allowed" in capsys.readouterr().out


def test_an_unknown_measurement_is_a_sentence_and_status_2(capsys):
    with pytest.raises(SystemExit) as caught:
        __main__.main(["pictur"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("There is no measurement pictur; choose picture, ")


def test_plain_and_packed_kernels_are_compared_step_by_step(monkeypatch):
    def run_two(cases, rounds):
        for name in ("encoder, plain", "photo to prediction, without a box, packed"):
            cases[name]()
        return {name: np.array([1.0 if "packed" in name else 2.0]) for name in cases}

    monkeypatch.setattr(packing, "interleave", run_two)
    table = packing.measure()
    assert all(row[1:] == ["1.00", "0.50"] for row in table.rows[:-1])
    assert [row[0] for row in table.rows][1:3] == ["network", "network, 6 crops in one batch"]


def test_the_classic_design_has_its_weights_and_its_inner_faces():
    assert sum(p.numel() for p in classic_network().parameters()) == pytest.approx(79e6, rel=0.01)
    lines = cubes_as_obj(np.ones((2, 1, 1), bool)).decode().splitlines()
    vertices = np.array([line.split()[1:] for line in lines if line[0] == "v"], float)
    faces = np.array([line.split()[1:] for line in lines if line[0] == "f"], int)
    assert len(vertices) == 16 and len(faces) == 24  # two whole cubes
    corners = vertices[faces - 1]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(2 / 2**3)  # all faces point outwards


def test_a_threshold_gives_the_number_of_cells():
    occupancy = np.random.default_rng(0).random((8, 8, 8)).astype(np.float32)
    threshold = picture.threshold_for_cells(occupancy, 77)
    assert (occupancy > np.float32(threshold)).sum() == 77


def test_grids_are_solid_or_full_of_surface():
    ball, gyroid = make_grid(32, "solid") > 0.5, make_grid(32, "surface") > 0.5
    assert ball.mean() == pytest.approx(np.pi / 6 * 0.9**3, abs=0.02)
    assert 0.2 < gyroid.mean() < 0.6


def test_a_table_replaces_only_the_text_between_its_markers():
    table = report.Table("gpu", ["a", "b"], [["1", "2"]])
    text = report.insert_table("x\n<!-- gpu -->\nold\n<!-- /gpu -->\ny", table, "how")
    assert text == "x\n<!-- gpu -->\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nhow\n<!-- /gpu -->\ny"
    with pytest.raises(ValueError, match="no place for gpu"):
        report.insert_table("x", table, "how")


def test_the_document_has_a_place_for_every_measurement():
    document = report.DOCUMENT.read_text("utf-8")
    for name in __main__.MEASUREMENTS:
        report.insert_table(document, report.Table(name, ["a"], [["1"]]), "how")


def test_the_machine_is_described_with_its_versions():
    assert f"torch {torch.__version__.split('+')[0]}" in report.machine()
