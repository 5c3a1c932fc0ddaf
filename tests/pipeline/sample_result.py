"""A small result, as if a photo had been predicted."""

from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.result import Result
from voxel_model import CATEGORIES, Prediction


def sample_result(folder: Path) -> Result:
    """Return a slab of 12 x 2 x 12 cells, a loose leg of 6 cells and a crumb of one."""
    occupancy = np.full((16, 16, 16), 0.1, np.float32)
    occupancy[2:14, 8:10, 2:14] = 0.9
    occupancy[2, 0:6, 2] = 0.6
    occupancy[0, 15, 0] = 0.6
    prediction = Prediction(
        occupancy=occupancy,
        colors=np.full((16, 16, 16, 3), (180, 60, 50), np.uint8),
        size=(20, 20),
        box=(0, 0, 20, 20),
        square=(0, 0, 20, 20),
        category="table",
        category_probabilities={name: float(name == "table") for name in CATEGORIES},
        azimuth=30.0,
        elevation=20.0,
        crop=Image.new("RGB", (224, 224), "white"),
        crop_mask=np.zeros((224, 224), np.float32),
    )
    return Result(prediction, "my table", folder, 0.5)
