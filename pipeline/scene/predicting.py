"""All pieces of a photo: found in one pass of the network, predicted in another.

found = find_pieces(model, image)
predictions = predict_pieces(model, image, [piece.box for piece in found])
results = piece_results(predictions, "room", Path("out"), threshold)
"""

from pathlib import Path

from PIL import Image

from core.boxes import Box
from core.errors import PictureError
from core.found_objects import FoundObject
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from pipeline.result import Result
from pipeline.scene.repeats import distinct_pieces
from pipeline.scene.scene import NO_PIECE
from voxel_model import VoxelModel, find_objects, predict_decoded

MAX_PIECES = 12  # of one photo; as many as `find_objects` returns


def find_pieces(model: VoxelModel, image: Image.Image | DecodedImage) -> list[FoundObject]:
    """Find all pieces in a photo; `voxel_model.find_objects` that refuses a photo without any.

    Raises
    ------
    PictureError
        If the image cannot be used, or no piece is found.
    """
    found = find_objects(model, decode_image(image))
    if not found:
        raise PictureError(NO_PIECE)
    return found


def predict_pieces(
    model: VoxelModel, image: Image.Image | DecodedImage, boxes: list[Box]
) -> list[Prediction]:
    """Predict the shapes of several pieces of one photo in one batch.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    boxes : list of tuple of 4 float
        The pieces, in pixels of the upright photo; at most MAX_PIECES.

    Returns
    -------
    list of Prediction
        In the order of the boxes.

    Raises
    ------
    PictureError
        If the image or a box cannot be used, or there are too many boxes.
    """
    if len(boxes) > MAX_PIECES:
        raise PictureError(f"There are {len(boxes)} boxes; give at most {MAX_PIECES}.")
    decoded = decode_image(image)
    return predict_decoded(model, [decoded] * len(boxes), boxes)


def predict_distinct(
    model: VoxelModel, image: Image.Image | DecodedImage, found: list[FoundObject]
) -> tuple[list[FoundObject], list[Prediction]]:
    """Predict found pieces; return those that repeat no better one, with their predictions.

    Raises
    ------
    PictureError
        If the image cannot be used.
    """
    predictions = predict_pieces(model, image, [piece.box for piece in found])
    kept = distinct_pieces(found, predictions)
    return [found[i] for i in kept], [predictions[i] for i in kept]


def piece_results(
    predictions: list[Prediction], name: str, folder: Path, threshold: float
) -> list[Result]:
    """Return the results of predictions of one photo, all named after it."""
    return [Result(prediction, name, folder, threshold) for prediction in predictions]
