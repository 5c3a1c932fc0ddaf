"""Files of a model made of parts.

    data = to_glb(model)                     # one named node for each part, plain colours
    data = to_obj(model)                     # one group for each part
    data = to_ply(model); to_stl(model, height=100)
    data = display_file(model, azimuth)      # for the page's viewer, light and shadow baked

GLB, OBJ and PLY hold the parts as they are, each a closed surface. The STL is their union: one body
without inner walls, upright with z up, in millimetres.
"""

from functools import partial

import numpy as np
import trimesh
from manifold3d import Manifold, Mesh64

from core.errors import MeshError
from geometry.colors import SRGB_TO_LINEAR
from geometry.gltf import Material, Node, write_glb
from geometry.mesh_files import MeshArrays, mesh_to_z_up, millimeters_per_unit, to_z_up
from pipeline.display import display_glb
from pipeline.parts.coloring import surface_of
from pipeline.parts.meshes import union
from pipeline.parts.model import Part, PartModel

DISPLAY_EDGE = 0.06  # longest sides; light is computed for each vertex, so that edges are split
DISPLAY_THRESHOLD = 0.5  # of the piece's grid, which holds 0 and 1


def to_glb(model: PartModel) -> bytes:
    """Returns a .glb with one node for each part; its material has the colour and the surface."""
    return write_glb([_node(part) for part in model.parts], "pipeline.parts.files")


def _node(part: Part) -> Node:
    surface = surface_of(part.mesh.material)
    color = tuple(SRGB_TO_LINEAR[list(part.color)].astype(float).round(6).tolist())
    material = Material((*color, 1.0), surface.roughness, surface.metallic)
    mesh = part.mesh
    return Node(mesh.name, mesh.vertices, mesh.faces, mesh.normals, None, material)


def to_obj(model: PartModel) -> bytes:
    """Returns a .obj with one group for each part and sRGB vertex colours."""
    lines, start = ["# parts as groups; vertex colours are sRGB"], 1
    for part in model.parts:
        mesh, tint = part.mesh, " ".join(f"{value / 255:.4f}" for value in part.color)
        lines.append(f"g {mesh.name}")
        lines += [f"v {x:.6f} {y:.6f} {z:.6f} {tint}" for x, y, z in mesh.vertices]
        lines += [f"vn {x:.4f} {y:.4f} {z:.4f}" for x, y, z in mesh.normals]
        faces = mesh.faces + start
        lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in faces.tolist()]
        start += len(mesh.vertices)
    return ("\n".join(lines) + "\n").encode()


def to_ply(model: PartModel) -> bytes:
    """Returns a binary .ply of all parts, z up, with sRGB vertex colours."""
    arrays = to_arrays(model)
    mesh = trimesh.Trimesh(
        arrays.vertices, arrays.faces, vertex_normals=arrays.normals, process=False
    )
    mesh.visual.vertex_colors = np.column_stack([arrays.colors, np.full(len(arrays.colors), 255)])
    return mesh_to_z_up(mesh).export(file_type="ply")


def to_stl(model: PartModel, height: float | None = None, size: float = 120.0) -> bytes:
    """Returns a binary .stl of one body.

    Parameters
    ----------
    model : PartModel
    height : float, optional
        Millimetres; without it `size` sets the scale.
    size : float
        Millimetres of the longest side.

    Raises
    ------
    MeshError
        If the height or the size is not a positive number.
    """
    wanted = size if height is None else height
    if not 0 < wanted < np.inf:
        name = "size" if height is None else "height"
        raise MeshError(f"The {name} is {wanted!r}; give a positive number of millimetres.")
    body = union([part.mesh for part in model.parts])
    scale = millimeters_per_unit(np.ptp(body.vertices, axis=0), height, size)
    vertices = to_z_up(body.vertices) * scale
    return trimesh.Trimesh(vertices, body.faces, process=False).export(file_type="stl")


def to_arrays(model: PartModel) -> MeshArrays:
    """Returns all parts as one mesh with colours, in the frame of `meshing.voxels_to_mesh`."""
    return _join(model, [(p.mesh.vertices, p.mesh.faces, p.mesh.normals) for p in model.parts])


def display_file(model: PartModel, azimuth: float) -> bytes:
    """Returns the .glb for the page's viewer, see `pipeline.display`.

    Parameters
    ----------
    model : PartModel
    azimuth : float
        Degrees; the side from which the viewer first shows the model.
    """
    split = partial(_split_edges, longest=DISPLAY_EDGE)
    arrays = _join(model, [split(part) for part in model.parts])
    return display_glb(arrays, model.grid, DISPLAY_THRESHOLD, azimuth)


def _join(model: PartModel, meshes: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> MeshArrays:
    vertices, faces, normals = zip(*meshes, strict=True)
    counts = [len(v) for v in vertices]
    starts = np.cumsum([0, *counts[:-1]])
    colors = np.repeat(np.array([part.color for part in model.parts], np.uint8), counts, axis=0)
    return MeshArrays(
        np.concatenate(vertices),
        np.concatenate([f + start for f, start in zip(faces, starts, strict=True)]),
        np.concatenate(normals),
        colors,
        model.grid_center,
    )


def _split_edges(part: Part, longest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, faces and normals of a part whose edges are at most `longest`."""
    mesh = part.mesh
    properties = np.ascontiguousarray(np.hstack([mesh.vertices, mesh.normals]))
    solid = Mesh64(properties, np.ascontiguousarray(mesh.faces, np.uint64))
    solid.merge()
    fine = Manifold(solid).refine_to_length(longest).to_mesh64(0)
    vertices, normals = np.split(np.array(fine.vert_properties), 2, axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return vertices, fine.tri_verts.astype(int), normals
