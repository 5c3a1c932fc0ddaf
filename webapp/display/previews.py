"""Previews of a model of parts while a slider moves, outside Gradio's queue.

    previews = Previews(events.opening)
    data, timing = await previews.answer(gradio_app, {"key": key, "changes": {"seat_height": 48}})

`webapp/assets/sliders.js` asks for one after another at POST /preview and hands them to the viewer.
They change nothing: when the slider rests, an event of the page changes the session. The queue
would add a tenth of a second, and the file of the viewer a second request.
"""

import time
from collections import OrderedDict

from anyio import CapacityLimiter, to_thread

from core.errors import UserError
from pipeline.parts.preview import PartPreview
from webapp.display.opening import Opening
from webapp.server.refusal import NO_ANSWER, WRONG_BODY, RefusedRequest
from webapp.sessions.session import Session, session_of

MAX_CHANGES = 200  # parameters in one request; a piece has up to 150
MAX_KEPT = 8  # models whose light and surfaces are kept, 2 MB each
MAX_THREADS = 2  # previews at a time; each takes a core for 20 ms


class Previews:
    """Answers the requests for previews of all visitors.

    Parameters
    ----------
    opening : Opening
        Its model is shown to visitors that have no session yet.
    """

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.kept: OrderedDict[str, PartPreview] = OrderedDict()  # by the key of the session
        self.threads: CapacityLimiter | None = None  # belongs to the server's event loop

    async def answer(self, app, body: dict) -> tuple[bytes, str]:
        """Return a .glb for the viewer, and the time that it took for the header Server-Timing.

        Parameters
        ----------
        app : gradio.routes.App
            Holds the sessions.
        body : dict
            `key` of a session and `changes` by name, as the page sends them.

        Raises
        ------
        RefusedRequest
            If the session has no model of parts, or a change means nothing.
        """
        key, changes = body.get("key"), body.get("changes")
        if not (isinstance(key, str) and key.isascii() and isinstance(changes, dict)):
            raise WRONG_BODY()
        if len(changes) > MAX_CHANGES:
            raise WRONG_BODY()
        session = self._session(app, key)
        if not session or not session.models or not session.model.result.part_model:
            raise NO_ANSWER()
        self.threads = self.threads or CapacityLimiter(MAX_THREADS)
        return await to_thread.run_sync(self._make, key, session, changes, limiter=self.threads)

    def _session(self, app, key: str) -> Session | None:
        opened = self.opening.session
        return opened if opened and opened.preview_key == key else session_of(app, key)

    def _make(self, key: str, session: Session, changes: dict) -> tuple[bytes, str]:
        began = time.perf_counter()
        try:
            data = self._preview(key, session).glb(changes)
        except UserError as error:
            raise RefusedRequest("preview", 400, str(error)) from error
        return data, f"model;dur={1000 * (time.perf_counter() - began):.1f}"

    def _preview(self, key: str, session: Session) -> PartPreview:
        """Return the previews of the displayed model, kept while its parameters stay the same."""
        model = session.model.result.part_model
        preview = self.kept.pop(key, None)
        if preview is None or preview.model is not model:
            preview = PartPreview(model, session.result, preview)
        self.kept[key] = preview
        while len(self.kept) > MAX_KEPT:
            self.kept.popitem(last=False)
        return preview
