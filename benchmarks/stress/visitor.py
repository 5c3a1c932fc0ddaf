"""One visitor of the API over plain HTTP, and the answers that the model gives when alone."""

import asyncio
import hashlib
import json
import tempfile
import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from pipeline.export import Result, Settings, export_glb, open_image, predict_object
from voxel_model import load_model

ROOT = Path(__file__).parents[2]
PICTURES = sorted(ROOT.glob("examples/*.jpg"))
PATIENCE = 300.0  # seconds for any one answer
SETTINGS = [0.5, "smooth", True, "photo"]  # in the order of pipeline.Settings
FINISH = [100, True, 0, 0]  # in the order of pipeline.Finish
FULL = "Queue is full"
BREAKING = (222, 222)  # pixels of the picture at which benchmarks.stress.broken breaks


@dataclass
class Answer:
    """What came of one call of /generate; times in time.monotonic()'s seconds."""

    asked: float
    joining: float = 0.0  # the file was there, the call about to be sent
    joined: float = 0.0  # the server had taken it into its queue
    done: float = 0.0  # the answer was there, or what was said in its place
    digest: str = ""  # of the GLB's bytes
    file: dict | None = None  # that GLB, as Gradio names it
    problem: str = ""  # what was said in place of an answer

    @property
    def seconds(self) -> float:
        return self.done - self.asked


class Visitor:
    """A session of its own; `leave` ends it as a closed tab does.

    browser : whether it holds a connection open as the page in a browser does; clients of the API
        that are no browser need not
    """

    def __init__(self, url: str, browser: bool = True):
        self.session = uuid.uuid4().hex
        self.browser, self.page = browser, None
        self.brought = self.made = 0  # bytes of pictures and of models that came of them
        # no pool shared with others and no proxy: each visitor has connections of their own
        self.http = httpx.AsyncClient(
            base_url=f"{url}/gradio_api", timeout=PATIENCE, trust_env=False
        )

    async def __aenter__(self) -> "Visitor":
        return await self.arrive()

    async def __aexit__(self, *_) -> None:
        await self.leave()

    async def arrive(self) -> "Visitor":
        if self.browser:
            opened = asyncio.Event()
            self.page = asyncio.create_task(self._hold_open(opened))
            await opened.wait()
        return self

    async def leave(self) -> None:
        if self.page:
            self.page.cancel()
            await asyncio.gather(self.page, return_exceptions=True)
        await self.http.aclose()

    async def _hold_open(self, opened: asyncio.Event) -> None:
        try:
            async with self.http.stream("GET", f"/heartbeat/{self.session}") as stream:
                async for _ in stream.aiter_raw():
                    opened.set()
        finally:
            opened.set()  # a server that is about to end refuses it, which other calls tell

    async def upload(self, picture: Path) -> dict:
        reply = await self.http.post(
            "/upload", files={"files": (picture.name, picture.read_bytes())}
        )
        reply.raise_for_status()
        self.brought += picture.stat().st_size
        return {"path": reply.json()[0], "meta": {"_type": "gradio.FileData"}}

    async def join(self, endpoint: str, *data) -> str:
        """The event's id; httpx.HTTPStatusError when the server takes no more."""
        body = {"data": data, "session_hash": self.session}
        reply = await self.http.post(f"/call/{endpoint}", json=body)
        reply.raise_for_status()
        return reply.json()["event_id"]

    async def result(self, endpoint: str, event: str) -> tuple[str, list]:
        """("complete", the values) or ("error", what it says)."""
        async with self.http.stream("GET", f"/call/{endpoint}/{event}") as stream:
            name = ""
            async for line in stream.aiter_lines():
                key, _, value = line.partition(": ")
                name = value if key == "event" else name
                if key == "data" and name in ("complete", "error"):
                    return name, json.loads(value)
        return "error", ["The stream ended without an answer."]

    async def call(self, endpoint: str, *data) -> tuple[str, list]:
        return await self.result(endpoint, await self.join(endpoint, *data))

    async def fetch(self, file: dict) -> bytes:
        reply = await self.http.get(file["url"])
        reply.raise_for_status()
        return reply.content

    async def model(self, file: dict) -> bytes:
        data = await self.fetch(file)
        self.made += len(data)
        return data

    async def generate(self, picture: Path) -> Answer:
        """Upload, wait, download: the whole of what a visitor waits for."""
        answer = Answer(time.monotonic())
        try:
            file = await self.upload(picture)
            answer.joining = time.monotonic()
            event = await self.join("generate", file, *SETTINGS, None)
            answer.joined = time.monotonic()
            kind, values = await self.result("generate", event)
            answer.done = time.monotonic()
            if kind == "complete":
                answer.file = values[1]
                answer.digest = digest(await self.model(answer.file))
                self.brought += len(await self.fetch(values[2]))  # the crop of the picture
            else:
                answer.problem = said(values)
        except httpx.HTTPStatusError as error:
            answer.problem = said(error)
        except httpx.HTTPError as error:
            answer.problem = f"{type(error).__name__}: {error}"
        return answer


def said(refusal: httpx.HTTPStatusError | dict) -> str:
    """The sentence in a refused request or in an answer that is an error."""
    if isinstance(refusal, httpx.HTTPStatusError):
        text = refusal.response.text
        return json.loads(text)["detail"] if text.startswith("{") else text
    return str(refusal["error"]) if isinstance(refusal, dict) else str(refusal)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@cache
def alone(picture: Path) -> str:
    """Digest of the GLB that the model gives of the picture in this process, with nobody else."""
    model = _model()
    with tempfile.TemporaryDirectory() as folder:
        prediction = predict_object(model, open_image(picture))
        kept = Result(prediction, picture.stem, Path(folder), model.config.threshold)
        return digest(export_glb(kept, Settings(*SETTINGS))[0].read_bytes())


@cache
def _model():
    return load_model(device="cpu")
