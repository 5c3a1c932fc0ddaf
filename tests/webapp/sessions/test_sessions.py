"""Sessions end: their memory is given back and their files are removed."""

import asyncio
from datetime import datetime, timedelta

import gradio as gr
import httpx
import pytest
from gradio.state_holder import StateHolder

from benchmarks.api_client import EXAMPLES, SETTINGS, digest
from benchmarks.app_server import AppServer
from benchmarks.stress.visitor import Visitor
from webapp.server.limits import Limits
from webapp.sessions.session import Session, new_session_state, open_session

KEEP_SECONDS = 100


@pytest.fixture
def page() -> tuple[StateHolder, int]:
    """Gradio's sessions of a page, and the id of the page's session state."""
    with gr.Blocks() as demo:
        state = new_session_state(Limits(keep_seconds=KEEP_SECONDS))
    sessions = StateHolder()
    sessions.set_blocks(demo)
    return sessions, state._id


def advance(session, seconds: float) -> None:
    """Set back the time of the session's last change."""
    for key, (time_to_live, _) in session._state_ttl.items():
        session._state_ttl[key] = (time_to_live, datetime.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_session_ends_an_hour_after_its_last_change(page, tmp_path, closed):
    """Also when its page was closed; then Gradio's own hour counts."""
    sessions, state = page
    sessions["visitor"][state] = session = open_session(None, tmp_path)
    sessions["visitor"].is_closed = closed
    hour = 3600 if closed else KEEP_SECONDS
    advance(sessions["visitor"], hour - 5)
    sessions.delete_all_expired_state()
    assert sessions["visitor"][state] is session and session.folder.is_dir()
    advance(sessions["visitor"], hour + 5)
    sessions.delete_all_expired_state()
    assert sessions["visitor"][state] is None and not session.folder.exists()


def test_a_session_is_opened_once(tmp_path):
    session = open_session(None, tmp_path / "cache")
    assert isinstance(session, Session) and session.folder.parent == tmp_path / "cache"
    assert open_session(session, tmp_path) is session


@pytest.mark.slow
def test_a_newcomer_is_refused_when_all_sessions_hold_models_and_nobody_is_pushed_out(tmp_path):
    async def calls(url: str) -> tuple[int, str, bool]:
        async with Visitor(url, browser=False) as early:
            answer = await early.generate(EXAMPLES[0])
            async with httpx.AsyncClient(trust_env=False) as newcomer:
                body = {"data": [], "session_hash": "newcomer"}
                reply = await newcomer.post(f"{url}/gradio_api/call/generate", json=body)
            kind, _ = await early.call("remesh", *SETTINGS)
            assert kind == "complete"
            same = digest(await early.fetch(answer.file)) == answer.digest
            return reply.status_code, reply.json()["detail"], same

    with AppServer(tmp_path, {"MOST_VISITORS": "1"}) as server:
        status, sentence, same = asyncio.run(calls(server.url))
    assert status == 503 and "try again later" in sentence and same
    assert "Traceback" not in server.log
