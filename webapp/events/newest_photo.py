"""A newer photo ends the job of an older one: pages say at once which photo they show.

    newest = NewestPhotos()
    newest.tell(file, request)                   # an event of its own, which waits for no job
    newest.check(photo, page)                    # raises Superseded between the steps of a job
    newest.answer(photo, page)                   # its model is displayed

Gradio's page sends the next event of a kind only after the answer to the last one, and Python
cannot end a thread. So the older job looks between its steps and leaves the rest out.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import gradio as gr

from core.errors import UserError

MAX_PAGES = 1000  # pages whose photo is known; the oldest is forgotten first


class Superseded(UserError):
    """The page shows a newer photo; nobody waits for this model."""


@dataclass
class _Newest:
    path: str  # of the photo; "" if the page shows none
    is_answered: bool = False


class NewestPhotos:
    """The photo that each page shows, and whether the page has its model."""

    def __init__(self) -> None:
        self.pages: OrderedDict[str, _Newest] = OrderedDict()  # by Gradio's name of the session
        self.lock = threading.Lock()

    def tell(self, file: dict | None, request: gr.Request) -> None:
        """Note the photo that a page shows now."""
        with self.lock:
            self.pages.pop(request.session_hash, None)
            self.pages[request.session_hash] = _Newest(file["path"] if file else "")
            if len(self.pages) > MAX_PAGES:
                self.pages.popitem(last=False)

    def check(self, photo: str | None, page: str | None) -> None:
        """Raise Superseded if the page shows another photo than that of the job."""
        newest = self.pages.get(page or "")
        if newest and newest.path != (photo or ""):
            raise Superseded("The page shows a newer photo.")

    def answer(self, photo: str, page: str | None) -> None:
        """Note that the page has the answer to this photo, if it still shows it."""
        newest = self.pages.get(page or "")
        if newest and newest.path == photo:
            newest.is_answered = True

    def is_answered(self, photo: str, page: str | None) -> bool:
        """Return whether the page has the answer to this photo, which it still shows."""
        newest = self.pages.get(page or "")
        return bool(newest) and newest.path == photo and newest.is_answered
