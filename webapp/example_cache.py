"""What the network said of the page's example pictures, kept because all visitors ask the same.

Gradio's own `cache_examples` does not fit here: it keeps the answers of an event, and those are one
visitor's (a visit, files that go with it or are swept in an hour, a history), at the settings of
whoever asked first, and its warnings are lost. A prediction is nobody's; from it all of that is
made as ever.
"""

from pathlib import Path

from core.prediction import Prediction

EXAMPLES = Path(__file__).parent.parent / "examples"


def example_pictures() -> list[Path]:
    return sorted(path for path in EXAMPLES.glob("*") if path.suffix in (".jpg", ".png"))


class Known:
    """One prediction for each of a few pictures, as large as these, 0.6 MB each, and no larger."""

    def __init__(self, pictures: list[Path]):
        self.predictions: dict[str, Prediction | None] = dict.fromkeys(map(str, pictures))

    def missing(self) -> list[str]:
        return [path for path, prediction in self.predictions.items() if prediction is None]

    def recall(self, path: str | None, box: list[float] | None) -> Prediction | None:
        """What was said of the picture, unless `box` is another than the one that was found."""
        prediction = self.predictions.get(path)
        # the page sends back the box that it was told of, as JSON's list
        return prediction if prediction and box in (None, list(prediction.box)) else None

    def keep(self, path: str | None, box: list[float] | None, prediction: Prediction) -> None:
        """Keeps what was said of one of the pictures with the object left to the model."""
        if box is None and path in self.predictions:
            self.predictions[path] = prediction
