"""Gradio's sessions, each of which ends: its memory is given back and its visit's files go.

Gradio itself forgets a session only when there are too many. Until then it holds what every
component on the page was made with, and of a page that was closed all values for an hour.
"""

import time
from collections.abc import Callable

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

from webapp.server.limits import Limits


class Session(SessionState):
    """Without the copy of the page as it stands, for links that the page does not offer.

    It is 0.1 MB at first and 0.04 after a call.
    """

    def __init__(self, blocks: gr.Blocks):
        super().__init__(blocks)
        self.config_values.clear()

    def __setitem__(self, key: int, value) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value) -> None:
        pass


class Sessions(StateHolder):
    """Each ends `keep_seconds` after its last call, or sooner after its page was closed.

    A browser holds a connection open for as long as it shows the page. A caller of the API has none
    and need not say goodbye.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.keep, self.left = limits.keep_seconds, min(limits.left_seconds, limits.keep_seconds)
        self.clock = clock
        self.ends: dict[str, float] = {}  # when each is over, unless it calls again

    def serve(self, demo: gr.Blocks) -> None:
        """In place of the holder that `launch` gave to the page."""
        self.set_blocks(demo)
        demo.app.state_holder = self

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self.blocks)
        session = super().__getitem__(session_id)
        session.is_closed = False  # its connection broke, but the page is there and calls
        self.ends[session_id] = self.clock() + self.keep
        return session

    def delete_all_expired_state(self) -> None:
        """Gradio asks for it every second."""
        now = self.clock()
        for session_id, session in list(self.session_data.items()):
            if session.is_closed:
                self.ends[session_id] = min(self.ends[session_id], now + self.left)
            if self.ends[session_id] < now:
                self._forget(session_id)
        for session_id in self.ends.keys() - self.session_data.keys():  # there were too many
            del self.ends[session_id]

    def _forget(self, session_id: str) -> None:
        self.delete_state(session_id)  # calls each value's delete_callback
        with self.lock:
            self.session_data.pop(session_id, None)
            self.time_last_used.pop(session_id, None)
