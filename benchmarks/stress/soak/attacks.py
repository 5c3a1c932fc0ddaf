"""The attacks of the soak: each function sends one, and returns the outcomes of its requests.

`ATTACKS` says which outcomes are right. A refusal for want of room (REFUSED) is right for each:
attackers run into the limits of their own address.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from benchmarks.api_client import API, EXAMPLES, EXPORT_OPTIONS, SETTINGS
from benchmarks.stress.soak.attacker import CLOSED, MODEL, SENTENCE, Attacker
from benchmarks.stress.soak.bombs import pickle_bomb, striped_png, text_png, zip_bomb

# Too much of one client; no room; the disk is taken up; the connection is one too many.
REFUSED = {"429", "503", "507", CLOSED}
NOWHERE = "http://127.0.0.1:9/x"  # nothing listens there
SLOW_SECONDS = 40.0  # the server gives headers and small bodies 10 s
CONNECTIONS = 60  # more than one client may hold
LARGE_FILE = 15_000_000  # bytes, below the largest upload
LARGE_FIELD = 250_000_000  # bytes
FLOOD = 2000  # requests
numbers = count()  # in names of sessions and in files that were not sent before


@dataclass(frozen=True)
class Attack:
    """A kind of attack."""

    what: str  # as the table names it
    run: Callable[[Attacker], Awaitable[list[str]]]
    right: frozenset[str]  # outcomes that show that the attack failed, beside REFUSED


async def costly_alpha(attacker: Attacker) -> list[str]:
    """Upload 49 megapixels of thin stripes and have them made a model."""
    return [await _generate(attacker, "stripes.png", striped_png())]


async def packed_files(attacker: Attacker) -> list[str]:
    """Upload files that unpack to a gigabyte, or run code, under the name of a picture."""
    bombs = {"text.png": text_png, "image.npz": zip_bomb, "model.pth": pickle_bomb}
    return [await _generate(attacker, name, make()) for name, make in bombs.items()]


async def fetched_addresses(attacker: Attacker) -> list[str]:
    """Name addresses that the server should fetch."""
    paths = [f"{API}/file/{NOWHERE}", f"{API}/file={NOWHERE}", f"{API}/proxy={NOWHERE}"]
    outcomes = await attacker.send_all([(("GET", path), {}) for path in paths])
    image = {"path": NOWHERE, "meta": {"_type": "gradio.FileData"}}
    return [*outcomes, await attacker.call("generate", image, *SETTINGS, None)]


async def skipped_queue(attacker: Attacker) -> list[str]:
    """Ask for work outside the queue, eight times at once."""
    body = {"data": [None, *SETTINGS, None], "session_hash": attacker.session}
    requests = [(("POST", f"{API}/{name}/generate"), {"json": body}) for name in ("run", "api")]
    return await attacker.send_all(requests * 4)


async def long_names(attacker: Attacker) -> list[str]:
    """Name sessions in megabytes."""
    sizes = (100, 1_900_000, 3_900_000)
    bodies = [{"data": [], "session_hash": "x" * size} for size in sizes]
    requests = [(("POST", f"{API}/call/remesh"), {"json": body}) for body in bodies]
    return await attacker.send_all(requests * 3)


async def signed_out(attacker: Attacker) -> list[str]:
    """Sign visitors out, and ask for the secret of their cookies."""
    headers = {"Origin": "https://evil.example", "Cookie": "access-token-unsecure-=x; \x01=2"}
    paths = ["/logout", f"{API}/token", f"{API}/deep_link"]
    return await attacker.send_all([(("GET", path), {"headers": headers}) for path in paths])


async def recordings(attacker: Attacker) -> list[str]:
    """Have ffmpeg read a file, and edit the app."""
    file = {"file": ("a.webm", os.urandom(10_000))}
    requests = [
        (("POST", f"{API}/process_recording"), {"files": file}),
        (("POST", f"{API}/component_server/"), {"json": {"data": 1, "fn_name": "x"}}),
        (("POST", f"{API}/vibe-edit/"), {"json": {"prompt": "x"}}),
    ]
    return await attacker.send_all(requests)


async def tools_for_agents(attacker: Attacker) -> list[str]:
    """Use the tools for agents, which are off, with a picture in the address."""
    arguments = {"image": "data:image/png;base64,iVBORw0KGgo="}
    call = {"name": "convert", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"Origin": "https://evil.example", "Accept": "application/json, text/event-stream"}
    return [await attacker.send("POST", f"{API}/mcp/", json=body, headers=headers)]


async def many_sessions(attacker: Attacker) -> list[str]:
    """Send 130 tiny posts, each under another name."""
    calls = (attacker.submit("remesh", session=f"other-{next(numbers)}") for _ in range(130))
    return [outcome for outcome, _ in await asyncio.gather(*calls)]


async def slow_headers(attacker: Attacker) -> list[str]:
    """Hold connections open with headers, and with bodies, that never end."""
    head = b"POST /gradio_api/cancel HTTP/1.1\r\nHost: a\r\n"
    starts = [b"", b"GET / HT", head, head + b"Content-Length: 100\r\n\r\n{"]
    sends = (attacker.send_raw(starts[i % 4], SLOW_SECONDS) for i in range(CONNECTIONS))
    return await asyncio.gather(*sends)


async def filled_disk(attacker: Attacker) -> list[str]:
    """Upload 0.6 GB; Gradio would write equal files once."""
    data = os.urandom(LARGE_FILE)
    files = (f"{next(numbers)} ".encode() + data for _ in range(40))
    return [(await attacker.upload("a.png", file))[0] for file in files]


async def large_fields(attacker: Attacker) -> list[str]:
    """Send a form whose field, which is no file, is 250 MB long; and one of 1000 parts."""
    head = b"--X\r\nContent-Disposition: form-data; "

    async def field():
        yield head + b'name="files"\r\n\r\n'
        for _ in range(LARGE_FIELD // 1_000_000):
            yield bytes(1_000_000)

    parts = (head + b'name="files"; filename="a.png"\r\n\r\n0\r\n') * 1000
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    return [
        await attacker.send("POST", f"{API}/upload", content=body, headers=headers)
        for body in (field(), parts)
    ]


async def films(attacker: Attacker) -> list[str]:
    """Ask for twenty films at once, and leave."""
    outcome = await _generate(attacker, "chair.jpg", EXAMPLES[0].read_bytes())
    calls = (
        attacker.submit("export", ("mp4", "webp")[i % 2], *SETTINGS, *EXPORT_OPTIONS)
        for i in range(20)
    )
    return [outcome, *(outcome for outcome, _ in await asyncio.gather(*calls))]


async def forged_lines(attacker: Attacker) -> list[str]:
    """Write lines of its own into the log, and requests that are no HTTP."""
    forged = "2026-01-01 00:00:00,000 ERROR forged"
    starts = [
        f"GET /\x1b[31m\n{forged} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        f"GET /x HTTP/1.1\r\nHost: a\r\n{forged}\r\n\r\n".encode(),
        b"\x16\x03\x01" + os.urandom(500) + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
        b"POST /gradio_api/cancel HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ]
    outcomes = [await attacker.send_raw(start, SLOW_SECONDS) for start in starts]
    name = f"{API}/call/x%0d%0a{forged.replace(' ', '%20')}/%1b"
    return [*outcomes, await attacker.send("GET", name)]


async def forged_addresses(attacker: Attacker) -> list[str]:
    """Flood the server, with another address in X-Forwarded-For each time."""
    requests = [
        (("GET", "/robots.txt"), {"headers": {"X-Forwarded-For": f"10.{i // 250}.{i % 250}.1"}})
        for i in range(FLOOD)
    ]
    parts = [requests[start : start + 20] for start in range(0, FLOOD, 20)]
    return [outcome for part in parts for outcome in await attacker.send_all(part)]


async def wrong_values(attacker: Attacker) -> list[str]:
    """Call with values of the wrong type and size."""
    nan, huge = float("nan"), 10**400
    values = [[nan, *SETTINGS[1:]], [huge, *SETTINGS[1:]], [0.5, "x" * 1_000_000, True, "photo"]]
    return [await attacker.call("remesh", *value) for value in values]


async def costly_rooms(attacker: Attacker) -> list[str]:
    """Find the pieces of 49 megapixels of stripes, and ask for a room of them and of any boxes."""
    outcome, file = await attacker.upload("stripes.png", striped_png())
    if not file:
        return [outcome]
    everywhere = [[0, 0, 7000, 7000]] * 12
    values = (None, everywhere, everywhere * 100, [[float("nan"), 0, 1e308, 2]], "x" * 1_000_000)
    rooms = [await attacker.call("scene", file, *SETTINGS, boxes) for boxes in values]
    return [await attacker.call("find", file, True), *rooms]


async def _generate(attacker: Attacker, name: str, data: bytes) -> str:
    """Upload a file and have it made a model."""
    outcome, file = await attacker.upload(name, data)
    return await attacker.call("generate", file, *SETTINGS, None) if file else outcome


def _attack(what: str, run: Callable, *right: str) -> Attack:
    return Attack(what, run, frozenset(right))


ATTACKS = (
    _attack("49 megapixels of stripes", costly_alpha, MODEL, SENTENCE),
    _attack("files that unpack to 1 GB", packed_files, SENTENCE, MODEL),
    _attack("addresses to fetch", fetched_addresses, "403", "404", SENTENCE),
    _attack("work outside the queue", skipped_queue, "404"),
    _attack("session names of megabytes", long_names, "400", "413"),
    _attack("logout and cookie of others", signed_out, "404"),
    _attack("recordings and edits", recordings, "404"),
    _attack("tools for agents, data: address", tools_for_agents, "404"),
    _attack("130 sessions by tiny posts", many_sessions, "200"),
    _attack("60 slow connections", slow_headers, "408"),
    _attack("0.6 GB of uploads", filled_disk, "200"),
    _attack("field of 250 MB, 1000 parts", large_fields, "413"),
    _attack("20 films, nobody listens", films, MODEL, "200"),
    _attack("forged log lines, broken HTTP", forged_lines, "400", "404"),
    _attack("2000 requests, forged addresses", forged_addresses, "200"),
    _attack("NaN and other wrong values", wrong_values, SENTENCE),
    _attack("rooms of 49 megapixels", costly_rooms, MODEL, SENTENCE),
)
