"""Large pictures made smaller while they are decoded, so that a server need not hold them whole.

image = limit_pixels(image, 25_000_000)     # averages blocks of 2 x 2 pixels above 25 megapixels

`images.preprocessing.DecodedImage.scale` is the side of the blocks: functions that take a
`DecodedImage` give and take boxes in pixels of the whole picture.
"""

import math

from PIL import Image

# Converted before pixels are averaged: the colours of a palette are not in order.
AVERAGED_MODES = {"1": "L", "P": "RGB"}
# The same of pictures with a transparent colour.
CUT_OUT_MODES = {"1": "LA", "L": "LA", "P": "RGBA", "PA": "RGBA", "RGB": "RGBA"}
BAND_ROWS = 256  # converted at once, so that no second copy of the whole picture is made


def limit_pixels(image: Image.Image, most: int) -> Image.Image:
    """Return the picture with at most so many pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded image. One of more than 8 bits is returned as it is: it is scaled to 8 bits first.
    most : int
        Pixels.

    Returns
    -------
    PIL.Image.Image
        The image itself if it is small enough; otherwise means of square blocks of pixels, with the
        `info` of the image.
    """
    factor = math.ceil(math.sqrt(image.width * image.height / most))
    if factor <= 1 or image.mode in ("F", "I") or image.mode.startswith("I;16"):
        return image
    modes = CUT_OUT_MODES if image.has_transparency_data else AVERAGED_MODES
    mode, info = modes.get(image.mode, image.mode), dict(image.info)
    if mode in CUT_OUT_MODES.values():
        info.pop("transparency", None)  # it is in the alpha channel now
    smaller = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    rows = BAND_ROWS // factor * factor
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        band = band if band.mode == mode else band.convert(mode)
        smaller.paste(band.reduce(factor), (0, top // factor))
    smaller.info = info
    return smaller
