"""Boxes around objects in a picture."""

from reprlib import repr as brief  # values from outside may be megabytes long

from core.errors import PictureError

Box = tuple[float, float, float, float]


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """The box clipped to a picture of `size` (width, height); PictureError if nothing is left."""
    try:
        x0, y0, x1, y1 = (float(0 + value) for value in box)  # a text is no number
    except (OverflowError, TypeError, ValueError) as error:
        raise PictureError("The box must be four numbers: x0, y0, x1, y1.") from error
    clipped = (max(x0, 0.0), max(y0, 0.0), min(x1, size[0]), min(y1, size[1]))
    if not (clipped[2] - clipped[0] >= 2 and clipped[3] - clipped[1] >= 2):  # NaN ends here too
        raise PictureError(f"The box {brief(box)} holds none of the {size[0]} x {size[1]} picture.")
    return clipped


def square_around(box: Box, margin: float = 0.0) -> Box:
    """The square with the box's centre whose side is its longer side plus `margin` at each end."""
    x0, y0, x1, y1 = box
    half = max(x1 - x0, y1 - y0) * (0.5 + margin)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (x - half, y - half, x + half, y + half)
