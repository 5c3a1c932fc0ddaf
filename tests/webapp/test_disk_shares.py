"""Clients that upload without end leave room on the disk for others."""

from webapp.server.disk_shares import DiskShares

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
    monkeypatch.setattr("webapp.server.disk_shares.MAX_CLIENTS", 3)
    shares = DiskShares(DISK, 3600)
    for client in "abcd":
        shares.add(client, FILE, 0)
    assert list(shares.clients) == ["b", "c", "d"]
