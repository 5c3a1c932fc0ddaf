"""Conversion of images with an ICC profile, such as Display P3 or Adobe RGB, to sRGB."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from core.errors import PictureError

# bytes; profiles of screens have 0.5 to 30 kB, those of printing presses up to 3 MB
MAX_PROFILE_BYTES = 4_000_000
# Tag type with any number of processing steps, each of a few bytes: a profile of it can take
# minutes. No camera, phone or browser writes it.
SLOW_TAG_TYPE = b"mpet"
MAX_IDENTITY_CHANGE = 2  # of 255 levels; profiles of sRGB itself differ by rounding
MODES_OF_SPACE = {"RGB": ("RGB", "RGBA"), "GRAY": ("L", "LA"), "CMYK": ("CMYK",), "Lab": ("LAB",)}
SPACE_OF_MODE = {"P": "RGB", "PA": "RGBA", "1": "L"}  # converted before the profile is applied
BAND_ROWS = 256  # converted at once
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.HIGHRESPRECALC
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert the colours of an image to sRGB.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded 8-bit image.
    profile : bytes or None
        ICC profile of the image's file.

    Returns
    -------
    PIL.Image.Image
        The image in sRGB, RGB or RGBA. The image itself if there is no profile, the profile is
        damaged or does not fit the mode, or it describes sRGB.

    Raises
    ------
    PictureError
        If the profile has more than 4 MB.
    """
    if not profile:
        return image
    if len(profile) > MAX_PROFILE_BYTES:
        limit = MAX_PROFILE_BYTES // 1_000_000
        raise PictureError(
            f"The picture's colour profile has over {limit} MB; save the picture again in sRGB."
        )
    if not isinstance(profile, bytes) or SLOW_TAG_TYPE in profile:
        return image
    try:
        return _convert(image, profile)
    except Exception:  # a damaged profile: ImageCms raises several types
        return image


def _convert(image: Image.Image, data: bytes) -> Image.Image:
    """Apply the profile; raises an error of ImageCms if it is damaged."""
    profile = ImageCms.ImageCmsProfile(BytesIO(data))
    space = profile.profile.xcolor_space.strip()
    source = _as_profile_mode(image)
    if source.mode not in MODES_OF_SPACE.get(space, ()):
        return image
    alpha = source.getchannel("A") if source.mode in ("RGBA", "LA") else None
    mode = source.mode.removesuffix("A")
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, mode, "RGB", INTENT, FLAGS)
    if mode == "RGB" and _is_identity(transform):
        return image
    converted = _apply_in_bands(source, transform, mode)
    converted.info = {k: v for k, v in source.info.items() if k != "icc_profile"}
    if alpha:
        converted.putalpha(alpha)
    return converted


def _apply_in_bands(
    source: Image.Image, transform: ImageCms.ImageCmsTransform, mode: str
) -> Image.Image:
    """Return the picture in RGB; bands of rows need no copy of the whole picture in `mode`."""
    converted = Image.new("RGB", source.size)
    for top in range(0, source.height, BAND_ROWS):
        box = (0, top, source.width, min(top + BAND_ROWS, source.height))
        band = source.crop(box).convert(mode)
        converted.paste(ImageCms.applyTransform(band, transform), box)
    return converted


def _as_profile_mode(image: Image.Image) -> Image.Image:
    """Convert palettes, and transparent colours to alpha: the colours change, alpha does not."""
    mode = SPACE_OF_MODE.get(image.mode, image.mode)
    if "transparency" in image.info and mode in ("RGB", "L"):
        mode = "RGBA" if mode == "RGB" else "LA"
    return image if mode == image.mode else image.convert(mode)


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    """Return True if the transform changes 125 colours by rounding only."""
    levels = np.linspace(0, 255, 5).astype(np.uint8)
    colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    converted = np.asarray(ImageCms.applyTransform(Image.fromarray(colors), transform))
    return np.abs(converted.astype(int) - colors).max() <= MAX_IDENTITY_CHANGE
