"""Environments of companies, Compose and Kubernetes: the server starts or says one sentence."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from core.errors import UserError
from core.proxies import LOOPBACK, repair_proxy_settings
from images.untrusted import MAX_FILE_BYTES, max_file_bytes, open_image
from voxel_model import load_model
from webapp.server.limits import Limits
from webapp.server.process.address import LOCALHOST, bind, open_listener
from webapp.server.process.arguments import parse_arguments
from webapp.server.process.environment import (
    encoding_problem,
    port_problem,
    prepare_environment,
    temporary_folder_problem,
    unset_empty_variables,
)
from webapp.server.storage.ages import Ages
from webapp.server.storage.cleanup import (
    configure_gradio,
    delete_dead_servers,
    delete_old_entries,
    make_server_folder,
    mark_alive,
)

ROOT = Path(__file__).resolve().parents[4]
SPELLINGS = [f"{base}_proxy" for base in ("http", "https", "all", "no")]
PROXIES = {*SPELLINGS, *map(str.upper, SPELLINGS)}
START_SECONDS = 180  # importing torch and Gradio on a busy machine


@pytest.fixture
def clean(monkeypatch):
    """An environment without proxies; changes are undone."""
    for name in PROXIES:
        monkeypatch.setenv(name, "")  # so that changes by the code are undone too
        monkeypatch.delenv(name)
    return monkeypatch


# --- proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_loopback_uses_no_proxy(clean, variable):
    import httpx

    clean.setenv(variable, "http://127.0.0.1:9")
    clean.setenv("NO_PROXY", "corp.example")
    assert repair_proxy_settings() == []
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"]
    assert os.environ["NO_PROXY"].split(",") == ["corp.example", *LOOPBACK]
    client = httpx.Client()
    for url in ("http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"):
        assert client._transport_for_url(httpx.URL(url)) is client._transport


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:9", "socks4://a:1", "ftp://a:1", "http://["])
def test_proxies_that_httpx_cannot_use_are_left_out(clean, value):
    import httpx

    clean.setenv("ALL_PROXY", value)
    clean.setenv("all_proxy", value)
    messages = repair_proxy_settings()
    if messages:  # SOCKS is usable where socksio is installed
        assert "ALL_PROXY" not in os.environ and "is not used" in messages[0]
    httpx.Client()


@pytest.mark.parametrize("entry", ["fe80::/10", "[::1]", "[fe80::1]:80", "a b:c", "10.0.0.0/8"])
def test_entries_of_no_proxy_that_httpx_refuses_are_left_out(clean, entry):
    import httpx

    clean.setenv("NO_PROXY", f"corp.example, {entry} ,10.1.1.1")
    messages = repair_proxy_settings()
    httpx.Client()
    assert {"corp.example", "10.1.1.1"} <= set(os.environ["no_proxy"].split(","))
    left_out = entry not in os.environ["no_proxy"].split(",")
    assert len(messages) == left_out and all(entry in message for message in messages)
    clean.setenv("NO_PROXY", "*")
    clean.setenv("no_proxy", "*")
    clean.setenv("HTTP_PROXY", "http://a:1")
    assert repair_proxy_settings() == [] and os.environ["NO_PROXY"] == "*"


# --- variables -----------------------------------------------------------------------------------


def test_empty_variables_are_unset(monkeypatch):
    variables = {"GRADIO_SERVER_PORT": "", "GRADIO_SERVER_NAME": " ", "GRADIO_AUTH": "", "A": "",
                 "MODEL_REPO_ID": "", "CUDA_VISIBLE_DEVICES": "", "GRADIO_SHARE": "1"}  # fmt: skip
    unset_empty_variables(variables)
    assert variables == {"A": "", "CUDA_VISIBLE_DEVICES": "", "GRADIO_SHARE": "1"}
    for name in ("LARGEST_FILE", "KEEP_SECONDS", "MOST_DISK"):
        monkeypatch.setenv(name, "")
    assert Limits.from_environment() == Limits() and max_file_bytes() == MAX_FILE_BYTES


@pytest.mark.parametrize("text", ["tcp://10.0.0.1:7860", "http", "-1", "0", "70000", "7860.0", "٣"])
def test_a_word_as_a_port_is_a_sentence(text):
    assert repr(text) in port_problem(text) and "1 to 65535" in port_problem(text)
    environment = os.environ | {"GRADIO_SERVER_PORT": text}
    if text.startswith("tcp"):  # the whole program once
        done = subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 2 and done.stderr.strip() == port_problem(text)
    assert port_problem("7860") is port_problem(None) is None


# --- address -------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "0.0.0.0", "localhost"])
def test_a_taken_port_is_a_sentence(host):
    family = socket.AF_INET6 if "::" in host else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((host.strip("[]"), 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} on .* is taken; choose another"):
            bind(host, port)
    bind(host, port).close()


def test_an_address_of_another_machine_is_a_sentence():
    for host, port in (("192.0.2.1", 7860), ("no such host", 7860), ("127.0.0.1", 70_000)):
        with pytest.raises(UserError) as caught:
            bind(host, port)
        assert str(caught.value).count("\n") == 0 and str(port) in str(caught.value)


def test_two_servers_that_start_at_once_do_not_share_a_port():
    """Both hold the port until one opens it."""
    first = bind(LOCALHOST, None)
    port = first.getsockname()[1]
    second, fixed = bind(LOCALHOST, port), bind(LOCALHOST, port)
    opened = open_listener(first, is_fixed=False)
    assert opened.getsockname()[1] == port
    other = open_listener(second, is_fixed=False)
    assert other.getsockname()[1] > port
    with pytest.raises(UserError, match="is taken; choose another with --port"):
        open_listener(fixed, is_fixed=True)
    for each in (opened, other, fixed):
        each.close()


def test_a_port_is_closed_until_the_server_is_ready():
    with bind(LOCALHOST, 0) as held:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(held.getsockname())
        open_listener(held, is_fixed=True)
        socket.create_connection(held.getsockname()).close()


def test_the_command_line_says_that_a_port_is_taken(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["app.py"])
    with socket.create_server((LOCALHOST, 0)) as taken:
        monkeypatch.setenv("GRADIO_SERVER_PORT", str(taken.getsockname()[1]))
        with pytest.raises(SystemExit) as caught:
            parse_arguments()
    assert caught.value.code == 2 and "is taken" in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_starts_in_a_difficult_environment(checkpoint, tmp_path):
    """A company's proxy, odd exceptions, Compose's empty variables, and IPv6."""
    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in PROXIES}
    environment |= {
        "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": "fe80::/10,[::1],corp.example",
        "GRADIO_SERVER_PORT": "", "GRADIO_SERVER_NAME": "", "GRADIO_AUTH": "", "LARGEST_FILE": "",
        "LOG_LEVEL": "", "GRADIO_TEMP_DIR": str(tmp_path),
    }  # fmt: skip
    command = [sys.executable, "app.py", "--host", "::1", "--port", str(port)]
    with (tmp_path / "log.txt").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--model", str(checkpoint)],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            end, page = time.monotonic() + START_SECONDS, b""
            while not page and process.poll() is None and time.monotonic() < end:
                try:
                    page = opener.open(f"http://[::1]:{port}/", timeout=5).read()
                except OSError:
                    time.sleep(0.5)
            log.seek(0)
            printed = log.read()
            assert b"Furniture" in page, printed
            assert "NO_PROXY has 'fe80::/10'" in printed and "Traceback" not in printed
        finally:
            process.terminate()
            process.wait(timeout=60)


# --- one limit, one folder -----------------------------------------------------------------------


def test_one_variable_limits_uploads_and_pictures(monkeypatch, tmp_path):
    from PIL import Image

    path = tmp_path / "a.png"
    Image.new("RGB", (64, 64), "red").save(path)
    path.write_bytes(path.read_bytes() + bytes(24_000_000))
    assert Limits().max_file_bytes == MAX_FILE_BYTES
    with pytest.raises(UserError, match="over 16 MB"):
        open_image(path)
    monkeypatch.setenv("LARGEST_FILE", "40000000")
    assert Limits.from_environment().max_file_bytes == max_file_bytes() == 40_000_000
    assert open_image(path).size == (64, 64)
    monkeypatch.setenv("LARGEST_FILE", "2000000")
    with pytest.raises(UserError, match="over 2 MB"):
        open_image(path)


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


def test_servers_with_one_folder_leave_each_others_files(tmp_path, now):
    first, second = make_server_folder(tmp_path), make_server_folder(tmp_path)
    ages = Ages(lambda: now[0])
    for folder, seconds in ((first, 300), (second, 60)):
        mark_alive(folder, seconds, ages.clock)
        (folder / "model.glb").write_text("model")
    (tmp_path / "old.glb").write_text("of an earlier version")
    # the second keeps files for a minute only, the first for an hour
    for _ in range(2):
        delete_old_entries(second, 60, ages)
        delete_dead_servers(tmp_path, 60, ages)
        now[0] += 100
    assert (first / "model.glb").is_file() and not (second / "model.glb").exists()
    assert not (tmp_path / "old.glb").exists() and second.is_dir()
    now[0] += 800
    delete_dead_servers(tmp_path, 60, ages)  # the second was killed, the first runs
    assert first.is_dir() and not second.exists()


@pytest.mark.parametrize("mark", ["another-boot 5.0", "1700000000.0", "", "a b c"])
def test_folders_of_an_earlier_run_of_the_machine_are_removed_later(tmp_path, now, mark):
    ages, folder = Ages(lambda: now[0]), make_server_folder(tmp_path)
    (folder / "alive").write_text(mark)
    delete_dead_servers(tmp_path, 60, ages)
    assert folder.is_dir()
    now[0] += 61
    delete_dead_servers(tmp_path, 60, ages)
    assert not folder.exists()


# --- languages and folders -----------------------------------------------------------------------


def test_an_encoding_that_lacks_characters_is_a_sentence(monkeypatch):
    for encoding in ("ascii", "iso-8859-1"):
        assert "set PYTHONUTF8=1" in encoding_problem(encoding)
    assert encoding_problem("utf-8") is None
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    with pytest.raises(SystemExit) as caught:
        prepare_environment({})
    assert caught.value.code == 2


@pytest.mark.slow
def test_a_locale_of_ascii_ends_the_start_with_one_line():
    environment = os.environ | {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "ascii" in done.stderr


def test_a_machine_without_a_temporary_folder_is_a_sentence(monkeypatch, tmp_path):
    def no_folder():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "gettempdir", no_folder)
    assert "set GRADIO_TEMP_DIR or TMPDIR" in temporary_folder_problem(None)
    assert temporary_folder_problem(str(tmp_path)) is None and tempfile.tempdir == str(tmp_path)


def test_all_temporary_files_are_in_the_folder_that_is_cleaned(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_CACHE_FREQUENCY"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    configure_gradio(tmp_path)
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == tmp_path


@pytest.mark.parametrize("source", ["x" * 500, "/" + "x" * 500, "x" * 500 + ".pth", "a/" * 200])
def test_a_long_name_of_a_model_is_a_sentence(source, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError) as caught:
        load_model(source, "cpu")
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
