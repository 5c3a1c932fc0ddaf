"""Random changes of a photo that keep the object's shape the same.

Every function draws from the generator that it is given.
"""

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from core.boxes import Box
from images.preprocessing import PADDING_GRAY

SHIFT = 0.08  # largest shift, share of the square's side: annotated and predicted boxes are inexact
ZOOM = 0.18  # natural logarithm of the largest change of scale
LIGHT = 0.35  # largest relative change of brightness, contrast and saturation
GREY_SHARE = 0.05  # share of pictures without colour
BLUR_SHARE, BLUR_RADIUS = 0.15, 1.5  # share of pictures; pixels at a side of 224
JPEG_SHARE, JPEG_QUALITY = 0.3, (30, 90)  # share of pictures; range of the quality setting
PLAIN_SHARE = 0.1  # share of pictures with a plain background, as in a catalogue
PLAIN_COLORS = ((255, 255, 255), (PADDING_GRAY, PADDING_GRAY, PADDING_GRAY), (0, 0, 0))


def jitter_square(square: Box, rng: np.random.Generator) -> Box:
    """Returns the square (x0, y0, x1, y1) shifted and scaled at random; it stays a square."""
    x0, y0, x1, y1 = square
    side = x1 - x0
    x, y = (x0 + x1) / 2 + side * rng.uniform(-SHIFT, SHIFT), (y0 + y1) / 2
    y += side * rng.uniform(-SHIFT, SHIFT)
    half = side / 2 * np.exp(rng.uniform(-ZOOM, ZOOM))
    return (x - half, y - half, x + half, y + half)


def augment_photo(
    image: Image.Image, mask: Image.Image | None, rng: np.random.Generator
) -> Image.Image:
    """Varies background, brightness, colour, sharpness and compression.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB.
    mask : PIL.Image.Image or None
        Mode L, of the same size; 255 on the object. Without it the background stays.
    rng : numpy.random.Generator
        Source of every random choice.

    Returns
    -------
    PIL.Image.Image
        RGB, of the same size.
    """
    if rng.random() < PLAIN_SHARE and mask is not None:
        plain = Image.new("RGB", image.size, PLAIN_COLORS[rng.integers(len(PLAIN_COLORS))])
        image = Image.composite(image, plain, mask)
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhancer(image).enhance(1 + rng.uniform(-LIGHT, LIGHT))
    image = change_white_balance(image, rng)
    if rng.random() < GREY_SHARE:
        image = image.convert("L").convert("RGB")
    if rng.random() < BLUR_SHARE:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, BLUR_RADIUS)))
    return recompress(image, rng) if rng.random() < JPEG_SHARE else image


def change_white_balance(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Scales each channel of an RGB picture by a random factor from 0.9 to 1.1."""
    red, green, blue = rng.uniform(0.9, 1.1, 3).tolist()
    # a matrix and not a table: Pillow would round 768 table entries in Python
    return image.convert("RGB", (red, 0, 0, 0, 0, green, 0, 0, 0, 0, blue, 0))


def recompress(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Returns the picture after JPEG compression of a random quality."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(*JPEG_QUALITY)))
    with Image.open(buffer) as compressed:
        return compressed.convert("RGB")
