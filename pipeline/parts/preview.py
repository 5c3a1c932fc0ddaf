"""A quick picture of a model of parts while a slider moves.

    preview = PartPreview(model, result)     # takes 20 ms
    data = preview.glb({"seat_height": 48})  # .glb of one lit mesh for the page's viewer

`pipeline.parts.editing.edit` builds the same piece exactly. The picture leaves out the booleans:
its parts overlap, and parts that `pipeline.parts.joining` would move together stay some millimetres
apart. Its light comes from the same grid. Pieces with cuts are built exactly.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from furniture.fine_surfaces import FineSurfaces
from furniture.pieces import build
from furniture.primitives import MATERIAL, SIGN, Furniture
from geometry.formats.gltf import Node, write_glb
from geometry.mesh_files import MeshArrays
from geometry.shading import surroundings
from pipeline.display import first_azimuth, lit_node, soft_cells
from pipeline.parts.coloring import part_colors
from pipeline.parts.editing import changed_choices, parameters
from pipeline.parts.files import DISPLAY_THRESHOLD, fine_arrays
from pipeline.parts.meshes import PartMesh
from pipeline.parts.model import PartModel, floor_frame, with_choices
from pipeline.result import Result

# Longest sides. The viewer's own file has 0.06; 0.1 makes half the vertices.
PREVIEW_EDGE = 0.1


class PartPreview:
    """Pictures of one model with other parameters.

    Parameters
    ----------
    model : PartModel
    result : Result
        Its colours and its camera.
    before : PartPreview, optional
        That of the model before a change of its parameters; what both share is not made again.
    """

    def __init__(
        self, model: PartModel, result: Result, before: "PartPreview | None" = None
    ) -> None:
        self.model, self.result, self.listed = model, result, parameters(model)
        if before and before.model.grid is model.grid:  # no parameter changes the grid
            self.blurred, self.surfaces = before.blurred, before.surfaces
        else:
            self.blurred = surroundings(soft_cells(model.grid, DISPLAY_THRESHOLD))
            self.surfaces = FineSurfaces(PREVIEW_EDGE)
        self.azimuth = first_azimuth(result.prediction.azimuth)

    def glb(self, changes: Mapping[str, Any]) -> bytes:
        """Returns the .glb of `node`."""
        return write_glb([self.node(changes)], "pipeline.parts.preview")

    def node(self, changes: Mapping[str, Any]) -> Node:
        """Returns the lit model without its shadow.

        Parameters
        ----------
        changes : mapping
            Values by name, as for `pipeline.parts.editing.edit`.

        Raises
        ------
        MeshError
            As `edit` does.
        """
        choices, _ = changed_choices(self.model, self.listed, changes)
        piece = build(self.model.category, choices)
        if any(row[SIGN] < 0 for row in piece.rows):
            arrays = fine_arrays(with_choices(self.model, choices, self.result))
        else:
            arrays = self._arrays(piece)
        return lit_node(arrays, self.blurred, self.azimuth)

    def _arrays(self, piece: Furniture) -> MeshArrays:
        """The surfaces of a piece's primitives, warped and placed as those of its parts."""
        surfaces = self.surfaces.of(piece)
        counts = [len(surface.vertices) for surface in surfaces]
        starts = np.cumsum([0, *counts])
        vertices, normals = self.model.warp.apply(
            np.concatenate([surface.vertices for surface in surfaces]),
            np.concatenate([surface.normals for surface in surfaces]),
        )
        meshes = []
        drawn = zip(piece.parts, piece.rows, surfaces, starts, strict=False)
        for part, row, surface, start in drawn:
            material = piece.materials[int(row[MATERIAL]) % len(piece.materials)]
            span = slice(start, start + len(surface.vertices))
            arrays = vertices[span], surface.faces, normals[span]
            meshes.append(PartMesh(part, part, material, *arrays))
        colors = part_colors(meshes, self.result.surface_colors, self.model.colors)
        center, side = floor_frame([vertices])
        return MeshArrays(
            vertices / side + center,
            np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=False)]),
            normals,
            colors.repeat(counts, axis=0),
            center,
        )
