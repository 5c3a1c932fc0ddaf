"""The model as the page's viewer shows it: lit once, with its shadow, in a file of its own.

    data = display_glb(arrays, occupancy, threshold, first_azimuth(prediction.azimuth))

The light is in the vertex colours of an unlit material, so that every viewer of unlit materials
shows the same colours. A texture holds colours without light and is multiplied by them. Downloads
carry the plain colours and never this light.
"""

import numpy as np
from scipy import ndimage

from geometry.camera import camera_axes
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR
from geometry.formats.gltf import Material, Node, write_glb
from geometry.mesh_files import MeshArrays
from geometry.shading import AO_PAD, ambient_openness, key_direction, shade, surroundings

FIRST_ELEVATION = (15.0, 25.0)  # degrees; the first view is from a little above
FIRST_ANGLE = (25.0, 55.0)  # degrees from the front or the back: a three-quarter view
ELEVATION = 20.0  # degrees; the key light belongs to a camera at this height
UNLIT = Material(unlit=True)
SHADOW = Material(unlit=True, blend=True)
SHADOW_SIDE = 49  # vertices a side of the shadow's plane
SHADOW_EXTENT = 0.95  # half the side of the shadow's plane, in longest sides of the model
SHADOW_STRENGTH = 0.5  # opacity under a part that touches the floor
SHADOW_HEIGHT = 0.12  # longest sides above the floor at which a part's shadow is down to 37 %
SHADOW_BLUR = 0.02  # longest sides, standard deviation
MIN_OPACITY = 1 / 510  # half a step of 8 bits: a screen shows nothing of a shadow below it


def first_azimuth(azimuth: float) -> float:
    """Returns the three-quarter view that is nearest to the photo's view, in degrees.

    Parameters
    ----------
    azimuth : float
        Degrees of the photo's camera, -180 to 180.
    """
    side = 1.0 if azimuth >= 0 else -1.0
    low, high = FIRST_ANGLE
    if abs(azimuth) > 90:
        low, high = 180 - high, 180 - low
    return side * min(max(abs(azimuth), low), high)


def first_elevation(elevation: float) -> float:
    """Returns the elevation of the first view for that of the photo's camera, in degrees."""
    low, high = FIRST_ELEVATION
    return min(max(elevation, low), high)


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
    return write_glb(display_nodes(arrays, occupancy, threshold, azimuth), "pipeline.display")


def display_nodes(
    arrays: MeshArrays, occupancy: np.ndarray, threshold: float, azimuth: float
) -> tuple[Node, Node]:
    """Returns the lit model and its shadow; parameters as for `display_glb`."""
    solid = soft_cells(occupancy, threshold)
    model = lit_node(arrays, surroundings(solid), azimuth)
    return model, _shadow(solid, arrays.grid_center, max(solid.shape))


def soft_cells(occupancy: np.ndarray, threshold: float) -> np.ndarray:
    """Returns the filled share of each cell: a soft step, so that the light has no staircase."""
    return np.clip((occupancy - threshold) * 8 + 0.5, 0, 1)


def lit_node(arrays: MeshArrays, blurred: tuple[np.ndarray, ...], azimuth: float) -> Node:
    """Returns the lit model without its shadow.

    Parameters
    ----------
    arrays : MeshArrays
        The surface.
    blurred : tuple of (R, R, R) float
        `geometry.shading.surroundings` of the grid.
    azimuth : float
        As for `display_glb`.
    """
    shape = np.array(blurred[0].shape) - 2 * AO_PAD
    cells = (arrays.vertices - arrays.grid_center) * shape.max() + (shape - 1) / 2
    openness = ambient_openness(blurred, cells, arrays.normals)
    axes = camera_axes(azimuth, ELEVATION)
    light = shade(arrays.normals, openness, key_direction(axes))
    colors = np.broadcast_to(DEFAULT_COLOR, arrays.vertices.shape)
    if arrays.colors is not None:
        colors = arrays.colors
    return _lit_model(arrays, SRGB_TO_LINEAR[colors], light[:, None])


def _lit_model(arrays: MeshArrays, colors: np.ndarray, light: np.ndarray) -> Node:
    """The model with its light (V, 1) in the vertex colours; colors (V, 3) are linear."""
    texture = arrays.texture
    if texture is None:
        lit = np.minimum(colors * light, 1)
        return Node("model", arrays.vertices, arrays.faces, None, lit, UNLIT)
    # Light above 1 stays: the viewer limits the product with the texture, which is darker
    lit = texture.tint(colors) * texture.of_vertices(light)
    vertices, picture = texture.of_vertices(arrays.vertices), {"texture": texture.jpeg}
    picture["coordinates"] = texture.coordinates
    return Node("model", vertices, texture.faces, None, lit, UNLIT, **picture)


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
    # More than half of the plane shows nothing, but would be blended; slow without a GPU
    faces = faces[opacity.ravel()[faces].max(axis=1) >= MIN_OPACITY]
    used, faces = np.unique(faces, return_inverse=True)
    return Node("shadow", vertices[used], faces.reshape(-1, 3), None, colors[used], SHADOW)
