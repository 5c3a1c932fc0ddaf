"""Watching a run: curves as CSV, the time left, photographs within a time limit, pictures."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.small_pix3d import write_data
from tests.training.tiny_training import TINY, run
from training.loop.schedule import Progress
from training.monitoring import monitor, photo_watch
from training.monitoring.curve_files import CurveFiles, read_rows
from training.monitoring.photo_watch import PhotoWatch
from voxel_model import VoxelConfig, VoxelModel


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_resumed_run_continues_its_curves(tmp_path):
    curves = CurveFiles(tmp_path)
    for step in (10, 20, 30):
        curves.add("train", step, {"loss": 1 / step})
    resumed = CurveFiles(tmp_path, first_step=20)
    resumed.add("train", 30, {"loss": 0.5, "coordinates": 2.0})
    rows = read_rows(tmp_path / "train.csv")
    assert [row["step"] for row in rows] == ["10", "20", "30"]
    assert [row["loss"] for row in rows] == ["0.1", "0.05", "0.5"]
    assert [row["coordinates"] for row in rows] == ["", "", "2"]


def test_a_step_that_is_measured_again_has_one_row(tmp_path):
    CurveFiles(tmp_path).add("validation", 20, {"iou": 0.1})
    CurveFiles(tmp_path, first_step=20).add("validation", 20, {"iou": 0.2})
    assert [row["iou"] for row in read_rows(tmp_path / "validation.csv")] == ["0.2"]


def test_columns_that_appear_later_are_added(tmp_path):
    curves = CurveFiles(tmp_path)
    curves.add("train", 1, {"loss": 1.0})
    curves.add("train", 2, {"loss": 1.0, "mask": 3.0})
    assert [row["mask"] for row in read_rows(tmp_path / "train.csv")] == ["", "3"]


def test_a_run_writes_its_curves(tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "LINE_SECONDS", 1e9)
    run(replace(TINY, output=str(tmp_path), steps=4))
    with open(tmp_path / "curves" / "train.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert float(rows[0]["gradient"]) > 0 and float(rows[1]["pictures_per_second"]) > 0
    validation = read_rows(tmp_path / "curves" / "validation.csv")
    assert [row["step"] for row in validation] == ["2", "4"] and float(validation[0]["iou"]) >= 0


def test_slow_runs_print_without_waiting_for_the_interval(tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "LINE_SECONDS", 0.0)
    run(replace(TINY, output=str(tmp_path), steps=2, log_every=1000))
    assert len(read_rows(tmp_path / "curves" / "train.csv")) == 2


def test_time_left_is_that_of_the_nearest_end():
    progress = Progress(steps=100, minutes=10.0)
    progress.step = 90
    assert progress.seconds_left(2.0) == 20
    assert progress.seconds_left(1000.0) == pytest.approx(575)
    assert monitor.minutes(485) == "8:05"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(image_size=64, width=32, depth=1, heads=2)).eval()


def test_a_measurement_that_takes_too_long_covers_the_same_fewer_photos(
    tmp_path, monkeypatch, model
):
    write_data(tmp_path, photos=6)
    clock = iter(range(0, 1000, 100))  # seconds
    monkeypatch.setattr(photo_watch.time, "monotonic", lambda: float(next(clock)))
    watch = PhotoWatch(str(tmp_path), minutes=2.0, batch_size=2)
    first = watch(model)
    assert first["photos"] == 4  # the limit of 120 s is noticed at 200 s
    assert {"iou_clean", "iou_clean_chair", "iou_clean_table"} <= set(first)
    watch.seconds = 1e9
    assert watch(model)["photos"] == 4


def test_a_sheet_shows_the_same_photographs(tmp_path, model):
    write_data(tmp_path, photos=3)
    watch = PhotoWatch(str(tmp_path), minutes=1.0)
    sheet = watch.sheet(model)
    tile = photo_watch.TILE_SIZE
    assert sheet.shape == (3 * tile, 3 * tile, 3) and sheet.dtype == np.uint8
    assert np.array_equal(watch.sheet(model)[:, :tile], sheet[:, :tile])
    assert sheet[:, 2 * tile :].min() < 200  # the true grid is drawn
