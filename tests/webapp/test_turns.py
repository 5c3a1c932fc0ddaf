"""Clients take turns in the queue, and none may fill it."""

from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.queueing import Event

from webapp.server.turns import FairTurns


@pytest.fixture
def queue():
    """Gradio's own queue with one function."""
    with gr.Blocks() as demo:
        gr.Button().click(lambda: None, concurrency_limit=10)
    return demo.queue()._queue


def put(queue, *clients: str) -> None:
    (function,) = queue.blocks.fns.values()
    queue.create_event_queue_for_fn(function)
    for client in clients:
        request = SimpleNamespace(client=SimpleNamespace(host=client))
        event = Event("session", function, request, None)
        queue.event_queue_per_concurrency_id[event.concurrency_id].queue.append(event)


def take(queue, number: int) -> list[str]:
    return [queue.get_events()[0][0].request.client.host for _ in range(number)]


def test_a_client_with_many_events_does_not_delay_others(queue):
    FairTurns(queue)
    put(queue, *["1.1.1.1"] * 20, "2.2.2.2", "3.3.3.3", "2.2.2.2")
    assert take(queue, 5) == ["1.1.1.1", "2.2.2.2", "3.3.3.3", "1.1.1.1", "2.2.2.2"]
    put(queue, "4.4.4.4")
    assert take(queue, 2) == ["4.4.4.4", "1.1.1.1"]
    assert take(queue, 17) == ["1.1.1.1"] * 17
    assert queue.get_events() is None


def test_waiting_events_are_counted_for_each_client(queue):
    turns = FairTurns(queue)
    assert turns.count_waiting("1.1.1.1") == 0
    put(queue, "1.1.1.1", "2001:db8::1", "2001:db8::2")
    assert turns.count_waiting("1.1.1.1") == 1
    assert turns.count_waiting("2001:db8::/64") == 2


def test_without_fair_turns_others_wait(queue):
    put(queue, *["1.1.1.1"] * 3, "2.2.2.2")
    assert take(queue, 4) == ["1.1.1.1"] * 3 + ["2.2.2.2"]
