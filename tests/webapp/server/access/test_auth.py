"""The login: safe cookies, no credentials for other sites, logout for oneself, a lock."""

import asyncio
import base64
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio.routes import App

from tests.webapp.server.guards import build_guard
from webapp.server.access.auth import Auth
from webapp.server.access.users import HASHER, Users, new_token
from webapp.server.requests.guard import Guard

PASSWORDS = {"me": HASHER.hash("secret"), "you": HASHER.hash("other")}
TOKEN, LINE = new_token("scanner")
TOKENS = {LINE.rpartition("$")[2]: "scanner"}
SCHEMA = "/gradio_api/mcp/schema"


@pytest.fixture
def make_guard(tmp_path):
    def make(login=True, ancestors="", mcp=False, hosts=("page.example",), **parts) -> Guard:
        auth = Auth(Users(PASSWORDS, TOKENS) if login else None, framed=bool(ancestors))
        with gr.Blocks() as demo:
            gr.State(0)
        # as `launch` sets them
        demo.auth, demo.auth_message = auth.check_password if login else None, None
        app = App.create_app(demo.queue(), app_kwargs={}, mcp_server=mcp)
        parts |= {"auth": auth, "mcp": mcp, "hosts": set(hosts), "frame_ancestors": ancestors}
        return build_guard(app, tmp_path, **parts)

    return make


@pytest.fixture
def hashed(monkeypatch) -> list:
    """The passwords that argon2 compared."""
    calls = []

    def verify(*args):
        calls.append(args[1])
        return HASHER.verify(*args)

    monkeypatch.setattr(
        "webapp.server.access.users.HASHER", SimpleNamespace(verify=verify, hash=HASHER.hash)
    )
    return calls


def ask(guard, method: str, path: str, **options) -> httpx.Response:
    async def run():
        address = (options.pop("address", "1.2.3.4"), 1)
        transport = httpx.ASGITransport(guard, client=address)
        async with httpx.AsyncClient(transport=transport, base_url="https://page.example") as http:
            return await http.request(method, path, **options)

    return asyncio.run(run())


def login(guard, password="secret", **options) -> httpx.Response:
    return ask(guard, "POST", "/login", data={"username": "me", "password": password}, **options)


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def cookies(reply: httpx.Response) -> dict[str, str]:
    pairs = (line.split(";")[0].split("=", 1) for line in reply.headers.get_list("set-cookie"))
    return dict(pairs)


# --- cookies ------------------------------------------------------------------------------------


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


def test_pages_of_other_sites_sign_nobody_in_or_out(make_guard):
    guard = make_guard(ancestors="https://host.example")  # cookies are sent from there
    mine = cookies(login(guard))
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ask(guard, "POST", "/logout", cookies=mine, headers=headers).status_code == 403
        form = {"username": "me", "password": "secret"}
        assert ask(guard, "POST", "/login", data=form, headers=headers).status_code == 403
    assert ask(guard, "GET", "/config", cookies=mine).status_code == 200
    # a proxy may change Host: what the browser says counts
    headers = {"Origin": "https://other-port.example:8443", "Sec-Fetch-Site": "same-origin"}
    assert ask(guard, "POST", "/logout", cookies=mine, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["cancel", "reset"])
def test_strangers_change_no_events(make_guard, path):
    body = {"session_hash": "a", "fn_index": None, "event_id": "x"}
    guard, url = make_guard(), f"/gradio_api/{path}"
    assert ask(guard, "POST", url, json=body).status_code == 401
    assert ask(guard, "GET", "/gradio_api/heartbeat/a").status_code == 401
    mine = cookies(login(guard))
    assert ask(guard, "POST", url, json=body, cookies=mine).status_code != 401
    assert ask(make_guard(login=False), "POST", url, json=body).status_code != 401


# --- programs -----------------------------------------------------------------------------------


def test_programs_sign_in_by_password_or_token(make_guard):
    guard = make_guard()

    def status(headers: dict, path="/config", method="GET") -> int:
        return ask(guard, method, path, headers=headers, json={}).status_code

    for headers in (basic("me:secret"), basic("you:other"), bearer(TOKEN)):
        assert status(headers) == 200
        assert status(headers, "/gradio_api/info") == 200
        assert status(headers, "/gradio_api/call/nothing", "POST") != 401
    for headers in (basic("me:other"), basic("him:secret"), bearer(TOKEN[:-1]), bearer(""), {}):
        assert status(headers) == status(headers, "/gradio_api/call/nothing", "POST") == 401


def test_each_user_and_token_has_a_name_of_its_own(make_guard):
    guard = make_guard()

    def name(headers: dict) -> str:
        return ask(guard, "GET", "/config", headers=headers).json()["username"]

    assert [name(basic("me:secret")), name(basic("you:other")), name(bearer(TOKEN))] == [
        "me",
        "you",
        "scanner",
    ]


def test_a_right_password_is_hashed_once(make_guard, hashed):
    guard = make_guard()
    for _ in range(3):
        assert ask(guard, "GET", "/config", headers=basic("me:secret")).status_code == 200
    assert len(hashed) == 1


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic //8=", "Bearer x", "x" * 5000])
def test_headers_that_are_no_login_are_refused(make_guard, header):
    headers = {"Authorization": header, "Cookie": "a=b; \x01; access-token-=x"}
    for path in (SCHEMA, "/config"):
        assert ask(make_guard(mcp=True), "GET", path, headers=headers).status_code == 401


def test_a_password_that_the_browser_remembers_is_no_use_to_other_sites(make_guard):
    guard = make_guard()
    headers = basic("me:secret") | {"Origin": "https://evil.example"}
    assert ask(guard, "POST", "/gradio_api/upload", headers=headers).status_code == 403
    headers["Origin"] = "https://page.example"
    assert ask(guard, "GET", "/config", headers=headers).status_code == 200


def test_without_a_password_nothing_is_asked_for(make_guard):
    guard = make_guard(login=False)
    for headers in ({}, basic("me:wrong"), bearer("x")):
        assert ask(guard, "GET", "/config", headers=headers).status_code == 200
    assert ask(guard, "POST", "/logout").status_code == 404


# --- the lock -----------------------------------------------------------------------------------


def by_page(guard, **options) -> int:
    return login(guard, "wrong", **options).status_code


def by_basic(guard, **options) -> int:
    return ask(guard, "GET", "/config", headers=basic("me:wrong"), **options).status_code


def by_token(guard, **options) -> int:
    return ask(guard, "GET", "/config", headers=bearer("wrong"), **options).status_code


@pytest.mark.parametrize("guess", [by_page, by_basic, by_token])
def test_ten_wrong_guesses_lock_the_client_for_a_minute(make_guard, guess):
    now, guard = [1000.0], make_guard()
    guard.auth.lockout.clock = lambda: now[0]
    assert [guess(guard) for _ in range(11)][9:] == [guess(guard, address="9.9.9.9"), 429]
    reply = login(guard)
    assert reply.status_code == 429 and "wait a minute" in reply.json()["detail"]
    assert reply.headers["retry-after"] == "60"
    assert ask(guard, "GET", "/config", headers=basic("me:secret")).status_code == 429
    assert ask(guard, "GET", "/config", headers=bearer(TOKEN)).status_code == 429
    assert login(guard, address="5.6.7.8").status_code == 200
    now[0] += 61
    assert login(guard).status_code == 200


def test_guesses_at_once_are_not_more_than_ten(make_guard, hashed):
    guard = make_guard()

    async def run():
        transport = httpx.ASGITransport(guard, client=("1.2.3.4", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://page.example") as http:
            guesses = [http.get("/config", headers=basic(f"me:{n}")) for n in range(30)]
            return [reply.status_code for reply in await asyncio.gather(*guesses)]

    statuses = asyncio.run(run())
    assert len(hashed) == 10 and statuses.count(429) == 20


# --- tools for agents ---------------------------------------------------------------------------


def test_agents_sign_in_by_http_basic_or_token(make_guard):
    guard = make_guard(mcp=True)

    def agent(headers: dict) -> int:
        return ask(guard, "GET", SCHEMA, headers=headers).status_code

    for text in ("me:wrong", "you:secret", "me"):
        assert agent(basic(text)) == 401
    assert agent({}) == agent(bearer("x")) == 401
    assert agent(basic("me:secret")) == agent(bearer(TOKEN)) == 200
    assert agent(bearer(guard.auth.agent_token)) == 200
    assert ask(make_guard(), "GET", SCHEMA).status_code == 404


def test_pages_of_other_sites_cannot_use_the_tools_for_agents(make_guard):
    guard = make_guard(login=False, mcp=True)

    def status(origin: str) -> int:
        return ask(guard, "GET", SCHEMA, headers={"Origin": origin}).status_code

    assert status("https://page.example") == 200
    assert status("https://evil.example") == status("null") == 403


@pytest.mark.parametrize("login", [True, False])
def test_a_name_that_points_at_this_machine_cannot_use_the_tools_for_agents(make_guard, login):
    """DNS rebinding: Origin and Host are the same, and not the server's."""
    guard = make_guard(login=login, mcp=True)

    def status(host: str) -> int:
        headers = basic("me:secret") | {"Host": host, "Origin": f"https://{host}"}
        return ask(guard, "GET", SCHEMA, headers=headers).status_code

    for host in ("127.0.0.1:7860", "[::1]:7860", "localhost", "page.example", "PAGE.example:443"):
        assert status(host) == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""):
        assert status(host) == 403, host


def test_an_agent_cannot_choose_its_address(make_guard):
    """Gradio calls the server with the headers of the agent, from a trusted address."""
    guard, seen = make_guard(login=False, mcp=True), []

    async def app(scope, receive, send):
        seen.append(dict(scope["headers"])[b"x-forwarded-for"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard.app = app
    ask(guard, "GET", SCHEMA, headers={"X-Forwarded-For": "6.6.6.6"})
    assert seen == [b"1.2.3.4"]
