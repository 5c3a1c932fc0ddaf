"""Pictures that show what the model saw and believes; numpy and Pillow only, no page.

Kept apart from `voxel_model.py`, which predicts, and from `app.py`, which lays out.
"""

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from core.boxes import Box

BACKGROUND_SHARE = (
    0.22  # share of the background's own light that stays: told apart, still recognisable
)
SLICE_PIXELS = 288  # pixels of one slice's picture
# sRGB of probabilities 0, 1/2 and 1: told apart by lightness alone, on light and dark pages
PROBABILITY_COLORS = np.array([(38, 42, 46), (32, 140, 134), (250, 238, 170)], np.float32)
OUTLINE_SIDE = 256  # pixels to which a mask is reduced before its outline is drawn
DIMMED_BACKGROUND = 96  # grey the background fades to; reads on a light and on a dark page


def dim_background(crop: Image.Image, mask: np.ndarray) -> Image.Image:
    """The network's square crop with everything but the object faded.

    crop : RGB, S x S
    mask : (S, S) float32, probability that the pixel shows the object
    """
    kept = BACKGROUND_SHARE + (1 - BACKGROUND_SHARE) * mask[..., None]
    faded = np.asarray(crop, np.float32) * kept + DIMMED_BACKGROUND * (1 - kept)
    return Image.fromarray(faded.round().clip(0, 255).astype(np.uint8))


def mask_outline(mask: np.ndarray, frame: Box) -> list[list[list[float]]]:
    """Rings of [x, y] in the picture's pixels around where a mask exceeds one half.

    mask : (h, w) float32
    frame : where it lies in the picture
    """
    scale = max(max(mask.shape) / OUTLINE_SIDE, 1.0)
    size = (round(mask.shape[1] / scale), round(mask.shape[0] / scale))
    small = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR))
    rings = find_contours(np.pad(small, 1), 0.5)  # padded: a ring closes at the mask's edge
    smooth = (approximate_polygon(ring, 0.7) - 1 for ring in rings if len(ring) > 8)
    x0, y0, x1, y1 = frame
    step = ((x1 - x0) / size[0], (y1 - y0) / size[1])
    return [((ring[:, ::-1] + 0.5) * step + (x0, y0)).round(1).tolist() for ring in smooth]


def slices(occupancy: np.ndarray, depth: float) -> list[Image.Image]:
    """Three cuts through the grid, shaded by probability: from the front, the side, above.

    occupancy : (R, R, R) float32
    depth : 0 to 1, how far behind the near face each cut lies
    The pictures are drawn as seen from +z, +x and +y: up in the picture is up, or the back.
    """
    last = np.array(occupancy.shape) - 1
    x, y, z = (last - np.round(np.clip(depth, 0, 1) * last)).astype(int)
    front = occupancy[:, :, z].T[::-1]  # rows down from the top, columns along x
    side = occupancy[x, ::-1, ::-1]  # rows down from the top, columns from the front to the back
    above = occupancy[:, y, :].T  # rows from the back to the front, columns along x
    return [_shaded(cut) for cut in (front, side, above)]


def _shaded(cut: np.ndarray) -> Image.Image:
    stops = np.linspace(0, 1, len(PROBABILITY_COLORS))
    shade = np.stack([np.interp(cut, stops, PROBABILITY_COLORS[:, c]) for c in range(3)], axis=-1)
    picture = Image.fromarray(shade.round().astype(np.uint8))
    return picture.resize((SLICE_PIXELS, SLICE_PIXELS), Image.Resampling.NEAREST)
