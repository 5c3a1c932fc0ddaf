"""Previews of models made of parts: who gets them, and what is refused."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from pipeline.parts.editing import edit
from pipeline.parts.model import add_parts
from tests.pipeline.parts.small_bank import small_bank
from webapp.display.previews import MAX_CHANGES, MAX_KEPT, Previews
from webapp.server.refusal import RefusedRequest
from webapp.sessions.session import Session

SEAT = {"seat_height": 45}


@pytest.fixture
def opening() -> SimpleNamespace:
    return SimpleNamespace(session=None)


@pytest.fixture
def previews(opening) -> Previews:
    return Previews(opening)


@pytest.fixture
def session(chair, tmp_path) -> Session:
    return Session(tmp_path).add(chair)


def app_of(*sessions: Session) -> SimpleNamespace:
    """Gradio's app with pages that hold these sessions."""
    pages = {str(i): SimpleNamespace(state_data={1: s}) for i, s in enumerate(sessions)}
    return SimpleNamespace(state_holder=SimpleNamespace(session_data=pages))


def ask(previews: Previews, app, body: dict) -> bytes:
    data, timing = asyncio.run(previews.answer(app, body))
    assert timing.startswith("model;dur=")
    previews.threads = None  # belongs to the loop that has ended
    return data


def body_of(session: Session, changes: object = SEAT) -> dict:
    return {"key": session.preview_key, "changes": changes}


def test_two_visitors_get_their_own_models(previews, session, plain_chair, tmp_path):
    bank = small_bank()
    other = Session(tmp_path).add(add_parts(plain_chair, bank))
    assert other.preview_key != session.preview_key
    app = app_of(session, other)
    low = ask(previews, app, body_of(session, {"seat_height": 1}))
    high = ask(previews, app, body_of(other, {"seat_height": 999}))
    assert low[:4] == high[:4] == b"glTF" and low != high
    assert ask(previews, app, body_of(session, {"seat_height": 1})) == low
    assert set(previews.kept) == {session.preview_key, other.preview_key}


def test_a_change_of_the_session_is_seen(previews, session):
    before = ask(previews, app_of(session), body_of(session, {}))
    kept = previews.kept[session.preview_key]
    parts, _ = edit(session.result.part_model, {"seat_height": 999}, session.result)
    changed = session.with_parts(parts)
    assert ask(previews, app_of(changed), body_of(changed, {})) != before
    assert previews.kept[session.preview_key].blurred is kept.blurred


def test_the_opening_example_needs_no_session(previews, opening, session):
    with pytest.raises(RefusedRequest):
        ask(previews, app_of(), body_of(session))
    opening.session = session
    assert ask(previews, app_of(), body_of(session))[:4] == b"glTF"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([["seat_height", 45]], 400),
        ("seat_height", 400),
        (None, 400),
        ({f"a{i}": 1 for i in range(MAX_CHANGES + 1)}, 400),
        ({"wings": 2}, 400),
        ({"seat_height": "high"}, 400),
        ({"seat_height": [45]}, 400),
        ({"seat_height": True}, 400),
        ({"seat_height": json.loads("NaN")}, 400),
    ],
)
def test_changes_that_mean_nothing_are_refused(previews, session, changes, status):
    with pytest.raises(RefusedRequest) as refused:
        ask(previews, app_of(session), body_of(session, changes))
    assert refused.value.status == status


@pytest.mark.parametrize("value", [1e308, -1e308, 10**400, json.loads("Infinity"), -5])
def test_values_out_of_range_are_those_at_its_end(previews, session, value):
    end = {"seat_height": 1e6 if value > 0 else 0}
    app = app_of(session)
    wanted = ask(previews, app, body_of(session, end))
    assert ask(previews, app, body_of(session, {"seat_height": value})) == wanted


@pytest.mark.parametrize("key", [None, 3, "", "0" * 64, "schlüssel", {"a": 1}])
def test_another_key_leads_to_nothing(previews, session, key):
    with pytest.raises(RefusedRequest) as refused:
        ask(previews, app_of(session), {"key": key, "changes": SEAT})
    assert refused.value.status in (400, 404)


def test_a_model_without_parts_has_no_preview(previews, result, tmp_path):
    session = Session(tmp_path).add(result)
    with pytest.raises(RefusedRequest) as refused:
        ask(previews, app_of(session), body_of(session))
    assert refused.value.status == 404


def test_few_models_are_kept(previews, chair, tmp_path):
    sessions = [Session(tmp_path).add(chair) for _ in range(MAX_KEPT + 2)]
    for session in sessions:
        ask(previews, app_of(*sessions), body_of(session))
    assert list(previews.kept) == [s.preview_key for s in sessions[2:]]
