"""Clients of the app's API over plain HTTP, which send the same requests as curl.

ApiClient is asynchronous, one session each: many clients at once, and sessions that close.
`upload` and `call` are synchronous: for measurements of one request after another.
"""

import asyncio
import hashlib
import ipaddress
import json
import sys
import uuid
from itertools import count
from pathlib import Path

import httpx

TIMEOUT_S = 300.0  # for one answer; a full queue of 64 takes half a minute
API = "/gradio_api"
EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.jpg"))
# Values of the API's parameters, in their order.
SETTINGS = [0.5, "smooth", True, "photo"]  # threshold, style, drop_crumbs, colors
EXPORT_OPTIONS = [None, True, 0, 0, 120]  # stl_height, printable, palette, faces, stl_size
FIRST_ADDRESS = int(ipaddress.IPv4Address("127.1.0.1"))
_numbers = count()  # of the ApiClients of this process


class ApiError(RuntimeError):
    """The API answered a call with an error."""


class ApiClient:
    """One session of the API. A context manager: opens on entry, closes on exit.

    On Linux each client has an address of its own in 127.0.0.0/8, because the server limits
    clients by their addresses. Other systems have 127.0.0.1 alone.

    Parameters
    ----------
    url : str
        Address of the server.
    browser : bool
        True keeps a connection open as the page in a browser does. The server treats its end as
        the closing of the page. Other clients of the API have no such connection.
    """

    def __init__(self, url: str, browser: bool = True):
        self.session = uuid.uuid4().hex
        self.browser, self._page = browser, None
        # A connection pool per client, and no proxy from the environment.
        self.http = httpx.AsyncClient(
            base_url=url + API,
            timeout=TIMEOUT_S,
            trust_env=False,
            transport=httpx.AsyncHTTPTransport(local_address=own_address()),
        )

    async def __aenter__(self) -> "ApiClient":
        """Open the client."""
        return await self.open()

    async def __aexit__(self, *_) -> None:
        """Close the client."""
        await self.close()

    async def open(self) -> "ApiClient":
        """Open the page's connection if the client is a browser; return the client."""
        if self.browser:
            opened = asyncio.Event()
            self._page = asyncio.create_task(self._hold_open(opened))
            await opened.wait()
        return self

    async def close(self) -> None:
        """Close all connections, as closing the tab does."""
        if self._page:
            self._page.cancel()
            await asyncio.gather(self._page, return_exceptions=True)
        await self.http.aclose()

    async def upload(self, path: Path) -> dict:
        """Upload a file; return the value that stands for it in a call."""
        reply = await self.http.post("/upload", files={"files": (path.name, path.read_bytes())})
        return file_value(reply.raise_for_status().json()[0])

    async def submit(self, endpoint: str, *values) -> str:
        """Start a call; return the id of its event.

        Raises
        ------
        httpx.HTTPStatusError
            If the server refuses the call, for example because its queue is full.
        """
        body = {"data": values, "session_hash": self.session}
        reply = await self.http.post(f"/call/{endpoint}", json=body)
        return reply.raise_for_status().json()["event_id"]

    async def result(self, endpoint: str, event_id: str) -> tuple[str, list | dict | str | None]:
        """Wait for a call; return ("complete", values) or ("error", message)."""
        async with self.http.stream("GET", f"/call/{endpoint}/{event_id}") as stream:
            parser = EventParser()
            async for line in stream.aiter_lines():
                if outcome := parser.feed(line):
                    return outcome
        return "error", "The stream ended without an answer."

    async def call(self, endpoint: str, *values) -> tuple[str, list | dict | str | None]:
        """Submit a call and wait for it: see `result`."""
        return await self.result(endpoint, await self.submit(endpoint, *values))

    async def fetch(self, file: dict) -> bytes:
        """Download a file of an answer."""
        reply = await self.http.get(file["url"])
        return reply.raise_for_status().content

    async def _hold_open(self, opened: asyncio.Event) -> None:
        try:
            async with self.http.stream("GET", f"/heartbeat/{self.session}") as stream:
                async for _ in stream.aiter_raw():
                    opened.set()
        finally:
            opened.set()  # also if the server refuses: the calls that follow report it


def own_address() -> str | None:
    """Return a loopback address that no other client of this process has; None except on Linux."""
    if sys.platform != "linux":
        return None
    return str(ipaddress.IPv4Address(FIRST_ADDRESS + next(_numbers)))


class EventParser:
    """Reads the server-sent events of one call, line by line."""

    def __init__(self):
        self._event = ""

    def feed(self, line: str) -> tuple[str, list | dict | str | None] | None:
        """Return ("complete", values) or ("error", message) after the last line, else None."""
        key, _, value = line.partition(": ")
        if key == "event":
            self._event = value
        if key == "data" and self._event in ("complete", "error"):
            return self._event, json.loads(value)
        return None


def upload(client: httpx.Client, path: Path) -> dict:
    """Upload a file; return the value that stands for it in a call."""
    with open(path, "rb") as file:
        reply = client.post(f"{API}/upload", files={"files": (path.name, file)})
    return file_value(reply.raise_for_status().json()[0])


def call(client: httpx.Client, endpoint: str, values: list) -> list:
    """Call an endpoint and waits for its answer.

    Raises
    ------
    ApiError
        If the answer is an error, or the stream ends before it.
    """
    reply = client.post(f"{API}/call/{endpoint}", json={"data": values})
    event_id = reply.raise_for_status().json()["event_id"]
    parser = EventParser()
    with client.stream("GET", f"{API}/call/{endpoint}/{event_id}") as events:
        for line in events.iter_lines():
            if outcome := parser.feed(line):
                kind, answer = outcome
                if kind == "complete":
                    return answer
                raise ApiError(f"{endpoint}: {error_text(answer)}")
    raise ApiError(f"{endpoint}: the stream ended without an answer.")


def file_value(path: str) -> dict:
    """Return a file on the server as Gradio's API takes it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def error_text(error: httpx.HTTPStatusError | dict | str | list | None) -> str:
    """Return the message of a refused request or of an answer that is an error."""
    if isinstance(error, httpx.HTTPStatusError):
        text = error.response.text
        return json.loads(text)["detail"] if text.startswith("{") else text
    return str(error["error"]) if isinstance(error, dict) else str(error)


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
