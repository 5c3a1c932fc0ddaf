"""Exceptions that a client's request causes are told from bugs of this app."""

import pytest

from webapp import uploads
from webapp.events import model_events
from webapp.server.storage import cleanup


def raised_by(function, *args) -> Exception:
    with pytest.raises(Exception) as caught:
        function(*args)
    return caught.value


def test_values_of_a_wrong_type_are_the_clients_fault_and_all_else_is_a_bug():
    unpacking = raised_by(model_events.split_settings, 3)
    assert uploads.is_unpacking_error(unpacking)
    assert not uploads.is_unpacking_error(raised_by(cleanup.make_cache_folder, 1, 2, 3))
    assert not uploads.is_unpacking_error(raised_by(cleanup.delete_old_entries, None, 0.0, None))


def test_every_adapter_exists():
    assert all(path.is_file() for path in uploads.ADAPTERS)
