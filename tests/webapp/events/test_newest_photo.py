"""A newer photo ends the job of an older one between its steps."""

from types import SimpleNamespace

import pytest

from tests.pipeline.parts.small_bank import small_bank
from tests.webapp.events.test_parts_events import SETTINGS
from webapp.display.model_display import Displayed
from webapp.events.newest_photo import MAX_PAGES, NewestPhotos, Superseded
from webapp.events.prediction_events import Events
from webapp.sessions.session import Session

PAGE = SimpleNamespace(session_hash="page")


def photo(name: str) -> dict:
    return {"path": name}


def test_only_a_newer_photo_of_the_same_page_ends_a_job():
    newest = NewestPhotos()
    newest.check("a.jpg", "page")  # nothing was told yet
    newest.tell(photo("a.jpg"), PAGE)
    newest.check("a.jpg", "page")
    newest.check("b.jpg", "other page")
    newest.check("b.jpg", None)  # a call of the API
    newest.tell(photo("b.jpg"), PAGE)
    with pytest.raises(Superseded):
        newest.check("a.jpg", "page")
    newest.tell(None, PAGE)  # the photo was removed
    newest.check(None, "page")  # gets the sentence that a photo is needed
    with pytest.raises(Superseded):
        newest.check("b.jpg", "page")


def test_the_number_of_pages_is_bounded():
    newest = NewestPhotos()
    for i in range(MAX_PAGES + 5):
        newest.tell(photo("a.jpg"), SimpleNamespace(session_hash=str(i)))
    assert len(newest.pages) == MAX_PAGES and "0" not in newest.pages


def test_a_change_that_is_reported_twice_makes_one_model(events, session, monkeypatch):
    calls = []

    def predict(*_, **__):
        calls.append(1)
        return session, None

    monkeypatch.setattr(events.maker, "predict", predict)

    def follow():
        return list(events.follow_photo(photo("a.jpg"), {"is_stale": True}, None, PAGE, **SETTINGS))

    for _ in range(2):
        events.newest.tell(photo("a.jpg"), PAGE)
    assert follow()[-1].model["file"] and follow() == [Displayed()] and len(calls) == 1
    events.newest.tell(photo("a.jpg"), PAGE)  # the same photo is given again
    assert follow()[-1].model["file"] and len(calls) == 2


def test_a_refused_photo_is_read_again(events):
    events.newest.tell(photo("none.jpg"), PAGE)
    for _ in range(2):
        *_, shown = events.follow_photo({"path": "none.jpg"}, None, None, PAGE, **SETTINGS)
        assert shown.model["message"]


def test_an_older_photo_is_not_predicted(events: Events):
    events.newest.tell(photo("new.jpg"), PAGE)
    shown = events.generate(photo("old.jpg"), None, None, None, PAGE, **SETTINGS)
    assert shown == Displayed()  # NoModel would have failed


def test_a_photo_that_arrives_during_the_prediction_ends_the_job(events, monkeypatch):
    def predict(*_, **__):
        events.newest.tell(photo("new.jpg"), PAGE)
        return None, None  # `display` would fail

    monkeypatch.setattr(events.maker, "predict", predict)
    shown = events.generate(photo("old.jpg"), None, None, None, PAGE, **SETTINGS)
    assert shown == Displayed()


def test_the_search_for_parts_ends_and_starts_again_from_the_history(
    events, plain_chair, tmp_path, photo_file
):
    events.predictor.bank = small_bank()
    session = Session(tmp_path).add(plain_chair, photo=str(photo_file))
    events.newest.tell(photo("new.jpg"), PAGE)
    assert events.fit_parts(session, PAGE, **SETTINGS) == Displayed()
    events.newest.tell(photo(str(photo_file)), PAGE)
    assert events.fit_parts(session, PAGE, **SETTINGS).session.model.is_fitted
