"""Limits, refusals, headers, the removal of files and the end of the process."""

import asyncio
import json
import os
import platform
import re
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from urllib.parse import quote, unquote

import httpx
import pytest

from benchmarks.app_server import ROOT, AppServer
from tests.webapp.server.guards import build_guard
from webapp.server.limits import Limits
from webapp.server.monitoring.health import resident_bytes
from webapp.server.process.lifetime import (
    MAX_STUCK,
    ServerState,
    StepTimeout,
    TimeLimit,
    close_on_signals,
    serve_until_signal,
)
from webapp.server.storage.ages import Ages
from webapp.server.storage.cleanup import FOLDER, delete_old_entries, disk_usage, make_cache_folder

SLOW_MACHINE_S = 120.0  # no step of these tests takes as long on any machine


async def inner(scope, receive, send):
    """An app that reads the whole body and answers ok."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


CALL = "/gradio_api/queue/join"
UPLOAD = "/gradio_api/upload"


def form(
    size: int, disposition: bytes = b'name="files"; filename="a.png"', parts: int = 1
) -> bytes:
    """A form with parts of so many bytes."""
    head = b"--X\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n"
    return (head + b"0" * size + b"\r\n") * parts + b"--X--\r\n"


def ask(
    guard, path="/", method="GET", body=b"", address="1.2.3.4", headers=(), query=b""
) -> tuple[int, dict, str]:
    """Status, headers and body of the guard's answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "client": (address, 1)}
    scope["headers"] = [(b"content-type", b"multipart/form-data; boundary=X"), *headers]
    scope["query_string"] = query
    asyncio.run(guard(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"].decode()


@pytest.fixture
def make_guard(tmp_path):
    def make(app=inner, traffic=None, **limits):
        return build_guard(app, tmp_path, Limits(**limits), state=traffic or ServerState())

    return make


THREADS = """
import ctypes, tempfile, threading
from webapp.server.process.memory import limit_malloc_arenas
{call}
ready, libc = threading.Barrier(20), ctypes.CDLL(None)
def work():
    taken = [bytearray(100_000) for _ in range(20)]
    ready.wait()
threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fdopen.restype = ctypes.c_void_p
with tempfile.TemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fdopen(file.fileno(), b"w"))
    libc.malloc_info(0, stream)
    libc.fflush(stream)
    file.seek(0)
    print(file.read().count(b"<heap nr"))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps are glibc's")
def test_twenty_threads_share_two_heaps():
    def heaps(call: str) -> int:
        command = [sys.executable, "-c", THREADS.format(call=call)]
        return int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)

    assert heaps("limit_malloc_arenas()") == 2 < heaps("")


# --- settings -----------------------------------------------------------------------------------


def test_each_limit_has_a_variable(monkeypatch):
    monkeypatch.setenv("KEEP_SECONDS", "60")
    assert Limits.from_environment() == Limits(keep_seconds=60)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "٣"])
def test_a_wrong_limit_is_named(monkeypatch, value):
    monkeypatch.setenv("LONGEST_QUEUE", value)
    with pytest.raises(ValueError, match="LONGEST_QUEUE") as caught:
        Limits.from_environment()
    assert "above zero." in str(caught.value)


def test_a_folder_that_cannot_be_written_is_a_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file"))
    with pytest.raises(ValueError, match="set GRADIO_TEMP_DIR"):
        make_cache_folder()


def test_the_folder_is_the_apps_own(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    assert make_cache_folder() == tmp_path / FOLDER


# --- the guard ----------------------------------------------------------------------------------


async def fail(scope, receive, send):
    raise KeyError("a visitor's name")


def test_every_answer_has_the_headers(make_guard):
    for status, headers, _ in (
        ask(make_guard()),
        ask(make_guard(), path="/gradio_api/file=http://example.com"),
        ask(make_guard(), path="/gradio_api/file/http://example.com"),
        ask(make_guard(fail)),
    ):
        assert status in (200, 403, 404, 500)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and policy.endswith("frame-ancestors 'self'")
        assert "*;" not in policy and "http:" not in policy


def test_an_address_that_posts_too_much_is_refused_and_others_are_not(make_guard, monkeypatch):
    guard = make_guard(posts_per_minute=3)
    monkeypatch.setattr(guard.admission.posts, "clock", lambda: 1000.0)
    codes = [ask(guard, CALL, "POST")[0] for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    _, headers, body = ask(guard, CALL, "POST")
    assert "wait a minute" in json.loads(body)["detail"] and headers["retry-after"] == "60"
    assert ask(guard, CALL, "POST", address="5.6.7.8")[0] == 200
    assert ask(guard)[0] == 200


def test_gets_count_and_a_network_of_64_bits_is_one_client(make_guard, monkeypatch):
    guard = make_guard(requests_per_minute=2)
    monkeypatch.setattr(guard.admission.requests, "clock", lambda: 1000.0)
    codes = [ask(guard, "/robots.txt", address=f"2001:db8::{number}")[0] for number in range(1, 4)]
    assert codes == [200, 200, 429]
    assert ask(guard, "/robots.txt", address="2001:db8:1::1")[0] == 200


def test_posts_are_allowed_again_after_a_while(make_guard, monkeypatch):
    guard, now = make_guard(posts_per_minute=60), [1000.0]
    monkeypatch.setattr(guard.admission.posts, "clock", lambda: now[0])
    assert [ask(guard, CALL, "POST")[0] for _ in range(61)].count(429) == 1
    now[0] += 2
    assert [ask(guard, CALL, "POST")[0] for _ in range(3)] == [200, 200, 429]


def test_bodies_have_a_maximum_size(make_guard):
    guard = make_guard(largest_upload=10_000_000)
    assert ask(guard, CALL, "POST", b"0" * 3_000_000)[0] == 413
    assert ask(guard, UPLOAD, "POST", form(5_000_000))[0] == 200
    assert ask(guard, UPLOAD, "POST", form(5_000_000, parts=3))[0] == 413
    assert ask(guard, "/login", "POST", b"0" * 100_000)[0] == 413
    assert ask(guard, "/gradio_api/cancel", "POST", b"0" * 100_000)[0] == 413


@pytest.mark.parametrize(
    "disposition", [b'name="files"', b'name="filename"', b'name="a"; data="filename"']
)
def test_a_field_of_a_form_is_not_held_in_memory(make_guard, disposition):
    assert ask(make_guard(), UPLOAD, "POST", form(100_000, disposition))[0] == 413
    assert ask(make_guard(), UPLOAD, "POST", form(100, disposition))[0] == 400


def test_a_form_of_many_parts_or_of_none_is_refused(make_guard):
    assert ask(make_guard(), UPLOAD, "POST", form(1, parts=65))[0] == 413
    assert ask(make_guard(), UPLOAD, "POST", b"no form")[0] == 400


def call(guard, session, path=CALL, address="1.2.3.4") -> tuple[int, str]:
    body = json.dumps({"data": [], "session_hash": session}).encode()
    status, _, text = ask(guard, path, "POST", body, address)
    return status, text


@pytest.mark.parametrize("name", ["", "x" * 65, "x" * 1_000_000, "a b", "a\n", "é", 3, ["a"], {}])
def test_a_name_of_a_session_is_short_and_plain(make_guard, name):
    for path in (CALL, "/gradio_api/call/generate", "/gradio_api/cancel"):
        status, text = call(make_guard(), name, path)
        assert status in (400, 413) and json.loads(text)["detail"].endswith(".")
    assert call(make_guard(), "a-Z_9" * 12)[0] == 200


@pytest.mark.parametrize("name", ["x" * 65, "a%20b", "a%0A", "%C3%A9", "a&session_hash=a+b"])
def test_a_name_in_the_query_or_the_path_is_short_and_plain(make_guard, name):
    query = f"session_hash={name}".encode()
    assert ask(make_guard(), "/gradio_api/queue/data", query=query)[0] == 400
    assert ask(make_guard(), f"/gradio_api/heartbeat/{unquote(name)}")[0] == 404


def test_sessions_beyond_the_limit_are_refused_with_a_sentence(make_guard):
    guard = make_guard(most_visitors=2)
    assert [call(guard, name, address=name)[0] for name in "aba"] == [200, 200, 200]
    status, text = call(guard, "c", address="c")
    assert status == 503 and "try again later" in text
    assert call(guard, "a", address="a")[0] == 200


def test_files_are_downloads_unless_a_browser_shows_them_safely(make_guard):
    def served(kind: bytes, name: str = "a") -> dict:
        async def file(scope, receive, send):
            given = [(b"content-type", kind), (b"content-disposition", b'inline; filename="a"')]
            await send({"type": "http.response.start", "status": 200, "headers": given})
            await send({"type": "http.response.body", "body": b""})

        return ask(make_guard(file), f"/gradio_api/file=/tmp/{name}")[1]

    for kind in (b"text/html", b"image/svg+xml", b"application/octet-stream", b"text/xml", b""):
        assert served(kind)["content-disposition"] == 'attachment; filename="a"'
        assert served(kind)["x-content-type-options"] == "nosniff"
    assert served(b"image/webp")["content-disposition"] == 'inline; filename="a"'
    usdz = served(b"text/html", "a.usdz")  # Apple's viewer opens it; nothing runs in it
    assert usdz["content-type"] == "model/vnd.usdz+zip" and usdz["content-disposition"] == "inline"


def test_an_error_is_one_line_without_the_visitors_data(make_guard, caplog):
    status, headers, text = ask(make_guard(fail))
    assert status == 500 and "visitor" not in text
    assert headers["x-request-id"]
    (record,) = caplog.records
    assert re.fullmatch(r"A request failed: KeyError at \w+\.py:\d+", record.getMessage())


def test_a_client_may_fill_half_of_the_queue(tmp_path):
    waiting = {"1.2.3.4": 32, "5.6.7.8": 31}
    guard = build_guard(inner, tmp_path, count_waiting=waiting.get)
    status, headers, body = ask(guard, CALL, "POST")
    assert status == 429 and "wait for an answer" in body and headers["retry-after"]
    assert ask(guard, CALL, "POST", address="5.6.7.8")[0] == 200


def test_health_is_told_to_a_supervisor(make_guard, tmp_path):
    state = ServerState()
    guard = make_guard(traffic=state)
    assert ask(guard, "/healthz")[0] == ask(guard, "/readyz")[0] == 200
    state.closing.set()
    assert ask(guard, "/healthz")[0] == 200
    status, headers, _ = ask(guard, "/readyz")
    assert status == 503 and headers["retry-after"] == "60"
    (tmp_path / "model.glb").write_bytes(b"0" * 2000)
    assert ask(make_guard(most_disk=1000), "/readyz")[0] == 503
    guard = make_guard(most_memory=1000)
    assert ask(guard, "/readyz")[0] == (503 if resident_bytes() else 200)
    assert ask(guard, "/healthz")[0] == 200


def test_a_full_folder_takes_no_more_uploads(make_guard, tmp_path):
    (tmp_path / "model.glb").write_bytes(b"0" * 2000)
    assert ask(make_guard(most_disk=1000), UPLOAD, "POST", form(1))[0] == 507
    assert ask(make_guard(most_disk=1000), CALL, "POST")[0] == 507  # results take room as well
    assert ask(make_guard(most_disk=5000), UPLOAD, "POST", form(1))[0] == 200
    assert ask(make_guard(most_disk=5000), UPLOAD, "POST", form(4000))[0] == 507


async def send_500(send) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})


def test_an_upload_that_cannot_be_written_is_a_sentence(make_guard, capsys):
    async def full(scope, receive, send):
        await send_500(send)  # as Starlette does before it raises the error again
        raise OSError(28, "No space left on device", "/tmp/somebodys chair.jpg")

    status, _, body = ask(make_guard(full), UPLOAD, "POST", form(1))
    assert status == 507 and "No space left" in json.loads(body)["detail"]
    assert "chair" not in body + capsys.readouterr().err


def test_an_answer_500_without_an_error_is_passed_on(make_guard):
    async def failed(scope, receive, send):
        await send_500(send)

    status, headers, body = ask(make_guard(failed), CALL, "POST")
    assert (status, body) == (500, "Internal Server Error")
    assert "content-security-policy" in headers


def test_a_server_that_ends_takes_no_new_calls(make_guard):
    traffic = ServerState()
    traffic.closing.set()
    status, _, body = ask(make_guard(traffic=traffic), CALL, "POST")
    assert status == 503 and "minute" in body
    assert ask(make_guard(traffic=traffic))[0] == 200
    assert traffic.open == 0


# --- files --------------------------------------------------------------------------------------


def test_the_sweep_removes_old_entries_and_keeps_those_in_use(tmp_path):
    for name in ("old", "used"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "model.glb").write_text("model")
    now = [1000.0]
    ages = Ages(lambda: now[0])
    delete_old_entries(tmp_path, 60, ages)
    now[0] += 59
    change(tmp_path / "used" / "deep" / "model.glb")
    delete_old_entries(tmp_path, 60, ages)
    assert sorted(os.listdir(tmp_path)) == ["old", "used"]
    now[0] += 2
    (tmp_path / "single").write_text("")
    delete_old_entries(tmp_path, 60, ages)
    assert sorted(os.listdir(tmp_path)) == ["single", "used"]
    assert disk_usage(tmp_path) > 0 and tmp_path / "old" not in ages.seen
    delete_old_entries(tmp_path / "absent", 0, ages)


def change(path) -> None:
    """Write to the file until its time differs: the clock of the file system has steps."""
    before = path.lstat().st_ctime
    while path.lstat().st_ctime == before:
        path.write_text("changed")


def test_a_clock_that_jumps_removes_nothing(tmp_path, monkeypatch):
    (tmp_path / "model.glb").write_text("model")
    now = [1000.0]
    ages = Ages(lambda: now[0])
    for jump in (0, 1e6, -1e6):
        monkeypatch.setattr(time, "time", lambda jump=jump: 1.8e9 + jump)
        delete_old_entries(tmp_path, 60, ages)
        assert (tmp_path / "model.glb").exists()
    now[0] += 61
    delete_old_entries(tmp_path, 60, ages)
    assert not (tmp_path / "model.glb").exists()


# --- time ---------------------------------------------------------------------------------------


def test_a_step_returns_its_value_and_raises_its_errors():
    patience = TimeLimit(SLOW_MACHINE_S)
    assert patience(max, 1, 2) == 2
    with pytest.raises(ZeroDivisionError):
        patience(lambda: 1 / 0)
    with pytest.raises(TimeoutError, match="own"):
        patience(_time_out)
    assert not patience.stuck


def _time_out():
    raise TimeoutError("own")


def test_a_step_that_never_ends_is_given_up_and_the_third_ends_the_server():
    traffic, release = ServerState(), threading.Event()
    patience = TimeLimit(0.05, traffic)
    for number in range(MAX_STUCK):
        assert not traffic.closing.is_set(), number
        with pytest.raises(StepTimeout, match=r"0\.05 s .* try again"):
            patience(release.wait)
    assert traffic.closing.is_set()
    release.set()
    closed = []
    demo = type("Demo", (), {"close": lambda self, verbose: closed.append(self)})()
    assert serve_until_signal(demo, traffic) == 1 and closed


def test_signals_close_the_server(monkeypatch):
    handlers, state = {}, ServerState()
    monkeypatch.setattr("signal.signal", handlers.__setitem__)
    close_on_signals(state)
    assert set(handlers) >= {signal.SIGTERM, signal.SIGINT} and not state.closing.is_set()
    handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert state.closing.is_set()


# --- the real app -------------------------------------------------------------------------------


def status_of(url: str, **options) -> int:
    return httpx.request(options.pop("method", "GET"), url, trust_env=False, **options).status_code


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "app.py",
        str(ROOT / "app.py"),
        str(ROOT / "checkpoint" / "model.safetensors"),
        str(ROOT / "examples" / ".." / "README.md"),
        "http://example.com/",
    ],
)
def test_nothing_is_served_from_outside_the_apps_folders(app_url, path):
    assert status_of(f"{app_url}/gradio_api/file={quote(path)}") == 403


def test_the_page_has_the_headers_and_gradios_internal_endpoints_are_closed(app_url):
    reply = httpx.get(app_url, trust_env=False)
    assert (
        reply.status_code == 200 and "frame-ancestors" in reply.headers["content-security-policy"]
    )
    assert status_of(f"{app_url}/monitoring/summary") == 404
    assert status_of(f"{app_url}/gradio_api/vibe-code") == 404
    assert status_of(f"{app_url}/gradio_api/run/generate", method="POST", json={"data": []}) == 404
    assert status_of(f"{app_url}/gradio_api/file/http://127.0.0.1:9/") == 404


@pytest.mark.slow
def test_a_password_protects_every_endpoint(tmp_path):
    with AppServer(tmp_path, {"GRADIO_AUTH": "me:secret"}) as server:
        api = f"{server.url}/gradio_api"
        assert status_of(f"{server.url}/config") == 401
        assert status_of(f"{api}/upload", method="POST", files={"files": b"picture"}) == 401
        assert status_of(f"{api}/call/generate", method="POST", json={"data": []}) == 401
        assert status_of(f"{api}/file=/etc/passwd") == 401
        login = {"username": "me", "password": "wrong"}
        assert status_of(f"{server.url}/login", method="POST", data=login) == 400
        login["password"] = "secret"
        assert status_of(f"{server.url}/login", method="POST", data=login) == 200


def test_zero_gpu_wraps_functions_on_zero_gpu_alone(monkeypatch):
    from webapp.server.process.zero_gpu import on_gpu

    assert on_gpu(abs) is abs  # the package as installed here
    wrapped = SimpleNamespace(GPU=lambda function, duration: lambda *args: -function(*args))
    monkeypatch.setitem(sys.modules, "spaces", wrapped)
    assert on_gpu(abs)(-3) == -3
    monkeypatch.setitem(sys.modules, "spaces", None)  # not installed
    assert on_gpu(abs) is abs
