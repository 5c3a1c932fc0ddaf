"""The model behind the page: time limits, decoded images, predictions of the examples."""

import logging
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
from PIL import Image

from core.boxes import Box
from core.errors import PictureError, UserError
from core.found_objects import FoundObject
from core.prediction import Prediction
from images.decoding_process import Decoder
from images.formats import SIGNATURE_BYTES, is_drawn_by_browsers
from images.preprocessing import DecodedImage
from images.untrusted import NOT_AN_IMAGE, read_image_file
from images.views import reduced_mask
from pipeline.detection import (
    DetectedObject,
    ignore_progress,
    pick_object,
    predict_object,
)
from pipeline.export import safe_name
from pipeline.orientation import better_rotation, may_be_rotated, rotate_image
from pipeline.parts.bank import PieceBank
from pipeline.warnings import ROTATED, UNFAMILIAR, photo_warnings
from voxel_model import VoxelModel
from webapp.components.facts import is_unsure
from webapp.components.nudges import UNSURE
from webapp.inference.example_cache import ExampleCache, example_images, shows_furniture
from webapp.inference.found_pieces import PiecePredictor
from webapp.server.process.lifetime import TimeLimit
from webapp.server.process.zero_gpu import on_gpu

WARM_UP_PAUSE = 1.0  # s before each example, so that visitors' requests come first
MAX_IMAGES = 4  # decoded images that are kept
# Of all of them; a phone's photo of 12 megapixels takes 49 MB, the largest one 100 MB.
MAX_IMAGE_BYTES = 100_000_000
PIXEL_BYTES = 4  # of Pillow's RGB, and of the mask
PICTURE_QUALITY = 95  # JPEG quality of the picture that stands in for a HEIC or TIFF
IMAGE_SECONDS = 60.0  # between detection in a photo and its generation

logger = logging.getLogger(__name__)


class RecentImages:
    """The last decoded images, so that detection and generation decode a photo once.

    Bounded in number, bytes and time. An upload's path holds the hash of its content, so that a
    path never names two images.

    Parameters
    ----------
    decoder : Decoder
        The process that decodes untrusted files; the server's own process never does.
    """

    def __init__(self, decoder: Decoder, clock: Callable[[], float] = time.monotonic) -> None:
        self.decoder, self.clock, self.lock = decoder, clock, threading.Lock()
        # path: the image, its bytes, and the time at which it was last used
        self.images: OrderedDict[str, tuple[DecodedImage, int, float]] = OrderedDict()

    def get(self, path: str | None) -> DecodedImage:
        """Return the decoded image.

        Raises
        ------
        PictureError
            If there is no such file, or it is not an image that can be used.
        """
        if not (isinstance(path, str) and os.path.isfile(path)):
            read_image_file(path)  # which says what is wrong
            raise PictureError(NOT_AN_IMAGE)
        with self.lock:
            self._evict()
            image, size, _ = self.images.pop(path, (None, 0, 0.0))
        if image is None:
            image = self.decoder.decode(read_image_file(path))
            pixels = image.rgb.width * image.rgb.height
            size = PIXEL_BYTES * pixels * (1 if image.alpha is None else 2)
        with self.lock:
            self.images[path] = (image, size, self.clock())
            self._evict()
        return image

    def _evict(self) -> None:
        """Forget images that are too old, and the oldest of too many."""
        oldest = self.clock() - IMAGE_SECONDS
        while self.images:
            path, (_, _, used) = next(iter(self.images.items()))
            total = sum(size for _, size, _ in self.images.values())
            if used > oldest and len(self.images) <= MAX_IMAGES and total <= MAX_IMAGE_BYTES:
                return
            del self.images[path]


class Predictor:
    """The model's functions on image files, each within a time limit.

    Parameters
    ----------
    model : VoxelModel
        The loaded model.
    run : TimeLimit, optional
        Runs each use of the network, and limits its time.
    decoder : Decoder, optional
        The process that decodes photos.
    bank : PieceBank, optional
        Pieces for models made of parts; without it all models are smooth.
    """

    def __init__(
        self,
        model: VoxelModel,
        run: TimeLimit | None = None,
        decoder: Decoder | None = None,
        bank: PieceBank | None = None,
    ) -> None:
        self.model, self.run, self.bank = model, run or TimeLimit(), bank
        self.images = RecentImages(decoder or Decoder())
        furniture = shows_furniture(model.config.categories)
        self.examples = ExampleCache(example_images() if furniture else [])
        self.pieces = PiecePredictor(model, self.images, self.run)
        # The functions close over the model: ZeroGPU's process then has it already, and only their
        # arguments are sent there.
        self.pick_on_gpu = on_gpu(
            lambda image, point, found: pick_object(model, image, point, found)
        )
        self.predict_on_gpu = on_gpu(
            lambda image, box, progress: predict_object(model, image, box, progress)
        )
        self.rotation_on_gpu = on_gpu(
            lambda image, prediction, box: better_rotation(model, image, prediction, box)
        )

    def pick(self, path: str, point: tuple[float, float]) -> DetectedObject:
        """Return the object at a point (x, y), in pixels of the upright image."""
        found = self.pieces.of_head(path)
        return self.run(lambda: self.pick_on_gpu(self.images.get(path), point, found), name="pick")

    def predict(
        self,
        path: str | None,
        box: Box | None = None,
        progress: Callable[[float, str], None] = ignore_progress,
    ) -> Prediction:
        """Return the prediction of the object in `box`, or of the one that the model finds.

        An example image is predicted once.
        """
        prediction = self.examples.get(path, box)
        if prediction is None:
            found = self.pieces.of_head(path) if box is None else []
            taken = found[0].box if found else box
            prediction = self.run(
                lambda: self.predict_on_gpu(self.images.get(path), taken, progress), name="predict"
            )
            if prediction.alpha is not None:  # only its outline is drawn; it takes up to 100 MB
                prediction = replace(prediction, alpha=reduced_mask(prediction.alpha))
            self.examples.put(path, box, prediction)
        return prediction

    def find(self, path: str | None) -> list[FoundObject]:
        """Return all pieces in a photo, best first; PictureError if there are none."""
        return self.pieces.find(path)

    def predict_pieces(self, path: str | None, boxes: list[Box]) -> list[Prediction]:
        """Return the predictions of several pieces of one photo, from one batch."""
        return self.pieces.predict(path, boxes)

    def size(self, path: str | None) -> tuple[int, int]:
        """Return width and height of a photo, upright, in pixels."""
        return self.run(lambda: self.images.get(path).full_size, name="decode")

    def browser_picture(self, path: str, files: Path) -> Path | None:
        """Write a photo as JPEG, or as PNG if it is a cut-out, into a new folder below `files`.

        Returns None for a format that browsers draw themselves.
        """
        with suppress(OSError), open(path, "rb") as file:
            if is_drawn_by_browsers(file.read(SIGNATURE_BYTES)):
                return None
        rgb, alpha, _ = self.run(lambda: self.images.get(path), name="decode")
        folder = Path(tempfile.mkdtemp(dir=files))  # removed with the other old files
        picture = folder / f"{safe_name(path)}.{'jpg' if alpha is None else 'png'}"
        if alpha is not None:
            rgb = rgb.copy()
            rgb.putalpha(Image.fromarray((alpha * 255).round().astype(np.uint8)))
        rgb.save(picture, quality=PICTURE_QUALITY)
        return picture

    def warnings(self, path: str, prediction: Prediction, is_boxed: bool) -> list[str]:
        """Return the warnings about a photo, of pipeline.warnings.WARNINGS.

        The network may run for a photo on its side, not if the visitor chose the object's box.
        """
        warnings = self._photo_warnings(path, prediction)
        if not is_boxed and may_be_rotated(prediction) and self.better_rotation(path, prediction):
            warnings.append(ROTATED)
        return warnings

    def nudges(self, path: str, prediction: Prediction) -> list[str]:
        """Return the hints about a photo that need no further use of the network."""
        if path in self.examples.predictions:
            return []
        nudges = self._photo_warnings(path, prediction)
        if UNFAMILIAR not in nudges and is_unsure(prediction):
            nudges.append(UNSURE)
        return nudges

    def _photo_warnings(self, path: str, prediction: Prediction) -> list[str]:
        """Return the warnings of the pixels: a step, so that one photo is used at a time."""
        return self.run(lambda: photo_warnings(prediction, self.images.get(path)), name="warnings")

    def better_rotation(self, path: str, prediction: Prediction) -> int:
        """Return the quarter turns anticlockwise that would set the photo upright, 0 for none."""
        found = self.pieces.of_head(path)  # known since the prediction
        box = found[0].box if found else None
        return self.run(
            lambda: self.rotation_on_gpu(self.images.get(path), prediction, box), name="rotation"
        )

    def rotate(self, path: str, quarters: int) -> Image.Image:
        """Return the image, upright RGB, rotated anticlockwise by so many quarter turns."""
        return self.run(lambda: rotate_image(self.images.get(path), quarters), name="rotate")

    def warm_up(self, closing: Event) -> None:
        """Predict the examples that were not asked for yet, one at a time, until `closing`."""
        for path in self.examples.missing():
            if closing.wait(WARM_UP_PAUSE):
                return
            try:
                self.predict(path)
            except UserError as error:
                logger.warning("The example %s is not ready: %s", Path(path).name, error)
                return
        logger.info("All examples are predicted")
