"""A client with bad intentions: requests of any form, from an address of its own."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx

from benchmarks.api_client import API, EventParser, error_text, file_value, own_address
from benchmarks.stress.report import is_one_sentence

TIMEOUT_S = 300.0  # for one answer; the queue is full of visitors' photos
MODEL, SENTENCE, OTHER, CLOSED = "model", "sentence", "other", "closed"  # outcomes, beside statuses


class Attacker:
    """Sends requests and returns outcomes: a status, or how a call or a connection ended.

    Parameters
    ----------
    url : str
        Address of the server.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.begin()
        self.address = own_address()  # of this machine, which the connections come from
        # No keep-alive: a refusal closes the connection.
        transport = httpx.AsyncHTTPTransport(
            local_address=self.address, limits=httpx.Limits(max_keepalive_connections=0)
        )
        self.http = httpx.AsyncClient(
            base_url=url, timeout=TIMEOUT_S, transport=transport, trust_env=False
        )

    async def __aenter__(self) -> "Attacker":
        """Open the client."""
        return self

    async def __aexit__(self, *_) -> None:
        """Close all connections."""
        await self.http.aclose()

    def begin(self) -> None:
        """Take a new session: a stream of Gradio's also tells of other calls of its session."""
        self.session = f"attacker-{uuid.uuid4().hex}"

    async def send(self, method: str, path: str, **options) -> str:
        """Send one request; return the status, or CLOSED if the server ends the connection."""
        try:
            return str((await self.http.request(method, path, **options)).status_code)
        except httpx.HTTPError:
            return CLOSED

    async def send_all(self, requests: list) -> list[str]:
        """Send requests at once, each the arguments of `send` as a pair of tuple and dict."""
        return await asyncio.gather(*(self.send(*args, **options) for args, options in requests))

    async def upload(self, name: str, data: bytes) -> tuple[str, dict | None]:
        """Upload a file; return the outcome, and the value that stands for the file in a call."""
        try:
            reply = await self.http.post(f"{API}/upload", files={"files": (name, data)})
        except httpx.HTTPError:
            return CLOSED, None
        file = file_value(reply.json()[0]) if reply.status_code == 200 else None
        return str(reply.status_code), file

    async def submit(self, endpoint: str, *values, session: str | None = None) -> tuple[str, str]:
        """Start a call; return the outcome, and the id of its event or ""."""
        body = json.dumps({"data": values, "session_hash": session or self.session})
        headers = {"Content-Type": "application/json"}  # json.dumps writes NaN, httpx does not
        try:
            reply = await self.http.post(f"{API}/call/{endpoint}", content=body, headers=headers)
        except httpx.HTTPError:
            return CLOSED, ""
        event = reply.json()["event_id"] if reply.status_code == 200 else ""
        return str(reply.status_code), event

    async def call(self, endpoint: str, *values) -> str:
        """Make a call and wait for it; return MODEL, SENTENCE, OTHER or how it was refused."""
        outcome, event = await self.submit(endpoint, *values)
        if not event:
            return outcome
        parser = EventParser()
        with suppress(httpx.HTTPError):
            async with self.http.stream("GET", f"{API}/call/{endpoint}/{event}") as stream:
                async for line in stream.aiter_lines():
                    if answer := parser.feed(line):
                        return _kind(*answer)
        return CLOSED

    @asynccontextmanager
    async def raw(self, data: bytes) -> AsyncIterator[asyncio.StreamReader]:
        """Open a connection and send bytes that need not be HTTP."""
        local = (self.address, 0) if self.address else None
        reader, writer = await asyncio.open_connection(self.host, self.port, local_addr=local)
        try:
            writer.write(data)
            await writer.drain()
            yield reader
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def send_raw(self, data: bytes, seconds: float) -> str:
        """Send bytes; return the status, CLOSED, or OTHER if nothing comes within the time."""
        try:
            async with self.raw(data) as reader, asyncio.timeout(seconds):
                line = (await reader.read(100)).split(b" ")
        except TimeoutError:
            return OTHER
        except OSError:
            return CLOSED
        return line[1].decode("latin-1") if len(line) > 1 else CLOSED


def _kind(kind: str, answer) -> str:
    """Return the outcome of an event."""
    if kind == "complete":
        return MODEL
    return SENTENCE if is_one_sentence(error_text(answer)) else OTHER
