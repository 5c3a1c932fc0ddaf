"""Writes meshes as GLB, OBJ, PLY and STL files.

    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    data = to_glb(mesh)                                    # bytes

Colours in memory are sRGB bytes. Only `to_glb` converts them, because glTF stores linear colours.
"""

import json
import math
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
import trimesh

from core.errors import MeshError
from core.files import write_atomic
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR

MESH_SUFFIXES = (".glb", ".obj", ".ply", ".stl")
FLOAT32, UINT32 = 5126, 5125  # glTF component types
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963  # glTF buffer targets: vertices, indices
HEADER_BYTES = 28  # of a GLB: the file header and the two chunk headers


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
        mesh = trimesh.Trimesh(_to_z_up(mesh.vertices) * scale, mesh.faces, process=False)
    if suffix == ".glb":
        data = to_glb(mesh, name)
    elif suffix == ".obj":
        data = _named_obj(mesh.export(file_type="obj"), name)
    else:
        data = (_mesh_to_z_up(mesh) if suffix == ".ply" else mesh).export(file_type=suffix[1:])
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


def _to_z_up(vectors: np.ndarray) -> np.ndarray:
    """Rotate from y up, front toward +z, to z up, front toward -y."""
    return vectors[:, [0, 2, 1]] * (1, -1, 1)


def _mesh_to_z_up(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Return a rotated copy with its colours and normals."""
    normals = _to_z_up(mesh.vertex_normals)
    rotated = trimesh.Trimesh(
        _to_z_up(mesh.vertices), mesh.faces, vertex_normals=normals, process=False
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

    trimesh's own writer is not used: it rounds linear colours to bytes, which merges the 13 darkest
    sRGB levels into two, writes no material beside vertex colours, and takes four times as long.

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
    normals = mesh.normals.astype("<f4")
    # glTF requires unit normals; the faces around a vertex may have no area
    normals[np.einsum("ij,ij->i", normals, normals) < 0.5] = (0, 1, 0)
    attributes = {"POSITION": mesh.vertices.astype("<f4"), "NORMAL": normals}
    if mesh.colors is not None:
        attributes["COLOR_0"] = SRGB_TO_LINEAR[mesh.colors]
    buffers = [*attributes.values(), mesh.faces.astype("<u4")]
    text = json.dumps(_gltf(list(attributes), buffers, name), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)  # chunks are aligned to four bytes
    body = b"".join(buffer.tobytes() for buffer in buffers)
    header = struct.pack("<4sII", b"glTF", 2, HEADER_BYTES + len(text) + len(body))
    chunks = struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(body), b"BIN\0")
    return b"".join([header, *chunks, body])


def _to_arrays(mesh: trimesh.Trimesh) -> MeshArrays:
    """Arrays of a mesh, with colours if it has any."""
    is_colored = mesh.visual.kind in ("vertex", "face")
    colors = mesh.visual.vertex_colors[:, :3] if is_colored else None
    return MeshArrays(mesh.vertices, mesh.faces, mesh.vertex_normals, colors)


def _gltf(names: list[str], buffers: list[np.ndarray], name: str) -> dict:
    """JSON of a GLB. The buffers are one (V, 3) float array per name, then the faces (F, 3)."""
    sizes, faces = [buffer.nbytes for buffer in buffers], len(names)
    views = [
        {"buffer": 0, "byteOffset": sum(sizes[:i]), "byteLength": size, "target": ARRAY_BUFFER}
        for i, size in enumerate(sizes)
    ]
    views[faces]["target"] = ELEMENT_ARRAY_BUFFER
    accessors = [
        {"bufferView": i, "componentType": FLOAT32, "type": "VEC3", "count": len(buffer)}
        for i, buffer in enumerate(buffers)
    ]
    accessors[0]["min"], accessors[0]["max"] = (
        [float(end(column)) for column in buffers[0].T] for end in (np.min, np.max)
    )
    accessors[faces] |= {"componentType": UINT32, "type": "SCALAR", "count": buffers[faces].size}
    attributes = {name: i for i, name in enumerate(names)}
    primitive = {"attributes": attributes, "indices": faces, "material": 0}
    base = [1.0] * 3 if "COLOR_0" in names else SRGB_TO_LINEAR[DEFAULT_COLOR].tolist()
    material = {"baseColorFactor": [*base, 1.0], "metallicFactor": 0, "roughnessFactor": 1}
    return {
        "asset": {"version": "2.0", "generator": "meshing.to_glb"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [{"primitives": [primitive], "name": name}],
        "materials": [{"pbrMetallicRoughness": material}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": sum(sizes)}],
    }


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
