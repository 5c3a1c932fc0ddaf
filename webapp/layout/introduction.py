"""The title of the page and the text at its top, for furniture and for models of other categories.

page_title(("lamp",))             # "Photo to 3D"
introduction(("lamp",))           # Markdown
"""

from collections.abc import Sequence
from html import escape

from webapp.inference.example_cache import shows_furniture

TITLE = "Furniture photo to 3D"
INTRO = (
    "Drop a photo of a chair, a table, a sofa anywhere here: get a 3D model to turn, change, "
    "download."
)
OWN_TITLE = "Photo to 3D"
OWN_INTRO = (
    "Drop a photo anywhere here: get a 3D model to turn, change, download. This model knows: {}."
)
MAX_NAMES = 12  # categories that the introduction names


def page_title(categories: Sequence[str]) -> str:
    """Return the name of the page for a model of some categories."""
    return TITLE if shows_furniture(categories) else OWN_TITLE


def introduction(categories: Sequence[str]) -> str:
    """Return the heading of the page, Markdown, for a model of some categories."""
    heading = f"# {page_title(categories)}\n"
    if shows_furniture(categories):
        return heading + INTRO
    names = [escape(name.replace("_", " ")) for name in categories[:MAX_NAMES]]
    return heading + OWN_INTRO.format(", ".join(names) + " ..." * (len(categories) > MAX_NAMES))
