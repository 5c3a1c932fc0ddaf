"""Pictures to models in three overlapping stages: decode in threads, predict, mesh in a thread.

    for record in convert(model, jobs, Recipe(settings, ("glb",), "out", threshold)):
        print(record.input, record.files, record.error)

Pillow decodes and PyTorch computes outside Python's lock, so threads are enough to keep the
network busy; meshing holds the lock most of the time, which one thread shows as well as many.
"""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from batch.jobs import Job
from batch.manifest import JobRecord
from batch.storage import join_address, read_file, write_file
from core.boxes import clip_box
from core.errors import BatchError, MeshError, PictureError
from core.prediction import Prediction
from images.preprocessing import decode_image
from pipeline.export import DEFAULT_EXPORT, ExportOptions, Result, Settings, open_image
from pipeline.export import export_file as write_model
from voxel_model import VoxelModel, predict_decoded

BATCH = 8  # pictures in one pass: on a CPU more are no faster, and decoded ones fill the memory
BATCH_PIXELS = 64_000_000  # and no more than this, 0.5 GB with their masks
KNOWN = (BatchError, MeshError, PictureError)  # their messages are sentences


@dataclass(frozen=True)
class BatchConfig:
    """How every picture of a run is made into files."""

    settings: Settings
    formats: tuple[str, ...]  # some of pipeline.FORMATS, or zip
    out: str  # address of the folder
    threshold: float  # the model's own, see Kept
    finish: ExportOptions = DEFAULT_EXPORT
    model: str = "checkpoint"  # where the weights came from

    @property
    def made_with(self) -> str:
        """What else than picture and box decides about a model, for the manifest."""
        s, f = self.settings, self.finish
        crumbs = "without crumbs" if s.drop_crumbs else "with crumbs"
        made = f"{self.model}, threshold {s.threshold:g}, {s.style}, {crumbs}, colors {s.colors}"
        made += f", palette {f.palette}" if f.palette else ""
        made += f", faces {f.faces}" if f.faces else ""
        if {"stl", "zip"} & set(self.formats):
            made += f", {f.stl_height:g} mm" + (", printable" if f.printable else "")
        return made


@dataclass(frozen=True)
class JobState:
    """A job on its way through the stages; with an error the rest of them pass it on."""

    job: Job
    seconds: float = 0.0  # spent on it so far
    picture: Image.Image | None = None
    alpha: np.ndarray | None = None  # a cut-out's own mask
    prediction: Prediction | None = None
    error: str | None = None


def convert(
    model: VoxelModel,
    jobs: Iterable[Job],
    recipe: BatchConfig,
    threads: int = 2,
    batch: int = BATCH,
) -> Iterator[JobRecord]:
    """A record for each job, in order. What is wrong with one picture never stops the others."""
    with ExitStack() as stack:
        decoders = stack.enter_context(ThreadPoolExecutor(threads, "decode"))
        mesher = stack.enter_context(ThreadPoolExecutor(1, "mesh"))
        opened = map_in_order(decoders, open_job, jobs, ahead=batch)
        predicted = (
            step for group in split_batches(opened, batch) for step in predict_group(model, group)
        )
        yield from map_in_order(mesher, partial(export_job, recipe), predicted, ahead=batch)


def map_in_order(pool: Executor, function: Callable, items: Iterable, ahead: int) -> Iterator:
    """`map` in a pool that has at most `ahead` items taken in and not yet given out."""
    pending = deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def split_batches(steps: Iterable[JobState], most: int) -> Iterator[list[JobState]]:
    """Runs of at most `most` steps and BATCH_PIXELS pixels, the last picture's excepted."""
    group, pixels = [], 0
    for step in steps:
        group.append(step)
        pixels += step.picture.width * step.picture.height if step.picture else 0
        if len(group) == most or pixels >= BATCH_PIXELS:
            yield group
            group, pixels = [], 0
    if group:
        yield group


def open_job(job: Job) -> JobState:
    """Read, decoded and checked, so that the network meets usable pictures only."""
    began = time.perf_counter()
    try:
        picture, alpha = decode_image(open_image(BytesIO(read_file(job.input))))
        picture.info = {}  # up to 64 MB, which would wait with it
        box = clip_box(job.box, picture.size) if job.box else None
    except Exception as error:  # Pillow's decoders raise nearly anything on broken files
        return JobState(job, time.perf_counter() - began, error=error_message(error))
    return JobState(replace(job, box=box), time.perf_counter() - began, picture, alpha)


def predict_group(model: VoxelModel, group: list[JobState]) -> list[JobState]:
    """The group with predictions in place of pictures; each took an equal share of the time."""
    began = time.perf_counter()
    usable = [step for step in group if step.picture]
    found = iter(_predictions(model, usable))
    seconds = (time.perf_counter() - began) / max(len(usable), 1)
    return [
        replace(step, seconds=step.seconds + seconds, picture=None, alpha=None, **next(found))
        if step.picture
        else step
        for step in group
    ]


def _predictions(model: VoxelModel, steps: list[JobState]) -> list[dict]:
    """`prediction` or `error` of each: where the network finds nothing in one, it has it alone."""
    if not steps:
        return []
    try:
        pictures = [(step.picture, step.alpha) for step in steps]
        found = predict_decoded(model, pictures, [step.job.box for step in steps])
    except PictureError as error:
        if len(steps) == 1:
            return [{"error": str(error)}]
        return [answer for step in steps for answer in _predictions(model, [step])]
    # a cut-out's own mask is not needed again, and those that wait would fill the memory
    return [{"prediction": replace(prediction, alpha=None)} for prediction in found]


def export_job(recipe: BatchConfig, step: JobState) -> JobRecord:
    """The files of one prediction, and what the manifest says about it."""
    began = time.perf_counter()
    files, error = [], step.error
    if step.prediction:
        try:
            files = write_files(recipe, step.job.name, step.prediction)
        except Exception as problem:  # a full disk, a grid that is empty at the threshold
            error = error_message(problem)
    sure = step.prediction.category_probabilities if step.prediction else {}
    category = step.prediction.category if step.prediction else ""
    return JobRecord(
        input=step.job.input,
        box=step.job.box and list(step.job.box),
        category=category,
        confidence=round(sure.get(category, 0.0), 4),
        files=files,
        seconds=round(step.seconds + time.perf_counter() - began, 4),
        error=error,
        made_with=recipe.made_with,
    )


def write_files(recipe: BatchConfig, name: str, prediction: Prediction) -> list[str]:
    """The model in each format, put in place whole; their paths below the output folder."""
    files = []
    with tempfile.TemporaryDirectory() as folder:
        kept = Result(prediction, PurePosixPath(name).name, Path(folder), recipe.threshold)
        for file_format in recipe.formats:
            path = write_model(kept, recipe.settings, file_format, recipe.finish)
            files.append(f"{name}.{file_format}")
            write_file(join_address(recipe.out, files[-1]), path.read_bytes())
    return files


def error_message(error: Exception) -> str:
    """One line for the manifest; what is not meant for people is named with its type."""
    text = str(error) if isinstance(error, KNOWN) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
