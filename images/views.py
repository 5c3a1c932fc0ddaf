"""Pictures of a prediction: the dimmed crop, the mask's outline, slices of the grid."""

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

from core.boxes import Box

BACKGROUND_SHARE = 0.22  # share of its brightness that the background keeps; still recognisable
DIMMED_BACKGROUND = 96  # grey level that dimming blends to; visible on light and dark pages
SLICE_PIXELS = 288  # side of the picture of one slice
# sRGB for the probabilities 0, 1/2 and 1. They differ in lightness, so that readers who do not
# distinguish colours can read them, on light and on dark pages.
PROBABILITY_COLORS = np.array([(38, 42, 46), (32, 140, 134), (250, 238, 170)], np.float32)
OUTLINE_SIDE = 256  # pixels to which a larger mask is reduced before its outline is traced
MIN_OUTLINE_POINTS = 9  # shorter rings are single noisy pixels
OUTLINE_TOLERANCE = 0.7  # pixels of the reduced mask by which a ring may be simplified


def dim_background(crop: Image.Image, mask: np.ndarray) -> Image.Image:
    """Dim everything but the object in a crop.

    Parameters
    ----------
    crop : PIL.Image.Image
        (S, S) RGB.
    mask : ndarray, (S, S) float32
        Probability that the pixel shows the object.

    Returns
    -------
    PIL.Image.Image
        (S, S) RGB.
    """
    share = BACKGROUND_SHARE + (1 - BACKGROUND_SHARE) * mask[..., None]
    dimmed = np.asarray(crop, np.float32) * share + DIMMED_BACKGROUND * (1 - share)
    return Image.fromarray(dimmed.round().clip(0, 255).astype(np.uint8))


def mask_outline(mask: np.ndarray, mask_box: Box) -> list[list[list[float]]]:
    """Trace the outline of a mask.

    Parameters
    ----------
    mask : ndarray, (h, w) float32
        Probability that the pixel shows the object.
    mask_box : tuple of 4 float
        Position of the mask in the image, in pixels.

    Returns
    -------
    list of list of [x, y]
        Closed rings around the pixels with a probability above one half, in pixels of the image.
    """
    small = reduced_mask(mask)
    size = small.shape[::-1]
    rings = find_contours(np.pad(small, 1), 0.5)  # padded, so that rings close at the mask's edge
    smooth = (
        approximate_polygon(ring, OUTLINE_TOLERANCE) - 1
        for ring in rings
        if len(ring) >= MIN_OUTLINE_POINTS
    )
    x0, y0, x1, y1 = mask_box
    step = ((x1 - x0) / size[0], (y1 - y0) / size[1])
    return [((ring[:, ::-1] + 0.5) * step + (x0, y0)).round(1).tolist() for ring in smooth]


def outline_path(rings: list[list[list[float]]]) -> str:
    """Return the SVG path of the rings of `mask_outline`; "" without any.

    A path is one string: the browser copies the page's values often, and lists of points slowly.
    """
    points = ("L".join(f"{x} {y}" for x, y in ring) for ring in rings)
    return "".join(f"M{ring}Z" for ring in points)


def reduced_mask(mask: np.ndarray) -> np.ndarray:
    """Return the mask at the size at which `mask_outline` traces it.

    Parameters
    ----------
    mask : ndarray, (h, w) float32
        Probability that the pixel shows the object.

    Returns
    -------
    ndarray, float32
        The mask with a longer side of at most OUTLINE_SIDE pixels.
    """
    scale = max(max(mask.shape) / OUTLINE_SIDE, 1.0)
    size = (round(mask.shape[1] / scale), round(mask.shape[0] / scale))
    return np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR))


def slices(occupancy: np.ndarray, depth: float) -> list[Image.Image]:
    """Draw three slices through the grid, coloured by probability.

    Parameters
    ----------
    occupancy : ndarray, (R, R, R) float32
        Probability that the cell is solid.
    depth : float
        Distance of each slice from the side nearest to the viewer, 0 to 1 of the grid's side.

    Returns
    -------
    list of PIL.Image.Image
        The slices seen from the front (+z), the side (+x) and above (+y). The top of a picture is
        up; in the view from above it is the back.
    """
    last = np.array(occupancy.shape) - 1
    x, y, z = (last - np.round(np.clip(depth, 0, 1) * last)).astype(int)
    front = occupancy[:, :, z].T[::-1]  # rows from the top down, columns along x
    side = occupancy[x, ::-1, ::-1]  # rows from the top down, columns from front to back
    above = occupancy[:, y, :].T  # rows from back to front, columns along x
    return [_color_slice(values) for values in (front, side, above)]


def coordinate_picture(coordinates: np.ndarray) -> Image.Image:
    """Draw where on the object each pixel of the crop lies, as colours.

    Parameters
    ----------
    coordinates : ndarray, (s, s, 3) float32
        Points in the object's cube, -0.5 to 0.5; NaN outside the object.

    Returns
    -------
    PIL.Image.Image
        Red grows with x, green with y, blue with z. The background is as dark as an empty cell.
    """
    rgb = 255 * (coordinates + 0.5).clip(0, 1)
    rgb = np.where(np.isnan(coordinates), PROBABILITY_COLORS[0], rgb)
    image = Image.fromarray(rgb.round().astype(np.uint8))
    return image.resize((SLICE_PIXELS, SLICE_PIXELS), Image.Resampling.NEAREST)


def _color_slice(values: np.ndarray) -> Image.Image:
    """Map probabilities (R, R) to colours and enlarge the cells."""
    stops = np.linspace(0, 1, len(PROBABILITY_COLORS))
    rgb = np.stack([np.interp(values, stops, PROBABILITY_COLORS[:, c]) for c in range(3)], axis=-1)
    image = Image.fromarray(rgb.round().astype(np.uint8))
    return image.resize((SLICE_PIXELS, SLICE_PIXELS), Image.Resampling.NEAREST)
