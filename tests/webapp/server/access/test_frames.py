"""FRAME_ANCESTORS: the sites that may show the page in a frame."""

import pytest

from core.errors import UserError
from webapp.server.access.frames import frame_ancestors
from webapp.server.storage.cleanup import HUB


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("", ""),
        ("https://example.org", "https://example.org"),
        (" https://a.example/  http://localhost:8000 ", "https://a.example http://localhost:8000"),
        (HUB, HUB),
    ],
)
def test_sites_are_taken(monkeypatch, text, sites):
    monkeypatch.setenv("FRAME_ANCESTORS", text)
    assert frame_ancestors() == sites


@pytest.mark.parametrize(
    "text",
    ["*", "example.org", "https://a.example,https://b.example", "https://a.example/page",
     "https://a.example; script-src *", "'none'", "https://ä.example", "https://-", "https://*"],
)  # fmt: skip
def test_other_text_is_a_sentence(monkeypatch, text):
    monkeypatch.setenv("FRAME_ANCESTORS", f"https://example.org {text}")
    with pytest.raises(UserError, match=r"FRAME_ANCESTORS has .*; give addresses of sites, such"):
        frame_ancestors()


def test_no_site_by_default(monkeypatch):
    monkeypatch.delenv("FRAME_ANCESTORS", raising=False)
    assert frame_ancestors() == ""
