"""Figures for Prometheus: off by default, complete, without data of visitors."""

import asyncio
import re
from functools import partial
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio.server_messages import ProcessCompletedMessage

from core.errors import UserError
from tests.webapp.server.guards import build_guard
from tests.webapp.server.test_server import ask, inner
from webapp.server.job_queue.jobs import JobWatch, endpoint_name, outcome
from webapp.server.monitoring.metrics import Metrics, serve_metrics
from webapp.server.process.address import LOCALHOST, bind
from webapp.server.refusal import RefusedRequest
from webapp.server.storage.results import ResultFiles


def figures(text: str) -> dict[str, float]:
    """Values by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_figures_are_served_only_if_asked_for(tmp_path):
    assert ask(build_guard(inner, tmp_path), "/metrics")[0] == 404
    guard = build_guard(inner, tmp_path, show_metrics=True)
    status, headers, text = ask(guard, "/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=")
    assert figures(text)["process_resident_memory_bytes"] > 1e6


def test_refusals_are_counted_by_reason(tmp_path):
    guard = build_guard(inner, tmp_path, show_metrics=True)
    for _ in range(3):
        ask(guard, "/secret-of-a-visitor")
    ask(guard, "/gradio_api/file=http://example.com")
    values = figures(ask(guard, "/metrics", address="9.8.7.6")[2])
    assert values['furniture_refusals_total{reason="route"}'] == 3
    assert values['furniture_refusals_total{reason="address"}'] == 1
    text = ask(guard, "/metrics")[2]
    assert "secret" not in text and "9.8.7.6" not in text


def test_each_refusal_has_a_reason_of_one_word():
    from webapp.server import refusal

    kinds = [kind for kind in vars(refusal).values() if isinstance(kind, partial)]
    assert len(kinds) >= 15
    for kind in kinds:
        refused = kind()
        assert isinstance(refused, RefusedRequest) and re.fullmatch(r"[a-z]+", refused.reason)


def test_figures_may_have_a_port_of_their_own(monkeypatch):
    metrics = Metrics()
    metrics.watch("answer", "Of a test", lambda: 42)
    with bind(LOCALHOST, 0) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("METRICS_PORT", str(port))
    serve_metrics(metrics, LOCALHOST)
    reply = httpx.get(f"http://{LOCALHOST}:{port}/metrics", trust_env=False)
    assert figures(reply.text)["furniture_answer"] == 42
    with pytest.raises(UserError, match=f"METRICS_PORT {port} .* cannot be used"):
        serve_metrics(metrics, LOCALHOST)
    monkeypatch.setenv("METRICS_PORT", "many")
    with pytest.raises(UserError, match="METRICS_PORT is 'many'"):
        serve_metrics(metrics, LOCALHOST)


# --- jobs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("success", "output", "expected"),
    [
        (True, {"data": []}, "done"),
        (False, {"error": "Choose a picture first."}, "refused"),
        (False, {"error": None}, "failed"),
        (False, {}, "failed"),
    ],
)
def test_the_outcome_of_a_job_is_in_its_message(success, output, expected):
    assert outcome(ProcessCompletedMessage(output=output, success=success)) == expected


def answer(kind: str):
    """An endpoint of a test."""
    if kind == "refuse":
        raise gr.Error("Choose a picture first.", print_exception=False)
    if kind == "fail":
        raise KeyError(kind)
    return kind


def test_jobs_of_gradios_queue_are_counted(tmp_path):
    with gr.Blocks() as demo:
        gr.on([], answer, gr.Textbox(), gr.Textbox(), api_name="answer")
    metrics = Metrics()
    JobWatch(demo.queue()._queue, metrics, ResultFiles(tmp_path))
    app, _, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_name=LOCALHOST)

    async def calls() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            assert (await http.get("/config")).status_code == 200

    asyncio.run(calls())
    try:
        for kind in ("done", "refuse", "fail", "done"):
            url = f"{demo.local_url}gradio_api/call/answer"
            event = httpx.post(url, json={"data": [kind]}, trust_env=False).json()["event_id"]
            httpx.get(f"{url}/{event}", trust_env=False)
    finally:
        demo.close(verbose=False)
    values = figures(metrics.text().decode())
    assert values['furniture_jobs_total{endpoint="/answer",outcome="done"}'] == 2
    assert values['furniture_jobs_total{endpoint="/answer",outcome="refused"}'] == 1
    assert values['furniture_jobs_total{endpoint="/answer",outcome="failed"}'] == 1
    assert values['furniture_job_seconds_count{endpoint="/answer"}'] == 4
    assert values["furniture_queue_wait_seconds_count"] == 4
    assert values["furniture_queue_length"] == values["furniture_running_jobs"] == 0


def test_events_of_the_page_are_told_from_endpoints():
    event = SimpleNamespace(api_visibility="private", api_name="generate_1", name="generate")
    assert endpoint_name(event) == "page generate"
    event.api_visibility = "public"
    assert endpoint_name(event) == "/generate_1"
