"""deploy/nginx.conf, run by Debian's nginx in front of the real app, under the sub-path."""

import shutil
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import httpx
import pytest
import trimesh
from gradio_client import Client, handle_file

from benchmarks.app_server import free_port
from tests.conftest import require
from tests.deploy.deploy_files import text_of

PREFIX = "/furniture"
START_S = 30.0
POSTS = 40  # a minute, of one client; the tests of other things send fewer
CANCEL = f"{PREFIX}/gradio_api/cancel"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A folder with a certificate for localhost, under the names that nginx.conf reads."""
    require(shutil.which("openssl") is not None, "openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def app(start_server):
    """The app as deploy/compose.yaml starts it, with a low limit of posts."""
    return start_server(GRADIO_ROOT_PATH=PREFIX, POSTS_PER_MINUTE=str(POSTS))


@pytest.fixture(scope="module")
def ports(app, certificate, tmp_path_factory):
    """The ports of HTTP and HTTPS of a running nginx."""
    require(shutil.which("nginx") is not None, "nginx is not installed (apt-get install nginx)")
    folder, plain, tls = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    text = text_of("nginx.conf")
    for old, new in {
        "listen 8080;": f"listen 127.0.0.1:{plain};",
        "listen 8443 ": f"listen 127.0.0.1:{tls} ",
        "server app:7860;": f"server {app.url.removeprefix('http://')};",
        "/etc/nginx/certificates/": f"{certificate}/",
        "/tmp/nginx": f"{folder}/nginx",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    # The workers read the folder of the tests, which is root's.
    command = ["nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]
    command += ["-g", "daemon off; user root;"]
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(process, tls, folder / "log")
            yield plain, tls
        finally:
            process.terminate()
            process.wait(START_S)
    written = (folder / "log").read_text(encoding="utf-8")
    lines = written.splitlines()
    access = [line for line in lines if "T" in line[:11]]
    assert access and "gradio_api" not in "".join(access)  # addresses of files are secrets
    assert not [line for line in lines if "limiting" in line]


def wait_for(process: subprocess.Popen, port: int, log) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"nginx did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def root(ports) -> str:
    """The address of the page."""
    return f"https://localhost:{ports[1]}{PREFIX}"


@pytest.fixture(scope="module")
def connect(ports, certificate):
    """A function that returns a client of the proxy, from an address of its own."""
    context = ssl.create_default_context(cafile=str(certificate / "fullchain.pem"))
    clients = []

    def connect(address: str = "127.0.0.1") -> httpx.Client:
        transport = httpx.HTTPTransport(local_address=address, verify=context)
        url = f"https://localhost:{ports[1]}"
        clients.append(httpx.Client(base_url=url, transport=transport, timeout=60))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def test_http_leads_to_https(ports, connect):
    reply = httpx.get(f"http://127.0.0.1:{ports[0]}{PREFIX}/?a=b", trust_env=False)
    assert reply.status_code == 308
    assert reply.headers["location"] == f"https://127.0.0.1{PREFIX}/?a=b"
    reply = connect().get(PREFIX)
    assert reply.status_code == 308 and reply.headers["location"].endswith(f"{PREFIX}/")


def test_the_page_and_what_it_names_are_below_the_prefix(connect, root):
    client = connect()
    page = client.get(f"{PREFIX}/")
    assert page.status_code == 200 and "Furniture" in page.text
    assert page.headers["strict-transport-security"] and "server" in page.headers
    config = client.get(f"{PREFIX}/config").json()
    assert config["root"] == root
    for path in ("theme.css", "manifest.json", "gradio_api/info", "favicon.ico"):
        assert client.get(f"{PREFIX}/{path}").status_code == 200, path
    assert client.get("/").status_code == client.get("/config").status_code == 404


def test_the_app_also_takes_the_prefix_from_a_proxy_that_leaves_it(app):
    for path in ("/config", f"{PREFIX}/config", f"{PREFIX}/healthz"):
        assert httpx.get(app.url + path, trust_env=False).status_code == 200, path


def test_a_photo_becomes_a_model(root, picture, certificate, tmp_path, monkeypatch):
    """Upload, call, the stream of events and the download, as Gradio's client does them."""
    client = Client(f"{root}/", verbose=False, download_files=tmp_path, ssl_verify=False)
    model, _, facts = client.predict(image=handle_file(picture), api_name="/generate")
    assert len(trimesh.load(model, force="mesh").faces) > 100 and facts["category"]
    assert client.predict(file_format="stl", api_name="/export").endswith(".stl")


def test_events_pass_as_they_happen(connect):
    with connect().stream("GET", f"{PREFIX}/gradio_api/heartbeat/abc") as stream:
        assert next(stream.iter_raw())  # the stream has no end that a buffer could wait for


def test_an_upload_passes_and_other_bodies_are_small(connect):
    client, large = connect(), bytes(3_000_000)
    url = f"{PREFIX}/gradio_api/upload"
    assert client.post(url, files={"files": ("a.png", large)}).status_code == 200
    reply = client.post(CANCEL, content=large)
    assert reply.status_code == 413 and "nginx" in reply.text


def test_figures_and_health_are_not_for_visitors(connect):
    client = connect()
    for path in ("healthz", "readyz", "metrics"):
        reply = client.get(f"{PREFIX}/{path}")
        assert reply.status_code == 404 and "nginx" in reply.text


def test_a_visitor_is_the_address_that_the_proxy_saw(connect):
    """A forged X-Forwarded-For neither escapes the limits nor uses up those of others."""
    flooder, other = connect("127.0.3.1"), connect("127.0.3.2")
    replies = [
        flooder.post(CANCEL, json={}, headers={"X-Forwarded-For": f"127.0.3.2, 9.9.9.{i}"})
        for i in range(POSTS + 5)
    ]
    refused = [reply for reply in replies if reply.status_code == 429]
    assert refused and "came from your address" in refused[-1].text
    assert other.post(CANCEL, json={}).status_code != 429


def test_a_flood_stops_at_the_proxy(connect):
    client = connect("127.0.3.3")
    is_stopped = Event()

    def post(_) -> None:
        if is_stopped.is_set():
            return
        with suppress(httpx.TransportError):  # nginx may close a connection between two posts
            reply = client.post(CANCEL, json={})
            if reply.status_code == 429 and "nginx" in reply.text:
                is_stopped.set()

    # The proxy passes 200 at once and 20 a second: 1,200 exceed it even on a busy machine.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(1200)))
    assert is_stopped.is_set()
