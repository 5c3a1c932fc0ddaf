"""Triangle meshes of a piece of furniture, one for each named part.

    parts = part_meshes(furniture)           # [PartMesh("leg_1", "leg", "wood", ...), ...]
    body = union(parts)                      # one closed mesh, for printing and for measurements

Primitives of one part name and one material that touch become one part. Connected components of
the same name are numbered: `leg_1` to `leg_4`. Booleans by manifold3d keep the normals of the
primitives, so that flat sides are shaded flat and rounded edges are shaded round.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manifold3d import Error, Manifold, Mesh64, OpType

from furniture.meshes import primitive_mesh
from furniture.primitives import MATERIAL, SIGN, Furniture
from pipeline.parts.joining import join

NORMAL_CHANNEL = 0  # of the vertex properties, counted behind the three of the position; a larger
# number than the mesh has corrupts the memory of manifold3d 3.5
MIN_PART_VOLUME = 1e-7  # of the unit cube; a component below it is a sliver that a boolean left


@dataclass(frozen=True)
class PartMesh:
    """One closed part of a piece, in the frame of `Furniture.primitives`."""

    name: str  # unique in its piece: `leg_1`, or `seat` where there is one
    part: str  # name without a number
    material: str  # one of furniture.primitives.MATERIALS
    vertices: np.ndarray  # (V, 3) float64; longest side of the piece 1
    faces: np.ndarray  # (F, 3) int64, counter-clockwise from outside
    normals: np.ndarray  # (V, 3) float64, unit length


@dataclass(frozen=True)
class UnionMesh(PartMesh):
    """The union of parts, named "body"."""

    owners: np.ndarray  # (F,) int, index of the part that each face belongs to
    closed_faces: np.ndarray  # (F, 3) int64, one vertex for all normals: each edge has two faces


def part_meshes(furniture: Furniture) -> list[PartMesh]:
    """Returns the parts of a piece.

    Parameters
    ----------
    furniture : Furniture

    Returns
    -------
    list of PartMesh
        In the order in which the generator adds their names. Each part is a closed surface once
        vertices at the same position are merged. Parts may overlap where they are joined.
    """
    rows = furniture.primitives()
    solids = [_solid(row) for row in rows]
    cuts = [solid for solid, row in zip(solids, rows, strict=True) if row[SIGN] < 0]
    groups: dict[tuple[str, str], list[Manifold]] = {}
    for solid, row, name in zip(solids, rows, furniture.parts, strict=True):
        if row[SIGN] > 0:
            material = furniture.materials[int(row[MATERIAL]) % len(furniture.materials)]
            groups.setdefault((name, material), []).append(solid)
    components = [
        (name, material, component)
        for (name, material), members in groups.items()
        for component in _components(members, cuts)
    ]
    joined = join([component for _, _, component in components])
    counts = Counter(name for name, _, _ in components)
    numbers: Counter[str] = Counter()
    parts = []
    for (name, material, _), solid in zip(components, joined, strict=True):
        numbers[name] += 1
        unique = name if counts[name] == 1 else f"{name}_{numbers[name]}"
        parts.append(PartMesh(unique, name, material, *arrays_of(solid)))
    return parts


def union(parts: Sequence[PartMesh]) -> UnionMesh:
    """Returns all parts as one body without inner surfaces.

    Parameters
    ----------
    parts : sequence of PartMesh

    Returns
    -------
    UnionMesh
        It has several components where parts do not touch.
    """
    first = Manifold.reserve_ids(len(parts))
    solids = [
        solid_of(part.vertices, part.faces, part.normals, first + i) for i, part in enumerate(parts)
    ]
    body = Manifold.batch_boolean(solids, OpType.Add)
    mesh = body.to_mesh64(NORMAL_CHANNEL)
    runs = np.diff(np.asarray(mesh.run_index).astype(int)) // 3  # triangles of each run
    owners = np.repeat(np.asarray(mesh.run_original_id).astype(int) - first, runs)
    # Vertices with several normals are one vertex of the closed surface. Merging by position would
    # also merge edges of parts that only touch, which then have four faces.
    merged = np.arange(len(mesh.vert_properties))
    merged[np.asarray(mesh.merge_from_vert, int)] = np.asarray(mesh.merge_to_vert, int)
    closed = merged[mesh.tri_verts.astype(np.int64)]
    return UnionMesh("body", "body", parts[0].material, *arrays_of(body), owners, closed)


def volume(mesh: PartMesh) -> float:
    """Returns the volume that a closed mesh encloses, in cubes of the piece's longest side."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def _components(members: list[Manifold], cuts: list[Manifold]) -> list[Manifold]:
    """The connected components of the union of some primitives, the cuts removed."""
    solid = Manifold.batch_boolean(members, OpType.Add) if len(members) > 1 else members[0]
    if cuts:
        solid = Manifold.batch_boolean([solid, *cuts], OpType.Subtract)
    pieces = [piece for piece in solid.decompose() if piece.volume() > MIN_PART_VOLUME]
    return sorted(pieces, key=_place)


def _place(solid: Manifold) -> tuple[float, ...]:
    """Sort key of equal parts: from the floor up, from the front, from the left."""
    x0, y0, z0, x1, y1, z1 = np.round(solid.bounding_box(), 2)
    return (y0 + y1, -z0 - z1, x0 + x1)


def _solid(row: np.ndarray) -> Manifold:
    return solid_of(*primitive_mesh(row))


def solid_of(
    vertices: np.ndarray, faces: np.ndarray, normals: np.ndarray, number: int | None = None
) -> Manifold:
    """The closed mesh as manifold3d's solid; its faces keep a number if one is given."""
    properties = np.ascontiguousarray(np.hstack([vertices, normals]), np.float64)
    runs = {}
    if number is not None:
        runs["run_index"] = np.array([0, faces.size], np.uint64)
        runs["run_original_id"] = np.array([number], np.uint32)
    mesh = Mesh64(properties, np.ascontiguousarray(faces, np.uint64), **runs)
    mesh.merge()
    solid = Manifold(mesh)
    if solid.status() != Error.NoError:
        raise ValueError(f"The primitive has no closed surface ({solid.status()}).")
    return solid


def arrays_of(solid: Manifold) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, faces and unit normals of a solid."""
    mesh = solid.to_mesh64(NORMAL_CHANNEL)
    vertices, normals = np.split(np.array(mesh.vert_properties), 2, axis=1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return vertices, mesh.tri_verts.astype(np.int64), normals / np.maximum(length, 1e-12)
