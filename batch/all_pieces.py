"""All pieces of each photo and the scene they stand in: the stages of `convert.py --all`.

    for record in convert_all(model, jobs, config):        # a record for each piece
        print(record.files, record.piece["scene"])

The files of a photo lie in a folder of its name: `scene.glb` in metres, and `table_1.glb`,
`chair_2.glb` ... in each format of the config, as models of their own.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

from batch.config import BatchConfig
from batch.model_files import differs, export_result, place_pieces, unicode_name
from batch.paths import join_address
from batch.results.records import JobRecord
from batch.scheduling import map_in_order
from batch.sources.jobs import Job, with_digest
from batch.stages import BATCH, JobState, error_message, make_record, open_job
from batch.storage import write_file
from core.errors import PictureError
from core.found_objects import FoundObject
from pipeline.result import Result
from pipeline.scene.files import scene_glb
from pipeline.scene.predicting import find_pieces, piece_results, predict_distinct
from pipeline.scene.scene import Scene, centered, piece_name
from pipeline.warnings import photo_warnings
from voxel_model import VoxelModel

# `piece` in the record of a photo that failed as a whole
NO_PLACE = {"number": 0, "count": 0, "scene": ""}


@dataclass(frozen=True)
class RoomState:
    """A photo after the prediction: one state for each piece, or one with an error."""

    pieces: tuple[JobState, ...]
    found: tuple[FoundObject, ...] = ()


def convert_all(
    model: VoxelModel,
    jobs: Iterable[Job],
    config: BatchConfig,
    threads: int = 2,
    batch: int = BATCH,
) -> Iterator[JobRecord]:
    """Convert jobs; parameters as in `batch.stages.convert`.

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
        Photos that are decoded ahead. The pieces of one photo are one pass of the network.

    Yields
    ------
    JobRecord
        The records of each job, in order: one for each piece, or one with the error of the photo.
    """
    with ExitStack() as stack:
        decoders = stack.enter_context(ThreadPoolExecutor(threads, "decode"))
        exporter = stack.enter_context(ThreadPoolExecutor(1, "export"))
        opened = map_in_order(
            decoders, partial(open_job, max_bytes=config.max_file_bytes), jobs, ahead=batch
        )
        predicted = (predict_room(model, state) for state in opened)
        rows = map_in_order(exporter, partial(export_room, config), predicted, ahead=batch)
        yield from chain.from_iterable(rows)


def predict_room(model: VoxelModel, state: JobState) -> RoomState:
    """Find and predict all pieces of a photo.

    Parameters
    ----------
    model : VoxelModel
        The model.
    state : JobState
        An opened job.
    """
    if not state.image:
        return RoomState((state,))
    start, empty = time.perf_counter(), replace(state, image=None)
    try:
        found = find_pieces(model, state.image)
        found, predictions = predict_distinct(model, state.image, found)
    except PictureError as error:
        return RoomState((replace(empty, error=str(error)),))
    seconds = (state.seconds + time.perf_counter() - start) / len(found)
    pieces = tuple(
        replace(
            empty,
            job=replace(state.job, box=tuple(round(value, 1) for value in prediction.box)),
            seconds=seconds,
            prediction=replace(prediction, alpha=None),
            warnings=tuple(photo_warnings(prediction, state.image)),
        )
        for prediction in predictions
    )
    return RoomState(pieces, tuple(found))


def export_room(config: BatchConfig, room: RoomState) -> list[JobRecord]:
    """Write the scene and each piece of a photo.

    Parameters
    ----------
    config : BatchConfig
        How each photo becomes files.
    room : RoomState
        A photo with predictions or an error.

    Returns
    -------
    list of JobRecord
        One for each piece, or one with the error of the photo.
    """
    if not room.found:
        return [replace(make_record(config, room.pieces[0], [], []), piece=NO_PLACE)]
    try:
        return _export(config, room)
    except Exception as problem:  # a full disk, or no solid cell in any piece
        failed = replace(room.pieces[0], prediction=None, error=error_message(problem))
        failed = replace(failed, job=replace(failed.job, box=None))
        return [replace(make_record(config, failed, [], []), piece=NO_PLACE)]


def _export(config: BatchConfig, room: RoomState) -> list[JobRecord]:
    start, job = time.perf_counter(), room.pieces[0].job
    predictions = [piece.prediction for piece in room.pieces]
    results = piece_results(predictions, unicode_name(job.name), Path(), config.threshold)
    scene = place_pieces(config, results)
    placed = {piece.number: piece.result for piece in scene.pieces}
    scene_data = scene_glb(scene, config.settings)
    if job.may_exist and differs(join_address(config.out, f"{job.main_file}.glb"), scene_data):
        job = with_digest(job)
    scene_path = f"{job.main_file}.glb"
    write_file(join_address(config.out, scene_path), scene_data)
    share = (time.perf_counter() - start) / len(room.pieces)
    records = []
    for number, state in enumerate(room.pieces, 1):
        state = replace(state, seconds=state.seconds + share)
        # a piece without a solid cell is not in the scene; its record says why
        result = placed.get(number, results[number - 1])
        record = _export_piece(config, job.name, number, state, result)
        place = place_of(scene, number, room.found[number - 1]) | {"scene": scene_path}
        records.append(replace(record, piece=place | {"count": len(room.pieces)}))
    return records


def _export_piece(
    config: BatchConfig, folder: str, number: int, state: JobState, result: Result
) -> JobRecord:
    """Write the model of one piece; an error does not stop the others."""
    start, files, notes, confidence = time.perf_counter(), [], [], 0.0
    path = f"{folder}/{piece_name(state.prediction.category, number)}"
    try:
        result = replace(result, name=unicode_name(path))
        data, notes, confidence = export_result(config, result)
        for file_format, content in data.items():
            write_file(join_address(config.out, f"{path}.{file_format}"), content)
            files.append(f"{path}.{file_format}")
    except Exception as problem:  # a full disk, or no solid cell at the threshold
        files, state = [], replace(state, error=error_message(problem))
    state = replace(state, seconds=state.seconds + time.perf_counter() - start)
    return make_record(config, state, files, notes, confidence)


def place_of(scene: Scene, number: int, found: FoundObject) -> dict:
    """Return the values of a piece in its record.

    Parameters
    ----------
    scene : Scene
        The scene of the photo.
    number : int
        Number of the piece in the photo, from 1.
    found : FoundObject
        The piece.

    Returns
    -------
    dict
        `number`, `score` (0 to 1), and if it stands in the scene `place` (of its node, metres),
        `turn` (degrees about y), `longest_side` (metres). The record also has `count` (pieces in
        the photo) and `scene` (path of the scene below the output folder).
    """
    rows = zip(scene.pieces, centered(scene).describe(), strict=True)
    row = next((row for piece, row in rows if piece.number == number), {})
    placed = {name: row[name] for name in ("place", "turn", "longest_side") if row}
    return {"number": number, "score": round(found.score, 4), **placed}
