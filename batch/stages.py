"""Photos to models in three overlapping stages: decode, predict, export.

    for record in convert(model, jobs, BatchConfig(settings, ("glb",), "out", threshold)):
        print(record.input, record.files, record.error)

Threads are sufficient to keep the network busy, because Pillow and PyTorch release Python's lock.
Meshing holds it most of the time, so more than one thread for the export would not be faster.
"""

import hashlib
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from batch.config import BatchConfig
from batch.jobs import Job, with_digest
from batch.manifest import JobRecord
from batch.paths import join_address
from batch.scheduling import map_in_order, split_batches
from batch.storage import read_file, write_file
from core.boxes import clip_box
from core.errors import BatchError, MeshError, PictureError, UserError
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from images.untrusted import open_image
from pipeline.confidence import calibrated_iou
from pipeline.export import export_with_notes
from pipeline.result import Result
from pipeline.settings import PARTS
from pipeline.warnings import photo_warnings, rotation_warning
from voxel_model import VoxelModel, predict_decoded

UNDECODED = re.compile("[\ud800-\udfff]")  # bytes of a file name that are not UTF-8
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


class WrittenModel(NamedTuple):
    """The files of one model."""

    files: list[str]  # paths below the output folder
    notes: list[str]  # sentences to read before printing an STL


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
    files, notes, error, iou = [], [], state.error, 0.0
    if state.prediction:
        iou = calibrated_iou(state.prediction, config.settings.threshold)
        try:
            files, notes = write_files(config, state.job, state.prediction)
        except Exception as problem:  # a full disk, or no solid cell at the threshold
            error = error_message(problem)
    probabilities = state.prediction.category_probabilities if state.prediction else {}
    category = state.prediction.category if state.prediction else ""
    return JobRecord(
        input=state.job.input,
        box=state.job.box and list(state.job.box),
        category=category,
        confidence=round(probabilities.get(category, 0.0), 4),
        files=files,
        seconds=round(state.seconds + time.perf_counter() - start, 4),
        error=error,
        made_with=config.made_with,
        expected_iou=round(iou, 4),
        warnings=list(state.warnings),
        notes=notes,
        digest=state.digest,
    )


def write_files(config: BatchConfig, job: Job, prediction: Prediction) -> WrittenModel:
    """Write the model in each format of the config.

    Parameters
    ----------
    config : BatchConfig
        Formats, settings and output folder.
    job : Job
        Its name is the path of the model below the output folder. If other files of this name
        exist and no record says which photo they show, the name gets a digest.
    prediction : Prediction
        The prediction.

    Returns
    -------
    WrittenModel
        The files and the notes.

    Raises
    ------
    UserError
        If the mesh is empty or a file cannot be written.
    """
    data, notes = export_model(config, job.name, prediction)
    if job.may_exist and any(_differs(_target(config, job, f), data[f]) for f in data):
        job = with_digest(job)
    for file_format, content in data.items():
        write_file(_target(config, job, file_format), content)
    return WrittenModel([f"{job.name}.{file_format}" for file_format in data], notes)


def export_model(
    config: BatchConfig, name: str, prediction: Prediction, photos: tuple[Prediction, ...] = ()
) -> tuple[dict[str, bytes], list[str]]:
    """Return the model's file in each format of the config.

    Parameters
    ----------
    config : BatchConfig
        Formats and settings.
    name : str
        Path of the model; the object in the file gets its last part.
    prediction : Prediction
        The prediction.
    photos : tuple of Prediction
        The predictions that were fused to it, if several.

    Returns
    -------
    data : dict of str and bytes
        Content of the file by format.
    notes : list of str
        Sentences to read before printing an STL.

    Raises
    ------
    UserError
        If the mesh is empty or the temporary folder cannot be written.
    """
    data, notes = {}, []
    with tempfile.TemporaryDirectory() as folder:
        unicode_name = UNDECODED.sub("_", PurePosixPath(name).name)
        result = Result(prediction, unicode_name, Path(folder), config.threshold, photos)
        if config.settings.style == PARTS:
            result = _with_parts(config, result)
        for file_format in config.formats:
            path, more = export_with_notes(result, config.settings, file_format, config.options)
            notes += [note for note in more if note not in notes]
            data[file_format] = path.read_bytes()
    return data, notes


def _target(config: BatchConfig, job: Job, file_format: str) -> str:
    """Return the address of a model's file."""
    return join_address(config.out, f"{job.name}.{file_format}")


def _differs(address: str, data: bytes) -> bool:
    """Return True if a file exists and has another content."""
    try:
        return read_file(address) != data
    except BatchError:
        return False


def _with_parts(config: BatchConfig, result: Result) -> Result:
    """The result with its model of parts, the parameters of the config applied."""
    from pipeline.parts.bank import cached_bank
    from pipeline.parts.editing import edit
    from pipeline.parts.model import add_parts

    if config.bank:
        result = add_parts(result, cached_bank(config.bank))
    if not config.parameters:
        return result
    if not result.part_model:
        raise MeshError("This photo gives no model of parts; leave out --set.")
    model, _ = edit(result.part_model, dict(config.parameters), result)
    return replace(result, part_model=model)


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
