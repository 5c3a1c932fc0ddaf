"""Clients that upload without end leave room on the disk for others."""

import asyncio

import httpx

from tests.webapp.server.guards import build_guard
from webapp.server.limits import Limits
from webapp.server.storage.disk_shares import DiskShares

DISK, FILE = 4_000_000_000, 10_000_000


def fill(shares: DiskShares, clients: int) -> dict[str, int]:
    """Bytes of each client when all upload in turn until each is refused."""
    held = dict.fromkeys(map(str, range(clients)), 0)
    uploading = set(held)
    while uploading:
        for client in sorted(uploading):
            if shares.add(client, FILE, sum(held.values())):
                held[client] += FILE
            else:
                uploading.discard(client)
    return held


def test_one_client_may_take_a_fifth():
    assert DISK / 5 - 2 * FILE < fill(DiskShares(DISK, 3600), 1)["0"] <= DISK / 5


def test_eight_clients_leave_a_third_and_a_newcomer_has_room():
    shares = DiskShares(DISK, 3600)
    used = sum(fill(shares, 8).values())
    assert DISK / 2 < used <= DISK * 2 / 3
    assert shares.add("newcomer", 16_000_000, used) and not shares.add("0", FILE, used)


def test_a_share_comes_back_when_the_files_are_gone():
    now = [0.0]
    shares = DiskShares(DISK, 3600, clock=lambda: now[0])
    used = fill(shares, 1)["0"]
    now[0] = 1800.0
    assert not shares.add("0", FILE, used)
    now[0] = 5500.0  # what was refused is counted too, for another hour
    assert shares.add("0", FILE, 0)


def test_few_clients_are_remembered(monkeypatch):
    monkeypatch.setattr("webapp.server.storage.disk_shares.MAX_CLIENTS", 3)
    shares = DiskShares(DISK, 3600)
    for client in "abcd":
        shares.add(client, FILE, 0)
    assert list(shares.clients) == ["b", "c", "d"]


async def inner(scope, receive, send):
    """An app that reads the whole body and answers ok."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def test_the_server_refuses_the_uploads_of_one_client_alone(tmp_path):
    guard = build_guard(inner, tmp_path, Limits(most_disk=1_000_000))

    def upload(address: str) -> httpx.Response:
        async def send():
            transport = httpx.ASGITransport(guard, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
                files = {"files": ("a.png", bytes(100_000))}
                return await http.post("/gradio_api/upload", files=files)

        return asyncio.run(send())

    replies = [upload("1.2.3.4") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 429, 429]  # 200 kB of the free 0.8 MB
    assert "share of the server's disk" in replies[-1].json()["detail"]
    assert upload("5.6.7.8").status_code == 200
