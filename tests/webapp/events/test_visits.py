"""Sessions of closed pages, found again by the key that the browser kept."""

import zipfile
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from tests.webapp.events.test_events import SETTINGS
from webapp.display.model_display import Displayed
from webapp.events.batch_run import ARCHIVE
from webapp.events.visits import Visits
from webapp.layout.batch_tab import ManyVisit
from webapp.sessions.session import Session
from webapp.sessions.session_files import MadeModel

STATE = SimpleNamespace(_id=7)


@pytest.fixture
def visited(events, session, photo_file, result):
    """A session with the model of a photo, in a page that was closed."""
    session = Session(session.folder).add(result, photo=str(photo_file))
    page = SimpleNamespace(state_data={7: session}, is_closed=True)
    demo = SimpleNamespace(state_holder=SimpleNamespace(session_data={"a": page}))
    return Visits(demo, STATE, events), session, page


def request(user: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(username=user)


def test_the_session_of_a_closed_page_moves_to_the_new_one(visited):
    visits, session, page = visited
    key = visits.keep_key(session, request())
    shown = Displayed(*visits.open_page(None, key, request(), **SETTINGS)[:-1])
    assert shown.session.folder == session.folder and shown.model["photo"] == session.model.photo
    assert page.state_data[7] is None  # its end does not remove the files
    assert visits.take(key, None) is None


def test_a_page_that_is_open_keeps_its_session_and_the_new_one_gets_a_copy(visited):
    visits, session, page = visited
    page.is_closed = False
    copy = visits.take(visits.key(session, None), None)
    assert copy.models == session.models and page.state_data[7] is session
    assert copy.folder != session.folder and copy.token != session.token


@pytest.mark.parametrize("key", [None, "", "x", 3, ["a"], "0" * 64])
def test_another_key_leads_nowhere(visited, key):
    visits, session, _ = visited
    assert visits.take(key, None) is None
    assert visits.take(session.token, None) is None


def test_the_key_holds_for_its_own_visitor_only(visited):
    visits, session, _ = visited
    key = visits.keep_key(session, request("ada"))
    assert visits.take(key, "bob") is None and visits.take(key, None) is None
    assert visits.take(key, "ada") is session


def test_two_visitors_of_the_example_have_different_keys(events):
    assert Session(events.files).token != Session(events.files).token


def test_a_session_whose_photo_is_gone_ends(visited, photo_file):
    visits, session, _ = visited
    photo_file.unlink()
    *shown, _ = visits.open_page(None, visits.key(session, None), request(), **SETTINGS)
    assert Displayed(*shown) == Displayed() and not session.folder.exists()


# --- many photos --------------------------------------------------------------------------------


@pytest.fixture
def many(events, tmp_path):
    """A session with the results of a run of many photos, in a page that was closed."""
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "a.webp").write_bytes(b"a picture")
    made = (MadeModel("chair.jpg", "a.webp", "A chair", False),)
    session = Session(folder, made=made, report="1 models in 2 s.")
    page = SimpleNamespace(state_data={7: session}, is_closed=True)
    demo = SimpleNamespace(state_holder=SimpleNamespace(session_data={"a": page}))
    return ManyVisit(Visits(demo, STATE, events)), session, page


def reopened(many) -> tuple:
    visit, session, _ = many
    return visit.reopen(visit.visits.key(session, None), request())


def test_the_models_of_many_photos_are_shown_again_with_their_zip(many):
    _, session, _ = many
    with zipfile.ZipFile(session.folder / ARCHIVE, "w") as bundle:
        bundle.writestr("chair.glb", "a model")
    again, pictures, report, button = reopened(many)
    assert again.made == session.made and report == session.report
    assert pictures == [(str(session.folder / "a.webp"), "A chair")]
    assert button.interactive and Path(button.value["path"]).name == ARCHIVE


def test_a_run_that_a_reload_ended_has_no_zip(many):
    _, session, _ = many
    (session.folder / ARCHIVE).write_bytes(b"half")
    _, pictures, _, button = reopened(many)
    assert pictures and button == gr.skip()


def test_a_second_tab_gets_copies_of_the_files(many):
    _, session, page = many
    page.is_closed = False
    again, pictures, *_ = reopened(many)
    assert again.folder != session.folder and Path(pictures[0][0]).read_bytes() == b"a picture"


def test_a_run_whose_pictures_are_gone_ends(many):
    _, session, _ = many
    (session.folder / "a.webp").unlink()
    assert reopened(many) == (gr.skip(),) * 4 and not session.folder.exists()
