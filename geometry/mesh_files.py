"""Writes meshes as GLB, OBJ, PLY and STL files.

    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    data = to_glb(mesh)                                    # bytes

Colours in memory are sRGB bytes. Only `to_glb` converts them, because glTF stores linear colours.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import trimesh

from core.errors import MeshError
from core.files import write_atomic
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR
from geometry.gltf import Material, Node, write_glb

MESH_SUFFIXES = (".glb", ".obj", ".ply", ".stl")


class MeshArrays(NamedTuple):
    """A mesh as plain arrays; the frame is that of `meshing.voxels_to_mesh`.

    It avoids `trimesh.Trimesh`, which hashes its arrays: that takes as long as writing the GLB.
    """

    vertices: np.ndarray  # (V, 3) float64
    faces: np.ndarray  # (F, 3) int
    normals: np.ndarray  # (V, 3) float64, unit length
    colors: np.ndarray | None  # (V, 3) uint8 sRGB
    grid_center: np.ndarray | None = None  # (3,) float, the grid's middle in the mesh's frame


def export_mesh(
    mesh: trimesh.Trimesh | MeshArrays,
    path: str | Path,
    height: float | None = None,
    size: float | None = None,
) -> Path:
    """Write a mesh to a file; the suffix of the path selects the format.

    .glb opens with its colours in every viewer. .ply and .obj hold sRGB vertex colours: MeshLab
    displays them and Blender imports them as a colour attribute. .stl has no colours. .glb and .obj
    are y up, as glTF and Wavefront define; .ply is z up, as Blender and slicers read it. The object
    in a .glb and an .obj is named after the file.

    Parameters
    ----------
    mesh : trimesh.Trimesh or MeshArrays
        Mesh from `voxels_to_mesh`. MeshArrays can be written as .glb only.
    path : str or Path
    height : float, optional
        Millimetres, .stl only. The model is scaled to this height and stands upright with z up, as
        slicers expect.
    size : float, optional
        Millimetres, .stl only. As `height`, for the longest side.

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    MeshError
        If the suffix or the height is not supported, or if the path cannot be written.
    """
    suffix, name = check_suffix(path, MESH_SUFFIXES), object_name(path)
    if height is not None or size is not None:
        if suffix != ".stl" or not 0 < (height or size) < math.inf:
            raise MeshError("A height must be a positive number of millimetres, for an .stl file.")
        scale = millimeters_per_unit(mesh.extents, height, size)
        mesh = trimesh.Trimesh(to_z_up(mesh.vertices) * scale, mesh.faces, process=False)
    if suffix == ".glb":
        data = to_glb(mesh, name)
    elif suffix == ".obj":
        data = _named_obj(mesh.export(file_type="obj"), name)
    else:
        data = (mesh_to_z_up(mesh) if suffix == ".ply" else mesh).export(file_type=suffix[1:])
    return write_atomic(path, data.encode() if isinstance(data, str) else data)


def millimeters_per_unit(
    extents: np.ndarray, height: float | None = None, size: float | None = None
) -> float:
    """Return the scale of an STL.

    Parameters
    ----------
    extents : ndarray, (3,) float
        Sides of the mesh, y up.
    height : float, optional
        Height in millimetres.
    size : float, optional
        Longest side in millimetres, used without a height.

    Returns
    -------
    float
        Millimetres of one unit.
    """
    return float(height / extents[1] if height else size / max(extents))


def object_name(path: str | Path) -> str:
    """Return the name of the object in a file: the file's name without suffix, valid Unicode."""
    name = Path(path).stem.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "_" for c in name)


def to_z_up(vectors: np.ndarray) -> np.ndarray:
    """Rotate from y up, front toward +z, to z up, front toward -y."""
    return vectors[:, [0, 2, 1]] * (1, -1, 1)


def mesh_to_z_up(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Return a rotated copy with its colours and normals."""
    normals = to_z_up(mesh.vertex_normals)
    rotated = trimesh.Trimesh(
        to_z_up(mesh.vertices), mesh.faces, vertex_normals=normals, process=False
    )
    if mesh.visual.kind == "vertex":
        rotated.visual.vertex_colors = mesh.visual.vertex_colors
    return rotated


def _named_obj(text: str, name: str) -> str:
    """Name the only object of an OBJ. A name ends at a space in some readers."""
    lines = [line for line in text.splitlines() if not line.startswith("o ")]
    at = next(i for i, line in enumerate(lines) if line.startswith("v "))
    return "\n".join([*lines[:at], f"o {name.replace(' ', '_')}", *lines[at:]]) + "\n"


def to_glb(mesh: trimesh.Trimesh | MeshArrays, name: str = "model") -> bytes:
    """Encode a mesh as binary glTF 2.0 with linear vertex colours, normals and a matte material.

    Parameters
    ----------
    mesh : trimesh.Trimesh or MeshArrays
    name : str
        Name of the node and its mesh.

    Returns
    -------
    bytes
        The content of a .glb file.
    """
    if not isinstance(mesh, MeshArrays):
        mesh = _to_arrays(mesh)
    colors = None if mesh.colors is None else SRGB_TO_LINEAR[mesh.colors]
    base = [1.0] * 3 if mesh.colors is not None else SRGB_TO_LINEAR[DEFAULT_COLOR].tolist()
    material = Material((*base, 1.0), roughness=1, metallic=0)
    return write_glb([Node(name, mesh.vertices, mesh.faces, mesh.normals, colors, material)])


def _to_arrays(mesh: trimesh.Trimesh) -> MeshArrays:
    """Arrays of a mesh, with colours if it has any."""
    is_colored = mesh.visual.kind in ("vertex", "face")
    colors = mesh.visual.vertex_colors[:, :3] if is_colored else None
    return MeshArrays(mesh.vertices, mesh.faces, mesh.vertex_normals, colors)


def check_suffix(path: str | Path, suffixes: tuple[str, ...]) -> str:
    """Return the suffix of a path in lower case.

    Parameters
    ----------
    path : str or Path
    suffixes : tuple of str
        The allowed suffixes, at least two, in lower case with the dot.

    Returns
    -------
    str

    Raises
    ------
    MeshError
        If the suffix is not allowed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        choices = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
        raise MeshError(f"{Path(path).name!r} must end in {choices}.")
    return suffix
