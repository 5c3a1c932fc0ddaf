"""Boxes around objects in an image.

A box is (x0, y0, x1, y1) in pixels of the upright image; x1 and y1 are exclusive.
"""

from reprlib import repr as short_repr  # a value from a request may be megabytes long

from core.errors import PictureError

Box = tuple[float, float, float, float]
MIN_BOX_SIDE = 2  # pixels; a smaller box has too few pixels to resize


def clip_box(box: Box, size: tuple[int, int]) -> Box:
    """Clip a box to an image.

    Parameters
    ----------
    box : tuple of 4 float
        Box in pixels; may reach outside the image.
    size : tuple of 2 int
        Width and height of the image in pixels.

    Returns
    -------
    tuple of 4 float
        The part of the box inside the image.

    Raises
    ------
    PictureError
        If the box is not four numbers, or less than 2 pixels of it are inside the image.
    """
    try:
        x0, y0, x1, y1 = (float(0 + value) for value in box)  # 0 + rejects strings
    except (OverflowError, TypeError, ValueError) as error:
        raise PictureError("The box must be four numbers: x0, y0, x1, y1.") from error
    x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, size[0]), min(y1, size[1])
    if not (x1 - x0 >= MIN_BOX_SIDE and y1 - y0 >= MIN_BOX_SIDE):  # also true for NaN
        raise PictureError(
            f"The box {short_repr(box)} is too small or lies outside the {size[0]} x {size[1]} "
            "picture; choose another box."
        )
    return (x0, y0, x1, y1)


def square_around(box: Box, margin: float = 0.0) -> Box:
    """Return the square with the same centre as a box.

    Parameters
    ----------
    box : tuple of 4 float
        Box in pixels.
    margin : float
        Space added at each end, as a share of the box's longer side.

    Returns
    -------
    tuple of 4 float
        Square in pixels; may reach outside the image.
    """
    x0, y0, x1, y1 = box
    half = max(x1 - x0, y1 - y0) * (0.5 + margin)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (x - half, y - half, x + half, y + half)


def scale_box(box: Box, factor: float) -> Box:
    """Return the box in pixels that are `factor` times smaller.

    Parameters
    ----------
    box : tuple of 4 float
        Box in pixels of a picture.
    factor : float
        Side of one of these pixels, in the other pixels.
    """
    return tuple(value * factor for value in box)


def crop_place(square: Box, frame: Box) -> tuple[float, float, float]:
    """Return where a crop lies in its photograph.

    Parameters
    ----------
    square : tuple of 4 float
        The crop in pixels.
    frame : tuple of 4 float
        The photograph in the same pixels.

    Returns
    -------
    tuple of 3 float
        Centre of the crop, from the centre of the photograph to the right and down, and half the
        side of the crop. The unit is the longest side of the photograph.
    """
    longest = max(frame[2] - frame[0], frame[3] - frame[1])
    x, y = ((square[i] + square[i + 2] - frame[i] - frame[i + 2]) / 2 for i in (0, 1))
    return (x / longest, y / longest, (square[2] - square[0]) / 2 / longest)


def box_iou(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return float(shared / max(sum(areas) - shared, 1e-9))
