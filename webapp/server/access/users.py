"""Users of the page and of the API: hashes of passwords and of tokens, from a file.

    python app.py --hash-password ann >> users.txt    # asks for the password
    python app.py --new-token scanner >> users.txt    # prints the token once, to the terminal
    AUTH_FILE=users.txt python app.py

A line of the file is `NAME:HASH`. A password has a hash of argon2id, which is slow by design; a
token of 256 random bits needs no slow hash. Empty lines and lines that begin with # are skipped.
"""

import hashlib
import hmac
import os
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import argon2

from core.errors import UserError

# OWASP's recommendation for argon2id: 19 MiB, two passes, one thread; about 20 ms of one core.
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
TOKEN_BYTES = 32  # random bytes of a token
TOKEN_PREFIX = "sha256$"  # of a token's hash in the file
MAX_NAME = 64  # characters of a name
MAX_REMEMBERED = 1000  # passwords that were right, as keyed hashes: argon2 runs once for each


class Users:
    """Names with the hashes of their passwords and tokens.

    Parameters
    ----------
    passwords : mapping of str to str
        argon2 hash of each name.
    tokens : mapping of str to str
        Name of each token, by the hexadecimal SHA-256 of the token.
    """

    def __init__(self, passwords: Mapping[str, str], tokens: Mapping[str, str]) -> None:
        self.passwords, self.tokens = dict(passwords), dict(tokens)
        self._dummy = HASHER.hash(secrets.token_hex(16))  # unknown names take as long as others
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def is_remembered(self, name: str, password: str) -> bool:
        """Return whether this password was right before; takes no time to speak of."""
        return self._digest(name, password) in self._right

    def check(self, name: str, password: str) -> bool:
        """Return whether the password is that of the name."""
        if self.is_remembered(name, password):
            return True
        try:
            HASHER.verify(self.passwords.get(name, self._dummy), password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        if name not in self.passwords:
            return False
        self._right[self._digest(name, password)] = None
        if len(self._right) > MAX_REMEMBERED:
            self._right.popitem(last=False)
        return True

    def token_name(self, token: str) -> str | None:
        """Return the name to which the token belongs, or None."""
        return self.tokens.get(hashlib.sha256(token.encode()).hexdigest())

    def _digest(self, name: str, password: str) -> bytes:
        return hmac.digest(self._key, f"{name}\0{password}".encode(), "sha256")


def users_from_environment() -> Users | None:
    """Return the users of AUTH_FILE and the one of GRADIO_AUTH, or None if neither is set.

    Raises
    ------
    UserError
        If the file cannot be read, or a value has another form; the message quotes no secret.
    """
    path, single = os.environ.get("AUTH_FILE"), os.environ.get("GRADIO_AUTH")
    if not (path or single):
        return None
    passwords, tokens = read_users(Path(path)) if path else ({}, {})
    if single:
        name, colon, password = single.partition(":")
        if not (name and colon and password):
            raise UserError("GRADIO_AUTH has another form; give NAME:PASSWORD.")
        passwords[name] = HASHER.hash(password)
    return Users(passwords, tokens)


def read_users(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the hashes of passwords by name, and the names by hash of their token.

    Raises
    ------
    UserError
        If the file cannot be read, names nobody, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise UserError(f"The file of users {path} cannot be read ({reason}).") from error
    passwords, tokens = {}, {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, value = line.strip().partition(":")
        if name and value.startswith("$argon2"):
            passwords[name] = value
        elif name and value.startswith(TOKEN_PREFIX):
            tokens[value.removeprefix(TOKEN_PREFIX)] = name
        else:
            raise UserError(
                f"Line {number} of {path} is not NAME:HASH; make it with --hash-password."
            )
    if not (passwords or tokens):
        raise UserError(f"The file of users {path} names nobody; add a line by --hash-password.")
    return passwords, tokens


def password_line(name: str, password: str) -> str:
    """Return the line of a password for the file.

    Raises
    ------
    UserError
        If the name cannot stand in the file, or the password is empty.
    """
    if not password:
        raise UserError("The password is empty; type one.")
    return f"{_checked(name)}:{HASHER.hash(password)}"


def new_token(name: str) -> tuple[str, str]:
    """Return a new token, and the line for the file.

    Raises
    ------
    UserError
        If the name cannot stand in the file.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    digest = hashlib.sha256(token.encode()).hexdigest()
    return token, f"{_checked(name)}:{TOKEN_PREFIX}{digest}"


def _checked(name: str) -> str:
    is_plain = name.isprintable() and name == name.strip() and not name.startswith("#")
    if not (0 < len(name) <= MAX_NAME and is_plain and ":" not in name):
        raise UserError(
            f"A name has 1 to {MAX_NAME} characters, no colon, and no # or space at its start."
        )
    return name
