"""Light on a mesh, computed once for each vertex: sky, ground, one key light and occlusion.

    light = shade(normals, openness, key)                 # (V,) factor of the albedo
    openness = ambient_openness(surroundings(solid), cells, normals)

The turntable and the display file of `pipeline/display.py` use the same lights. The display file
also darkens enclosed places.
"""

import numpy as np
from scipy import ndimage

SKY_LIGHT, GROUND_LIGHT = 0.7, 0.35  # linear strength from straight above and straight below
KEY_LIGHT = 0.6  # linear strength of the key light
KEY_DIRECTION = np.array([-0.45, -0.7, -0.55])  # in the camera's axes (right, down, forward)
AO_RADII = (1.5, 4.0)  # cells; a narrow one for creases, a wide one for hollows
AO_PAD = int(3 * max(AO_RADII))  # cells around the grid
AO_STRENGTH = 0.75  # share of the sky that a fully surrounded vertex loses
FLAT_WALL = 0.16  # filled share one radius before a flat wall: the normal distribution beyond 1


def key_direction(axes: np.ndarray) -> np.ndarray:
    """Returns the unit vector from the object toward the key light.

    Parameters
    ----------
    axes : (3, 3)
        Rows right, down and forward of the camera, in the object's frame.
    """
    return KEY_DIRECTION / np.linalg.norm(KEY_DIRECTION) @ axes


def shade(normals: np.ndarray, openness: np.ndarray | float, key: np.ndarray) -> np.ndarray:
    """Returns (V,) the linear light that falls on each vertex.

    Parameters
    ----------
    normals : (V, 3)
        Unit length, y up.
    openness : (V,) or float
        Share of the surroundings that is not blocked, 0 to 1, see `ambient_openness`.
    key : (3,)
        Direction toward the key light, unit length.
    """
    sky = 0.5 + 0.5 * normals[:, 1]
    ambient = GROUND_LIGHT + (SKY_LIGHT - GROUND_LIGHT) * sky
    direct = KEY_LIGHT * np.maximum(normals @ key, 0)
    return ambient * openness + direct * (0.4 + 0.6 * openness)


def surroundings(solid: np.ndarray) -> tuple[np.ndarray, ...]:
    """Returns the filled share around each place, one padded grid for each of AO_RADII.

    Parameters
    ----------
    solid : (X, Y, Z)
        Share of each cell that is filled, 0 to 1. Below the first layer along y lies the floor.
    """
    filled = np.pad(solid.astype(np.float32), AO_PAD)
    filled[:, :AO_PAD] = 1.0  # the floor
    return tuple(ndimage.gaussian_filter(filled, radius, truncate=2.0) for radius in AO_RADII)


def ambient_openness(
    blurred: tuple[np.ndarray, ...], cells: np.ndarray, normals: np.ndarray
) -> np.ndarray:
    """Returns (V,) the share of its surroundings that is open before each vertex, 0 to 1.

    Parameters
    ----------
    blurred : tuple of (X + 2 AO_PAD, Y + 2 AO_PAD, Z + 2 AO_PAD) float32
        The `surroundings` of a grid.
    cells : (V, 3)
        Positions in cells of the grid; cell centres are whole numbers.
    normals : (V, 3)
        Unit length.

    Notes
    -----
    The filled share around a point one radius before the surface; a flat wall gives 0.
    """
    blocked = 0.0
    for radius, share in zip(AO_RADII, blurred, strict=True):
        at = (cells + normals * radius + AO_PAD).T
        blocked = np.maximum(
            blocked, ndimage.map_coordinates(share, at, order=1, mode="nearest") - FLAT_WALL
        )
    return 1 - AO_STRENGTH * np.clip(blocked / (1 - FLAT_WALL), 0, 1)
