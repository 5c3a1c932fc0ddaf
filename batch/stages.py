"""Photos to models in three overlapping stages: decode, predict, export.

    for record in convert(model, jobs, BatchConfig(settings, ("glb",), "out", threshold)):
        print(record.input, record.files, record.error)

Threads are sufficient to keep the network busy, because Pillow and PyTorch release Python's lock.
Meshing holds it most of the time, so more than one thread for the export would not be faster.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

from batch.config import BatchConfig
from batch.model_files import write_files
from batch.results.records import JobRecord
from batch.scheduling import map_in_order, split_batches
from batch.sources.jobs import Job
from batch.storage import read_file
from core.boxes import clip_box
from core.errors import PictureError, UserError
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from images.untrusted import open_image
from pipeline.warnings import photo_warnings, rotation_warning
from voxel_model import VoxelModel, predict_decoded

BATCH = 8  # photos in one pass; a CPU is no faster with more, and decoded photos fill the memory


@dataclass(frozen=True)
class JobState:
    """A job between two stages. The later stages pass on a job with an error."""

    job: Job
    seconds: float = 0.0  # spent on the job so far
    image: DecodedImage | None = None  # until the prediction
    prediction: Prediction | None = None
    error: str | None = None
    digest: str = ""  # SHA-256 of the photo's file
    warnings: tuple[str, ...] = ()


def convert(
    model: VoxelModel,
    jobs: Iterable[Job],
    config: BatchConfig,
    threads: int = 2,
    batch: int = BATCH,
) -> Iterator[JobRecord]:
    """Convert jobs. An error in one photo does not stop the others.

    Parameters
    ----------
    model : VoxelModel
        The model.
    jobs : iterable of Job
        Photos to convert.
    config : BatchConfig
        How each photo becomes files.
    threads : int
        Threads that decode.
    batch : int
        Photos in one pass of the network.

    Yields
    ------
    JobRecord
        One record for each job, in order.
    """
    with ExitStack() as stack:
        decoders = stack.enter_context(ThreadPoolExecutor(threads, "decode"))
        exporter = stack.enter_context(ThreadPoolExecutor(1, "export"))
        opened = map_in_order(
            decoders, partial(open_job, max_bytes=config.max_file_bytes), jobs, ahead=batch
        )
        predicted = (
            state for group in split_batches(opened, batch) for state in predict_group(model, group)
        )
        yield from map_in_order(exporter, partial(export_job, config), predicted, ahead=batch)


def read_image(address: str, max_bytes: int | None = None) -> DecodedImage:
    """Read and decode a photo.

    Parameters
    ----------
    address : str
        Local path, URL, file in an archive, or `-` for stdin.
    max_bytes : int, optional
        Maximum size of the file in bytes.

    Returns
    -------
    DecodedImage
        The photo.

    Raises
    ------
    BatchError
        If the file cannot be read.
    PictureError
        If the photo cannot be used.
    """
    return decode_image(open_image(BytesIO(read_file(address)), max_bytes))


def open_job(job: Job, max_bytes: int | None = None) -> JobState:
    """Read and decode a photo and clip the box, so that the network gets usable images only.

    Parameters
    ----------
    job : Job
        A photo and its box.
    max_bytes : int, optional
        Maximum size of the file in bytes.

    Returns
    -------
    JobState
        The decoded image, or an error.
    """
    start, digest = time.perf_counter(), ""
    try:
        data = read_file(job.input)
        digest = hashlib.sha256(data).hexdigest()
        image = decode_image(open_image(BytesIO(data), max_bytes))
        image.rgb.info = {}  # metadata of up to 64 MB, while the image waits for its batch
        box = clip_box(job.box, image.rgb.size) if job.box else None
    except Exception as error:  # Pillow's decoders raise many types on damaged files
        seconds = time.perf_counter() - start
        return JobState(job, seconds, error=error_message(error), digest=digest)
    seconds = time.perf_counter() - start
    return JobState(replace(job, box=box), seconds, image, digest=digest)


def predict_group(model: VoxelModel, group: list[JobState]) -> list[JobState]:
    """Predict a batch.

    Parameters
    ----------
    model : VoxelModel
        The model.
    group : list of JobState
        Opened jobs.

    Returns
    -------
    list of JobState
        The same jobs with predictions in place of images. Each gets an equal share of the time.
    """
    start = time.perf_counter()
    usable = [state for state in group if state.image]
    outcomes = iter(_predict(model, usable))
    seconds = (time.perf_counter() - start) / max(len(usable), 1)
    return [
        replace(state, seconds=state.seconds + seconds, image=None, **next(outcomes))
        if state.image
        else state
        for state in group
    ]


def _predict(model: VoxelModel, states: list[JobState]) -> list[dict]:
    """Return `prediction` or `error` of each job; after an error each photo is predicted alone."""
    if not states:
        return []
    try:
        images, boxes = [state.image for state in states], [state.job.box for state in states]
        predictions = predict_decoded(model, images, boxes)
    except PictureError as error:
        if len(states) == 1:
            return [{"error": str(error)}]
        return [outcome for state in states for outcome in _predict(model, [state])]
    outcomes = []
    for state, prediction in zip(states, predictions, strict=True):
        warnings = photo_warnings(prediction, state.image)
        if state.job.box is None:
            warnings += rotation_warning(model, prediction, state.image)
        # nothing needs the alpha masks again, and those of waiting jobs would fill the memory
        prediction = replace(prediction, alpha=None)
        outcomes.append({"prediction": prediction, "warnings": tuple(warnings)})
    return outcomes


def export_job(config: BatchConfig, state: JobState) -> JobRecord:
    """Write the files of a prediction.

    Parameters
    ----------
    config : BatchConfig
        How each photo becomes files.
    state : JobState
        A job with a prediction or an error.

    Returns
    -------
    JobRecord
        The record for the manifest.
    """
    start = time.perf_counter()
    files, notes, confidence = [], [], 0.0
    if state.prediction:
        try:
            files, notes, confidence = write_files(config, state.job, state.prediction)
        except Exception as problem:  # a full disk, or no solid cell at the threshold
            state = replace(state, error=error_message(problem))
    seconds = state.seconds + time.perf_counter() - start
    return make_record(config, replace(state, seconds=seconds), files, notes, confidence)


def make_record(
    config: BatchConfig,
    state: JobState,
    files: list[str],
    notes: list[str],
    confidence: float = 0.0,
) -> JobRecord:
    """Return the record of a job, or of one piece of its photo.

    Parameters
    ----------
    config : BatchConfig
        How each photo becomes files.
    state : JobState
        A job with a prediction or an error.
    files : list of str
        Paths of its files below the output folder.
    notes : list of str
        Sentences to read before printing an STL.
    confidence : float
        Expected IoU of the model with the true shape; 0 without files.
    """
    prediction, category, probability = state.prediction, "", 0.0
    if prediction:
        category = prediction.category
        probability = prediction.category_probabilities.get(category, 0.0)
    return JobRecord(
        input=state.job.input,
        box=state.job.box and list(state.job.box),
        category=category,
        confidence=confidence,
        files=files,
        seconds=round(state.seconds, 4),
        error=state.error,
        made_with=config.made_with,
        expected_iou=confidence,
        warnings=list(state.warnings),
        notes=notes,
        digest=state.digest,
        probability=round(probability, 4),
    )


def error_message(error: Exception) -> str:
    """Return one line for the manifest.

    Parameters
    ----------
    error : Exception
        Any error of a job.

    Returns
    -------
    str
        The message of a UserError; the type and message of any other error.
    """
    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
