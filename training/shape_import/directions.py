"""The up and front directions of a file, and the rotation to the axes of `voxel_model.py`.

rotation = to_model_axes(up="+z", front="-y")      # (3, 3); vertices @ rotation.T
"""

import numpy as np

from training.shape_import.formats import ShapeFileError

UNITS = {
    sign + axis: np.eye(3)[i] * (1 if sign == "+" else -1)
    for sign in "+-"
    for i, axis in enumerate("xyz")
}
WIDE_RATIO = 1.2  # depth over width from which a wide category is turned by a quarter


def parse_direction(text: str) -> str:
    """Returns a direction such as "+z" in its usual form; ShapeFileError for another text."""
    plain = text.strip().lower()
    plain = plain if plain[:1] in "+-" else "+" + plain
    if plain not in UNITS:
        raise ShapeFileError(f'"{text}" is no direction; use one of {", ".join(UNITS)}.')
    return plain


def to_model_axes(up: str, front: str) -> np.ndarray:
    """Returns the rotation (3, 3) from the axes of a file to those of `voxel_model.py`.

    Parameters
    ----------
    up, front : str
        Directions of the object in the file, such as "+y" and "+z".

    Raises
    ------
    ShapeFileError
        If the directions are not perpendicular.
    """
    y, z = UNITS[up], UNITS[front]
    if abs(y @ z) > 0:
        raise ShapeFileError(f"up {up} and front {front} are one axis; choose two.")
    return np.stack([np.cross(y, z), y, z])


def turned(up: str, front: str) -> str:
    """Returns the front after a quarter turn about the up axis."""
    side = np.cross(UNITS[up], UNITS[front])
    return next(name for name, unit in UNITS.items() if np.array_equal(unit, side))


def rotate_grid(grid: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Rotates a grid by a rotation that permutes the axes.

    Parameters
    ----------
    grid : numpy.ndarray
        (X, Y, Z) in the axes of a file.
    rotation : numpy.ndarray
        (3, 3) of `to_model_axes`.
    """
    source = np.abs(rotation).argmax(axis=1)  # the file's axis that becomes each of our axes
    grid = grid.transpose(source)
    flipped = [axis for axis in range(3) if rotation[axis, source[axis]] < 0]
    return np.ascontiguousarray(np.flip(grid, flipped))
