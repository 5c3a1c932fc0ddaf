"""Requests that no browser sends: a status below 500 and at most one line in the log."""

import json
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks.api_client import API
from benchmarks.app_server import AppServer
from benchmarks.stress.soak.server_log import unexpected_lines

pytestmark = pytest.mark.slow  # imports Gradio in a process of its own
COMMAND = ("-m", "tests.webapp.server.small_server", "--mcp")
JSON = "Content-Type: application/json"
FORM = "Content-Type: multipart/form-data; boundary=X"
DISPOSITION = "--X\r\nContent-Disposition: form-data; {}\r\n\r\nx\r\n--X--\r\n"
AGENT = f"{JSON}\r\nAccept: application/json, text/event-stream"
CALL, JOIN = f"POST {API}/call/wait", f"POST {API}/queue/join"
DEEP = "[" * 100_000

# request line without its version, headers, body
REQUESTS = {
    "number beyond floats": (CALL, JSON, "1e999"),
    "list": (CALL, JSON, "[]"),
    "deep list": (JOIN, JSON, DEEP),
    "values that are a number": (JOIN, JSON, '{"data": 1e999, "session_hash": "a"}'),
    "infinite function": (JOIN, JSON, '{"data": [], "fn_index": 1e400, "session_hash": "a"}'),
    "infinite trigger": (
        JOIN,
        JSON,
        '{"data": [], "fn_index": 0, "trigger_id": 1e400, "session_hash": "a"}',
    ),
    "unknown function": (JOIN, JSON, '{"data": [], "fn_index": 99999, "session_hash": "a"}'),
    "negative function": (JOIN, JSON, '{"data": [], "fn_index": -1, "session_hash": "a"}'),
    "unknown answer": (f"GET {API}/call/v3/wait", "", ""),
    "field that is no file": (f"POST {API}/upload", FORM, DISPOSITION.format('name="files"')),
    "encoded file name": (
        f"POST {API}/upload",
        FORM,
        DISPOSITION.format("name=\"files\"; filename*=UTF-8''%2e%2e%2fx.png"),
    ),
    "long boundary": (f"POST {API}/upload", FORM[:-1] + "b" * 60_000, ""),
    "wrong boundary": (
        f"POST {API}/upload",
        FORM[:-1] + "Y",
        DISPOSITION.format('name="files"; filename="x"'),
    ),
    "agent without JSON": (f"POST {API}/mcp/", AGENT, "\x00"),
    "agent with a deep list": (f"POST {API}/mcp/", AGENT, DEEP),
    "agent with an unknown tool": (
        f"POST {API}/mcp/",
        AGENT,
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sec ret"}}',
    ),
    "upgrade": ("GET /", "Upgrade: websocket\r\nConnection: Upgrade", ""),
}


@pytest.fixture(scope="module")
def server():
    with AppServer(command=COMMAND) as server:
        while "Streamable HTTP URL" not in server.log:  # the last line of the start
            time.sleep(0.02)
        yield server


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_bad_request_is_no_fault_of_the_server(server, kind):
    line, headers, body = REQUESTS[kind]
    data = body.encode("latin-1")
    head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n"
    if "Upgrade" in headers:
        head = head.replace("Connection: close\r\n", "")
    before = len(server.log)
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as client:
        client.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status = int(client.recv(1000).split(b" ")[1])
    assert status < 500
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    assert not unexpected_lines(server.log[before:])
    assert "sec ret" not in server.log


def test_many_ranges_of_a_file_are_not_answered(server):
    """Five thousand ranges would be answered with five thousand copies, or fail."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
        path = http.post(f"{API}/upload", files={"files": ("a.png", b"0123456789")}).json()[0]
        url = f"{API}/file={path}"
        ranges = {"Range": f"bytes={','.join(['0-'] * 1000)}"}
        assert http.get(url, headers=ranges).content == b"0123456789"
        assert http.get(url, headers={"Range": "bytes=2-4"}).content == b"234"


def test_the_refusal_names_what_is_wrong(server):
    reply = httpx.post(f"{server.url}{API}/call/wait", content="[1]", trust_env=False)
    assert reply.status_code == 400 and json.loads(reply.text)["detail"].endswith(".")
