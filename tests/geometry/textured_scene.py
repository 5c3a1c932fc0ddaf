"""A seat with a pattern finer than its cells, a photo of it in light, and its true colours."""

from dataclasses import replace
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from core.prediction import Prediction
from geometry.camera import Camera
from geometry.camera_fit import fit_camera
from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.mesh_files import MeshArrays
from geometry.photo_colors import PosedPhoto, surface_cell_colors
from geometry.rasterizer import NO_FACE, rasterize
from geometry.surface_cells import find_surface_cells
from geometry.texture.mesh_texture import MeshTexture
from geometry.texture.photo_texture import photo_texture
from geometry.texture.photo_view import photo_view
from images.detail import photo_detail
from meshing import voxels_to_arrays
from tests.geometry.photo_scene import CROP_SIZE, GRAY, TRUE_CAMERA, seat, uniform_colors

MAGENTA = (255, 0, 255)
LIGHT, DARK = (200, 160, 90), (90, 60, 40)  # of the stripes
FINE, BROAD = 50, 12  # stripes along the longest side of the grid, of 32 cells
SCALE = 2  # pixels of the photo for one of the crop
SUN = np.array([0.5, 0.7, 0.5])


class Scene(NamedTuple):
    """A photo of the striped seat and the mesh that was made from it."""

    prediction: Prediction
    arrays: MeshArrays
    texture: MeshTexture
    stripes: int


def true_colors(points: np.ndarray, stripes: int) -> np.ndarray:
    """(N, 3) sRGB of points in the object's frame: stripes along x and y, plain above the seat."""
    striped = np.floor((points[:, 0] + points[:, 1]) * stripes / 2) % 2 == 0
    return np.where((striped & (points[:, 1] < 0.3))[:, None], LIGHT, DARK)


def photograph_stripes(stripes: int, growth: int = 0) -> Prediction:
    """A photo of the seat before magenta; `growth`: pixels by which the mask is too large."""
    arrays = voxels_to_arrays(seat(), None, 0.5)
    points = arrays.vertices - arrays.grid_center
    pixels = TRUE_CAMERA.project(points) * (SCALE, SCALE, 1)
    face, weights, _ = rasterize(pixels, arrays.faces, CROP_SIZE * SCALE)
    hit = face != NO_FACE
    corners, shares = arrays.faces[face[hit]], weights[hit][..., None]
    shown = (points[corners] * shares).sum(axis=1)
    normals = (arrays.normals[corners] * shares).sum(axis=1)
    light = 0.4 + 0.5 * np.maximum(normals @ SUN, 0)
    photo = np.empty((*face.shape, 3), np.uint8)
    photo[:] = MAGENTA
    photo[hit] = to_srgb(SRGB_TO_LINEAR[true_colors(shown, stripes)] * light[:, None])
    image = Image.fromarray(photo)
    mask = hit[::SCALE, ::SCALE]
    if growth:
        mask = ndimage.binary_dilation(mask, iterations=growth)
    rows, columns = (np.flatnonzero(hit.any(axis=axis)) for axis in (1, 0))
    box = (*map(float, (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)),)
    square = (0.0, 0.0, *(float(CROP_SIZE * SCALE),) * 2)
    return Prediction(
        occupancy=seat(),
        colors=uniform_colors(GRAY),
        size=image.size,
        square=square,
        box=box,
        category="chair",
        category_probabilities={"chair": 1.0},
        azimuth=TRUE_CAMERA.azimuth,
        elevation=TRUE_CAMERA.elevation,
        crop=image.resize((CROP_SIZE, CROP_SIZE), Image.Resampling.BOX),
        crop_mask=mask.astype(np.float32),
        detail=photo_detail(image, box, square, CROP_SIZE),
    )


def shifted(pixels: float) -> Camera:
    """The true camera with its picture moved to the left: the shape covers background there."""
    return replace(TRUE_CAMERA, center=(TRUE_CAMERA.center[0] - pixels, TRUE_CAMERA.center[1]))


def make_scene(
    stripes: int = FINE, growth: int = 0, is_fitted: bool = False, shift: float = 0.0
) -> Scene:
    """The scene as the pipeline makes it, from the true camera, a shifted one or a fitted one."""
    prediction = photograph_stripes(stripes, growth)
    cells = find_surface_cells(prediction.occupancy, 0.5)
    camera = fit_camera(prediction, cells) if is_fitted else shifted(shift)
    index, colors = tuple(cells.cell_indices.T), prediction.colors.copy()
    colors[index], _ = surface_cell_colors(cells, colors[index], [PosedPhoto(prediction, camera)])
    arrays = voxels_to_arrays(seat(), colors, 0.5)
    mesh = arrays.vertices - arrays.grid_center, arrays.faces, arrays.normals, arrays.colors
    return Scene(prediction, arrays, photo_texture(*mesh, photo_view(prediction, camera)), stripes)


def read_texture(texture: MeshTexture, coordinates: np.ndarray) -> np.ndarray:
    """(N, 3) linear colours of the texture, as a viewer reads them."""
    picture = SRGB_TO_LINEAR[np.asarray(Image.open(BytesIO(texture.jpeg)))]
    height, width = picture.shape[:2]
    at = (coordinates * (width, height) - 0.5).T[::-1]
    channels = np.moveaxis(picture, 2, 0)
    read = [ndimage.map_coordinates(channel, at, order=1, mode="nearest") for channel in channels]
    return np.stack(read, axis=1)
