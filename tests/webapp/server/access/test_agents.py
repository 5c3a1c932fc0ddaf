"""The tools for agents (MCP) under a login: the real server, its folder and its door."""

import asyncio
import base64
import json

import httpx
import pytest

from benchmarks.app_server import AppServer
from webapp.server.access.users import new_token, password_line

pytestmark = pytest.mark.slow  # starts the whole app
TOKEN, TOKEN_LINE = new_token("scanner")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agents")
    users = folder / "users.txt"
    users.write_text(f"{password_line('ann', 'secret')}\n{TOKEN_LINE}\n", encoding="utf-8")
    environment = {"AUTH_FILE": str(users), "GRADIO_MCP_SERVER": "1", "TMPDIR": str(folder)}
    with AppServer(folder / "files", environment) as server:
        yield server


def headers(kind: str) -> dict[str, str]:
    value = base64.b64encode(b"ann:secret").decode() if kind == "Basic" else TOKEN
    return {"Authorization": f"{kind} {value}"}


def convert(server: AppServer, image: str, headers: dict):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def session():
        url = f"{server.url}/gradio_api/mcp/"
        async with (
            streamablehttp_client(url, headers=headers) as (read, write, _),
            ClientSession(read, write) as client,
        ):
            await client.initialize()
            return await client.call_tool("convert", {"image": image, "file_format": "stl"})

    return asyncio.run(session())


@pytest.mark.parametrize("kind", ["Basic", "Bearer"])
def test_an_agent_converts_a_picture_under_a_login(server, picture, kind):
    data = base64.b64encode(picture.read_bytes()).decode()
    answer = convert(server, f"data:image/jpeg;base64,{data}", headers(kind))
    assert not answer.isError, answer.content
    url = next(
        word
        for word in answer.content[0].text.replace("'", " ").split()
        if word.startswith("http") and word.endswith(".stl")
    )
    assert httpx.get(url, trust_env=False).status_code == 401
    file = httpx.get(url, headers=headers(kind), trust_env=False)
    assert file.status_code == 200 and len(file.content) > 10_000


def test_pictures_of_agents_are_in_the_folder_that_is_swept(server):
    """Nothing lies beside it, where Gradio saves them by default."""
    (own,) = (server.folder / "furniture-photo-to-3d").iterdir()
    assert list(own.rglob("*.jpg"))
    beside = [path for path in server.folder.parent.rglob("*.jpg") if own not in path.parents]
    assert not beside


def test_a_stranger_can_neither_call_nor_save_a_picture(server):
    before = server.file_count()
    call = {"name": "convert", "arguments": {"image": "data:image/png;base64,iVBORw0KGgo="}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accept = {"Accept": "application/json, text/event-stream"}
    for sent in ({}, {"Authorization": "Bearer x"}, {"Origin": "https://evil.example"}):
        reply = httpx.post(
            f"{server.url}/gradio_api/mcp/", json=body, headers=accept | sent, trust_env=False
        )
        assert reply.status_code in (401, 403), sent
    assert server.file_count() == before


def test_gradios_python_client_takes_a_token(server, picture):
    from gradio_client import Client, handle_file

    client = Client(server.url, headers=headers("Bearer"), verbose=False)
    _, facts = client.predict(
        image=handle_file(str(picture)), file_format="stl", api_name="/convert"
    )
    assert facts["category"] == "bed"


def test_the_log_has_no_traceback_and_no_secret(server):
    assert "Traceback" not in server.log
    for secret in ("secret", TOKEN, json.dumps(TOKEN)):
        assert secret not in server.log
