"""`--share` on this server: a relay on this machine takes the place of Gradio's tunnel."""

import json
import re
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks.app_server import AppServer
from tests.webapp.server.process.test_drain import wait_until

pytestmark = pytest.mark.slow  # imports Gradio in a process of its own
PUBLIC = re.compile(r"Running on public URL: (https://\S+)\n")
COMMAND = ("-m", "tests.webapp.server.small_server", "--share", "--mcp")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("share")
    with AppServer(folder, {"FORWARDED_ALLOW_IPS": ""}, command=COMMAND) as server:
        yield server


@pytest.fixture(scope="module")
def visitor(server):
    """A client of the public address."""
    wait_until(lambda: PUBLIC.search(server.log))  # a moment after the page is served
    host = urlsplit(PUBLIC.search(server.log)[1]).hostname
    (port,) = re.findall(r"relay-(\d+)\.", host)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Host": host}, trust_env=False
    ) as http:
        yield http


def test_the_page_is_served_behind_the_tunnel(visitor):
    page = visitor.get("/")
    assert page.status_code == 200 and "gradio" in page.text
    assert "frame-ancestors" in page.headers["content-security-policy"]
    assert visitor.get("/gradio_api/run/client").status_code == 404


def test_jobs_run_behind_the_tunnel_and_all_visitors_are_one_client(visitor):
    def client(forwarded: str) -> str:
        headers = {"X-Forwarded-For": forwarded}
        url = "/gradio_api/call/client"
        event = visitor.post(url, json={"data": []}, headers=headers).json()["event_id"]
        answer = visitor.get(f"{url}/{event}", headers=headers).text
        return json.loads(answer.strip().rpartition("data: ")[2])[0]

    assert client("6.6.6.6") == client("7.7.7.7") == "127.0.0.1"


def test_the_tools_for_agents_are_served_under_the_public_name(visitor):
    path = "/gradio_api/mcp/schema"
    assert visitor.get(path).status_code == 200
    assert visitor.get(path, headers={"Host": "evil.example"}).status_code == 403
