"""Vectors and rotations. Most functions use plain floats: numpy is slow on single 3-vectors."""

from math import cos, radians, sin, sqrt

import numpy as np

Vector = tuple[float, float, float]
Y_TO_X = np.array([[0.0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]])  # turns local y onto x
Y_TO_Z = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])  # turns local y onto z


def rotation_xyz(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Returns a (3, 3) rotation about x, then y, then z, in degrees."""
    matrix = np.eye(3)
    for axis, degrees in enumerate((x, y, z)):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
        matrix = turn @ matrix
    return matrix


def tilt(degrees: float) -> np.ndarray:
    """Returns a (3, 3) rotation about x, degrees; positive leans the top to the back (-z)."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array(((1.0, 0.0, 0.0), (0.0, c, s), (0.0, -s, c)))


def spin(degrees: float) -> np.ndarray:
    """Returns a (3, 3) rotation about y, degrees; positive turns +z toward +x."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array(((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)))


def subtract(a: Vector, b: Vector) -> Vector:
    """Returns a - b."""
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def interpolate(a: Vector, b: Vector, share: float) -> Vector:
    """Returns the point at `share` of the way from a to b."""
    return tuple(p + (q - p) * share for p, q in zip(a, b, strict=True))


def cross(a: Vector, b: Vector) -> Vector:
    """Returns the cross product of a and b."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def unit(a: Vector) -> Vector:
    """Returns a vector of length 1 along `a`; a zero vector stays zero."""
    length = sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) or 1.0
    return a[0] / length, a[1] / length, a[2] / length


def axes(x: Vector, y: Vector, z: Vector) -> np.ndarray:
    """Returns the (3, 3) rotation whose columns are the local axes."""
    return np.array((x, y, z)).T


def along(direction: Vector) -> np.ndarray:
    """Returns a (3, 3) rotation of local y onto `direction`; local z is level where possible."""
    y = unit(direction)
    x = unit(cross(y, (0.0, 0.0, 1.0) if abs(y[2]) < 0.9 else (1.0, 0.0, 0.0)))
    return axes(x, y, cross(x, y))
