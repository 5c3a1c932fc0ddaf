"""A grid of probabilities becomes a coloured mesh, and the mesh or the grid becomes a file.

    mesh = voxels_to_mesh(occupancy, colors, threshold=0.5, style="smooth")
    export_mesh(mesh, "chair.glb")                         # or .obj, .ply, .stl
    export_voxels(occupancy, colors, 0.5, "chair.vox")     # or .npz, .binvox

Grids are indexed [x, y, z], y up, z toward the object's front (`voxel_model.py` states it). Meshes
keep these axes: the grid's longest side is 1, the lowest point stands on y = 0, x and z are
centred. Colours in memory are sRGB bytes; only `to_glb` converts, because glTF's are linear.
"""

import json
import math
import struct
import uuid
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes
from trimesh.exchange.binvox import binvox_bytes
from trimesh.voxel.encoding import DenseEncoding

STYLES = ("smooth", "blocks")
MESH_SUFFIXES = (".glb", ".obj", ".ply", ".stl")
VOXEL_SUFFIXES = (".vox", ".npz", ".binvox")
# Probability by which each cell is kept off the threshold: vertices that meet in a cell's centre
# would weld and break the surface when a file is read again; 1e-4 of a cell is not seen.
CLEARANCE = np.float32(1e-4)
TOUCHING = ndimage.generate_binary_structure(3, 2)  # cells that share an edge are one piece
PLAIN = np.array([200, 200, 200], np.uint8)  # sRGB of a model without colours
VOX_COLORS, VOX_SIDE = 255, 256  # MagicaVoxel: index 0 means empty, coordinates are bytes
# The six faces of a cell: the direction outwards, and the corners counter-clockwise from outside.
SIDES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
CORNERS = np.array(
    [
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],
        [[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 0]],
        [[0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 0]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],
        [[0, 0, 0], [0, 1, 0], [1, 1, 0], [1, 0, 0]],
    ]
)
# vertices (V, 3) in cells, faces (F, 3), normals (V, 3), each vertex's solid cell (V,), flat index
Surface = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
SRGB = np.arange(256) / 255
LINEAR = np.where(SRGB <= 0.04045, SRGB / 12.92, ((SRGB + 0.055) / 1.055) ** 2.4).astype("<f4")


class MeshError(ValueError):
    """What a person can cause here; the message is one sentence for that person."""


def voxels_to_mesh(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    threshold: float = 0.5,
    style: str = "smooth",
    min_component: float = 0.0,
) -> trimesh.Trimesh:
    """Closed surface around the cells whose probability exceeds the threshold, facing outwards.

    Parameters
    ----------
    occupancy : (X, Y, Z) float, probability in [0, 1] that a cell is solid
    colors : (X, Y, Z, 3) uint8, sRGB; those of empty cells are never used
    threshold : probability, above 0 and below 1
    style : "smooth" puts the surface where the interpolated probability crosses the threshold and
        shares vertices, so that `mesh.is_watertight` holds; "blocks" draws one cube per cell, each
        face with vertices of its own for crisp colours: ask `is_watertight(mesh)`, which merges
    min_component : leave out pieces with fewer cells than this share of the largest piece's;
        1 keeps the largest alone, its hollows filled: with "smooth", one body to print

    Raises MeshError for wrong input and for a grid that is empty at the threshold.
    """
    if style not in STYLES:
        raise MeshError(f"The style {style!r} is unknown; choose {' or '.join(STYLES)}.")
    occupancy, colors, solid = _checked(occupancy, colors, threshold)
    if min_component:
        kept = _without_crumbs(solid, min_component)
        occupancy = np.where(kept == solid, occupancy, np.float32(kept))
        solid = kept
    box = _bounding_box(solid)
    if style == "smooth":
        vertices, faces, normals, cells = _smooth(occupancy[box], np.float32(threshold))
    else:
        vertices, faces, normals, cells = _blocks(solid[box])
    (left, right), (floor, _), (back, front) = _extents(vertices)
    vertices = (vertices - [(left + right) / 2, floor, (back + front) / 2]) / max(solid.shape)
    mesh = trimesh.Trimesh(vertices, faces, vertex_normals=normals, process=False)
    if colors is not None:
        rgba = np.full((len(vertices), 4), 255, np.uint8)
        rgba[:, :3] = colors[box].reshape(-1, 3)[cells]
        mesh.visual.vertex_colors = rgba
    return mesh


def _extents(vertices: np.ndarray) -> list[tuple[float, float]]:
    """Lowest and highest x, y and z; by column, as numpy's axis=0 takes 20 times as long."""
    return [(float(column.min()), float(column.max())) for column in vertices.T]


def is_watertight(mesh: trimesh.Trimesh) -> bool:
    """Whether the surface is closed when vertices at the same place count as one.

    Each edge must be walked as often one way as the other. `mesh.is_watertight` asks more: exactly
    two faces on every edge, where cubes that touch along an edge alone have four.
    """
    lattice = np.round((mesh.vertices - mesh.bounds[0]) / mesh.scale * 2**20).astype(np.int64)
    _, place = np.unique(lattice @ [1, 2**21, 2**42], return_inverse=True)
    start = place[mesh.faces]
    end = np.roll(start, -1, axis=1)
    there, back = start * len(place) + end, end * len(place) + start
    return np.array_equal(np.sort(there, axis=None), np.sort(back, axis=None))


def limit_palette(
    colors: np.ndarray, limit: int, shown: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """At most `limit` colours to stand for all: palette (K, 3) uint8 and index (N,) into it.

    colors : (N, 3) uint8; nothing is lost when no more than `limit` different ones occur
    shown : (N,) bool, the colours that the palette is fitted to; all by default
    """
    palette, index = np.unique(colors, axis=0, return_inverse=True)
    if len(palette) <= limit:
        return palette, index.ravel()  # numpy 2.0.0 returns it as (N, 1)
    strip = Image.fromarray((colors if shown is None else colors[shown])[None])
    strip = strip.quantize(limit, Image.Quantize.MEDIANCUT, kmeans=1)
    palette = np.array(strip.getpalette(), np.uint8).reshape(-1, 3)[:limit]
    return palette, cKDTree(palette).query(colors)[1]


def export_mesh(mesh: trimesh.Trimesh, path: str | Path, height: float | None = None) -> Path:
    """Write a mesh of `voxels_to_mesh`; the suffix of the path names the format.

    .glb opens coloured everywhere. .ply and .obj hold sRGB vertex colours in the file itself:
    MeshLab shows them, Blender keeps them as a colour attribute. .stl has no colours.
    height : millimetres, .stl only: the model stands upright, z up, this tall, as slicers want it

    Raises MeshError for another suffix, an impossible height, a path that cannot be written.
    """
    suffix = _suffix(path, MESH_SUFFIXES)
    if height is not None:
        if suffix != ".stl" or not 0 < height < math.inf:
            raise MeshError("A height must be a positive number of millimetres, for an .stl file.")
        vertices = mesh.vertices[:, [0, 2, 1]] * (1, -1, 1) * (height / mesh.extents[1])
        mesh = trimesh.Trimesh(vertices, mesh.faces, process=False)
    data = to_glb(mesh) if suffix == ".glb" else mesh.export(file_type=suffix[1:])
    return _write(path, data.encode() if isinstance(data, str) else data)


def export_voxels(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float, path: str | Path
) -> Path:
    """Write the grid itself, arguments as for `voxels_to_mesh`; the suffix names the format.

    .vox : MagicaVoxel, z up, front toward -y; at most 255 colours, sides up to 256 cells
    .npz : arrays `occupancy` float32, `threshold` and, where given, `colors` uint8
    .binvox : solid or empty cells of a cube of side 1 that stands on the floor
    """
    suffix = _suffix(path, VOXEL_SUFFIXES)
    occupancy, colors, solid = _checked(occupancy, colors, threshold)
    if suffix == ".vox":
        return _write(path, _vox(solid, colors))
    if suffix == ".binvox":  # its y runs fastest, x slowest
        runs = DenseEncoding(solid.transpose(0, 2, 1).ravel()).run_length_data(dtype=np.uint8)
        return _write(path, binvox_bytes(runs, solid.shape, translate=(-0.5, 0, -0.5), scale=1))
    arrays = {"occupancy": occupancy, "threshold": np.float32(threshold)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays, **({} if colors is None else {"colors": colors}))
    return _write(path, buffer.getvalue())


def to_glb(mesh: trimesh.Trimesh) -> bytes:
    """The mesh as binary glTF 2.0 with linear vertex colours, normals and a rough, non-metal skin.

    Not trimesh's writer: it rounds linear colours to bytes, which leaves two of the 13 darkest
    sRGB levels, names no material beside vertex colours, and takes four times as long.
    """
    normals = mesh.vertex_normals.astype("<f4")
    normals[np.einsum("ij,ij->i", normals, normals) < 0.5] = SIDES[2]  # slivers have none
    arrays = {"POSITION": mesh.vertices.astype("<f4"), "NORMAL": normals}
    if mesh.visual.kind in ("vertex", "face"):
        arrays["COLOR_0"] = LINEAR[mesh.visual.vertex_colors[:, :3]]
    blobs = [*arrays.values(), mesh.faces.astype("<u4")]
    text = json.dumps(_gltf(list(arrays), blobs), separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(blob.tobytes() for blob in blobs)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(body))
    chunks = struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(body), b"BIN\0")
    return b"".join([head, *chunks, body])


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
    accessors[0]["min"], accessors[0]["max"] = map(list, zip(*_extents(blobs[0]), strict=True))
    accessors[faces] |= {"componentType": 5125, "type": "SCALAR", "count": blobs[faces].size}
    attributes = {name: i for i, name in enumerate(names)}
    primitive = {"attributes": attributes, "indices": faces, "material": 0}
    base = [1.0] * 3 if "COLOR_0" in names else LINEAR[PLAIN].tolist()
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


def _checked(
    occupancy: np.ndarray, colors: np.ndarray | None, threshold: float
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """occupancy as float32, colors as they came, and which cells are solid; or MeshError."""
    occupancy = np.asarray(occupancy, np.float32)
    if occupancy.ndim != 3 or not occupancy.size:
        raise MeshError(f"Occupancy must be a grid (X, Y, Z), not of shape {occupancy.shape}.")
    highest = occupancy.max()  # NaN where any cell is
    if not (occupancy.min() >= 0 and highest <= 1):
        raise MeshError("Occupancy must hold probabilities from 0 to 1, without NaN.")
    if not 0 < np.float32(threshold) < 1:
        raise MeshError(f"The threshold must lie between 0 and 1, not at {threshold}.")
    if highest <= np.float32(threshold):
        raise MeshError(
            f"No cell is solid at threshold {threshold:g}: the highest probability found is "
            f"{highest:.3g}, so choose a lower threshold."
        )
    if colors is not None:
        colors = np.asarray(colors)
        if colors.shape != (*occupancy.shape, 3) or colors.dtype != np.uint8:
            raise MeshError(
                f"Colours must be sRGB bytes of shape {(*occupancy.shape, 3)}, "
                f"not {colors.dtype} of shape {colors.shape}."
            )
    return occupancy, colors, occupancy > np.float32(threshold)


def _without_crumbs(solid: np.ndarray, share: float) -> np.ndarray:
    """The solid cells less the pieces with fewer cells than `share` of the largest piece's."""
    if not 0 <= share <= 1:
        raise MeshError(f"The smallest piece to keep must be a share from 0 to 1, not {share}.")
    labels, _ = ndimage.label(solid, TOUCHING)
    cells = np.bincount(labels.ravel())
    cells[0] = 0  # the empty space
    if share == 1:
        return ndimage.binary_fill_holes(labels == cells.argmax())
    return (cells >= share * cells.max())[labels]


def _bounding_box(solid: np.ndarray) -> tuple[slice, ...]:
    """Slices around the solid cells and the empty ones beside them, which place the surface."""
    box = []
    for others in ((1, 2), (0, 2), (0, 1)):
        filled = np.flatnonzero(solid.any(axis=others))
        box.append(slice(max(filled[0] - 1, 0), filled[-1] + 2))
    return tuple(box)


def _smooth(occupancy: np.ndarray, threshold: np.float32) -> Surface:
    """Marching cubes on the probabilities.

    The field is threshold minus probability, so that the classic tables take the empty space for
    the object. They part the object where its cells share no more than an edge, and so hold the
    solid together there, as thin slanted legs need. (skimage's default, Lewiner's tables, leaves
    edges with four faces on ties.) The padding closes the surface at the border of the grid.
    """
    field = np.pad(threshold - occupancy, 1, constant_values=threshold)
    field = np.where(np.abs(field) < CLEARANCE, np.copysign(CLEARANCE, field), field)
    vertices, faces, _, _ = marching_cubes(
        field, 0, method="lorensen", gradient_direction="descent", mask=_crossed(field < 0)
    )
    # each vertex lies on the line between a solid and an empty cell's centre
    low, high = np.floor(vertices).astype(int), np.ceil(vertices).astype(int)
    cells = np.where((field[tuple(low.T)] < 0)[:, None], low, high) - 1
    _, y, z = occupancy.shape
    return vertices, faces, _normals(vertices, faces), cells @ [y * z, z, 1]


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3): the mean of the faces around, weighted by area.

    skimage's, from the gradient of the probabilities, lean up to 32 degrees where these saturate,
    on a ball of 13 cells, these 7; trimesh's take five times as long.
    """
    a, b, c = (vertices[faces[:, corner]].T for corner in range(3))
    (ux, uy, uz), (vx, vy, vz) = b - a, c - a
    across = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx  # twice the area
    around = faces.ravel()
    sums = [np.bincount(around, axis.repeat(3), len(vertices)) for axis in across]
    return (
        np.stack(sums, axis=1) / np.maximum(np.sqrt(sum(axis**2 for axis in sums)), 1e-12)[:, None]
    )


def _crossed(solid: np.ndarray) -> np.ndarray:
    """Which corners to visit: marching cubes spends its time in cubes that the surface misses.

    skimage names a cube by its highest corner.
    """
    some, every = solid, solid
    for axis in range(3):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        some, every = some[low] | some[high], every[low] & every[high]
    mask = np.zeros(solid.shape, bool)
    mask[1:, 1:, 1:] = some & ~every
    return mask


def _blocks(solid: np.ndarray) -> Surface:
    """A square of two triangles wherever a solid cell meets an empty one."""
    padded = np.pad(solid, 1)
    windows = [
        [slice(1 + step, 1 + step + n) for step, n in zip(side, solid.shape, strict=True)]
        for side in SIDES
    ]
    shown = [np.flatnonzero(solid & ~padded[tuple(window)]) for window in windows]
    sides = np.repeat(np.arange(6), [len(cells) for cells in shown])
    cells = np.concatenate(shown)
    places = np.stack(np.unravel_index(cells, solid.shape), axis=1)
    vertices = (places[:, None] + CORNERS[sides]).reshape(-1, 3)  # (S, 4, 3) -> (4 S, 3)
    faces = (4 * np.arange(len(cells))[:, None] + [0, 1, 2, 0, 2, 3]).reshape(-1, 3)
    return vertices, faces, SIDES[sides].repeat(4, axis=0).astype(float), cells.repeat(4)


def _vox(solid: np.ndarray, colors: np.ndarray | None) -> bytes:
    """MagicaVoxel's chunks SIZE, XYZI and RGBA; the palette is fitted to the cells one can see."""
    if max(solid.shape) > VOX_SIDE:
        raise MeshError(f"MagicaVoxel takes at most {VOX_SIDE} cells a side, not {solid.shape}.")
    cells = np.argwhere(solid)
    flat = np.broadcast_to(PLAIN, (len(cells), 3)) if colors is None else colors[solid]
    palette, index = limit_palette(flat, VOX_COLORS, ~ndimage.binary_erosion(solid)[solid])
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


def _suffix(path: str | Path, known: tuple[str, ...]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise MeshError(f"{Path(path).name!r} must end in {', '.join(known[:-1])} or {known[-1]}.")
    return suffix


def _write(path: str | Path, data: bytes) -> Path:
    """The whole file or none: written under another name beside its place, then renamed."""
    path = Path(path)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise MeshError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    return path
