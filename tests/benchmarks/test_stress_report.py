"""Counts and reports of `python -m benchmarks.stress`, without a server."""

import pytest

from benchmarks.stress import __main__
from benchmarks.stress.load import count_leaks, count_overtaken
from benchmarks.stress.report import Row, section, write_section
from benchmarks.stress.retention import Visit, file_rows, max_bytes
from benchmarks.stress.visitor import Answer


def test_an_answer_that_overtakes_is_counted():
    early = Answer(started=0, submitting=0, queued=1, done=9)
    late = Answer(started=2, submitting=2, queued=3, done=5)
    assert count_overtaken([early, late]) == 1
    late.done = 10
    assert count_overtaken([early, late]) == 0
    # Sent before the other call was queued: either may come first.
    parallel = Answer(started=0, submitting=0.5, queued=3, done=5)
    assert count_overtaken([early, parallel]) == 0


def test_photo_names_and_tracebacks_in_the_log_are_counted():
    assert count_leaks("Running on port 1\nTraceback (most recent call last)\n/tmp/bed.jpg\n") == 2


def visit(ended: float, file_bytes: int) -> Visit:
    return Visit(ended, 60, 40, False, rss_bytes=0, descriptors=0, file_bytes=file_bytes)


def test_files_may_stay_as_long_as_they_are_kept():
    visits = [visit(0, 100), visit(5, 200)]
    assert max_bytes(visits, now=9, keep_seconds=10) == 200
    assert max_bytes(visits, now=11, keep_seconds=10) == 100
    assert max_bytes(visits, now=15, keep_seconds=10) == 0


def test_files_above_the_bound_or_growing_do_not_hold():
    level = [visit(second, min(100 * (second + 1), 1000)) for second in range(80)]
    assert [row.held for row in file_rows(level, keep_seconds=10)] == [True, True]
    growing = [visit(second, min(12 * (second + 1), 1000)) for second in range(80)]
    assert [row.held for row in file_rows(growing, keep_seconds=10)] == [True, False]
    assert not file_rows([visit(second, 1100) for second in range(80)], keep_seconds=10)[0].held


def test_a_section_is_replaced_in_its_place(tmp_path):
    document = tmp_path / "document.md"
    document.write_text("# Reliability\n\nprose\n")
    first, second = ([Row("a", "b", text, True)] for text in ("1", "2"))
    write_section(document, "load", section("load", first, "cmd"))
    write_section(document, "memory", section("memory", second, "cmd"))
    write_section(document, "load", section("load", second, "cmd"))
    text = document.read_text()
    assert text.startswith("# Reliability\n\nprose\n")
    assert text.count("stress load: begin") == 1 and text.count("| a | b | 2 | yes |") == 2
    assert "| a | b | 1 | yes |" not in text


def test_an_unknown_measurement_is_a_sentence_and_status_2(capsys):
    with pytest.raises(SystemExit) as caught:
        __main__.main(["lod"])
    assert caught.value.code == 2
    sentence = "There is no measurement lod; choose load, soak, memory, defaults, "
    assert capsys.readouterr().err.startswith(sentence)


@pytest.mark.parametrize("name", __main__.MEASUREMENTS)
def test_the_command_above_each_table_gives_the_same_settings_again(name):
    args = __main__._parse(["--clients", "7", "--minutes", "2", "--replicas", "5", name])
    command = [name, *__main__._options(args, name).split()]
    assert __main__._options(__main__._parse(command), name) == __main__._options(args, name)
