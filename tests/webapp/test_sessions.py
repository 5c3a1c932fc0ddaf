"""Sessions end: their memory is given back and their files go, soon after a page is closed."""

import asyncio

import gradio as gr
import pytest

from benchmarks.stress.server import Server
from benchmarks.stress.visitor import PICTURES, SETTINGS, Visitor, digest, said
from webapp.server.limits import Limits
from webapp.session_state import Sessions
from webapp.sessions import under_way

LIMITS = Limits(keep_seconds=100, left_seconds=10)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gone():
    """What delete_callback was given."""
    return []


@pytest.fixture
def sessions(clock, gone):
    with gr.Blocks() as demo:
        demo.visit = gr.State(None, delete_callback=gone.append)
        gr.Textbox("text")
    sessions = Sessions(LIMITS, clock)
    sessions.set_blocks(demo)
    return sessions


def begin(sessions, name: str) -> None:
    sessions[name][sessions.blocks.visit._id] = name


def after(sessions, clock, seconds: float) -> set[str]:
    """The sessions that are there after so many seconds, looked after once a second."""
    for _ in range(round(seconds)):
        clock.now += 1
        sessions.delete_all_expired_state()
    return set(sessions.session_data)


def test_a_session_ends_after_its_last_call_and_all_of_it_goes(sessions, clock, gone):
    begin(sessions, "caller")
    assert after(sessions, clock, 90) == {"caller"}
    sessions["caller"]  # calls again
    assert after(sessions, clock, 100) == {"caller"} and gone == []
    assert after(sessions, clock, 1) == set() and gone == ["caller"]
    assert not sessions.ends and not sessions.time_last_used


def test_a_closed_page_ends_its_session_sooner(sessions, clock, gone):
    begin(sessions, "open"), begin(sessions, "closed")
    assert after(sessions, clock, 50) == {"open", "closed"}
    sessions.session_data["closed"].is_closed = True  # as Gradio does when the connection ends
    assert after(sessions, clock, 10) == {"open", "closed"}
    assert after(sessions, clock, 2) == {"open"} and gone == ["closed"]


def test_a_page_whose_connection_broke_and_that_calls_again_keeps_its_visit(sessions, clock, gone):
    begin(sessions, "phone")
    sessions.session_data["phone"].is_closed = True
    after(sessions, clock, 9)
    sessions["phone"]
    assert after(sessions, clock, 90) == {"phone"} and gone == []


def test_the_last_end_of_what_was_put_out_is_not_remembered(sessions, clock):
    sessions.capacity = 2
    for name in "abc":
        begin(sessions, name)
    assert after(sessions, clock, 1) == set("bc") == set(sessions.ends)


def test_a_session_holds_no_copy_of_the_page(sessions):
    begin(sessions, "caller")
    assert not any(c["type"] == "textbox" for c in sessions["caller"].components)


@pytest.mark.slow
def test_the_models_of_a_closed_page_go_from_the_disk_and_those_of_an_api_client_stay(tmp_path):
    async def visit(url: str) -> tuple[int, int]:
        async with Visitor(url) as page, Visitor(url, browser=False) as client:
            for visitor in (page, client):
                await visitor.generate(PICTURES[0])
            before = len(models())
        for _ in range(100):
            if len(models()) < before:
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)  # the client's would be gone too, were it taken for closed
        async with Visitor(url, browser=False) as same:
            same.session = client.session
            kind, _ = await same.call("remesh", *SETTINGS)
        return before, kind

    def models() -> list:
        return list(tmp_path.rglob("*.glb"))

    with Server(tmp_path, {"LEFT_SECONDS": "1"}) as server:
        assert asyncio.run(visit(server.url)) == (2, "complete")
        assert len(models()) == 2  # the client's, and that of another shape


@pytest.mark.slow
def test_a_visitor_who_had_to_make_room_reads_a_sentence_and_keeps_the_file(tmp_path):
    async def visits(url: str) -> tuple[str, bool]:
        async with Visitor(url, browser=False) as early, Visitor(url, browser=False) as late:
            answer = await early.generate(PICTURES[0])
            await late.generate(PICTURES[1])
            kind, told = await early.call("remesh", *SETTINGS)
            assert kind == "error"
            return said(told), digest(await early.fetch(answer.file)) == answer.digest

    with Server(tmp_path, {"MOST_VISITORS": "1"}) as server:
        told, same = asyncio.run(visits(server.url))
    assert "There is no model yet" in told and same
    assert "Traceback" not in server.log


def test_a_page_whose_visit_is_gone_is_told_and_an_empty_one_is_not():
    heard = []
    handler = under_way(lambda visit, *values: heard.append((visit, values)))
    with pytest.raises(gr.Error, match="press Generate"):
        handler({"cells": 8}, None, 0.5)
    handler({}, None, 0.5), handler(None, None), handler({"cells": 8}, "visit", 0.4)
    assert heard == [(None, (0.5,)), (None, ()), ("visit", (0.4,))]
