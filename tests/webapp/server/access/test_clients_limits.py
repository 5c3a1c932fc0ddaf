"""Clients are told apart by address; their requests and sessions are bounded."""

import pytest

from tests.webapp.server.guards import build_guard
from tests.webapp.server.test_server import ask, inner
from webapp.server.access.clients import IDLE_SECONDS, Rate, SessionTable, client_key
from webapp.server.limits import Limits


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.2.3.4", "1.2.3.5", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),  # one /64 is one subscriber
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("", "1.2.3.4", False),
    ],
)
def test_a_client_is_an_address_or_a_network_of_64_bits(one, other, same):
    assert (client_key(one) == client_key(other)) is same


def test_a_rate_refills_steadily():
    now = [0.0]
    rate = Rate(60, lambda: now[0])
    assert [rate.allow("a") for _ in range(61)].count(False) == 1
    assert rate.allow("b")
    now[0] += 2
    assert [rate.allow("a") for _ in range(3)] == [True, True, False]


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def models() -> set[str]:
    """Names of the sessions that hold a model."""
    return set()


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def table(now, models, forgotten) -> SessionTable:
    return SessionTable(3, 5, models.__contains__, forgotten.append, lambda: now[0])


def test_names_without_a_model_push_nobody_out(table, models):
    assert table.admit("mine", "me")
    models.add("mine")
    for number in range(130):
        assert table.admit(f"tiny-{number}", "stranger")
    assert len(table.entries) <= 1 + 3
    assert "mine" in table.entries and table.admit("newcomer", "another")


def test_a_client_with_all_its_models_is_refused_and_others_are_not(table, models):
    models |= {"a", "b", "c"}
    assert all(table.admit(name, "me") for name in "abc")
    assert not table.admit("d", "me")
    assert table.admit("a", "me") and table.admit("d", "another")


def test_when_all_are_full_a_newcomer_is_refused(table, models, now):
    models |= set("abcde")
    assert all(table.admit(name, f"client {name}") for name in "abcde")
    now[0] += IDLE_SECONDS + 1
    assert not table.admit("f", "newcomer")
    models.discard("b")  # its session ended
    assert table.admit("f", "newcomer")


def test_names_of_two_strangers_leave_room_for_a_newcomer(table, models):
    for number in range(3):
        table.admit(f"one-{number}", "one")
        table.admit(f"two-{number}", "two")
    assert table.admit("mine", "newcomer")
    assert not table.admit("mine too", "newcomer")  # the others have two each by now
    models.add("mine")
    for number in range(3, 130):
        table.admit(f"one-{number}", "one")
        table.admit(f"two-{number}", "two")
    assert "mine" in table.entries and len(table.entries) <= 5


def test_an_idle_session_without_a_model_is_forgotten(table, now, forgotten):
    table.admit("a", "me")
    now[0] += IDLE_SECONDS + 1
    table.admit("b", "me")
    assert forgotten == ["a"]


def test_a_costly_page_counts_as_many_requests(tmp_path):
    """`/` takes 16 ms of processor time: 100 a second would take more than a core."""
    guard = build_guard(inner, tmp_path, Limits(requests_per_minute=100))
    guard.admission.requests.clock = lambda: 1000.0
    assert [ask(guard, path)[0] for path in ("/", "/config", "/", "/", "/")] == [200] * 5
    assert ask(guard, "/robots.txt")[0] == ask(guard, "/")[0] == 429
    assert ask(guard, "/", address="5.6.7.8")[0] == 200
