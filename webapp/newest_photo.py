"""A newer photo ends the job of an older one: pages say at once which photo they show.

    newest = NewestPhotos()
    newest.tell(file, request)                   # an event of its own, which waits for no job
    newest.check(photo, page)                    # raises Superseded between the steps of a job

Gradio's page sends the next event of a kind only after the answer to the last one, and Python
cannot end a thread. So the older job looks between its steps and leaves the rest out.
"""

import threading
from collections import OrderedDict

import gradio as gr

from core.errors import UserError

MAX_PAGES = 1000  # pages whose photo is known; the oldest is forgotten first


class Superseded(UserError):
    """The page shows a newer photo; nobody waits for this model."""


class NewestPhotos:
    """The path of the photo that each page shows."""

    def __init__(self) -> None:
        self.paths: OrderedDict[str, str] = OrderedDict()  # by Gradio's name of the page's session
        self.lock = threading.Lock()

    def tell(self, file: dict | None, request: gr.Request) -> None:
        """Note the photo that a page shows now."""
        with self.lock:
            self.paths.pop(request.session_hash, None)
            self.paths[request.session_hash] = file["path"] if file else ""
            if len(self.paths) > MAX_PAGES:
                self.paths.popitem(last=False)

    def check(self, photo: str | None, page: str | None) -> None:
        """Raise Superseded if the page shows another photo than that of the job."""
        shown = photo or ""
        if page and self.paths.get(page, shown) != shown:
            raise Superseded("The page shows a newer photo.")
