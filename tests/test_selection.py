"""tests/selection.py names tests that exist."""

import pytest

from benchmarks.app_server import ROOT
from tests.selection import MARKS


@pytest.mark.parametrize("name", MARKS)
def test_each_entry_is_a_test(name):
    path, _, function = name.partition("::")
    source = (ROOT / "tests" / path).read_text("utf-8")
    assert not function or f"def {function.partition('[')[0]}(" in source
