"""Short runs of `python -m benchmarks.stress`: load, memory, faults, training, numerics."""

import pytest

from benchmarks.stress import disks
from benchmarks.stress.__main__ import SERVER_FAULTS
from benchmarks.stress.load import crowd, load, overtaken
from benchmarks.stress.memory import memory
from benchmarks.stress.numerics import numerics
from benchmarks.stress.report import Row, section, write
from benchmarks.stress.training import kills
from benchmarks.stress.visitor import Answer
from webapp.server.limits import Limits

pytestmark = pytest.mark.slow
MOUNTS = disks.may_mount()


def assert_held(rows: list[Row]) -> None:
    assert rows
    assert [str(row) for row in rows if not row.held] == []


def test_a_crowd_gets_the_answers_that_each_would_get_alone(tmp_path):
    assert_held(load(tmp_path, clients=8, seconds=6))


def test_a_full_queue_says_so_and_serves_the_rest(tmp_path):
    figures = crowd(tmp_path, clients=8, seconds=4, settings={"LONGEST_QUEUE": "2"})
    assert figures["full"] > 0 and figures["answers"] > 0
    assert figures["problems"] == [] and figures["wrong"] == 0


def test_requests_in_a_row_leave_nothing_behind(tmp_path):
    # allocators are level after ten visits, not after five
    assert_held(memory(tmp_path, requests=80, warm_up=40, keep_seconds=4))


def test_a_full_house_at_the_defaults_keeps_files_and_tells_who_had_to_make_room(tmp_path):
    rows = memory(tmp_path, 80, 40, Limits().keep_seconds, {"MOST_VISITORS": "10"})
    assert_held(rows)
    assert "no model yet" in rows[-2].measured


def test_files_that_go_too_soon_are_told(tmp_path):
    early = {"KEEP_SECONDS": "1", "LEFT_SECONDS": "1", "SWEEP_SECONDS": "1"}
    rows = memory(tmp_path, 80, 40, Limits().keep_seconds, early)
    files = next(row for row in rows if row.what == "models of API clients, none an hour old")
    assert not files.held, files


@pytest.mark.parametrize(
    ("forgets_nothing", "keep_seconds"),
    [({"KEEP_SECONDS": "3600", "LEFT_SECONDS": "3600"}, 1), ({"LEFT_SECONDS": "3600"}, 12)],
    ids=["nothing is swept", "closed pages keep their files"],
)
def test_files_that_stay_too_long_are_told(tmp_path, forgets_nothing, keep_seconds):
    rows = memory(tmp_path, 160, 40, keep_seconds, forgets_nothing)
    files = next(row for row in rows if row.what == "visitors' files on the disk")
    assert not files.held, files


@pytest.mark.parametrize("fault", SERVER_FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_the_server_costs_no_work(tmp_path, fault):
    assert_held(fault(tmp_path / "files"))


@pytest.mark.parametrize("fault", disks.FAULTS)
def test_a_failing_disk_costs_no_work(tmp_path, fault):
    if fault != "refused" and not MOUNTS:
        pytest.skip("a disk of its own can be mounted by root alone")
    assert_held(disks.disk(tmp_path / "files", fault))


def test_killed_training_resumes_to_the_same_weights(tmp_path):
    assert_held(kills(tmp_path, count=3))


def test_the_same_picture_gives_the_same_bytes():
    assert_held(numerics((1, 2, 5)))


def test_an_answer_that_overtakes_is_counted():
    early = Answer(asked=0, joining=0, joined=1, done=9)
    late = Answer(asked=2, joining=2, joined=3, done=5)
    assert overtaken([early, late]) == 1
    late.done = 10
    assert overtaken([early, late]) == 0
    late.joining = 0.5  # sent before the first one's was taken: either may come first
    assert overtaken([early, Answer(asked=0, joining=0.5, joined=3, done=5)]) == 0


def test_a_section_is_rewritten_in_its_place(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Reliability\n\nprose\n")
    first, other = ([Row("a", "b", text, True)] for text in ("1", "2"))
    write(page, "load", section("load", first, "cmd"))
    write(page, "memory", section("memory", other, "cmd"))
    write(page, "load", section("load", other, "cmd"))
    text = page.read_text()
    assert text.startswith("# Reliability\n\nprose\n")
    assert text.count("stress load: begin") == 1 and text.count("| a | b | 2 | yes |") == 2
    assert "| a | b | 1 | yes |" not in text
