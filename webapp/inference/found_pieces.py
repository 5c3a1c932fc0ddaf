"""All pieces of a photo: each photo is searched once, and its pieces are predicted in one batch.

    pieces = PiecePredictor(model, images, run)
    pieces.of_head(path)                     # [] for a cut-out or a model without an object head
    pieces.predict(path, boxes)

The outlines on the page, the first model, a click on a piece and the whole room share one pass of
the network. An upload's path holds the hash of its content, so that a path never names two photos.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.boxes import Box
from core.errors import PictureError
from core.found_objects import FoundObject
from core.prediction import Prediction
from images.views import reduced_mask
from pipeline.scene.predicting import predict_pieces
from pipeline.scene.scene import NO_PIECE
from voxel_model import VoxelModel, find_objects
from webapp.server.process.lifetime import TimeLimit
from webapp.server.process.zero_gpu import on_gpu

if TYPE_CHECKING:
    from webapp.inference.predictor import RecentImages

MAX_PHOTOS = 64  # whose pieces are known; twelve masks of 56 x 56 cells take 150 kB
MAX_MODELS = 1000  # whose categories are known


class FoundPieces:
    """Pieces by the path of the photo. `get` is called within a step: one call at a time."""

    def __init__(self) -> None:
        self.pieces: OrderedDict[str, list[FoundObject]] = OrderedDict()
        self.categories: OrderedDict[tuple, str] = OrderedDict()  # of models, by photo and box

    def get(
        self, path: str | None, find: Callable[[str | None], list[FoundObject]]
    ) -> list[FoundObject]:
        """Return the pieces of a photo; `find` is called for a photo that is not known."""
        found = self.pieces.pop(path, None)
        if found is None:
            found = find(path)
        self.pieces[path] = found
        if len(self.pieces) > MAX_PHOTOS:
            self.pieces.popitem(last=False)
        return found

    def name(self, path: str, prediction: Prediction) -> None:
        """Note the category of a model, which is right more often than that of the head."""
        if prediction.category:
            self.categories[_model_key(path, prediction.box)] = prediction.category
        if len(self.categories) > MAX_MODELS:
            self.categories.popitem(last=False)

    def named(self, path: str, found: list[FoundObject]) -> list[FoundObject]:
        """Return the pieces of a photo with the categories of the models that were made of them."""
        names = [self.categories.get(_model_key(path, piece.box)) for piece in found]
        return [
            replace(piece, category=name or piece.category)
            for piece, name in zip(found, names, strict=True)
        ]


def _model_key(path: str, box: Box) -> tuple:
    """Return the key of the model of a box, in whole pixels."""
    return path, *(round(side) for side in box)


class PiecePredictor:
    """The model's functions on all pieces of a photo, each within a time limit.

    Parameters
    ----------
    model : VoxelModel
        The loaded model.
    images : RecentImages
        Decoded photos.
    run : TimeLimit
        Runs each use of the network, and limits its time.
    """

    def __init__(self, model: VoxelModel, images: "RecentImages", run: TimeLimit) -> None:
        self.model, self.images, self.run = model, images, run
        self.found = FoundPieces()
        self.find_on_gpu = on_gpu(lambda image: find_objects(model, image))
        self.predict_on_gpu = on_gpu(lambda image, boxes: predict_pieces(model, image, boxes))

    def find(self, path: str | None) -> list[FoundObject]:
        """Return all pieces in a photo, best first; PictureError if there are none."""
        found = self.run(lambda: self.found.get(path, self._search), name="find")
        if not found:
            raise PictureError(NO_PIECE)
        return found

    def of_head(self, path: str | None) -> list[FoundObject]:
        """Return the pieces that the object head finds in a photo, best first.

        It is empty for a cut-out, and for a model without this head.
        """
        if not self.model.config.objects:
            return []
        found = self.run(lambda: self.found.get(path, self._search), name="find")
        return [piece for piece in found if piece.category]

    def predict(self, path: str | None, boxes: list[Box]) -> list[Prediction]:
        """Return the predictions of several pieces of one photo, from one batch."""
        predictions = self.run(
            lambda: self.predict_on_gpu(self.images.get(path), boxes), name="predict pieces"
        )
        return [replace(prediction, alpha=None) for prediction in predictions]

    def _search(self, path: str | None) -> list[FoundObject]:
        """Search a photo; the mask of a cut-out may take 100 MB and is made smaller."""
        found = self.find_on_gpu(self.images.get(path))
        return [replace(piece, mask=reduced_mask(piece.mask)) for piece in found]
