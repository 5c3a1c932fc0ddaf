"""The login: cookies that other sites cannot use, logout by POST, and a lock after failures.

Gradio checks the password and keeps the tokens (`App.tokens`, `App.cookie_id`; undocumented). Its
cookies are `SameSite=None`, its answers allow credentials to every origin, and `GET /logout`, which
any page can cause, ends all sessions of a name. Those three are replaced here.
"""

import base64
import hmac
import re
import time
from collections import deque
from functools import partial
from http.cookies import CookieError, SimpleCookie

from webapp.server.clients import MAX_CLIENTS
from webapp.server.refusal import RefusedRequest

COOKIE = "access-token"  # Gradio's: `access-token-ID` and `access-token-unsecure-ID`
MAX_FAILURES, FAILURE_SECONDS = 10, 60.0  # wrong passwords of one client, in so many seconds
LOCKED = partial(
    RefusedRequest, 429, "Too many wrong passwords came from your address; wait a minute."
)
NOT_SIGNED_IN = partial(
    RefusedRequest, 401, "Sign in first: send the name and password by HTTP basic."
)
CROSS_SITE = {b"access-control-allow-credentials", b"access-control-allow-origin"}


class Auth:
    """What the guard adds to Gradio's login.

    Parameters
    ----------
    app : gradio.routes.App
        Holds the tokens. Without `--auth` its `auth` is None.
    framed : bool
        True if another site may show the page in a frame; the cookies must then be sent there.
    """

    def __init__(self, app, framed: bool) -> None:
        self.app, self.framed = app, framed
        self.failures: dict[str, deque[float]] = {}

    @property
    def enabled(self) -> bool:
        """True if a name and a password are asked for."""
        return getattr(self.app, "auth", None) is not None

    # --- headers --------------------------------------------------------------------------------

    def rewrite(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer with safe cookies, no cross-origin credentials."""
        if self.enabled:
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

    def user(self, headers: dict[bytes, bytes]) -> str | None:
        """Return the name of the client that a cookie, or HTTP basic, signs in."""
        for token in self._tokens(headers).values():
            if name := self.app.tokens.get(token):
                return name
        return self._basic(headers.get(b"authorization", b""))

    def _basic(self, header: bytes) -> str | None:
        """Return the name in an Authorization header whose password is right."""
        kind, _, value = header.partition(b" ")
        if kind.lower() != b"basic":
            return None
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return None
        return name if self.check(name, password) else None

    def check(self, name: str, password: str) -> bool:
        """Return whether the password is that of the name, as Gradio's login would."""
        auth = self.app.auth
        if callable(auth):
            return bool(auth(name, password))
        return name in auth and hmac.compare_digest(password.encode(), auth[name].encode())

    def logout(self, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """End the session of the client's cookies; return the headers that delete them."""
        expired = []
        for name, token in self._tokens(headers).items():
            self.app.tokens.pop(token, None)
            cookie = f"{name}=; Path=/; Max-Age=0"
            expired.append((b"set-cookie", self._safe_cookie(cookie.encode())))
        return expired

    def _tokens(self, headers: dict[bytes, bytes]) -> dict[str, str]:
        """Return the cookies of this app's login by name."""
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return {}
        identity = getattr(self.app, "cookie_id", "")
        names = (f"{COOKIE}-{identity}", f"{COOKIE}-unsecure-{identity}")
        return {name: cookies[name].value for name in names if name in cookies}

    # --- the lock -------------------------------------------------------------------------------

    def check_lock(self, client: str) -> None:
        """Raise RefusedRequest if too many wrong passwords came from the client."""
        failures = self.failures.get(client, ())
        if sum(time.monotonic() - at < FAILURE_SECONDS for at in failures) >= MAX_FAILURES:
            raise LOCKED()

    def add_failure(self, client: str) -> None:
        """Remember a wrong password."""
        failures = self.failures.pop(client, deque(maxlen=MAX_FAILURES))
        self.failures[client] = failures
        failures.append(time.monotonic())
        if len(self.failures) > MAX_CLIENTS:
            del self.failures[next(iter(self.failures))]
