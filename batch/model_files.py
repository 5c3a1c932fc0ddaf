"""The files of one model: each format of a batch's config, written below the output folder.

files, notes, confidence = write_files(config, job, prediction)
"""

import re
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from batch.config import BatchConfig
from batch.paths import join_address
from batch.sources.jobs import Job, with_digest
from batch.storage import read_file, write_file
from core.errors import BatchError, MeshError
from core.prediction import Prediction
from pipeline.confidence import model_confidence
from pipeline.export import export_with_notes
from pipeline.result import Result
from pipeline.scene.scene import Scene, make_scene
from pipeline.settings import PARTS

UNDECODED = re.compile("[\ud800-\udfff]")  # bytes of a file name that are not UTF-8


class WrittenModel(NamedTuple):
    """The files of one model."""

    files: list[str]  # paths below the output folder
    notes: list[str]  # sentences to read before printing an STL
    confidence: float  # expected IoU with the true object


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
        The files, the notes and the confidence.

    Raises
    ------
    UserError
        If the mesh is empty or a file cannot be written.
    """
    data, notes, confidence = export_model(config, job.name, prediction)
    if job.may_exist and any(differs(_target(config, job, f), data[f]) for f in data):
        job = with_digest(job)
    for file_format, content in data.items():
        write_file(_target(config, job, file_format), content)
    files = [f"{job.name}.{file_format}" for file_format in data]
    return WrittenModel(files, notes, confidence)


def export_model(
    config: BatchConfig, name: str, prediction: Prediction, photos: tuple[Prediction, ...] = ()
) -> tuple[dict[str, bytes], list[str], float]:
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
        Sentences about parameters out of range, and to read before printing an STL.
    confidence : float
        Expected IoU with the true object.

    Raises
    ------
    UserError
        If the mesh is empty or the temporary folder cannot be written.
    """
    result = Result(prediction, unicode_name(name), Path(), config.threshold, photos)
    result, clamped = with_parameters(config, with_parts(config, result))
    data, notes, confidence = export_result(config, result)
    return data, [*clamped, *notes], confidence


def export_result(config: BatchConfig, result: Result) -> tuple[dict[str, bytes], list[str], float]:
    """Return the files of a result as `export_model` does; its parts were looked for."""
    data, notes = {}, []
    with tempfile.TemporaryDirectory() as folder:
        result = replace(result, folder=Path(folder))
        for file_format in config.formats:
            path, more = export_with_notes(result, config.settings, file_format, config.options)
            notes += [note for note in more if note not in notes]
            data[file_format] = path.read_bytes()
    return data, notes, model_confidence(result, config.settings)


def place_pieces(config: BatchConfig, results: list[Result]) -> Scene:
    """Return the scene of all pieces of a photo, in the style of the config."""
    scene = make_scene(results, config.settings.threshold)
    if config.settings.style != PARTS:
        return scene
    from pipeline.scene.parts import add_scene_parts

    return add_scene_parts(scene, config.settings.threshold, partial(with_parts, config))


def unicode_name(name: str) -> str:
    """Return the last part of a model's path, without bytes that are not UTF-8."""
    return UNDECODED.sub("_", PurePosixPath(name).name)


def _target(config: BatchConfig, job: Job, file_format: str) -> str:
    """Return the address of a model's file."""
    return join_address(config.out, f"{job.name}.{file_format}")


def differs(address: str, data: bytes) -> bool:
    """Return True if a file exists and has another content."""
    try:
        return read_file(address) != data
    except BatchError:
        return False


def with_parts(config: BatchConfig, result: Result) -> Result:
    """Return the result with its model of parts if the style asks for it, or the result itself."""
    if config.settings.style != PARTS or not config.bank:
        return result
    from pipeline.parts.bank import cached_bank
    from pipeline.parts.model import add_parts

    return add_parts(result, cached_bank(config.bank))


def with_parameters(config: BatchConfig, result: Result) -> tuple[Result, list[str]]:
    """Return the result with the parameters of the config, and a sentence for each clamped value.

    Raises
    ------
    MeshError
        If the config has parameters of parts and there is no such model, or one means nothing.
    """
    if config.settings.style != PARTS or not config.parameters:
        return result, []
    from pipeline.parts.editing import edit

    if not result.part_model:
        raise MeshError("This photo gives no model of parts; leave out --set.")
    model, notes = edit(result.part_model, dict(config.parameters), result)
    return replace(result, part_model=model), notes
