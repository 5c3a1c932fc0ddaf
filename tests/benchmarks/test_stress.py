"""Shorter runs of `python -m benchmarks.stress`: load, memory, faults, training, numerics."""

import pytest

from benchmarks.stress import disk_faults, faults
from benchmarks.stress.__main__ import SERVER_FAULTS
from benchmarks.stress.load import measure_load, run_load
from benchmarks.stress.memory import DEFAULT_KEEP_SECONDS, measure_memory
from benchmarks.stress.numerics import measure_numerics
from benchmarks.stress.report import Row
from benchmarks.stress.training_kills import measure_training_kills

pytestmark = pytest.mark.stress
MAY_MOUNT = disk_faults.may_mount()


def assert_held(rows: list[Row]) -> None:
    assert rows
    assert [str(row) for row in rows if not row.held] == []


def file_row(rows: list[Row], what: str) -> Row:
    return next(row for row in rows if row.what == what)


def test_each_visitor_of_a_crowd_gets_the_expected_model(tmp_path):
    assert_held(measure_load(tmp_path, clients=8, seconds=6))


def test_a_full_queue_refuses_with_a_sentence_and_serves_the_rest(tmp_path):
    figures = run_load(tmp_path, clients=8, seconds=4, environment={"LONGEST_QUEUE": "2"})
    assert figures.queue_full > 0 and figures.answers > 0
    assert figures.problems == [] and figures.wrong == 0


def test_requests_in_a_row_leave_nothing_behind(tmp_path):
    # Memory is level after ten visits, not after five. A session ends 15 s after its last call,
    # longer than a call takes on a busy machine.
    assert_held(measure_memory(tmp_path, requests=80, warm_up=40, keep_seconds=15))


def test_newcomers_are_refused_while_all_sessions_hold_a_model(tmp_path):
    assert_held(measure_memory(tmp_path, 80, 40, DEFAULT_KEEP_SECONDS, {"MOST_VISITORS": "10"}))


def test_files_that_go_too_soon_are_reported(tmp_path):
    early = {"KEEP_SECONDS": "1", "SWEEP_SECONDS": "1"}
    rows = measure_memory(tmp_path, 80, 40, DEFAULT_KEEP_SECONDS, early)
    row = file_row(rows, "models of API clients, none an hour old")
    assert not row.held, row


def test_files_that_stay_too_long_are_reported(tmp_path):
    rows = measure_memory(tmp_path, 160, 40, 1, {"KEEP_SECONDS": "3600"})
    row = file_row(rows, "visitors' files on the disk")
    assert not row.held, row


def test_sigterm_costs_no_work(tmp_path):
    assert_held(faults.measure_sigterm(tmp_path / "files", max_seconds=60))


@pytest.mark.parametrize("measure", SERVER_FAULTS[1:], ids=lambda measure: measure.__name__)
def test_a_fault_of_the_server_costs_no_work(tmp_path, measure):
    assert_held(measure(tmp_path / "files"))


@pytest.mark.parametrize("fault", disk_faults.FAULTS)
def test_a_failing_disk_costs_no_work(tmp_path, fault):
    if fault != "refused" and not MAY_MOUNT:
        pytest.skip("only root may mount a disk")
    assert_held(disk_faults.measure_disk_fault(tmp_path / "files", fault))


def test_killed_training_resumes_to_the_same_weights(tmp_path):
    assert_held(measure_training_kills(tmp_path, kills=3))


def test_the_same_photo_gives_the_same_bytes():
    assert_held(measure_numerics((1, 2, 5)))
