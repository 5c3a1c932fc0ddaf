"""The mesh of each piece of a scene: its surface, or its parts where it has a model of parts.

    meshes = piece_meshes(centered(scene), settings)
    meshes[1].entry(), meshes[1].glb()       # its node in the scene; its own file in real size

Each mesh is made once, for all files and pictures of a scene.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from math import degrees

import numpy as np

from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR
from geometry.formats.gltf import Group, Material, Node
from geometry.mesh_files import MeshArrays
from geometry.mesh_files import to_glb as mesh_to_glb
from pipeline.display import display_nodes
from pipeline.files.builder import ModelBuilder
from pipeline.scene.scene import Scene, ScenePiece
from pipeline.settings import PARTS, Settings

MATT = Material()


class PieceMesh(ABC):
    """The mesh of one piece; its frame is that of `meshing.voxels_to_mesh`."""

    parts: tuple[str, ...] = ()  # names of its parts; none of a surface

    def __init__(self, piece: ScenePiece) -> None:
        self.piece = piece

    @property
    @abstractmethod
    def arrays(self) -> MeshArrays:
        """The whole mesh with its plain colours; the longest side of the grid is 1."""

    @abstractmethod
    def entry(self) -> Node | Group:
        """Return the piece in its own frame, metres, with its place as the node's transform."""

    @abstractmethod
    def glb(self) -> bytes:
        """Return a file of the piece alone, in real size."""

    @abstractmethod
    def display(self) -> tuple[Node, Node]:
        """Return the lit piece and its shadow in the scene's frame, with one light for all."""

    def middle(self) -> np.ndarray:
        """Return the point (3,) on the floor that stands at the piece's place, in the mesh."""
        return self.arrays.grid_center * (1, 0, 1)

    def transform(self) -> dict:
        """Return place and turn of the node."""
        x, z = self.piece.place
        return {"place": (x, 0.0, z), "turn": self.piece.yaw}

    def lit(self, arrays: MeshArrays, grid: np.ndarray, threshold: float) -> tuple[Node, Node]:
        """Return `display` of a mesh and of the grid that encloses it."""
        nodes = display_nodes(arrays, grid, threshold, -degrees(self.piece.yaw))
        model, shadow = (
            replace(node, vertices=self.piece.to_scene(node.vertices, arrays.grid_center))
            for node in nodes
        )
        return model, shadow


class SurfaceMesh(PieceMesh):
    """A smooth surface or blocks."""

    def __init__(self, piece: ScenePiece, settings: Settings) -> None:
        super().__init__(piece)
        self.builder = ModelBuilder(piece.result, settings)

    @property
    def arrays(self) -> MeshArrays:
        """The whole mesh."""
        return self.builder.arrays

    def entry(self) -> Node:
        """Return one node with the mesh."""
        arrays, piece = self.arrays, self.piece
        colors = arrays.colors
        if colors is None:
            colors = np.broadcast_to(DEFAULT_COLOR, arrays.vertices.shape)
        vertices = (arrays.vertices - self.middle()) * piece.meters
        linear = SRGB_TO_LINEAR[colors]
        geometry = vertices, arrays.faces, arrays.normals, linear
        return Node(piece.name, *geometry, MATT, **self.transform())

    def glb(self) -> bytes:
        """Return a file with one node."""
        return mesh_to_glb(self.arrays, self.piece.name, self.piece.meters)

    def display(self) -> tuple[Node, Node]:
        """Return the lit surface and its shadow."""
        body = self.builder.body
        return self.lit(self.arrays, body.occupancy, body.threshold)


class PartsMesh(PieceMesh):
    """Furniture made of parts."""

    def __init__(self, piece: ScenePiece) -> None:
        from pipeline.parts.model import with_meshes  # loads manifold3d

        super().__init__(piece)
        self.model = with_meshes(piece.result).part_model
        self.parts = tuple(part.mesh.name for part in self.model.parts)

    @cached_property
    def arrays(self) -> MeshArrays:
        """The whole mesh."""
        from pipeline.parts.files import to_arrays

        return self._in_grid(to_arrays(self.model))

    def entry(self) -> Group:
        """Return a node with a child for each part, `chair_2_seat` below `chair_2`."""
        from pipeline.parts.files import part_node

        piece, nodes = self.piece, []
        for part in self.model.parts:
            node = part_node(part, self.model.side * piece.meters)
            vertices = node.vertices - self.middle() * piece.meters
            nodes.append(replace(node, name=f"{piece.name}_{node.name}", vertices=vertices))
        return Group(piece.name, tuple(nodes), **self.transform())

    def glb(self) -> bytes:
        """Return a file with a node for each part."""
        from pipeline.parts.files import to_glb

        return to_glb(self.model, self.model.side * self.piece.meters)

    def display(self) -> tuple[Node, Node]:
        """Return the lit parts and their shadow."""
        from pipeline.parts.files import DISPLAY_THRESHOLD, fine_arrays

        fine = self._in_grid(fine_arrays(self.model))
        return self.lit(fine, self.model.grid, DISPLAY_THRESHOLD)

    def _in_grid(self, arrays: MeshArrays) -> MeshArrays:
        """Return a mesh whose longest side is 1 in longest sides of the grid."""
        side = self.model.side
        return arrays._replace(
            vertices=arrays.vertices * side, grid_center=arrays.grid_center * side
        )


def piece_meshes(scene: Scene, settings: Settings) -> list[PieceMesh]:
    """Return the mesh of each piece.

    Parameters
    ----------
    scene : Scene
        The scene; its places are those of the meshes.
    settings : Settings
        For the style "parts" a piece without a model of parts is smooth.
    """
    return [
        PartsMesh(piece)
        if settings.style == PARTS and piece.result.part_model
        else SurfaceMesh(piece, settings)
        for piece in scene.pieces
    ]
