"""Colours as numbers: sRGB bytes and linear light, and palettes of few colours."""

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

DEFAULT_COLOR = np.array([200, 200, 200], np.uint8)  # sRGB of a model without colours
SRGB = np.arange(256) / 255
SRGB_TO_LINEAR = np.where(SRGB <= 0.04045, SRGB / 12.92, ((SRGB + 0.055) / 1.055) ** 2.4).astype(
    "<f4"
)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light, 0 to 1 and clipped to it, as sRGB bytes; `SRGB_TO_LINEAR[bytes]` inverts it."""
    linear = np.clip(linear, 0, 1)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (curve * 255).round().astype(np.uint8)


def fit_palette(
    colors: np.ndarray, limit: int, shown: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """At most `limit` colours to stand for all: palette (K, 3) uint8 and index (N,) into it.

    colors : (N, 3) uint8; nothing is lost when no more than `limit` different ones occur
    shown : (N,) bool, the colours that the palette is fitted to; all by default
    """
    palette, index = np.unique(colors, axis=0, return_inverse=True)
    if len(palette) <= limit:
        return palette, index.ravel()  # numpy 2.0.0 returns it as (N, 1)
    strip = Image.fromarray((colors if shown is None else colors[shown])[None])
    strip = strip.quantize(limit, Image.Quantize.MEDIANCUT, kmeans=1)
    palette = np.array(strip.getpalette(), np.uint8).reshape(-1, 3)[:limit]
    return palette, cKDTree(palette).query(colors)[1]
