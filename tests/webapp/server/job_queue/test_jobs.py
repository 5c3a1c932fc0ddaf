"""One deadline for a whole job: refused in a sentence, counted, and others go on."""

import asyncio
import threading
import time

import gradio as gr
import httpx
import pytest

from core.errors import UserError
from webapp.events.batch_run import BatchRun
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.server.job_queue.jobs import JobLimit
from webapp.server.process.address import LOCALHOST
from webapp.server.process.lifetime import ServerState, StepTimeout, TimeLimit
from webapp.uploads import StrictBlocks

SLOW_MACHINE_S = 60.0


def test_a_job_returns_its_value_and_raises_its_errors():
    late = []

    async def job(value):
        if isinstance(value, Exception):
            raise value
        return value

    async def run():
        limit = JobLimit(SLOW_MACHINE_S, lambda: late.append(1))
        assert await limit(job(3)) == 3
        with pytest.raises(TimeoutError, match="its own"):
            await limit(job(TimeoutError("its own")))

    asyncio.run(run())
    assert not late


def test_a_job_that_is_cancelled_ends():
    ended = []

    async def job():
        try:
            await asyncio.sleep(SLOW_MACHINE_S)
        finally:
            ended.append(1)

    async def run():
        task = asyncio.ensure_future(JobLimit(SLOW_MACHINE_S, lambda: None)(job()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended


def test_a_film_that_takes_too_long_is_a_sentence_and_the_next_visitor_is_served():
    """The thread of the film cannot be ended; its place in the queue is given to the next."""
    release, state = threading.Event(), ServerState()
    steps = TimeLimit(SLOW_MACHINE_S, state)

    def film(kind):
        if kind == "film":
            release.wait(SLOW_MACHINE_S)
        return kind

    with StrictBlocks() as demo:
        gr.on([], film, gr.Textbox(), gr.Textbox(), api_name="film", concurrency_limit=1)
    demo.job_limit = JobLimit(0.5, steps.give_up)
    demo.queue().launch(prevent_thread_lock=True, quiet=True, server_name=LOCALHOST)
    url = f"{demo.local_url}gradio_api/call/film"

    def call(kind: str) -> str:
        event = httpx.post(url, json={"data": [kind]}, trust_env=False).json()["event_id"]
        return httpx.get(f"{url}/{event}", trust_env=False, timeout=SLOW_MACHINE_S).text

    try:
        assert "given up" in call("film") and len(steps.stuck) == 1
        demo.job_limit.seconds = SLOW_MACHINE_S
        assert "complete" in call("still")
        demo.job_limit.seconds = 0.5
        assert "given up" in call("film") and not state.closing.is_set()
        assert "given up" in call("film") and state.closing.is_set()  # the third one
    finally:
        release.set()
        demo.close(verbose=False)


def test_a_run_of_many_photos_keeps_what_it_made_before_its_end(checkpoint, tmp_path, picture):
    from voxel_model import load_model

    run = BatchRun(Events(Predictor(load_model(checkpoint, "cpu")), tmp_path), SLOW_MACHINE_S)
    steps = run.run([{"path": str(picture)}] * 3, None, "glb", threshold=0.3)
    next(steps)  # the progress before the first photo
    next(steps)
    run.seconds = 0.0
    *_, (_, thumbnails, report, ready) = steps
    assert len(thumbnails) == 1 and ready.interactive
    assert "2 photos: the run took longer" in report


# --- the network --------------------------------------------------------------------------------


def test_the_network_takes_one_step_at_a_time_whatever_the_door():
    limit, running, most = TimeLimit(SLOW_MACHINE_S), [], []
    start = threading.Barrier(8)

    def step() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)  # lets another thread in, if it may come in
        running.pop()

    def visitor() -> None:
        start.wait()
        limit(step)

    threads = [threading.Thread(target=visitor) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SLOW_MACHINE_S)
    assert most == [1] * 8


def test_a_visitor_who_waits_for_the_network_too_long_reads_a_sentence():
    limit, release, busy = TimeLimit(SLOW_MACHINE_S), threading.Event(), threading.Event()

    def step() -> None:
        busy.set()
        release.wait(SLOW_MACHINE_S)

    thread = threading.Thread(target=limit, args=(step,))
    thread.start()
    busy.wait(SLOW_MACHINE_S)
    limit.seconds = 0.05
    with pytest.raises(StepTimeout, match="busy") as caught:
        limit(step)
    assert isinstance(caught.value, UserError) and not limit.stuck
    release.set()
    thread.join(SLOW_MACHINE_S)


def test_steps_are_timed_by_name():
    seen = []
    limit = TimeLimit(SLOW_MACHINE_S, observe=lambda name, seconds: seen.append((name, seconds)))
    limit(max, 1, 2, name="predict")
    with pytest.raises(ZeroDivisionError):
        limit(lambda: 1 / 0, name="detect")
    assert [name for name, _ in seen] == ["predict", "detect"]
    assert all(0 <= seconds < SLOW_MACHINE_S for _, seconds in seen)
