"""The login: safe cookies, no credentials for other sites, logout for oneself, a lock."""

import asyncio
import base64

import gradio as gr
import httpx
import pytest
from gradio.routes import App

from webapp.server import auth as module
from webapp.server.guard import Guard
from webapp.server.lifetime import ServerState
from webapp.server.limits import Limits


@pytest.fixture
def make_guard(tmp_path, monkeypatch):
    def make(auth=(("me", "secret"),), ancestors="", mcp=False) -> Guard:
        monkeypatch.setenv("FRAME_ANCESTORS", ancestors)
        with gr.Blocks() as demo:
            gr.State(0)
        demo.auth, demo.auth_message = list(auth) or None, None  # as `launch` sets them
        app = App.create_app(demo.queue(), app_kwargs={}, mcp_server=mcp)
        return Guard(app, Limits(), tmp_path, ServerState(), mcp=mcp)

    return make


def ask(guard, method: str, path: str, **options) -> httpx.Response:
    async def run():
        address = (options.pop("address", "1.2.3.4"), 1)
        transport = httpx.ASGITransport(guard, client=address)
        async with httpx.AsyncClient(transport=transport, base_url="https://page.example") as http:
            return await http.request(method, path, **options)

    return asyncio.run(run())


def login(guard, password="secret", **options) -> httpx.Response:
    return ask(guard, "POST", "/login", data={"username": "me", "password": password}, **options)


def cookies(reply: httpx.Response) -> dict[str, str]:
    pairs = (line.split(";")[0].split("=", 1) for line in reply.headers.get_list("set-cookie"))
    return dict(pairs)


def test_cookies_are_for_this_site_alone(make_guard):
    lines = login(make_guard()).headers.get_list("set-cookie")
    assert len(lines) == 2
    for line in lines:
        assert "HttpOnly" in line and "SameSite=Lax" in line and "none" not in line.lower()


def test_in_a_frame_of_another_site_cookies_are_sent_there_by_https_alone(make_guard):
    guard = make_guard(ancestors="https://huggingface.co")
    for line in login(guard).headers.get_list("set-cookie"):
        assert line.endswith("HttpOnly; SameSite=None; Secure")
    policy = ask(guard, "GET", "/").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://huggingface.co")


def test_no_other_origin_gets_credentials(make_guard):
    guard = make_guard()
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for reply in (
        ask(guard, "OPTIONS", "/gradio_api/queue/join", headers=headers),
        ask(guard, "GET", "/config", headers=headers),
        login(guard, headers=headers),
    ):
        assert not [name for name in reply.headers if name in ("access-control-allow-origin",)]
        assert "access-control-allow-credentials" not in reply.headers


def test_logout_is_by_post_and_for_oneself(make_guard):
    guard = make_guard()
    mine, other = cookies(login(guard)), cookies(login(guard))
    assert ask(guard, "GET", "/config", cookies=mine).status_code == 200
    assert ask(guard, "GET", "/logout", cookies=mine).status_code == 404
    reply = ask(guard, "POST", "/logout", cookies=mine)
    assert reply.status_code == 200 and set(cookies(reply)) == set(mine)
    assert ask(guard, "GET", "/config", cookies=mine).status_code == 401
    assert ask(guard, "GET", "/config", cookies=other).status_code == 200
    # over HTTP a browser sends the one of the two cookies that is not Secure
    half = {name: value for name, value in other.items() if "unsecure" in name}
    assert ask(guard, "POST", "/logout", cookies=half).status_code == 200
    assert ask(guard, "GET", "/config", cookies=other).status_code == 401


def test_ten_wrong_passwords_lock_the_client_for_a_minute(make_guard, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    guard = make_guard()
    assert [login(guard, "wrong").status_code for _ in range(11)] == [400] * 10 + [429]
    reply = login(guard)
    assert reply.status_code == 429 and "wait a minute" in reply.json()["detail"]
    assert login(guard, address="5.6.7.8").status_code == 200
    now[0] += 61
    assert login(guard).status_code == 200


def test_agents_sign_in_by_http_basic(make_guard):
    guard = make_guard(mcp=True)

    def agent(text: str | None) -> int:
        value = base64.b64encode(text.encode()).decode() if text else None
        headers = {"Authorization": f"Basic {value}"} if value else {}
        return ask(guard, "GET", "/gradio_api/mcp/schema", headers=headers).status_code

    assert agent(None) == agent("me:wrong") == agent("you:secret") == agent("me") == 401
    assert agent("me:secret") == 200
    assert [agent("me:wrong") for _ in range(10)][-1] == 429
    assert ask(make_guard(), "GET", "/gradio_api/mcp/schema").status_code == 404


def test_pages_of_other_sites_cannot_use_the_tools_for_agents(make_guard):
    guard = make_guard(auth=(), mcp=True)

    def status(origin: str) -> int:
        return ask(guard, "GET", "/gradio_api/mcp/schema", headers={"Origin": origin}).status_code

    assert status("https://page.example") == 200
    assert status("https://evil.example") == status("null") == 403


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic //8=", "Bearer x", "x" * 5000])
def test_headers_that_are_no_login_are_refused(make_guard, header):
    headers = {"Authorization": header, "Cookie": "a=b; \x01; access-token-=x"}
    reply = ask(make_guard(mcp=True), "GET", "/gradio_api/mcp/schema", headers=headers)
    assert reply.status_code == 401


def test_without_a_password_nothing_is_asked_for(make_guard):
    guard = make_guard(auth=())
    assert ask(guard, "GET", "/config").status_code == 200
    assert ask(guard, "POST", "/logout").status_code == 404
