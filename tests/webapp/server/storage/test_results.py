"""Files that are written for a client count against its share of the disk."""

import asyncio
import shutil

import httpx
import pytest

from benchmarks.api_client import API, EXPORT_OPTIONS, SETTINGS, call, upload
from benchmarks.app_server import AppServer
from tests.webapp.server.guards import build_guard
from tests.webapp.server.storage.test_disk_shares import inner
from webapp.server.limits import Limits
from webapp.server.storage.results import MEASURE_SECONDS, ResultFiles


def test_files_of_answers_are_counted_once_and_while_they_exist(tmp_path):
    now = [0.0]
    results = ResultFiles(tmp_path / "visitors", clock=lambda: now[0])
    folder = tmp_path / "visitors" / "session"
    folder.mkdir(parents=True)
    (folder / "a.glb").write_bytes(bytes(1000))
    (folder / "b.webp").write_bytes(bytes(200))
    (tmp_path / "secret").write_bytes(bytes(5000))
    files = [{"path": str(folder / "a.glb")}, {"file": str(folder / "b.webp"), "text": "/x"}]
    strange = [{"path": str(tmp_path / "secret")}, {"path": "\0"}, {"path": f"{folder}/none"}]
    for _ in range(3):
        results.add("1.1.1.1", {"data": [files, None, 3, *strange]})
    assert results.size("1.1.1.1") == 1200 and results.size("2.2.2.2") == 0
    shutil.rmtree(folder)
    assert results.size("1.1.1.1") == 1200  # looked at a moment ago
    now[0] += MEASURE_SECONDS + 1
    assert results.size("1.1.1.1") == 0


def test_clients_and_files_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("webapp.server.storage.results.MAX_CLIENTS", 3)
    monkeypatch.setattr("webapp.server.storage.results.MAX_FILES", 2)
    results = ResultFiles(tmp_path)
    paths = [tmp_path / str(number) for number in range(5)]
    for path in paths:
        path.write_bytes(b"1")
        results.add("a", {"path": str(path)})
    assert results.size("a") == 2
    for client in "bcd":
        results.add(client, {})
    assert list(results.files) == ["b", "c", "d"]


def test_a_client_whose_results_fill_its_share_gets_no_more(tmp_path):
    guard = build_guard(inner, tmp_path, Limits(most_disk=1_000_000))
    (tmp_path / "film.mp4").write_bytes(bytes(300_000))
    guard.parts.results.add("1.2.3.4", {"path": str(tmp_path / "film.mp4")})

    def work(address: str) -> httpx.Response:
        async def send():
            transport = httpx.ASGITransport(guard, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
                return await http.post(f"{API}/call/export", json={"data": []})

        return asyncio.run(send())

    reply = work("1.2.3.4")
    assert reply.status_code == 429 and "share of the server's disk" in reply.json()["detail"]
    assert work("5.6.7.8").status_code == 200


@pytest.mark.slow
def test_the_real_server_counts_models_that_nobody_fetched(picture):
    with AppServer(None, {"MOST_DISK": "9000000"}) as server:
        with httpx.Client(base_url=server.url, timeout=120, trust_env=False) as http:
            values = [upload(http, picture), "zip", *SETTINGS, *EXPORT_OPTIONS[:-1], None]
            assert call(http, "convert", values)
            with pytest.raises(httpx.HTTPStatusError, match="429"):
                for _ in range(20):
                    call(http, "convert", values)
        address = httpx.HTTPTransport(local_address="127.0.0.9")
        with httpx.Client(
            base_url=server.url, timeout=120, trust_env=False, transport=address
        ) as other:
            assert call(other, "convert", [upload(other, picture), *values[1:]])
