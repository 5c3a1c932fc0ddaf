"""The file of users: hashes of passwords and tokens; nothing secret on a command line."""

import io
import sys

import pytest

from core.errors import UserError
from webapp.server.access.users import (
    HASHER,
    Users,
    new_token,
    password_line,
    read_users,
    users_from_environment,
)
from webapp.server.process.arguments import parse_arguments


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that runs the command line until it exits: status, stdout and stderr."""

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as caught:
            parse_arguments()
        return caught.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def write(tmp_path):
    """A function that writes a file of users and returns its path."""

    def write(text: str):
        (tmp_path / "users.txt").write_text(text, encoding="utf-8")
        return tmp_path / "users.txt"

    return write


def test_lines_of_the_command_line_sign_in(run, write, monkeypatch):
    first = run("--hash-password", "ann", stdin="secret\n")
    second = run("--hash-password", stdin="Bäcker\nsehr geheim\n")
    third = run("--new-token", "scanner")
    assert [status for status, _, _ in (first, second, third)] == [0, 0, 0]
    token = third[2].strip().rpartition(": ")[2]
    text = f"# made today\n\n{first[1]}{second[1]}{third[1]}"
    assert "secret" not in text and "geheim" not in text and token not in text
    monkeypatch.setenv("AUTH_FILE", str(write(text)))
    users = users_from_environment()
    assert users.check("ann", "secret") and users.check("Bäcker", "sehr geheim")
    assert not users.check("ann", "sehr geheim") and not users.check("", "")
    assert users.token_name(token) == "scanner" and users.token_name(token[1:]) is None


def test_a_password_on_the_command_line_is_refused_with_a_hint(run):
    for arguments in (("--auth", "me:secret"), ("--auth",)):
        status, _, errors = run(*arguments)
        assert status == 2 and "GRADIO_AUTH" in errors and "--auth-file" in errors
        assert "secret" not in errors


def test_one_user_may_come_from_the_environment(monkeypatch):
    monkeypatch.delenv("AUTH_FILE", raising=False)
    monkeypatch.setenv("GRADIO_AUTH", "me:a:b")
    users = users_from_environment()
    assert users.check("me", "a:b") and not users.check("me", "a")
    monkeypatch.delenv("GRADIO_AUTH")
    assert users_from_environment() is None


@pytest.mark.parametrize("value", ["me", "me:", ":secret", "secret"])
def test_a_wrong_value_is_a_sentence_without_the_secret(monkeypatch, value):
    monkeypatch.setenv("GRADIO_AUTH", value)
    with pytest.raises(UserError, match=r"give NAME:PASSWORD\.") as caught:
        users_from_environment()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("line", ["ann:secret", "ann", "ann:$2b$12$x", ":$argon2id$x", "a\0:x"])
def test_a_wrong_line_is_named_without_its_text(write, line):
    path = write(f"# users\n{line}\n")
    with pytest.raises(UserError, match=r"Line 2 of .*--hash-password") as caught:
        read_users(path)
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, write):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "binary"):
        with pytest.raises(UserError, match="cannot be read"):
            read_users(path)
    with pytest.raises(UserError, match="names nobody"):
        read_users(write("# nobody yet\n"))


@pytest.mark.parametrize("name", ["", "a:b", "x" * 65, "a\nb", " a", "#a"])
def test_a_name_that_would_break_the_file_is_a_sentence(name):
    for make in (lambda: password_line(name, "secret"), lambda: new_token(name)):
        with pytest.raises(UserError, match="A name has 1 to 64 characters"):
            make()
    with pytest.raises(UserError, match="password is empty"):
        password_line("ann", "")


def test_a_damaged_hash_signs_nobody_in():
    assert not Users({"ann": "$argon2id$damaged"}, {}).check("ann", "secret")


def test_hashes_cost_what_owasp_recommends():
    assert (HASHER.time_cost, HASHER.memory_cost, HASHER.type.name) == (2, 19_456, "ID")
