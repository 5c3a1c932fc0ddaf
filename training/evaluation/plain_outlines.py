"""How well an exact outline scores against annotated masks, beside the outlines of a model.

    python -m training.mask_ceiling --data ../shared/data/pix3d_dev --checkpoint checkpoint

Pix3D's masks are renderings of fitted CAD models, not outlines of what the photograph shows. Where
an object stands alone before one colour its outline can be had without any model: what is not of
that colour. Prints, for the photographs where that is so, the IoU of this outline with the
annotation (what a perfect mask would score), of the predicted mask with the annotation, and of the
predicted mask with the outline.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torchvision.ops import box_iou

from core.errors import ModelError
from core.masks import object_box
from training.evaluation import metrics, scoring
from training.pix3d import dataset
from voxel_model import load_model, predict

MAX_COLOR_DISTANCE = 20  # grey levels by which a pixel of the background may differ from its colour
MIN_PLAIN_SHARE = 0.99  # share of the picture's edge that is of this colour
MIN_LARGEST_PIECE = 0.98  # share of all other pixels that are in the largest piece
MIN_BOX_IOU = 0.85  # IoU of the piece's box with the annotated one: it is the annotated object
BORDER_WIDTH = 3  # pixels


def plain_background_outline(image: Image.Image) -> np.ndarray | None:
    """(H, W) bool, what stands before a plain background; None where more, or other, is there."""
    pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
    inner = np.zeros(pixels.shape[:2], dtype=bool)
    inner[BORDER_WIDTH:-BORDER_WIDTH, BORDER_WIDTH:-BORDER_WIDTH] = True
    color = np.median(pixels[~inner], axis=0)
    other = np.abs(pixels - color).max(axis=2) >= MAX_COLOR_DISTANCE
    if other[~inner].mean() > 1 - MIN_PLAIN_SHARE:
        return None
    pieces, count = ndimage.label(other)
    sizes = np.bincount(pieces.ravel())[1:]
    if not count or sizes.max() < MIN_LARGEST_PIECE * sizes.sum():
        return None
    return pieces == 1 + sizes.argmax()


def is_annotated(mask: np.ndarray, annotated: np.ndarray) -> bool:
    """Whether two masks (H, W) show one object, by the boxes around their largest pieces."""
    boxes = [object_box(seen) for seen in (mask, annotated)]
    return None not in boxes and box_iou(*(torch.tensor([b]) for b in boxes)).item() >= MIN_BOX_IOU


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds pix3d.json")
    parser.add_argument("--checkpoint", help="folder or Hub repo id (default: the shipped weights)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        model, records = load_model(args.checkpoint), dataset.load_records(args.data)
    except (ModelError, dataset.DataError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = []
    print(f"{'photo':24} outline  predicted  the two")
    for sample, _ in scoring.load_samples(args.data, records):
        exact = (
            None
            if sample is None or sample.mask is None
            else plain_background_outline(sample.image)
        )
        if exact is None or not is_annotated(exact, sample.mask):
            continue
        predicted = predict(model, sample.image, sample.record.bbox).mask >= scoring.MASK_LEVEL
        pairs = (exact, sample.mask), (predicted, sample.mask), (predicted, exact)
        rows.append([metrics.iou(*pair) for pair in pairs])
        print_row(sample.record.img, rows[-1])
    if rows:
        print_row(f"mean of {len(rows)}", np.mean(rows, axis=0))
    return 0


def print_row(name: str, row: Sequence[float]) -> None:
    print(f"{name:24} {row[0]:7.3f}  {row[1]:9.3f}  {row[2]:7.3f}")


if __name__ == "__main__":
    sys.exit(main())
