"""The login: who may use the server, cookies that other sites cannot use, a lock after failures.

A browser signs in at Gradio's `/login` and sends a cookie. A program sends a password by HTTP basic
or a token as `Authorization: Bearer`; its requests get a cookie here, so that Gradio sees one kind.

Gradio keeps the cookies (`App.tokens`, `App.cookie_id`; undocumented). Its cookies are
`SameSite=None`, its answers allow credentials to every origin, and `GET /logout`, which any page
can cause, ends all sessions of a name. Those three are replaced here.
"""

import asyncio
import base64
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie

from webapp.server.access.clients import MAX_CLIENTS
from webapp.server.access.origins import is_foreign
from webapp.server.access.users import Users
from webapp.server.refusal import FOREIGN, LOCKED, NOT_SIGNED_IN, RefusedRequest

COOKIE = "access-token"  # Gradio's: `access-token-ID` and `access-token-unsecure-ID`
MAX_FAILURES, FAILURE_SECONDS = 10, 60.0  # wrong passwords of one client, in so many seconds
CROSS_SITE = {b"access-control-allow-credentials", b"access-control-allow-origin"}
AGENTS = "agents"  # name under which the tools for agents call the server itself

# Of the request that is being answered; Gradio's login does not tell it.
current_client: ContextVar[str] = ContextVar("client", default="")


class Lockout:
    """Refuses a client after MAX_FAILURES wrong passwords or tokens within FAILURE_SECONDS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.failures: dict[str, deque[float]] = {}

    def check(self, client: str) -> None:
        """Raise RefusedRequest if the client is locked out."""
        now, failures = self.clock(), self.failures.get(client, ())
        if sum(now - at < FAILURE_SECONDS for at in failures) >= MAX_FAILURES:
            raise LOCKED()

    def add(self, client: str) -> None:
        """Remember a wrong password."""
        failures = self.failures.pop(client, deque(maxlen=MAX_FAILURES))
        self.failures[client] = failures
        failures.append(self.clock())
        if len(self.failures) > MAX_CLIENTS:
            del self.failures[next(iter(self.failures))]


class Auth:
    """Checks that the guard adds to Gradio's login.

    Parameters
    ----------
    users : Users or None
        Who may use the server; None for everyone.
    framed : bool
        True if another site may show the page in a frame; the cookies must then be sent there.
    """

    def __init__(self, users: Users | None, framed: bool) -> None:
        self.users, self.framed, self.lockout = users, framed, Lockout()
        self.turn = asyncio.Lock()  # argon2 takes 19 MiB and a core: one password at a time
        self.agent_token = secrets.token_urlsafe(32)
        self.cookies: dict[str, str] = {}  # name: the cookie of its programs

    # --- headers --------------------------------------------------------------------------------

    def rewrite(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer with safe cookies, no cross-origin credentials."""
        if self.users:
            headers = [pair for pair in headers if pair[0].lower() not in CROSS_SITE]
        return [
            (name, self._safe_cookie(value) if name.lower() == b"set-cookie" else value)
            for name, value in headers
        ]

    def _safe_cookie(self, cookie: bytes) -> bytes:
        """Return the cookie as HttpOnly and SameSite=Lax, or None and Secure if framed."""
        parts = [part.strip() for part in cookie.decode("latin-1").split(";")]
        plain = re.compile(r"(samesite|secure|httponly)\b", re.IGNORECASE)
        kept = [part for part in parts if not plain.match(part)]
        secure = any(part.lower() == "secure" for part in parts)
        if self.framed:
            kept += ["HttpOnly", "SameSite=None", "Secure"]
        else:
            kept += ["HttpOnly", "SameSite=Lax", *["Secure"] * secure]
        return "; ".join(kept).encode("latin-1")

    # --- who asks -------------------------------------------------------------------------------

    async def check_password(self, name: str, password: str) -> bool:
        """Return whether the password is right; Gradio's login calls it.

        False also for a client that is locked out: an exception would be an error of the server.
        """
        try:
            return await self._verify(name, password)
        except RefusedRequest:
            return False

    async def _verify(self, name: str, password: str) -> bool:
        """Return whether the password is right; raise RefusedRequest if the client is locked."""
        client = current_client.get()
        self.lockout.check(client)
        if self.users.is_remembered(name, password):
            return True
        async with self.turn:
            self.lockout.check(client)  # ten may have failed while this one waited
            right = await asyncio.to_thread(self.users.check, name, password)
            if not right:
                self.lockout.add(client)
        return right

    async def user_of_header(self, headers: dict[bytes, bytes]) -> str | None:
        """Return the name that the Authorization header signs in; None without such a header.

        Raises
        ------
        RefusedRequest
            If the header is wrong, the client is locked out, or the page of another site sends
            a password that the browser remembers.
        """
        header = headers.get(b"authorization")
        if not self.users or header is None:
            return None
        self.lockout.check(current_client.get())
        kind, _, value = header.partition(b" ")
        if kind.lower() == b"bearer":
            if name := self._token_name(value.decode("latin-1").strip()):
                return name
            self.lockout.add(current_client.get())
        elif kind.lower() == b"basic":
            if is_foreign(headers):
                raise FOREIGN()
            name, password = _split_basic(value)
            if await self._verify(name, password):
                return name
        raise NOT_SIGNED_IN()

    def _token_name(self, token: str) -> str | None:
        if secrets.compare_digest(token.encode(), self.agent_token.encode()):
            return AGENTS
        return self.users.token_name(token)

    def user_of_cookie(self, app, headers: dict[bytes, bytes]) -> str | None:
        """Return the name that a cookie of Gradio's login signs in."""
        tokens = _tokens(app, headers).values()
        return next((app.tokens[token] for token in tokens if token in app.tokens), None)

    def sign_in(self, app, scope: dict, name: str) -> dict:
        """Return the scope of a request with a cookie of the name in place of its own."""
        if self.cookies.get(name) not in app.tokens:
            self.cookies[name] = secrets.token_urlsafe(32)
            app.tokens[self.cookies[name]] = name
        cookie = f"{COOKIE}-unsecure-{app.cookie_id}={self.cookies[name]}".encode()
        replaced = (b"cookie", b"authorization")
        kept = [pair for pair in scope["headers"] if pair[0].lower() not in replaced]
        return scope | {"headers": [*kept, (b"cookie", cookie)]}

    def logout(self, app, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """End the session of the client's cookies; return the headers that delete them."""
        expired = []
        for name, token in _tokens(app, headers).items():
            app.tokens.pop(token, None)
            cookie = f"{name}=; Path=/; Max-Age=0"
            expired.append((b"set-cookie", self._safe_cookie(cookie.encode())))
        return expired


def _split_basic(value: bytes) -> tuple[str, str]:
    """Return name and password of HTTP basic; empty ones if the header cannot be read."""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password


def _tokens(app, headers: dict[bytes, bytes]) -> dict[str, str]:
    """Return the cookies of Gradio's login by name."""
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    identity = getattr(app, "cookie_id", "")
    names = (f"{COOKIE}-{identity}", f"{COOKIE}-unsecure-{identity}")
    return {name: cookies[name].value for name in names if name in cookies}
