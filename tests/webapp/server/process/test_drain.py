"""The end of the server: no new work, running jobs end, status 0. A process of a small server."""

import signal
import threading
import time
from contextlib import suppress

import httpx
import pytest

from benchmarks.app_server import AppServer

pytestmark = pytest.mark.slow  # imports Gradio in processes of their own
COMMAND = ("-m", "tests.webapp.server.small_server")
SLOW_MACHINE_S = 60.0
SIGNALS = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def wait_until(condition) -> None:
    deadline = time.monotonic() + SLOW_MACHINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Job(threading.Thread):
    """A running job and its listener."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.http, self.answer = http, ""
        reply = http.post("/gradio_api/call/wait", json={"data": ["chair"]})
        self.path = f"/gradio_api/call/wait/{reply.json()['event_id']}"
        self.start()
        wait_until(lambda: "furniture_running_jobs 1.0" in http.get("/metrics").text)

    def run(self) -> None:
        with suppress(httpx.HTTPError):  # a server that waits no longer
            self.answer = self.http.get(self.path).text


@pytest.fixture
def release(tmp_path):
    return tmp_path / "release"


@pytest.fixture
def start(tmp_path, release):
    """A function that starts the server and returns it with a client."""
    started = []

    def start(**environment: str) -> tuple[AppServer, httpx.Client]:
        environment |= {"RELEASE": str(release), "METRICS": "1"}
        server = AppServer(tmp_path / "files", environment, command=COMMAND)
        started.append(server.__enter__())
        return server, httpx.Client(base_url=server.url, timeout=SLOW_MACHINE_S, trust_env=False)

    yield start
    release.touch()
    for server in started:
        server.__exit__(None, None, None)


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_ends_the_server_after_its_jobs(start, release, name):
    server, http = start()
    assert http.get("/readyz").status_code == 200
    job = Job(http)
    server.process.send_signal(getattr(signal, name))
    wait_until(lambda: http.get("/readyz").status_code == 503)
    assert http.get("/healthz").status_code == 200
    refused = http.post("/gradio_api/call/client", json={"data": []})
    assert refused.status_code == 503 and "restart" in refused.json()["detail"]
    for reply in (refused, http.get("/readyz")):
        assert reply.headers["retry-after"] == "60" and reply.headers["x-request-id"]
    assert server.process.poll() is None and not job.answer
    release.touch()
    assert server.wait(SLOW_MACHINE_S) == 0
    job.join(SLOW_MACHINE_S)
    assert "event: complete" in job.answer and "chair" in job.answer
    assert "Traceback" not in server.log and server.log.count("The server ends") == 1


def test_a_job_that_does_not_end_is_not_waited_for_longer(start):
    server, http = start(DRAIN_SECONDS="0.5")
    Job(http)
    assert server.stop()[0] == 0
    assert "Traceback" not in server.log
