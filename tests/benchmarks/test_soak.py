"""The soak: what counts as a refusal in the log, and a short run with every attack."""

import pytest

from benchmarks.stress.soak import attacks, bombs
from benchmarks.stress.soak.measure import measure_soak
from benchmarks.stress.soak.server_log import count_refusals, unexpected_lines

TIME = "2026-11-30 01:02:03,456"
# Rows that compare times, or that the load of the machine decides.
RECORDED = ("visitors' median", "memory of")


def test_lines_of_refusals_are_expected():
    log = f"""* To create a public link, set `share=True` in `launch()`.
{TIME} INFO Refused with 429: Too many requests came from your address; wait a minute.
{TIME} INFO Refused with 404: There is nothing here. (117 more like it)
{TIME} WARNING A connection was refused: too many are open (9 more like it)
{TIME} WARNING Invalid HTTP request received.
{TIME} INFO The server ends
"""
    assert unexpected_lines(log) == []
    assert count_refusals(log) == (4, 130)


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        "2026-01-01 00:00:00,000 ERROR forged",
        f"{TIME} ERROR A request failed: KeyError at routes.py:12",
        f"{TIME} INFO Refused with 404: There is nothing here. at /gradio_api/file=/secret.png",
        "",
    ],
)
def test_other_lines_are_not(line):
    assert unexpected_lines(f"{TIME} INFO The server ends\n{line}\n") == [line]


def test_bombs_are_small_files():
    for make in (bombs.striped_png, bombs.text_png, bombs.pickle_bomb):
        assert len(make()) < 2_000_000


@pytest.mark.stress
def test_every_attack_fails_and_visitors_get_their_models(tmp_path, monkeypatch):
    monkeypatch.setattr(attacks, "FLOOD", 400)
    rows = measure_soak(tmp_path, clients=6, hostile=4, seconds=4)
    assert len([row for row in rows if row.what.startswith("attack:")]) == len(attacks.ATTACKS)
    judged = [row for row in rows if not row.what.startswith(RECORDED)]
    assert [str(row) for row in judged if not row.held] == []
