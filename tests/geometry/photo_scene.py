"""A seat of known colours and photos of it from known cameras."""

import numpy as np
from PIL import Image

from geometry.camera import Camera
from geometry.camera_fit import fit_camera
from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.rasterizer import NO_FACE, rasterize
from geometry.surface_cells import find_surface_cells
from meshing import voxels_to_mesh
from voxel_model import Prediction

TRUE_CAMERA = Camera(30.0, 20.0, 2.2, 330.0, (118.0, 106.0))
GREEN, RED, GRAY = (60, 150, 70), (170, 60, 50), (128, 128, 128)
CROP_SIZE = 224  # pixels
BACKGROUND = 250  # grey level


def seat() -> np.ndarray:
    """(32, 32, 32) occupancy of an L: a seat and a back at -z; symmetric from left to right."""
    grid = np.zeros((32, 32, 32), np.float32)
    grid[6:26, 4:14, 4:28] = 1
    grid[6:26, 4:28, 4:10] = 1
    return grid


def uniform_colors(color: tuple[int, int, int]) -> np.ndarray:
    """(32, 32, 32, 3) uint8 of one colour."""
    return np.full((32, 32, 32, 3), color, np.uint8)


def two_colors() -> np.ndarray:
    """(32, 32, 32, 3) uint8: a green seat and a red back above it."""
    colors = uniform_colors(GREEN)
    colors[:, 14:] = RED
    return colors


def photograph(
    camera: Camera, true_colors: np.ndarray, predicted: tuple[int, int, int], light: float = 1.0
) -> Prediction:
    """A prediction of the seat whose crop is an image of the true colours from the camera.

    predicted : sRGB albedo of all cells; light : factor of the linear colours in the image, whose
    background is nearly white
    """
    mesh = voxels_to_mesh(seat(), true_colors, 0.5)
    points = mesh.vertices - mesh.metadata["grid_center"]
    face, _, _ = rasterize(camera.project(points), mesh.faces, CROP_SIZE)
    vertex_colors = np.asarray(mesh.visual.vertex_colors)[mesh.faces[face, 0], :3]
    is_object = face != NO_FACE
    albedo = np.where(is_object[..., None], vertex_colors, BACKGROUND)
    crop = to_srgb(light * SRGB_TO_LINEAR[albedo])
    whole = (0, 0, CROP_SIZE, CROP_SIZE)
    return Prediction(
        occupancy=seat(),
        colors=uniform_colors(predicted),
        size=(CROP_SIZE, CROP_SIZE),
        square=whole,
        box=whole,
        category="chair",
        category_probabilities={"chair": 1.0},
        azimuth=camera.azimuth,
        elevation=camera.elevation,
        crop=Image.fromarray(crop.astype(np.uint8)),
        crop_mask=is_object.astype(np.float32),
    )


def fitted_camera(prediction: Prediction) -> Camera:
    """The camera of the prediction's own shape."""
    return fit_camera(prediction, find_surface_cells(prediction.occupancy, 0.5))
