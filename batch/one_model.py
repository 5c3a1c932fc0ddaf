"""One file: of one photo or several of one piece, or the scene of a photo (`-o chair.glb`)."""

import argparse
import sys
import tempfile
from pathlib import Path

from batch.arguments import is_picture
from batch.config import load_model_and_config
from batch.model_files import export_model, place_pieces, unicode_name
from batch.paths import STANDARD_STREAM, absolute_address, picture_name
from batch.sources.jobs import find_jobs
from batch.stages import read_image
from batch.storage import write_file
from core.errors import PictureError, UserError
from core.prediction import Prediction
from images.preprocessing import DecodedImage
from pipeline.detection import predict_object
from pipeline.fusion import fuse
from pipeline.scene.files import export_scene
from pipeline.scene.predicting import find_pieces, piece_results, predict_distinct
from pipeline.warnings import photo_warnings
from voxel_model import VoxelModel

MAX_ONE_PIECE = 8  # photos of one piece; more improve the model little


def convert_one(args: argparse.Namespace) -> int:
    """Convert one photo, or several of one piece, to one file. Returns the exit status."""
    try:
        addresses = one_piece_photos(args)
        images = [read_image(address, args.largest) for address in addresses]
    except UserError as error:
        return print_error(error)
    model, config = load_model_and_config(args, ".")
    try:
        prediction, photos = predict_piece(model, images, args.box)
    except PictureError as error:
        return print_error(error)
    data, notes, _ = export_model(config, picture_name(addresses[0]), prediction, photos)
    write_file(absolute_address(args.out), data[config.formats[0]])
    warnings = photo_warnings(prediction, images[0]) if len(images) == 1 else []
    print_model(args.out, prediction, warnings, notes)
    return 0


def convert_one_scene(args: argparse.Namespace) -> int:
    """Convert all pieces of one photo to the file of a scene. Returns the exit status."""
    address = absolute_address(args.sources[0])
    try:
        image = read_image(address, args.largest)
    except UserError as error:
        return print_error(error)
    model, config = load_model_and_config(args, ".")
    try:
        _, predictions = predict_distinct(model, image, find_pieces(model, image))
        with tempfile.TemporaryDirectory() as folder:
            name = unicode_name(picture_name(address))
            results = piece_results(predictions, name, Path(folder), config.threshold)
            scene = place_pieces(config, results)
            data = export_scene(scene, config.settings, config.formats[0]).read_bytes()
    except PictureError as error:
        return print_error(error)
    write_file(absolute_address(args.out), data)
    stream = sys.stderr if args.out == STANDARD_STREAM else sys.stdout
    print(f"{args.out}: {', '.join(piece.name for piece in scene.pieces)}", file=stream)
    return 0


def print_error(error: UserError) -> int:
    """Print the error of a photo, or of the command; returns the exit status."""
    print(error, file=sys.stderr)
    # a photo that cannot be read has a cause; the others are errors of the command
    return 1 if error.__cause__ or isinstance(error, PictureError) else 2


def one_piece_photos(args: argparse.Namespace) -> list[str]:
    """Return the addresses of the photos of the one model.

    Raises
    ------
    UserError
        If a folder, zip or table cannot be listed, or there are too many photos.
    """
    if all(map(is_picture, args.sources)):
        addresses = list(map(absolute_address, args.sources))
    else:
        addresses = [job.input for job in find_jobs(args.sources)]
    if len(addresses) > MAX_ONE_PIECE:
        raise UserError(
            f"{len(addresses)} pictures are too many for one piece; choose up to {MAX_ONE_PIECE}."
        )
    return addresses


def predict_piece(
    model: VoxelModel, images: list[DecodedImage], box: list[float] | None
) -> tuple[Prediction, tuple[Prediction, ...]]:
    """Predict one piece from one or several photos.

    Parameters
    ----------
    model : VoxelModel
        The model.
    images : list of DecodedImage
        The photos.
    box : list of 4 float, or None
        The object in the only photo.

    Returns
    -------
    prediction : Prediction
        The prediction, fused if there are several photos.
    photos : tuple of Prediction
        The predictions of the photos if there are several.
    """
    predictions = tuple(predict_object(model, image, box) for image in images)
    if len(predictions) == 1:
        return predictions[0], ()
    return fuse(list(predictions)), predictions


def print_model(out: str, prediction: Prediction, warnings: list[str], notes: list[str]) -> None:
    """Print the category, the warnings and the printing notes; to stderr if stdout is the model."""
    stream = sys.stderr if out == STANDARD_STREAM else sys.stdout
    probability = prediction.category_probabilities.get(prediction.category, 0)
    warning = f"; warnings: {', '.join(warnings)}" if warnings else ""
    print(f"{out}: {prediction.category} ({probability:.0%}){warning}", file=stream)
    for note in notes:
        print(note, file=stream)
