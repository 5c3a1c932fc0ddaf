"""The first frame of an animation or a multi-page file that shows something."""

from PIL import Image

from images.pixels.transparency import shows_something

MAX_FRAMES = 50  # frames to try; 2 seconds of an animation that fades in
MAX_FRAME_PIXELS = 100_000_000  # pixels of all frames together; decoding them takes a second


def first_visible_frame(image: Image.Image) -> Image.Image:
    """Decode the first frame that is neither fully transparent nor of one colour.

    Parameters
    ----------
    image : PIL.Image.Image
        Image that may have several frames.

    Returns
    -------
    PIL.Image.Image
        The decoded image at this frame; at the first frame if none shows something or the others
        cannot be decoded.
    """
    image.load()
    # A float image is not tested: it is scaled to its own range. A JPEG's other pictures lie behind
    # the first one's end.
    if image.mode == "F" or getattr(image, "format", None) in (None, "JPEG", "MPO"):
        return image
    if not _has_more_frames(image) or shows_something(image):
        return image
    return _next_visible_frame(image) or image


def _has_more_frames(image: Image.Image) -> bool:
    """Return True if there is a second frame; False also for damaged files."""
    try:
        return getattr(image, "is_animated", False)
    except Exception:  # Pillow raises many types
        return False


def _next_visible_frame(image: Image.Image) -> Image.Image | None:
    """Return a later frame that shows something; otherwise None, and the image is at its start."""
    pixels = image.width * image.height
    frames = min(MAX_FRAMES, MAX_FRAME_PIXELS // pixels)
    try:
        for number in range(1, frames):
            image.seek(number)
            if image.width * image.height > pixels:
                break  # pages of other sizes: only the first one's was checked
            image.load()
            if shows_something(image):
                return image.copy()
    except Exception:  # the end of the file, or damaged frames: Pillow raises many types
        pass
    image.seek(0)
    image.load()
    return None
