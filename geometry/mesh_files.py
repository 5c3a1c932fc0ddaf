"""Meshes and grids as files: GLB, OBJ, PLY and STL; MagicaVoxel, NumPy and binvox.

    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    export_voxels(occupancy, colors, 0.5, "chair.vox")     # or .npz, .binvox

Colours in memory are sRGB bytes; only `to_glb` converts, because glTF's are linear.
"""

import json
import math
import struct
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import trimesh
from scipy import ndimage
from trimesh.exchange.binvox import binvox_bytes
from trimesh.voxel.encoding import DenseEncoding

from core.errors import MeshError
from core.files import write_atomic
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR, fit_palette
from geometry.grids import validate_grid

MESH_SUFFIXES = (".glb", ".obj", ".ply", ".stl")
VOXEL_SUFFIXES = (".vox", ".npz", ".binvox")
MAX_VOX_COLORS, MAX_VOX_SIDE = 255, 256  # MagicaVoxel: index 0 means empty, coordinates are bytes


class MeshArrays(NamedTuple):
    """What a mesh is made of, as plain arrays: trimesh takes as long to hash them as GLB to write.

    Frame, `cells` and `grid_center` are as `meshing.voxels_to_mesh` tells.
    """

    vertices: np.ndarray  # (V, 3) float64
    faces: np.ndarray  # (F, 3) int
    normals: np.ndarray  # (V, 3) float64, unit
    colors: np.ndarray | None  # (V, 3) uint8 sRGB
    cells: np.ndarray | None = None  # (V,) int
    grid_center: np.ndarray | None = None  # (3,)


def export_mesh(
    mesh: trimesh.Trimesh | MeshArrays, path: str | Path, height: float | None = None
) -> Path:
    """Write a mesh of `voxels_to_mesh`; the suffix of the path names the format. A Skin is a .glb.

    .glb opens coloured everywhere. .ply and .obj hold sRGB vertex colours in the file itself:
    MeshLab shows them, Blender keeps them as a colour attribute. .stl has no colours.
    height : millimetres, .stl only: the model stands upright, z up, this tall, as slicers want it

    Raises MeshError for another suffix, an impossible height, a path that cannot be written.
    """
    suffix = check_suffix(path, MESH_SUFFIXES)
    if height is not None:
        if suffix != ".stl" or not 0 < height < math.inf:
            raise MeshError("A height must be a positive number of millimetres, for an .stl file.")
        vertices = mesh.vertices[:, [0, 2, 1]] * (1, -1, 1) * (height / mesh.extents[1])
        mesh = trimesh.Trimesh(vertices, mesh.faces, process=False)
    data = to_glb(mesh) if suffix == ".glb" else mesh.export(file_type=suffix[1:])
    return write_atomic(path, data.encode() if isinstance(data, str) else data)


def export_voxels(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float, path: str | Path
) -> Path:
    """Write the grid itself, arguments as for `voxels_to_mesh`; the suffix names the format.

    .vox : MagicaVoxel, z up, front toward -y; at most 255 colours, sides up to 256 cells
    .npz : arrays `occupancy` float32, `threshold` and, where given, `colors` uint8
    .binvox : solid or empty cells of a cube of side 1 that stands on the floor
    """
    suffix = check_suffix(path, VOXEL_SUFFIXES)
    occupancy, colors, solid = validate_grid(occupancy, colors, threshold)
    if suffix == ".vox":
        return write_atomic(path, _vox(solid, colors))
    if suffix == ".binvox":  # its y runs fastest, x slowest
        runs = DenseEncoding(solid.transpose(0, 2, 1).ravel()).run_length_data(dtype=np.uint8)
        return write_atomic(
            path, binvox_bytes(runs, solid.shape, translate=(-0.5, 0, -0.5), scale=1)
        )
    arrays = {"occupancy": occupancy, "threshold": np.float32(threshold)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays, **({} if colors is None else {"colors": colors}))
    return write_atomic(path, buffer.getvalue())


def to_glb(mesh: trimesh.Trimesh | MeshArrays) -> bytes:
    """The mesh as binary glTF 2.0 with linear vertex colours, normals and a rough, non-metal skin.

    Not trimesh's writer: it rounds linear colours to bytes, which leaves two of the 13 darkest
    sRGB levels, names no material beside vertex colours, and takes four times as long.
    """
    skin = mesh if isinstance(mesh, MeshArrays) else _skin_of(mesh)
    normals = skin.normals.astype("<f4")
    normals[np.einsum("ij,ij->i", normals, normals) < 0.5] = (0, 1, 0)  # slivers have none
    arrays = {"POSITION": skin.vertices.astype("<f4"), "NORMAL": normals}
    if skin.colors is not None:
        arrays["COLOR_0"] = SRGB_TO_LINEAR[skin.colors]
    blobs = [*arrays.values(), skin.faces.astype("<u4")]
    text = json.dumps(_gltf(list(arrays), blobs), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(blob.tobytes() for blob in blobs)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(body))
    chunks = struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(body), b"BIN\0")
    return b"".join([head, *chunks, body])


def _skin_of(mesh: trimesh.Trimesh) -> MeshArrays:
    colored = mesh.visual.kind in ("vertex", "face")
    colors = mesh.visual.vertex_colors[:, :3] if colored else None
    return MeshArrays(mesh.vertices, mesh.faces, mesh.vertex_normals, colors)


def _gltf(names: list[str], blobs: list[np.ndarray]) -> dict:
    """The JSON of a GLB whose buffer holds one (V, 3) float array per name and the (F, 3) faces."""
    sizes, faces = [blob.nbytes for blob in blobs], len(names)
    views = [
        {"buffer": 0, "byteOffset": sum(sizes[:i]), "byteLength": size, "target": 34962}
        for i, size in enumerate(sizes)
    ]
    views[faces]["target"] = 34963  # ELEMENT_ARRAY_BUFFER; 34962 is ARRAY_BUFFER
    accessors = [
        {"bufferView": i, "componentType": 5126, "type": "VEC3", "count": len(blob)}
        for i, blob in enumerate(blobs)
    ]
    accessors[0]["min"], accessors[0]["max"] = (
        [float(end(column)) for column in blobs[0].T] for end in (np.min, np.max)
    )
    accessors[faces] |= {"componentType": 5125, "type": "SCALAR", "count": blobs[faces].size}
    attributes = {name: i for i, name in enumerate(names)}
    primitive = {"attributes": attributes, "indices": faces, "material": 0}
    base = [1.0] * 3 if "COLOR_0" in names else SRGB_TO_LINEAR[DEFAULT_COLOR].tolist()
    skin = {"baseColorFactor": [*base, 1.0], "metallicFactor": 0, "roughnessFactor": 1}
    return {
        "asset": {"version": "2.0", "generator": "meshing.to_glb"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [{"pbrMetallicRoughness": skin}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": sum(sizes)}],
    }


def _vox(solid: np.ndarray, colors: np.ndarray | None) -> bytes:
    """MagicaVoxel's chunks SIZE, XYZI and RGBA; the palette is fitted to the cells one can see."""
    if max(solid.shape) > MAX_VOX_SIDE:
        raise MeshError(
            f"MagicaVoxel takes at most {MAX_VOX_SIDE} cells a side, not {solid.shape}."
        )
    cells = np.argwhere(solid)
    flat = np.broadcast_to(DEFAULT_COLOR, (len(cells), 3)) if colors is None else colors[solid]
    palette, index = fit_palette(flat, MAX_VOX_COLORS, ~ndimage.binary_erosion(solid)[solid])
    x, y, z = solid.shape
    places = np.stack([cells[:, 0], z - 1 - cells[:, 2], cells[:, 1], index + 1], axis=1)
    table = np.zeros((256, 4), np.uint8)
    table[: len(palette)] = np.column_stack([palette, np.full(len(palette), 255)])
    chunks = [
        (b"SIZE", struct.pack("<3I", x, z, y)),
        (b"XYZI", struct.pack("<I", len(cells)) + places.astype(np.uint8).tobytes()),
        (b"RGBA", table.tobytes()),
    ]
    body = b"".join(name + struct.pack("<2I", len(data), 0) + data for name, data in chunks)
    return struct.pack("<4sI4s2I", b"VOX ", 150, b"MAIN", 0, len(body)) + body


def check_suffix(path: str | Path, known: tuple[str, ...]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise MeshError(f"{Path(path).name!r} must end in {', '.join(known[:-1])} or {known[-1]}.")
    return suffix
