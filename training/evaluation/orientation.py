"""How often the page's hint that a photo lies on its side is false, and how often it is missed.

    python -m training.evaluate_orientation --data ../shared/data/pix3d_dev --checkpoint checkpoint

Every photo is read in all four quarter turns, the object found by the model, and the rule of `look`
is asked with each of them as the picture that was given. The data has to be of upright photos.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from images.preprocessing import decode_image
from pipeline.detection import best_rotation, may_be_rotated, predict_rotations
from training.pix3d import dataset
from voxel_model import VoxelModel, load_model, predict


def predict_four_turns(model: VoxelModel, image: Image.Image) -> tuple[list[bool], list[float]]:
    """Whether the model is unsure, and the IoU that it expects, in each of the four turns."""
    upright, _ = decode_image(image)
    seen, expected = predict_rotations(model, upright, predict(model, upright))
    return [may_be_rotated(p) for p in seen], expected


def suggested_turns(doubts: list[bool], expected: list[float]) -> list[int]:
    """The turn that is proposed when the photo is given in each of the four, 0 for none."""
    return [best_rotation(expected[k:] + expected[:k]) if doubts[k] else 0 for k in range(4)]


def hint_rates(readings: list[tuple[list[bool], list[float]]]) -> dict[str, float]:
    """Shares of photos; `right` are the hints that set the photo upright."""
    given = np.array([suggested_turns(*reading) for reading in readings])  # (N, 4)
    doubts = np.array([doubt for doubt, _ in readings])
    sides = given[:, [1, 3]]
    return {
        "upright, looked at again": doubts[:, 0].mean(),
        "upright, false hint": (given[:, 0] > 0).mean(),
        "on a side, hint": (sides > 0).mean(),
        "on a side, hint to the right turn": (sides == (3, 1)).mean(),
        "upside down, hint": (given[:, 2] > 0).mean(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of pix3d.json")
    parser.add_argument("--checkpoint", default="checkpoint")
    args = parser.parse_args()
    model = load_model(args.checkpoint, device="cpu")
    readings = []
    for record in tqdm(dataset.load_records(args.data), unit="photo", disable=None):
        with Image.open(args.data / record.img) as image:
            readings.append(predict_four_turns(model, image))
    print(f"{len(readings)} photos")
    for name, share in hint_rates(readings).items():
        print(f"{name:34} {share:.3f}")


if __name__ == "__main__":
    main()
