"""The model as the page's viewer shows it: light, shadow and exact colours, in a file of its own.

    data = display_glb(arrays, occupancy, threshold, azimuth)

Gradio's viewer lights models with a tinted environment and maps tones, so that plain colours come
out pink and dull. The file for display has an unlit material, the light already in its vertex
colours, and the inverse of the viewer's tone curve applied to them. Downloads never contain it.
"""

import numpy as np
from scipy import ndimage

from geometry.camera import camera_axes
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR
from geometry.gltf import Material, Node, write_glb
from geometry.mesh_files import MeshArrays
from geometry.shading import ambient_openness, key_direction, shade

ELEVATION = 20.0  # degrees; the key light belongs to a camera at this height
UNLIT = Material(unlit=True)
SHADOW = Material(unlit=True, blend=True)
SHADOW_SIDE = 49  # vertices a side of the shadow's plane
SHADOW_EXTENT = 0.95  # half the side of the shadow's plane, in longest sides of the model
SHADOW_STRENGTH = 0.5  # opacity under a part that touches the floor
SHADOW_HEIGHT = 0.12  # longest sides above the floor at which a part's shadow is down to 37 %
SHADOW_BLUR = 0.02  # longest sides, standard deviation
# Khronos PBR Neutral tone mapping, https://github.com/KhronosGroup/ToneMapping, as in Babylon.js
TONE_OFFSET, TONE_START, TONE_DESATURATION = 0.04, 0.76, 0.15
BRIGHTEST = 0.985  # of 1 on the screen; the curve reaches 1 for no finite value


def display_glb(
    arrays: MeshArrays, occupancy: np.ndarray, threshold: float, azimuth: float
) -> bytes:
    """Returns a .glb for the viewer: the lit model and its shadow on the floor.

    Parameters
    ----------
    arrays : MeshArrays
        The surface, as `meshing.voxels_to_arrays` makes it.
    occupancy : (R, R, R) float
        The grid that the surface was made of; it tells which places are enclosed.
    threshold : float
        Probability above which a cell is solid.
    azimuth : float
        Degrees; the side from which the viewer first shows the model, where the key light stands.

    Returns
    -------
    bytes
    """
    solid = np.clip(
        (occupancy - threshold) * 8 + 0.5, 0, 1
    )  # a soft step: no staircase in the light
    side = max(occupancy.shape)
    center = (np.array(occupancy.shape) - 1) / 2
    cells = (arrays.vertices - arrays.grid_center) * side + center
    openness = ambient_openness(cells, arrays.normals, solid)
    axes = camera_axes(azimuth, ELEVATION)
    light = shade(arrays.normals, openness, key_direction(axes))
    colors = np.broadcast_to(DEFAULT_COLOR, arrays.vertices.shape)
    if arrays.colors is not None:
        colors = arrays.colors
    lit = tone_curve_inverse(SRGB_TO_LINEAR[colors] * light[:, None])
    model = Node("model", arrays.vertices, arrays.faces, arrays.normals, lit, UNLIT)
    return write_glb([model, _shadow(solid, arrays.grid_center, side)], "pipeline.display")


def tone_curve_inverse(linear: np.ndarray) -> np.ndarray:
    """Returns the colours that the viewer's tone mapping turns into the given ones.

    Parameters
    ----------
    linear : (N, 3) float
        Linear colours as they shall appear on the screen; clipped to [0, BRIGHTEST].

    Returns
    -------
    (N, 3) float32
        May exceed 1.
    """
    shown = np.clip(linear, 0, BRIGHTEST)
    peak = shown.max(axis=1, keepdims=True)
    room = 1 - TONE_START
    original = np.where(peak < TONE_START, peak, room**2 / (1 - peak) - room + TONE_START)
    gray = 1 - 1 / (TONE_DESATURATION * (original - peak) + 1)
    scaled = np.maximum(shown - gray * peak, 0) / np.maximum(1 - gray, 1e-6)
    color = scaled * original / np.maximum(peak, 1e-6)
    least = color.min(axis=1, keepdims=True)
    offset = np.where(
        least < TONE_OFFSET, np.sqrt(np.maximum(least, 0) / 6.25) - least, TONE_OFFSET
    )
    return (color + offset).astype(np.float32)


def _shadow(solid: np.ndarray, grid_center: np.ndarray, side: int) -> Node:
    """A plane on the floor whose opacity follows how much of the model lies close above it."""
    layers = np.flatnonzero(solid.max(axis=(0, 2)) > 0.5)
    heights = (np.arange(solid.shape[1]) - layers[0]) / side
    weight = np.exp(-np.maximum(heights, 0) / SHADOW_HEIGHT)[None, :, None]
    dark = (solid * weight).max(axis=1)
    along = np.linspace(-SHADOW_EXTENT, SHADOW_EXTENT, SHADOW_SIDE)
    x, z = np.meshgrid(along, along, indexing="ij")
    place = np.stack([x - grid_center[0], z - grid_center[2]]) * side
    place += (np.array(dark.shape)[:, None, None] - 1) / 2
    dark = ndimage.map_coordinates(dark, place, order=1)
    step = 2 * SHADOW_EXTENT / (SHADOW_SIDE - 1)
    near = ndimage.gaussian_filter(dark, SHADOW_BLUR / step)
    wide = ndimage.gaussian_filter(dark, 4 * SHADOW_BLUR / step)
    opacity = np.clip(SHADOW_STRENGTH * (0.6 * near + 0.8 * wide), 0, 0.8)
    vertices = np.column_stack([x.ravel(), np.full(x.size, -0.002), z.ravel()])
    index = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (
        p.ravel() for p in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:])
    )
    faces = np.concatenate([np.column_stack([a, d, c]), np.column_stack([a, c, b])])
    colors = np.column_stack([np.zeros((x.size, 3)), opacity.ravel()])
    return Node("shadow", vertices, faces, np.tile((0.0, 1.0, 0.0), (x.size, 1)), colors, SHADOW)
