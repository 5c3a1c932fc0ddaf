"""Files of a model made of parts.

    data = to_glb(model)                     # one named node for each part, plain colours
    data = to_obj(model)                     # one group for each part
    data = to_usdz(model)                    # one mesh for each part, in real size
    data = to_ply(model); to_stl(model, height=100); to_3mf(model, height=100)
    data = display_file(model, azimuth)      # for the page's viewer, light and shadow baked

GLB, OBJ, PLY and USDZ hold the parts as they are, each a closed surface. STL and 3MF hold their
union: one body without inner walls, upright with z up, in millimetres.
"""

import numpy as np
import trimesh

from geometry.colors import SRGB_TO_LINEAR
from geometry.formats.gltf import Material, Node, write_glb
from geometry.formats.threemf import write_3mf
from geometry.formats.usdz import UsdMesh, write_usdz
from geometry.mesh_files import MeshArrays, mesh_to_z_up, millimeters_per_unit, to_z_up
from pipeline.display import display_glb
from pipeline.parts.coloring import surface_of
from pipeline.parts.meshes import UnionMesh, arrays_of, solid_of, union
from pipeline.parts.model import Part, PartModel

DISPLAY_EDGE = 0.06  # longest sides; light is computed for each vertex, so that edges are split
DISPLAY_THRESHOLD = 0.5  # of the piece's grid, which holds 0 and 1


def to_glb(model: PartModel, meters: float = 1.0) -> bytes:
    """Returns a .glb with one node for each part; its material has the colour and the surface.

    Parameters
    ----------
    model : PartModel
    meters : float
        Length of the longest side in the file.
    """
    return write_glb([part_node(part, meters) for part in model.parts], "pipeline.parts.files")


def part_node(part: Part, meters: float) -> Node:
    """Returns the node of a part; `meters` as for `to_glb`."""
    surface = surface_of(part.mesh.material)
    color = tuple(SRGB_TO_LINEAR[list(part.color)].astype(float).round(6).tolist())
    material = Material((*color, 1.0), surface.roughness, surface.metallic)
    mesh = part.mesh
    return Node(mesh.name, mesh.vertices * meters, mesh.faces, mesh.normals, None, material)


def to_usdz(model: PartModel) -> bytes:
    """Returns a .usdz in real size; the material of a part has the colour and the surface."""
    meters = real_meters(model)
    meshes = []
    for part in model.parts:
        mesh, surface = part.mesh, surface_of(part.mesh.material)
        geometry = (mesh.name, mesh.vertices * meters, mesh.faces, mesh.normals)
        meshes.append(UsdMesh(*geometry, color=part.color, **surface._asdict()))
    return write_usdz(meshes)


def real_meters(model: PartModel) -> float:
    """Returns the estimated real length of the longest side in metres."""
    height = max(part.mesh.vertices[:, 1].max() for part in model.parts)  # on the floor
    return model.height_cm / 100 / height


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
    return mesh_to_z_up(to_arrays(model).to_trimesh()).export(file_type="ply")


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
    body, vertices = _printed(model, height, size)
    return trimesh.Trimesh(vertices, body.faces, process=False).export(file_type="stl")


def to_3mf(model: PartModel, height: float | None = None, size: float = 120.0) -> bytes:
    """Returns a .3mf of one body whose faces have the colours of their parts; as `to_stl`."""
    body, vertices = _printed(model, height, size)
    colors = np.array([part.color for part in model.parts], np.uint8)[body.owners]
    return write_3mf(vertices, body.faces, colors[:, None].repeat(3, axis=1), model.category)


def _printed(model: PartModel, height: float | None, size: float) -> tuple[UnionMesh, np.ndarray]:
    """The union of all parts, and its vertices in millimetres, z up."""
    body = union([part.mesh for part in model.parts])
    scale = millimeters_per_unit(np.ptp(body.vertices, axis=0), height, size)
    return body, to_z_up(body.vertices) * scale


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
    return display_glb(fine_arrays(model), model.grid, DISPLAY_THRESHOLD, azimuth)


def fine_arrays(model: PartModel) -> MeshArrays:
    """Returns the mesh of `to_arrays` with edges no longer than DISPLAY_EDGE."""
    solids = [solid_of(p.mesh.vertices, p.mesh.faces, p.mesh.normals) for p in model.parts]
    return _join(model, [arrays_of(solid.refine_to_length(DISPLAY_EDGE)) for solid in solids])


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
