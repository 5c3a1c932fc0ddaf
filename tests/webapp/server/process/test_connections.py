"""Connections: how many, how slow. A small server with uvicorn's protocol as the app starts it."""

import asyncio
import socket
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from core.errors import UserError
from tests.webapp.server.guards import build_guard
from webapp.server.limits import Limits
from webapp.server.process.address import LOCALHOST, bind
from webapp.server.process.connections import (
    Connections,
    limited_protocol,
    max_connections,
    parse_network,
)
from webapp.server.process.serving import Server, connection_table, server_config, trusted_proxies

SLOW_MACHINE_S = 60.0


async def hello(scope, receive, send):
    """An app that answers with the client's address, or a large body at /large."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    body = b"x" * 50_000_000 if scope["path"] == "/large" else scope["client"][0].encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(app=hello, protocol=None, **limits):
    proxies = trusted_proxies(share=False)
    config = server_config(app, connection_table(Limits(**limits), proxies), proxies)
    if protocol:
        config = uvicorn.Config(app, http=protocol, ws="none", log_config=None)
    listener, server = bind(LOCALHOST, 0), Server(config)
    server.run_in_thread(listener)
    try:
        yield listener.getsockname()
    finally:
        server.close()


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes the connection; waits for it."""
    connection.settimeout(SLOW_MACHINE_S)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def open_from(address: str, server) -> socket.socket:
    return socket.create_connection(server, SLOW_MACHINE_S, source_address=(address, 0))


def test_small_answers_are_sent_at_once():
    """Nagle's algorithm delayed every answer to a POST by 40 ms."""
    options = []

    class Watched(limited_protocol(Connections(50, 100))):
        def connection_made(self, transport):
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            options.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    with serving(protocol=Watched) as server:
        assert httpx.get(f"http://127.0.0.1:{server[1]}/", trust_env=False).status_code == 200
    assert options == [1]


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_headers_have_a_time_limit(start):
    table = Connections(50, 100)
    with serving(protocol=limited_protocol(table, header_seconds=0.2)) as server:
        with socket.create_connection(server) as connection:
            connection.sendall(start)
            assert is_closed(connection)
        assert httpx.get(f"http://127.0.0.1:{server[1]}/", trust_env=False).status_code == 200
    assert not table.open


def test_a_header_that_trickles_does_not_move_the_limit():
    protocol = limited_protocol(Connections(50, 100), header_seconds=0.5)
    with serving(protocol=protocol) as server, socket.create_connection(server) as connection:
        start = time.monotonic()
        with pytest.raises(OSError):  # reset or broken pipe
            while time.monotonic() - start < SLOW_MACHINE_S:
                connection.sendall(b"G")
                time.sleep(0.05)


def test_a_client_that_does_not_read_is_let_go():
    protocol = limited_protocol(Connections(50, 100), idle_seconds=0.3)
    with serving(protocol=protocol) as server, socket.create_connection(server) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(1.5)
        received = 0
        with pytest.raises(OSError):
            while chunk := connection.recv(1 << 20):
                received += len(chunk)
            raise ConnectionResetError
        assert received < 50_000_000


def test_a_client_has_so_many_connections_and_others_are_served():
    with serving(connections_per_client=3) as server:
        held = [open_from("127.0.0.9", server) for _ in range(3)]
        time.sleep(0.1)
        with open_from("127.0.0.9", server) as fourth:
            assert is_closed(fourth)
        with open_from("127.0.0.8", server) as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            other.settimeout(SLOW_MACHINE_S)
            assert b"200 OK" in other.recv(1000)
        for connection in held:
            connection.close()


def test_a_proxy_has_no_limit_of_its_own():
    table = Connections(2, 5, (parse_network("10.0.0.0/8"), parse_network("::1")))
    assert [table.add("10.1.2.3") for _ in range(6)] == [True] * 5 + [False]
    table.remove("10.1.2.3")
    assert table.add("1.2.3.4") and not table.add("1.2.3.4")  # 5 in all


def test_there_are_fewer_connections_than_descriptors():
    resource = pytest.importorskip("resource")
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert max_connections(10**9) < soft or soft == resource.RLIM_INFINITY
    assert max_connections(10) == 10


def test_the_client_is_the_rightmost_address_that_no_proxy_made(monkeypatch):
    def client(forwarded: str, address: str = "127.0.0.1") -> str:
        transport = httpx.HTTPTransport(local_address=address)
        with httpx.Client(transport=transport) as http:
            url = f"http://127.0.0.1:{server[1]}/"
            return http.get(url, headers={"X-Forwarded-For": forwarded}).text

    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.0/8")
    with serving() as server:
        assert client("6.6.6.6, 1.2.3.4") == "1.2.3.4"
        assert client("6.6.6.6, 1.2.3.4, 10.0.0.7") == "1.2.3.4"
        assert client("6.6.6.6", address="127.0.0.9") == "127.0.0.9"  # no proxy


def test_not_every_address_is_a_proxy(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    with pytest.raises(ValueError, match="addresses or networks of the proxies"):
        Limits.from_environment()


def test_a_body_has_a_time_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("webapp.server.requests.body.BODY_SECONDS", 0.2)
    guard = build_guard(hello, tmp_path)
    with serving(guard) as server, socket.create_connection(server, SLOW_MACHINE_S) as connection:
        head = b"POST /gradio_api/cancel HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
        connection.sendall(head)
        assert b"408" in connection.recv(1000)


def test_a_socket_that_cannot_be_is_a_sentence():
    for host, port in ((LOCALHOST, 70_000), ("no.such.host.invalid", 7860), ("x" * 500, 1)):
        with pytest.raises(UserError) as caught:
            bind(host, port)
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_websocket_is_refused(tmp_path):
    sent = []

    async def send(message):
        sent.append(message)

    guard = build_guard(hello, tmp_path)
    asyncio.run(guard({"type": "websocket", "path": "/"}, None, send))
    assert sent == [{"type": "websocket.close"}]
