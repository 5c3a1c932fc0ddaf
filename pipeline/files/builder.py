"""Writes the files of one result; all formats share one body, one mesh and one set of colours.

    builder = ModelBuilder(result, settings, options)
    builder.write(Path("chair.stl")), builder.notes
    builder.arrays, builder.facts            # the mesh that the page shows

The cells above the threshold become one body first: loose parts are joined or left out, feet reach
the floor (`geometry.solids`). With `drop_crumbs` off the cells stay as they are.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import trimesh

from geometry.decimation import quantize_colors, simplify
from geometry.grids import validate_grid
from geometry.mesh_files import PRINT_SUFFIXES, USDZ_SUFFIX, MeshArrays
from geometry.mesh_files import to_glb as mesh_to_glb
from geometry.solids.body import Body, block_body, surface_body, surface_field
from geometry.surface_cells import surface_mask
from geometry.texture.photo_texture import photo_texture
from meshing import export_mesh, export_voxels, is_watertight, voxels_to_arrays
from pipeline.display import display_glb
from pipeline.files.facts import model_facts, surface_size
from pipeline.files.printing import make_printable, size_note
from pipeline.formats import TURNTABLE_SUFFIXES, VOXEL_SUFFIXES
from pipeline.real_size import RealSize
from pipeline.result import Result
from pipeline.settings import DEFAULT_EXPORT, PARTS, STYLES, ExportOptions, Settings


class ModelBuilder:
    """Makes the meshes, grids and files of one result.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.
    options : ExportOptions
        Options of a file.
    """

    def __init__(self, result: Result, settings: Settings, options: ExportOptions = DEFAULT_EXPORT):
        self.prediction, self.result = result.prediction, result
        self.part_model = result.part_model if settings.style == PARTS else None
        if settings.style == PARTS:  # the surface where there are no parts
            settings = replace(settings, style=STYLES[0])
        self.settings, self.options = settings, options
        self.notes: list[str] = []

    def write(self, path: Path) -> Path:
        """Write the file; its suffix is the format."""
        if self.part_model and path.suffix not in VOXEL_SUFFIXES:
            from pipeline.parts.export import write_parts

            return write_parts(self.part_model, path, self.options)
        if path.suffix in VOXEL_SUFFIXES:
            return self._write_voxels(path)
        if path.suffix in PRINT_SUFFIXES:
            return self._write_print(path)
        if path.suffix in TURNTABLE_SUFFIXES:
            from pipeline.turntable import export_turntable, render_turntable  # loads FFmpeg

            return export_turntable(render_turntable(self.arrays.to_trimesh()), path)
        if path.suffix == ".glb" and not self.options.faces:
            return export_mesh(self.textured, path)
        height = 10 * self.real_size.height if path.suffix == USDZ_SUFFIX else None
        # trimesh's writers cache normals in the mesh, and write them only where they are cached
        return export_mesh(self.mesh.copy(include_cache=True), path, height)

    @property
    def facts(self) -> dict:
        """Facts about the model, see `pipeline.files.facts.model_facts`; more for parts."""
        if self.part_model:
            from pipeline.parts.export import part_facts

            return part_facts(self.part_model)
        cells = int(np.count_nonzero(self.body.cells))
        return model_facts(self.textured, cells, self.real_size, is_watertight(self.arrays))

    def display(self, azimuth: float) -> bytes:
        """Return the file for the page's viewer, see `pipeline.display`; azimuth in degrees."""
        if self.part_model:
            from pipeline.parts.files import display_file

            return display_file(self.part_model, azimuth)
        return display_glb(self.textured, self.body.occupancy, self.body.threshold, azimuth)

    def room_glb(self) -> bytes:
        """Return a .glb in real size, for viewers that place the model in a room."""
        if self.part_model:
            from pipeline.parts.files import real_meters, to_glb

            return to_glb(self.part_model, real_meters(self.part_model))
        meters = self.real_size.height / 100 / self.arrays.vertices[:, 1].max()  # on the floor
        return mesh_to_glb(self.textured, self.result.name, meters)

    @cached_property
    def occupancy(self) -> np.ndarray:
        """(R, R, R) float32, checked: at least one cell is above the threshold."""
        return validate_grid(self.prediction.occupancy, None, self.settings.threshold)[0]

    @cached_property
    def blocks(self) -> Body:
        """The solid cells as one body; as they are if loose parts are kept."""
        return self._body(block_body)

    @cached_property
    def body(self) -> Body:
        """The body of the mesh, in the style of the settings."""
        return self.blocks if self.settings.style == "blocks" else self._body(surface_body)

    def _body(self, make: Callable[[np.ndarray, float], Body]) -> Body:
        threshold = self.settings.threshold
        if self.settings.drop_crumbs:
            return make(self.occupancy, threshold)
        return Body(self.occupancy > np.float32(threshold), self.occupancy, threshold)

    @cached_property
    def arrays(self) -> MeshArrays:
        """The mesh with colours, not simplified."""
        body, style = self.body, self.settings.style
        if style == "blocks" or not self.settings.drop_crumbs:
            return voxels_to_arrays(body.occupancy, self.mesh_colors, body.threshold, style)
        field, level = surface_field(body)
        return voxels_to_arrays(field, self.mesh_colors, level, style)

    @cached_property
    def textured(self) -> MeshArrays:
        """The mesh of `arrays` with a texture of the photo, if its surface is smooth."""
        arrays, settings = self.arrays, self.settings
        if settings.style == "blocks" or settings.colors == "predicted" or self.options.palette:
            return arrays
        view = self.result.surface_colors.view
        if view is None:
            return arrays
        points = arrays.vertices - arrays.grid_center
        texture = photo_texture(points, arrays.faces, arrays.normals, arrays.colors, view)
        return arrays._replace(texture=texture)

    @cached_property
    def mesh(self) -> trimesh.Trimesh:
        """The mesh with colours, simplified if the options ask for it."""
        mesh = self.arrays.to_trimesh()
        return simplify(mesh, self.options.faces) if self.options.faces else mesh

    @cached_property
    def real_size(self) -> RealSize:
        """The estimated real size of the mesh."""
        return surface_size(self.arrays, self.prediction.category)

    @cached_property
    def mesh_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, correct at least in the cells of the mesh's surface."""
        if self.settings.colors == "predicted" or self.options.palette:
            return self.cell_colors
        return self.result.surface_colors.for_cells(surface_mask(self.body.cells))

    @cached_property
    def cell_colors(self) -> np.ndarray:
        """(R, R, R, 3) uint8, correct in all cells."""
        if self.settings.colors == "predicted":
            colors = self.prediction.colors
        else:
            colors = self.result.surface_colors.all_cells
        if not self.options.palette:
            return colors
        solid = self.prediction.occupancy > np.float32(self.settings.threshold)
        return quantize_colors(colors, self.options.palette, surface_mask(solid))

    def _write_voxels(self, path: Path) -> Path:
        """Write a grid. An NPZ is for further work: it holds the predicted probabilities."""
        if path.suffix == ".npz":
            grid, threshold = self.prediction.occupancy, self.settings.threshold
        elif self.part_model:
            grid, threshold = self.part_model.grid, 0.5
        else:
            grid, threshold = self.blocks.occupancy, self.blocks.threshold
        return export_voxels(grid, self.cell_colors, threshold, path)

    def _write_print(self, path: Path) -> Path:
        """Write a file for printing; as one body if the options ask for it. STL has no colours."""
        options = self.options
        colors = None if path.suffix == ".stl" else self.cell_colors
        size = {"height": options.stl_height, "size": options.stl_size}
        notes = []
        if options.printable:
            occupancy, settings = self.prediction.occupancy, self.settings
            printable = make_printable(
                occupancy, settings.threshold, **size, style=settings.style, colors=colors
            )
            notes, mesh = printable.notes(), printable.mesh
        else:
            mesh = self.arrays.to_trimesh()
        if options.faces:
            mesh = simplify(mesh, options.faces)
        notes.append(size_note(mesh, **size, category=self.prediction.category))
        self.notes += [note for note in notes if note not in self.notes]
        return export_mesh(mesh, path, **size)
