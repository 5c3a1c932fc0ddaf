"""What may happen to a photo without changing the object it shows.

Pillow and numpy; every function draws from the generator it is given.
"""

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from core.boxes import Box
from images.preprocessing import PADDING_GRAY

SHIFT = 0.08  # of the square's side: boxes that people or the mask head draw are not exact
ZOOM = 0.18  # natural log of the largest change of scale
LIGHT = 0.35  # share by which brightness, contrast and saturation vary
GREY_SHARE = 0.05  # pictures without colour
BLUR_SHARE, BLUR_RADIUS = 0.15, 1.5  # pixels at 224
JPEG_SHARE, JPEG_QUALITY = 0.3, (30, 90)
PLAIN_SHARE = 0.1  # pictures whose background becomes one colour, as in a catalogue
PLAIN_COLORS = ((255, 255, 255), (PADDING_GRAY, PADDING_GRAY, PADDING_GRAY), (0, 0, 0))


def jitter_square(square: Box, rng: np.random.Generator) -> Box:
    """The square moved and scaled a little; still a square."""
    x0, y0, x1, y1 = square
    side = x1 - x0
    x, y = (x0 + x1) / 2 + side * rng.uniform(-SHIFT, SHIFT), (y0 + y1) / 2
    y += side * rng.uniform(-SHIFT, SHIFT)
    half = side / 2 * np.exp(rng.uniform(-ZOOM, ZOOM))
    return (x - half, y - half, x + half, y + half)


def augment_photo(image: Image.Image, mask: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Varies background, light, colour and sharpness; image RGB, mask L of the same size."""
    if rng.random() < PLAIN_SHARE:
        plain = Image.new("RGB", image.size, PLAIN_COLORS[rng.integers(len(PLAIN_COLORS))])
        image = Image.composite(image, plain, mask)
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhancer(image).enhance(1 + rng.uniform(-LIGHT, LIGHT))
    image = tint(image, rng)
    if rng.random() < GREY_SHARE:
        image = image.convert("L").convert("RGB")
    if rng.random() < BLUR_SHARE:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, BLUR_RADIUS)))
    return recompress(image, rng) if rng.random() < JPEG_SHARE else image


def tint(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Scales the channels by up to 10 %: another white balance."""
    gains = rng.uniform(0.9, 1.1, 3)
    table = [min(255, round(value * gain)) for gain in gains for value in range(256)]
    return image.point(table)


def recompress(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(*JPEG_QUALITY)))
    with Image.open(buffer) as compressed:
        return compressed.convert("RGB")
