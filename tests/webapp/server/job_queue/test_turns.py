"""Clients take turns in the queue, and none may fill it."""

import asyncio
import time
from collections import Counter
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.queueing import Event

from webapp.server.access.clients import MAX_CLIENTS
from webapp.server.job_queue.listeners import LISTENER_SECONDS, Listeners
from webapp.server.job_queue.turns import CROWDED, FULL, NOBODY_LISTENED, FairTurns
from webapp.server.monitoring.metrics import Metrics


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
    FairTurns(queue, Listeners(), Metrics())
    put(queue, *["1.1.1.1"] * 20, "2.2.2.2", "3.3.3.3", "2.2.2.2")
    assert take(queue, 5) == ["1.1.1.1", "2.2.2.2", "3.3.3.3", "1.1.1.1", "2.2.2.2"]
    put(queue, "4.4.4.4")
    assert take(queue, 2) == ["4.4.4.4", "1.1.1.1"]
    assert take(queue, 17) == ["1.1.1.1"] * 17
    assert queue.get_events() is None


def test_waiting_events_are_counted_for_each_client(queue):
    turns = FairTurns(queue, Listeners(), Metrics())
    assert turns.count_waiting("1.1.1.1") == 0
    put(queue, "1.1.1.1", "2001:db8::1", "2001:db8::2")
    assert turns.count_waiting("1.1.1.1") == 1
    assert turns.count_waiting("2001:db8::/64") == 2


def events(queue) -> list[Event]:
    (waiting,) = (group.queue for group in queue.event_queue_per_concurrency_id.values())
    return waiting


def test_whoever_fills_the_queue_makes_room_for_others(queue):
    queue.max_size, metrics = 16, Metrics()
    turns = FairTurns(queue, Listeners(), metrics)
    put(queue, *["1.1.1.1"] * 8, *["2.2.2.2"] * 5)
    assert turns.make_room("1.1.1.1") and turns.make_room("3.3.3.3")
    put(queue, "2.2.2.2")
    assert not turns.make_room("1.1.1.1")  # the last two places are for others
    newest = max(events(queue)[:8], key=lambda event: event.enqueue_time)
    queue.pending_messages_per_session["session"] = asyncio.Queue()
    for number in range(14):
        assert turns.make_room(f"3.3.3.{number}")
        put(queue, f"3.3.3.{number}")
        assert len(events(queue)) <= queue.max_size
    message = queue.pending_messages_per_session["session"].get_nowait()
    assert message.output == {"error": CROWDED} and message.event_id == newest._id
    assert turns.count_waiting("1.1.1.1") == turns.count_waiting("2.2.2.2") == 1
    assert b'furniture_refusals_total{reason="crowded"} 12.0' in metrics.text()


def test_a_client_with_one_place_keeps_it(queue):
    queue.max_size = 8
    turns = FairTurns(queue, Listeners(), Metrics())
    put(queue, *(f"1.1.1.{number}" for number in range(8)))
    assert not turns.make_room("2.2.2.2") and not turns.make_room("1.1.1.1")
    assert len(events(queue)) == 8


def test_a_second_place_is_taken_from_a_client_with_more(queue):
    queue.max_size = 8
    turns = FairTurns(queue, Listeners(), Metrics())
    put(queue, *["1.1.1.1"] * 5, *["2.2.2.2"] * 3)
    queue.pending_messages_per_session["session"] = asyncio.Queue()
    assert not turns.make_room("1.1.1.1") and turns.make_room("2.2.2.2")
    assert turns.count_waiting("1.1.1.1") == 4
    put(queue, "2.2.2.2")
    assert not turns.make_room("2.2.2.2") and not turns.make_room("1.1.1.1")


async def push_all(queue, clients: list[str]) -> list[tuple]:
    """Push one event of each client at once, each behind a wait for its body."""
    (function,) = queue.blocks.fns.values()

    async def push(client: str):
        body = SimpleNamespace(fn_index=function._id, session_hash=client.replace(".", "-"))
        await asyncio.sleep(0)
        request = SimpleNamespace(client=SimpleNamespace(host=client))
        return await queue.push(body, request, None)

    return await asyncio.gather(*(push(client) for client in clients))


def test_sixty_four_clients_find_a_place_beside_films_that_arrive_at_once(queue):
    """Found in the soak: attackers' films passed the check together and filled the queue."""
    queue.max_size, metrics = 64, Metrics()
    FairTurns(queue, Listeners(), metrics)
    films = [f"2.2.2.{number}" for number in range(8) for _ in range(20)]
    visitors = [f"1.1.1.{number}" for number in range(56)]
    answers = asyncio.run(push_all(queue, [*films, *visitors]))
    assert [status for *_, status in answers[-56:]] == ["success"] * 56
    refused = [sentence for is_in, sentence, _ in answers if not is_in]
    assert refused and set(refused) == {FULL}
    assert Counter(event.request.client.host for event in events(queue)) == Counter(
        {*films, *visitors}
    )


@pytest.fixture
def clock(monkeypatch):
    """Seconds since the events arrived."""
    start, passed = time.monotonic(), [0.0]
    return SimpleNamespace(passed=passed, now=lambda: start + passed[0])


def test_a_place_is_lost_when_nobody_listens_for_ten_seconds(queue, clock):
    listeners, metrics = Listeners(clock.now), Metrics()
    put(queue, "1.1.1.1", "2.2.2.2")
    queue.pending_messages_per_session["session"] = asyncio.Queue()
    gone, heard = events(queue)
    heard.session_hash = "another"
    turns = FairTurns(queue, listeners, metrics)
    with listeners.listening("another"):
        clock.passed[0] = LISTENER_SECONDS - 1
        turns.queue.event_queue_per_concurrency_id[gone.concurrency_id].current_concurrency = 99
        queue.get_events()
        assert events(queue) == [gone, heard]
        clock.passed[0] = LISTENER_SECONDS + 1
        queue.get_events()
        assert events(queue) == [heard]
    message = queue.pending_messages_per_session["session"].get_nowait()
    assert message.output == {"error": NOBODY_LISTENED} and message.event_id == gone._id
    assert b'furniture_refusals_total{reason="listener"} 1.0' in metrics.text()


def test_a_listener_that_comes_back_in_time_keeps_the_place(clock):
    listeners = Listeners(clock.now)
    since = clock.now()
    with listeners.listening("event"):
        clock.passed[0] = 60
        assert not listeners.are_gone(("session", "event"), since)
    clock.passed[0] += LISTENER_SECONDS - 1
    assert not listeners.are_gone(("session", "event"), since)
    with listeners.listening("session"), listeners.listening("session"):
        clock.passed[0] += 60
        assert not listeners.are_gone(("session", "event"), since)
    clock.passed[0] += LISTENER_SECONDS + 1
    assert listeners.are_gone(("session", "event"), since)


def test_names_of_listeners_are_bounded(clock):
    listeners = Listeners(clock.now)
    for number in range(MAX_CLIENTS + 100):
        with listeners.listening(f"session-{number}"):
            pass
    assert len(listeners.left) <= MAX_CLIENTS and not listeners.open


def test_without_fair_turns_others_wait(queue):
    put(queue, *["1.1.1.1"] * 3, "2.2.2.2")
    assert take(queue, 4) == ["1.1.1.1"] * 3 + ["2.2.2.2"]
