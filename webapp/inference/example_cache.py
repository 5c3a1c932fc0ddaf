"""Predictions of the page's example images, which are the same for all visitors.

Gradio's `cache_examples` does not fit: it stores the outputs of an event. Those belong to one
visitor (a session, files that are removed after an hour, a history) and to one choice of settings,
and warnings are lost. A prediction belongs to nobody, and all outputs follow from it.
"""

from collections.abc import Sequence
from pathlib import Path

from core.categories import CATEGORIES
from core.prediction import Prediction

EXAMPLES = Path(__file__).parents[2] / "examples"

VIEWS = EXAMPLES / "views"  # pictures of one piece from several sides


def shows_furniture(categories: Sequence[str]) -> bool:
    """True for a model of a published category, or of none: the examples suit it."""
    return not categories or any(name in CATEGORIES for name in categories)


def example_images() -> list[Path]:
    """Return the example images of the page, sorted by name."""
    return sorted(path for path in EXAMPLES.glob("*") if path.suffix in (".jpg", ".png"))


def example_views() -> list[str]:
    """Return the paths of pictures of one piece from several sides, sorted by name."""
    return [str(path) for path in sorted(VIEWS.glob("*.jpg"))]


class ExampleCache:
    """One prediction for each of a fixed list of images, 0.6 MB each.

    Parameters
    ----------
    images : list of Path
        The only images whose predictions are stored.
    """

    def __init__(self, images: list[Path]) -> None:
        self.predictions: dict[str, Prediction | None] = dict.fromkeys(map(str, images))

    def missing(self) -> list[str]:
        """Return the paths of the images that have no prediction yet."""
        return [path for path, prediction in self.predictions.items() if prediction is None]

    def get(self, path: str | None, box: list[float] | None) -> Prediction | None:
        """Return the prediction of an image, or None.

        Parameters
        ----------
        path : str or None
            Path of the image.
        box : list of float or None
            Box of the object in pixels. The page sends back the box that was detected; for any
            other box the result is None.
        """
        prediction = self.predictions.get(path)
        return prediction if prediction and box in (None, list(prediction.box)) else None

    def put(self, path: str | None, box: list[float] | None, prediction: Prediction) -> None:
        """Store the prediction of a listed image whose object the model detected itself."""
        if box is None and path in self.predictions:
            self.predictions[path] = prediction
