"""Colour conversions between sRGB bytes and linear light, and palettes of few colours.

The curve is that of IEC 61966-2-1 (sRGB).
"""

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

DEFAULT_COLOR = np.array([200, 200, 200], np.uint8)  # sRGB of a model without colours
SRGB = np.arange(256) / 255
# (256,) float32: linear light of each sRGB byte. Little-endian, as glTF files store it.
SRGB_TO_LINEAR = np.where(SRGB <= 0.04045, SRGB / 12.92, ((SRGB + 0.055) / 1.055) ** 2.4).astype(
    "<f4"
)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Convert linear light to sRGB bytes. `SRGB_TO_LINEAR[bytes]` is the inverse.

    Parameters
    ----------
    linear : (...) float
        Linear light; values outside 0 to 1 are clipped.

    Returns
    -------
    (...) uint8
    """
    linear = np.clip(linear, 0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (curve * 255).round().astype(np.uint8)


def fit_palette(
    colors: np.ndarray, limit: int, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose a palette and the entry of it that is nearest to each colour.

    Parameters
    ----------
    colors : (N, 3) uint8
        sRGB. If they hold no more than `limit` different colours, the palette is exact.
    limit : int
        Maximum number of colours in the palette, 1 to 256.
    mask : (N,) bool, optional
        Colours to which the palette is fitted; all by default.

    Returns
    -------
    palette : (K, 3) uint8
        At most `limit` colours, by median cut and one k-means refinement.
    index : (N,) int
        Palette entry of each colour.
    """
    palette, index = np.unique(colors, axis=0, return_inverse=True)
    if len(palette) <= limit:
        return palette, index.ravel()  # numpy 2.0.0 returns shape (N, 1)
    strip = Image.fromarray((colors if mask is None else colors[mask])[None])
    strip = strip.quantize(limit, Image.Quantize.MEDIANCUT, kmeans=1)
    palette = np.array(strip.getpalette(), np.uint8).reshape(-1, 3)[:limit]
    return palette, cKDTree(palette).query(colors)[1]
