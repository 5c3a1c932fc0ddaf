"""Writes meshes as GLB, OBJ, PLY, STL, 3MF and USDZ files.

    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl, .3mf, .usdz
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
from geometry.formats.gltf import Material, Node, write_glb
from geometry.formats.threemf import write_3mf
from geometry.formats.usdz import UsdMesh, write_usdz
from geometry.texture.mesh_texture import MeshTexture

PRINT_SUFFIXES = (".stl", ".3mf")  # in millimetres, z up
USDZ_SUFFIX = ".usdz"
MESH_SUFFIXES = (".glb", ".obj", ".ply", *PRINT_SUFFIXES, USDZ_SUFFIX)
SIZED_SUFFIXES = (".glb", *PRINT_SUFFIXES, USDZ_SUFFIX)  # formats that have a unit of length
MILLIMETERS = 1000.0  # of one unit without a height or a size: as in a GLB, a unit is a metre


class MeshArrays(NamedTuple):
    """A mesh as plain arrays; the frame is that of `meshing.voxels_to_mesh`.

    It avoids `trimesh.Trimesh`, which hashes its arrays: that takes as long as writing the GLB.
    """

    vertices: np.ndarray  # (V, 3) float64
    faces: np.ndarray  # (F, 3) int
    normals: np.ndarray  # (V, 3) float64, unit length
    colors: np.ndarray | None  # (V, 3) uint8 sRGB
    grid_center: np.ndarray | None = None  # (3,) float, the grid's middle in the mesh's frame
    texture: MeshTexture | None = None  # for .glb; other formats have the colours

    def to_trimesh(self) -> trimesh.Trimesh:
        """Return the same mesh with its colours; `metadata` holds `grid_center`."""
        mesh = trimesh.Trimesh(
            self.vertices, self.faces, vertex_normals=self.normals, process=False
        )
        mesh.metadata["grid_center"] = self.grid_center
        if self.colors is not None:
            mesh.visual.vertex_colors = opaque(self.colors)
        return mesh


def export_mesh(
    mesh: trimesh.Trimesh | MeshArrays,
    path: str | Path,
    height: float | None = None,
    size: float | None = None,
) -> Path:
    """Write a mesh to a file; the suffix of the path selects the format.

    .glb opens with its colours and its texture in every viewer. .ply and .obj hold sRGB vertex
    colours: MeshLab displays them and Blender imports them as a colour attribute. .stl has no
    colours. .3mf is for slicers and has colours; .usdz is for Apple's viewer and has them in a
    texture. .glb, .usdz and .obj are y up, as glTF, Apple and Wavefront define; .ply and .3mf are
    z up, as Blender and slicers read them. The object is named after the file.

    Parameters
    ----------
    mesh : trimesh.Trimesh or MeshArrays
        Mesh from `voxels_to_mesh`. MeshArrays can be written as .glb only.
    path : str or Path
    height : float, optional
        Millimetres, not for .obj and .ply. The model is scaled to this height. An .stl then stands
        upright with z up, as slicers expect.
    size : float, optional
        Millimetres. As `height`, for the longest side.

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
    scale = None
    if height is not None or size is not None:
        if suffix not in SIZED_SUFFIXES:
            raise MeshError(f"A {suffix} file has no unit; leave out the millimetres.")
        scale = millimeters_per_unit(np.ptp(mesh.vertices, axis=0), height, size)
    data = _encode(mesh, suffix, name, scale)
    return write_atomic(path, data.encode() if isinstance(data, str) else data)


def _encode(
    mesh: trimesh.Trimesh | MeshArrays, suffix: str, name: str, scale: float | None
) -> bytes | str:
    """Return the content of a file; `scale` is in millimetres of one unit."""
    if suffix == ".glb":
        return to_glb(mesh, name, (scale or MILLIMETERS) / 1000)
    if suffix == ".3mf":
        vertices = to_z_up(mesh.vertices) * (scale or MILLIMETERS)
        return write_3mf(vertices, mesh.faces, corner_colors(mesh), name)
    if suffix == USDZ_SUFFIX:
        return to_usdz(mesh, name, (scale or MILLIMETERS) / 1000)
    if suffix == ".obj":
        return _named_obj(mesh.export(file_type="obj"), name)
    if suffix == ".ply":
        return mesh_to_z_up(mesh).export(file_type="ply")
    if scale:
        mesh = trimesh.Trimesh(to_z_up(mesh.vertices) * scale, mesh.faces, process=False)
    return mesh.export(file_type="stl")


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

    Raises
    ------
    MeshError
        If the one that counts is not a positive number.
    """
    name, wanted, side = "height", height, extents[1]
    if height is None:
        name, wanted, side = "size", size, max(extents)
    if wanted is None or not 0 < wanted < math.inf:  # also true for NaN
        raise MeshError(f"The {name} is {wanted!r}; give a positive number of millimetres.")
    return float(wanted / side)


def object_name(path: str | Path) -> str:
    """Return the name of the object in a file: the file's name without suffix, valid Unicode."""
    name = Path(path).stem.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "_" for c in name)


def opaque(colors: np.ndarray) -> np.ndarray:
    """Return (N, 4) uint8 RGBA of RGB colours (N, 3)."""
    return np.column_stack([colors, np.full(len(colors), 255, np.uint8)])


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


def to_glb(mesh: trimesh.Trimesh | MeshArrays, name: str = "model", meters: float = 1.0) -> bytes:
    """Encode a mesh as binary glTF 2.0 with linear vertex colours, normals and a matte material.

    The texture of `MeshArrays` is written too; vertices on its edge are then in the file twice.

    Parameters
    ----------
    mesh : trimesh.Trimesh or MeshArrays
    name : str
        Name of the node and its mesh.
    meters : float
        Length of one unit of the mesh in the file.

    Returns
    -------
    bytes
        The content of a .glb file.
    """
    if not isinstance(mesh, MeshArrays):
        mesh = _to_arrays(mesh)
    colors, texture = None if mesh.colors is None else SRGB_TO_LINEAR[mesh.colors], mesh.texture
    base = [1.0] * 3 if mesh.colors is not None else SRGB_TO_LINEAR[DEFAULT_COLOR].tolist()
    material = Material((*base, 1.0), roughness=1, metallic=0)
    vertices = mesh.vertices if meters == 1 else mesh.vertices * meters
    if texture is None:
        return write_glb([Node(name, vertices, mesh.faces, mesh.normals, colors, material)])
    vertices, normals = texture.of_vertices(vertices), texture.of_vertices(mesh.normals)
    colors, picture = texture.tint(colors), {"texture": texture.jpeg}
    picture["coordinates"] = texture.coordinates
    return write_glb([Node(name, vertices, texture.faces, normals, colors, material, **picture)])


def to_usdz(mesh: trimesh.Trimesh, name: str = "model", meters: float = 1.0) -> bytes:
    """Encode a mesh as USDZ with its colours in a texture.

    Parameters
    ----------
    mesh : trimesh.Trimesh
    name : str
        Name of the mesh.
    meters : float
        Length of one unit of the mesh.

    Returns
    -------
    bytes
        The content of a .usdz file.
    """
    colors = corner_colors(mesh)
    vertices = np.asarray(mesh.vertices) * meters
    gray = tuple(DEFAULT_COLOR.tolist())
    return write_usdz([UsdMesh(name, vertices, mesh.faces, mesh.vertex_normals, colors, gray)])


def corner_colors(mesh: trimesh.Trimesh) -> np.ndarray | None:
    """Return the sRGB colours (F, 3, 3) uint8 of the corners of each face, None without colours."""
    if mesh.visual.kind == "face":
        return mesh.visual.face_colors[:, None, :3].repeat(3, axis=1)
    if mesh.visual.kind == "vertex":
        return mesh.visual.vertex_colors[mesh.faces][..., :3]
    return None


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
