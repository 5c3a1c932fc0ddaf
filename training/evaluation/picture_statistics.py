"""Statistics by which an eye tells generated pictures from photographs.

values = [picture_statistics(image, mask) for image, mask in pairs]
print(comparison({"photographs": values, "studio": others}))
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.ndimage import median_filter

from images.preprocessing import PADDING_GRAY

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
VIVID_SATURATION, VIVID_VALUE = 0.5, 0.2  # of HSV; dark pixels have no meaningful saturation
WHITE_LUMA = 0.9
BLOWN = 0.98  # all channels above it: the pixel has lost its colour
MIN_SHARE = 0.1  # of the picture that the object covers; below, its statistics are noise
NAMES = {
    "object_contrast": "standard deviation of the object's luma",
    "contrast": "standard deviation of the luma",
    "vivid": "share of pixels with a saturation above 0.5",
    "white_background": "share of the background with a luma above 0.9",
    "blown": "share of pixels with all channels above 0.98",
    "darkest": "luma that 1 % of the pixels are below",
    "detail": "standard deviation of the luma without its 3 x 3 median",
}


def picture_statistics(image: np.ndarray, mask: np.ndarray) -> dict[str, float] | None:
    """Return the statistics of NAMES for one picture.

    Parameters
    ----------
    image : np.ndarray
        (S, S, 3) sRGB in [0, 1]; pixels of the colour PADDING_GRAY are left out.
    mask : np.ndarray
        (S, S) bool, where the object is visible.

    Returns
    -------
    dict of str to float, or None
        None if the object covers less than MIN_SHARE of the picture, or all of it.
    """
    inside = np.abs(image - PADDING_GRAY / 255).max(axis=-1) > 1e-3
    background = inside & ~mask
    if mask.mean() < MIN_SHARE or not background.any():
        return None
    luma, low, high = image @ LUMA, image.min(axis=-1), image.max(axis=-1)
    saturation = (high - low) / np.maximum(high, 1e-3)
    detail = luma - median_filter(luma, size=3)
    return {
        "object_contrast": luma[mask].std(),
        "contrast": luma[inside].std(),
        "vivid": ((saturation > VIVID_SATURATION) & (high > VIVID_VALUE))[inside].mean(),
        "white_background": (luma[background] > WHITE_LUMA).mean(),
        "blown": (low > BLOWN)[inside].mean(),
        "darkest": np.percentile(luma[inside], 1),
        "detail": detail[inside].std(),
    }


def comparison(sets: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Return a Markdown table of the mean statistics of several sets of pictures."""
    names = list(sets)
    lines = [
        "| | " + " | ".join(f"{name}, {len(sets[name])}" for name in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for key, meaning in NAMES.items():
        means = [np.mean([values[key] for values in sets[name]]) for name in names]
        lines.append(f"| {meaning} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    return "\n".join(lines)
