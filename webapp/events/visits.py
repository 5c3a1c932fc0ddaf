"""A visit survives a reload of its page: the browser keeps keys that lead back to its sessions.

    visits = Visits(demo, session_state, events)
    key = visits.key(session, user)         # kept in the browser's localStorage
    session = visits.take(key, user)        # after the reload; None once the session has ended
    js=keep_key_js(ONE), js=read_key_js(ONE)

Gradio gives each load of the page a session of its own and keeps that of a closed page for an hour.
The key is made of the session's random token and the name under which the visitor signed in, so
that nobody else on the same computer gets the models. Private in Gradio: `Blocks.state_holder`.
"""

import hashlib
import secrets
import tempfile
from pathlib import Path

import gradio as gr

from webapp.events.prediction_events import Events
from webapp.sessions.session import Session, delete_session_files

ONE, MANY = "furniture-visit", "furniture-many"  # names in the browser's localStorage


def keep_key_js(name: str) -> str:
    """Return the script that keeps a key. A browser may refuse to keep anything."""
    return f"(key) => {{ try {{ if (key) localStorage.setItem('{name}', key); }} catch {{}} }}"


def read_key_js(name: str) -> str:
    """Return the script that reads a key; "" if there is none."""
    return (
        f"() => {{ try {{ return localStorage.getItem('{name}') ?? ''; }} catch {{ return ''; }} }}"
    )


class Visits:
    """The sessions of all pages, open or closed.

    Parameters
    ----------
    demo : gr.Blocks
        The page.
    state : gr.State
        Holds the session.
    events : Events
        The page's handlers.
    """

    def __init__(self, demo: gr.Blocks, state: gr.State, events: Events) -> None:
        self.demo, self.state, self.events = demo, state, events

    def open_page(self, file: dict | None, key: str, request: gr.Request, **settings) -> tuple:
        """Display the models of the visit that the key leads to, or else the example."""
        session = self.take(key, request.username)
        if session and Path(session.model.photo).is_file():
            return self.events.come_back(session, **settings)
        delete_session_files(session)  # the photo was too old
        return *self.events.open_page(file, **settings), gr.skip()

    def keep_key(self, session: Session | None, request: gr.Request) -> str:
        """Return the key that the browser keeps."""
        return self.key(session, request.username)

    def key(self, session: Session | None, user: str | None) -> str:
        """Return the key of a session for its visitor, "" without a session."""
        if session is None:
            return ""
        return hashlib.sha256(f"{session.token} {user or ''}".encode()).hexdigest()

    def take(self, key: str | None, user: str | None) -> Session | None:
        """Return the session that a key leads to, or None.

        The session of a closed page moves to the new page. While the page is open in another tab,
        the new page gets a copy.

        Parameters
        ----------
        key : str or None
            As the browser sends it.
        user : str or None
            Name under which the visitor signed in.
        """
        if not isinstance(key, str) or not key:
            return None
        for page in list(self.demo.state_holder.session_data.values()):
            session = page.state_data.get(self.state._id)
            if not isinstance(session, Session) or not session.holds_models:
                continue
            if not secrets.compare_digest(self.key(session, user).encode(), key.encode()):
                continue
            if page.is_closed:
                page.state_data[self.state._id] = None
                return session
            folder = Path(tempfile.mkdtemp(dir=self.events.files))
            return session.copy(folder)
        return None
