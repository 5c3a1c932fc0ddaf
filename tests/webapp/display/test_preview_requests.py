"""POST /preview through the guard: the login, the limits, and a sentence for each wrong body."""

import asyncio
import json
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from gradio.routes import App

from benchmarks.stress.report import is_one_sentence
from pipeline.parts.editing import edit
from pipeline.parts.model import add_parts
from pipeline.result import Result
from tests.pipeline.parts.small_bank import predict, small_bank
from tests.webapp.conftest import CHAIR
from tests.webapp.server.guards import build_guard
from webapp.display.previews import MAX_CHANGES, Previews
from webapp.server.access.auth import Auth
from webapp.server.access.users import HASHER, Users, new_token
from webapp.server.limits import Limits
from webapp.server.requests.guard import Guard
from webapp.server.requests.routes import NO_BODY, OWN
from webapp.sessions.session import Session

PASSWORD = HASHER.hash("secret")
TOKEN, LINE = new_token("scanner")
TOKENS = {LINE.rpartition("$")[2]: "scanner"}
COST = OWN["POST", "/preview"].cost
MIDDLE = {"seat_height": 45}
NAN = '{"key": "KEY", "changes": {"seat_height": NaN}}'
DIGITS = "9" * 5000  # more than Python reads as a number
# Characters of a refusal: it may list the 39 designs of a chair, and does not repeat a long body.
MAX_SENTENCE = 500


@pytest.fixture(scope="module")
def chair(tmp_path_factory) -> Result:
    """A chair with its parts; they are looked for once."""
    bank = small_bank()
    prediction = predict(bank.grids.read([CHAIR])[0], bank.category(CHAIR))
    return add_parts(Result(prediction, "chair", tmp_path_factory.mktemp("files"), 0.33), bank)


@pytest.fixture
def session(chair, tmp_path) -> Session:
    return Session(tmp_path).add(chair)


@pytest.fixture
def make_guard(session, tmp_path):
    """A function that returns a guard around Gradio's app, which holds these visitors' sessions."""

    def make(*others: Session, login: bool = False, **limits) -> Guard:
        auth = Auth(Users({"me": PASSWORD}, TOKENS) if login else None, framed=False)
        with gr.Blocks() as demo:
            gr.State(0)
        demo.auth, demo.auth_message = auth.check_password if login else None, None
        app = App.create_app(demo.queue(), app_kwargs={}, mcp_server=False)
        for number, held in enumerate((session, *others)):
            state = SimpleNamespace(state_data={1: held})
            app.state_holder.session_data[f"visitor{number}"] = state
        previews = Previews(SimpleNamespace(session=None))
        return build_guard(app, tmp_path, Limits(**limits), auth=auth, preview=previews.answer)

    return make


def post(guard: Guard, *bodies: bytes | str, method: str = "POST", **options) -> httpx.Response:
    """The answer to the last of some requests, which one client sends one after another."""

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(guard, client=("1.2.3.4", 1))
        async with httpx.AsyncClient(transport=transport, base_url="https://page.example") as http:
            for body in bodies:
                reply = await http.request(method, "/preview", content=body, **options)
        return reply

    return asyncio.run(run())


def body_of(session: Session, changes: object = MIDDLE) -> str:
    return json.dumps({"key": session.preview_key, "changes": changes})


def assert_refused(reply: httpx.Response, status: int) -> str:
    """The sentence of a refusal."""
    assert reply.status_code == status, reply.text
    sentence = reply.json()["detail"]
    assert is_one_sentence(sentence) and len(sentence) < MAX_SENTENCE, sentence
    return sentence


def assert_preview(reply: httpx.Response) -> bytes:
    """The file of a preview."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "model/gltf-binary"
    assert reply.headers["server-timing"].startswith("model;dur=")
    assert reply.content[:4] == b"glTF"
    return reply.content


# --- who asks -----------------------------------------------------------------------------------


def test_without_a_login_a_preview_is_refused(make_guard, session):
    guard = make_guard(login=True)
    assert "Sign in" in assert_refused(post(guard, body_of(session)), 401)
    for wrong in ("Bearer wrong", "Basic bWU6d3Jvbmc=", "Basic %", "Negotiate x"):
        assert_refused(post(guard, body_of(session), headers={"Authorization": wrong}), 401)


def test_a_visitor_who_signed_in_gets_previews(make_guard, session):
    guard = make_guard(login=True)
    assert_preview(post(guard, body_of(session), headers={"Authorization": f"Bearer {TOKEN}"}))
    assert_preview(post(guard, body_of(session), auth=("me", "secret")))


def test_a_key_leads_to_the_model_of_its_visitor_alone(make_guard, session, chair, tmp_path):
    parts, _ = edit(chair.part_model, {"seat_height": 1}, chair)
    other = Session(tmp_path).add(chair).with_parts(parts)
    guard = make_guard(other)
    own, others = (
        assert_preview(post(guard, body_of(visitor, {}))) for visitor in (session, other)
    )
    assert own != others
    assert assert_preview(post(guard, body_of(other, MIDDLE), body_of(session, {}))) == own
    mixed = json.dumps({"key": session.preview_key, "session_hash": "visitor1", "changes": {}})
    assert assert_preview(post(guard, mixed)) == own


def test_names_of_another_visitor_are_no_keys(make_guard, session):
    guard = make_guard()
    key = session.preview_key
    for wrong in (session.token, "visitor0", key[:-1], f"{key}0", key.upper(), f" {key}", ""):
        assert_refused(post(guard, json.dumps({"key": wrong, "changes": MIDDLE})), 404)


def test_the_key_of_a_visit_that_ended_leads_to_nothing(make_guard, session):
    guard = make_guard()
    assert_preview(post(guard, body_of(session)))
    guard.app.state_holder.session_data.clear()
    assert_refused(post(guard, body_of(session)), 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_previews_answer_post_alone(make_guard, session, method):
    assert post(make_guard(), body_of(session), method=method).status_code == 404


# --- limits -------------------------------------------------------------------------------------


def test_previews_count_as_several_requests(make_guard, session):
    guard = make_guard(requests_per_minute=3 * COST)
    assert_preview(post(guard, *[body_of(session)] * 3))
    refused = post(guard, body_of(session))
    assert_refused(refused, 429)
    assert int(refused.headers["retry-after"]) > 0


def test_previews_count_as_posts(make_guard, session):
    guard = make_guard(posts_per_minute=2)
    assert_preview(post(guard, *[body_of(session)] * 2))
    assert_refused(post(guard, body_of(session)), 429)


def test_wrong_requests_count_as_well(make_guard, session):
    guard = make_guard(posts_per_minute=2)
    assert_refused(post(guard, "[]", "[]"), 400)
    assert_refused(post(guard, body_of(session)), 429)


def test_a_server_that_ends_makes_no_previews(make_guard, session):
    guard = make_guard()
    guard.state.closing.set()
    assert_refused(post(guard, body_of(session)), 503)


def test_a_body_has_a_largest_size(make_guard, session):
    body = body_of(session)
    guard = make_guard()
    assert_preview(post(guard, body + " " * (NO_BODY - len(body))))
    assert_refused(post(guard, body + " " * (NO_BODY + 1 - len(body))), 413)
    assert guard.state.open == 0


# --- bodies -------------------------------------------------------------------------------------

WRONG_BODIES = {
    "empty": b"",
    "no JSON": b"seat_height=45",
    "bytes": b"\xff\xfe\x00",
    "list": b"[]",
    "number": b"1e999",
    "null": b"null",
    "deep list": b"[" * 60_000,
    "no key": b'{"changes": {}}',
    "no changes": b'{"key": "KEY"}',
    "key that is a list": b'{"key": ["KEY"], "changes": {}}',
    "key that is no text": b'{"key": 1e999, "changes": {}}',
    "key that is no character": rb'{"key": "\ud800", "changes": {}}',
    "list of changes": b'{"key": "KEY", "changes": [["seat_height", 45]]}',
    "number as changes": b'{"key": "KEY", "changes": 1e999}',
    "digits": f'{{"key": "KEY", "changes": {{"seat_height": {DIGITS}}}}}'.encode(),
    "many changes": json.dumps(
        {"key": "KEY", "changes": {f"a{i}": 1 for i in range(MAX_CHANGES + 1)}}
    ).encode(),
}


@pytest.mark.parametrize("kind", WRONG_BODIES)
def test_a_wrong_body_is_refused_with_a_sentence(make_guard, session, kind):
    guard = make_guard()
    body = WRONG_BODIES[kind].replace(b"KEY", session.preview_key.encode())
    assert_refused(post(guard, body), 400)
    assert guard.state.open == 0
    assert_preview(post(guard, body_of(session)))


WRONG_CHANGES = {
    "NaN": ('{"seat_height": NaN}', "seat_height is nan"),
    "text": ('{"seat_height": "45"}', "seat_height is '45'"),
    "flag": ('{"seat_height": true}', "seat_height is True"),
    "null": ('{"seat_height": null}', "seat_height is None"),
    "list": ('{"seat_height": [45]}', "seat_height is [45]"),
    "object": ('{"seat_height": {"a": 1}}', "seat_height is {'a': 1}"),
    "unknown": ('{"wings": 2}', "no parameter 'wings'"),
    "no name": ('{"": 2}', "no parameter ''"),
    "no character": (r'{"\ud800": 2}', r"no parameter '\ud800'"),
    "lines": (r'{"a\nb": 2}', r"no parameter 'a\nb'"),
    "long": (json.dumps({"x" * 50_000: 2}), "no parameter 'xxx"),
    "option": ('{"design": "throne"}', "design is 'throne'"),
    "number as option": ('{"design": 1e999}', "design is inf"),
    "list as option": ('{"design": ["a"]}', "design is ['a']"),
}


@pytest.mark.parametrize("kind", WRONG_CHANGES)
def test_a_wrong_change_is_refused_by_name(make_guard, session, kind):
    changes, named = WRONG_CHANGES[kind]
    body = f'{{"key": "{session.preview_key}", "changes": {changes}}}'
    assert named in assert_refused(post(make_guard(), body), 400)


@pytest.mark.parametrize("value", ["1e999", "-1e999", "Infinity", "1e308", "9" * 400, "5e-324"])
def test_a_huge_number_is_the_end_of_the_range(make_guard, session, value):
    guard, key = make_guard(), session.preview_key
    end = {"seat_height": 0 if value.startswith("-") or value == "5e-324" else 1e6}
    wanted = assert_preview(post(guard, body_of(session, end)))
    body = f'{{"key": "{key}", "changes": {{"seat_height": {value}}}}}'
    assert assert_preview(post(guard, body)) == wanted


def test_a_model_without_parts_is_refused(make_guard, result, tmp_path):
    plain = Session(tmp_path).add(result)
    assert_refused(post(make_guard(plain), body_of(plain)), 404)


def test_a_visitor_without_a_model_is_refused(make_guard, tmp_path):
    empty = Session(tmp_path)
    assert_refused(post(make_guard(empty), body_of(empty)), 404)
