"""Compares the appearance of meshes by ImageNet features of eight grey views.

    look = Appearance(Path("efficientnet-lite2-9656183e.pth"))
    a, b = look.features(mesh), look.features(truth)     # (8, 352) each
    pair_distance(a, b)                                  # same views of prediction and truth
    kernel_distance(np.concatenate(predicted), np.concatenate(true))     # of both sets

The encoder is EfficientNet-Lite2 with the published ImageNet weights; training/loop/encoders.py
says where they are.
"""

import math
from pathlib import Path

import numpy as np
import torch
import trimesh

from training.loop.encoders import load_encoder
from voxel_model import VoxelConfig, VoxelModel

SIDE = 224  # pixels of a view
OVERSAMPLING = 2  # of the z-buffer
VIEWS = tuple((azimuth, 20.0) for azimuth in range(15, 375, 45))  # degrees, elevation second
LIGHT = np.array([-0.4, 0.7, 0.6]) / np.linalg.norm([-0.4, 0.7, 0.6])  # from the upper left
AMBIENT, DIFFUSE, BACKGROUND = 0.35, 0.6, 0.85  # grey levels
POINTS_A_PIXEL = 3  # surface points for each pixel that a face covers
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Appearance:
    """The encoder that compares views.

    Parameters
    ----------
    weights : Path
        File of published ImageNet weights.

    Raises
    ------
    CheckpointError
        If the file is no such file.
    """

    def __init__(self, weights: Path):
        model = VoxelModel(VoxelConfig(encoder="efficientnet_lite2"))
        load_encoder(model, weights, "--appearance-weights")
        self.encoder = model.encoder.eval()

    @torch.inference_mode()
    def features(self, mesh: trimesh.Trimesh) -> np.ndarray:
        """Returns the mean of the encoder's last map for each view, (8, C) float64."""
        views = np.stack([grey_view(mesh, *view) for view in VIEWS])
        images = torch.from_numpy(views).float()[:, None].expand(-1, 3, -1, -1)
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
        return self.encoder((images - mean) / std)[-1].mean(dim=(2, 3)).double().numpy()


def grey_view(mesh: trimesh.Trimesh, azimuth: float, elevation: float) -> np.ndarray:
    """Draws a mesh in grey from one side, orthographically.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        Of any scale: the diagonal of its bounding box fills the picture.
    azimuth, elevation : float
        Degrees; azimuth 0 looks at the front.

    Returns
    -------
    numpy.ndarray
        (SIDE, SIDE) float64 in [0, 1].
    """
    low, high = mesh.bounds
    rotation = view_rotation(azimuth, elevation)
    vertices = (mesh.vertices - (low + high) / 2) / np.linalg.norm(high - low) @ rotation.T
    normals = mesh.face_normals @ rotation.T
    front = np.flatnonzero(normals[:, 2] > 0)
    shade = AMBIENT + DIFFUSE * np.clip(normals[front] @ LIGHT, 0, 1)
    side = SIDE * OVERSAMPLING
    points, face = dense_points(vertices[mesh.faces[front]], normals[front, 2], side)
    column = ((points[:, 0] + 0.5) * side).astype(int).clip(0, side - 1)
    row = ((0.5 - points[:, 1]) * side).astype(int).clip(0, side - 1)
    order = np.argsort(points[:, 2])  # the nearest point of a pixel is written last
    picture = np.full((side, side), BACKGROUND)
    picture[row[order], column[order]] = shade[face[order]]
    return picture.reshape(SIDE, OVERSAMPLING, SIDE, OVERSAMPLING).mean(axis=(1, 3))


def view_rotation(azimuth: float, elevation: float) -> np.ndarray:
    """Returns (3, 3): rows right, up and toward the camera."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return np.array(
        [
            [math.cos(a), 0, -math.sin(a)],
            [-math.sin(a) * math.sin(e), math.cos(e), -math.cos(a) * math.sin(e)],
            [math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)],
        ]
    )


def dense_points(
    triangles: np.ndarray, facing: np.ndarray, side: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples triangles so densely that every pixel they cover receives a point.

    Parameters
    ----------
    triangles : numpy.ndarray
        (F, 3, 3) in the frame of the view.
    facing : numpy.ndarray
        (F,) component of the normals toward the camera.
    side : int
        Pixels of the picture's side, which has length 1.

    Returns
    -------
    points : numpy.ndarray
        (P, 3).
    face : numpy.ndarray
        (P,) triangle of each point.
    """
    first, edges = triangles[:, 0], triangles[:, 1:] - triangles[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) / 2 * facing
    count = np.maximum(1, np.ceil(area * side * side * POINTS_A_PIXEL)).astype(int)
    face = np.repeat(np.arange(len(triangles)), count)
    u, v = np.random.default_rng(0).random((2, len(face)))
    outside = u + v > 1
    u[outside], v[outside] = 1 - u[outside], 1 - v[outside]
    return first[face] + u[:, None] * edges[face, 0] + v[:, None] * edges[face, 1], face


def kernel_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Computes the kernel inception distance of two sets of features, times 1,000.

    The squared maximum mean discrepancy with a polynomial kernel of degree 3, unbiased. It may be
    below 0 for sets of one distribution.

    Parameters
    ----------
    a, b : numpy.ndarray
        (N, C) and (M, C).
    """
    scale = np.concatenate([a, b]).std()
    a, b = a / scale, b / scale
    within = [
        (k.sum() - np.trace(k)) / len(k) / (len(k) - 1) for k in (_kernel(a, a), _kernel(b, b))
    ]
    return float(1000 * (sum(within) - 2 * _kernel(a, b).mean()))


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Polynomial kernel of degree 3."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def pair_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the mean cosine distance of the same views of two meshes."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(1 - ((a * b).sum(axis=1) / lengths).mean())
