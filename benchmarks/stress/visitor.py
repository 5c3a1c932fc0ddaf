"""A simulated visitor: uploads a photo, generates, downloads; and the model expected of a photo."""

import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from benchmarks.api_client import (
    EXPORT_OPTIONS,
    SETTINGS,
    ApiClient,
    digest,
    error_text,
)
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from voxel_model import VoxelModel, load_model

QUEUE_FULL = "The queue is full"  # start of the sentences of webapp.server.job_queue.turns


@dataclass
class Answer:
    """Outcome of one call of /generate. Times are of time.monotonic(), in seconds."""

    started: float  # before the upload
    submitting: float = 0.0  # after the upload, before the call is sent
    queued: float = 0.0  # the server has put the call into its queue
    done: float = 0.0  # the answer has arrived
    digest: str = ""  # SHA-256 of the GLB file
    file: dict | None = None  # the GLB file, as Gradio names it
    problem: str = ""  # the error message if there is no model

    @property
    def seconds(self) -> float:
        """Time from the start of the upload to the answer."""
        return self.done - self.started


class Visitor(ApiClient):
    """An API client that counts the bytes of its uploads and models."""

    def __init__(self, url: str, browser: bool = True):
        super().__init__(url, browser)
        self.uploaded_bytes = 0  # photos, and the crops that the server keeps of them
        self.model_bytes = 0

    async def upload(self, path: Path) -> dict:
        """Upload a photo; return the value that stands for it in a call."""
        file = await super().upload(path)
        self.uploaded_bytes += path.stat().st_size
        return file

    async def fetch_model(self, file: dict) -> bytes:
        """Download a model."""
        data = await self.fetch(file)
        self.model_bytes += len(data)
        return data

    async def generate(self, path: Path) -> Answer:
        """Upload a photo, wait for its model and download it."""
        answer = Answer(time.monotonic())
        try:
            file = await self.upload(path)
            answer.submitting = time.monotonic()
            event_id = await self.submit("generate", file, *SETTINGS, None)
            answer.queued = time.monotonic()
            kind, values = await self.result("generate", event_id)
            answer.done = time.monotonic()
            if kind == "complete":
                answer.file = values[1]
                answer.digest = digest(await self.fetch_model(answer.file))
                self.uploaded_bytes += len(await self.fetch(values[2]))  # the crop
            else:
                answer.problem = error_text(values)
        except httpx.HTTPStatusError as error:
            answer.problem = error_text(error)
        except httpx.HTTPError as error:
            answer.problem = f"{type(error).__name__}: {error}"
        return answer

    async def can_export(self) -> bool:
        """Return whether the session's model can still be exported."""
        kind, values = await self.call("export", "stl", *SETTINGS, *EXPORT_OPTIONS)
        return kind == "complete" and len(await self.fetch(values[0])) > 0


@cache
def expected_digest(path: Path) -> str:
    """Return the digest of the GLB that this process makes of the photo, with no other load."""
    model = _model()
    with tempfile.TemporaryDirectory() as folder:
        prediction = predict_object(model, open_image(path))
        result = Result(prediction, path.stem, Path(folder), model.config.threshold)
        return digest(export_glb(result, Settings(*SETTINGS))[0].read_bytes())


@cache
def _model() -> VoxelModel:
    return load_model(device="cpu")
