"""The pieces that were found in the last photos, so that each photo is searched once.

    found = FoundPieces()
    pieces = found.get(path, find)           # calls find(path) the first time

The outlines on the page, the first model, a click on a piece and the whole room share one pass of
the network. An upload's path holds the hash of its content, so that a path never names two photos.
"""

from collections import OrderedDict
from collections.abc import Callable

from core.found_objects import FoundObject

MAX_PHOTOS = 64  # whose pieces are known; twelve masks of 32 x 32 cells take 50 kB


class FoundPieces:
    """Pieces by the path of the photo. `get` is called within a step: one call at a time."""

    def __init__(self) -> None:
        self.pieces: OrderedDict[str, list[FoundObject]] = OrderedDict()

    def get(
        self, path: str | None, find: Callable[[str | None], list[FoundObject]]
    ) -> list[FoundObject]:
        """Return the pieces of a photo; `find` is called for a photo that is not known."""
        found = self.pieces.pop(path, None)
        if found is None:
            found = find(path)
        self.pieces[path] = found
        if len(self.pieces) > MAX_PHOTOS:
            self.pieces.popitem(last=False)
        return found
