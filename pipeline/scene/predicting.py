"""All pieces of a photo: found in one pass of the network, predicted in another.

found = find_pieces(model, image)
predictions = predict_pieces(model, image, found)
results = piece_results(predictions, "room", Path("out"), threshold)
"""

from pathlib import Path

from PIL import Image

from core.errors import PictureError
from core.found_objects import FoundObject
from core.prediction import Prediction
from images.preprocessing import DecodedImage, decode_image
from pipeline.result import Result
from pipeline.scene.scene import NO_PIECE
from voxel_model import VoxelModel, find_objects, predict_decoded


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
    model: VoxelModel, image: Image.Image | DecodedImage, found: list[FoundObject]
) -> list[Prediction]:
    """Predict the shapes of found pieces in one batch.

    Parameters
    ----------
    model : VoxelModel
        The model.
    image : PIL.Image.Image or DecodedImage
        The photograph.
    found : list of FoundObject
        Pieces in it.

    Returns
    -------
    list of Prediction
        In the order of `found`.
    """
    decoded = decode_image(image)
    return predict_decoded(model, [decoded] * len(found), [piece.box for piece in found])


def piece_results(
    predictions: list[Prediction], name: str, folder: Path, threshold: float
) -> list[Result]:
    """Return the results of predictions of one photo, all named after it."""
    return [Result(prediction, name, folder, threshold) for prediction in predictions]
