"""Binary glTF 2.0 files of several named meshes.

    data = write_glb([Node("seat", vertices, faces, normals, colors, Material(roughness=0.9))])
    data = write_glb([Group("chair_2", (seat, leg), place=(1.0, 0.0, -2.0))])

Colours are linear, as glTF wants them; `geometry.colors.SRGB_TO_LINEAR` converts sRGB bytes. The
colour of a texture is sRGB and is multiplied by them.
trimesh's writer rounds linear colours to bytes, which leaves two of the 13 darkest sRGB levels, and
writes no unlit materials.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, sin

import numpy as np

FLOAT, UINT = 5126, 5125  # component types of glTF
VERTEX_BUFFER, INDEX_BUFFER = 34962, 34963  # targets of buffer views
# Linear between pixels and between smaller copies; the edge goes on outside.
SAMPLER = {"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}


@dataclass(frozen=True)
class Material:
    """The surface of a node; base colour times vertex colour is the albedo."""

    color: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)  # linear RGBA
    roughness: float = 1.0  # 0 mirror to 1 matt
    metallic: float = 0.0  # 0 or 1
    unlit: bool = False  # shows the colours without any light (KHR_materials_unlit)
    blend: bool = False  # alpha lets the background through


@dataclass(frozen=True)
class Node:
    """One named mesh."""

    name: str
    vertices: np.ndarray  # (V, 3) float
    faces: np.ndarray  # (F, 3) int, counter-clockwise from outside
    normals: np.ndarray | None  # (V, 3) float, unit length; an unlit mesh needs none
    colors: np.ndarray | None = None  # (V, 3) or (V, 4) float, linear
    material: Material = Material()
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the node in the scene
    turn: float = 0.0  # radians about y
    scale: float = 1.0
    texture: bytes = b""  # JPEG, sRGB; its colours are multiplied by the others
    coordinates: np.ndarray | None = None  # (V, 2) float, of the texture: u right, v down

    @property
    def surface(self) -> tuple[Material, bytes]:
        """The material and its texture."""
        return self.material, self.texture


@dataclass(frozen=True)
class Group:
    """A named node without a mesh, whose children move with it."""

    name: str
    nodes: tuple[Node, ...]
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the node in the scene
    turn: float = 0.0  # radians about y
    scale: float = 1.0


def write_glb(entries: Sequence[Node | Group], generator: str = "meshing.to_glb") -> bytes:
    """Returns the bytes of a .glb file with one node and one mesh for each Node.

    Parameters
    ----------
    entries : sequence of Node or Group
        Roots of the scene. Equal materials and textures are written once.
    generator : str
        Goes into the file's `asset`.

    Returns
    -------
    bytes
    """
    nodes, groups, roots = _flatten(entries)
    surfaces = list(dict.fromkeys(node.surface for node in nodes))
    textures = list(dict.fromkeys(texture for _, texture in surfaces if texture))
    meshes, accessors, views, blobs = [], [], [], []
    for node in nodes:
        attributes = {}
        for name, array in _attributes(node).items():
            attributes[name] = len(accessors)
            accessors.append(_accessor(array, len(views), bounds=name == "POSITION"))
            views.append(_view(array, blobs, VERTEX_BUFFER))
            blobs.append(array)
        faces = np.ascontiguousarray(node.faces, "<u4").ravel()
        primitive = {"attributes": attributes, "indices": len(accessors)}
        primitive["material"] = surfaces.index(node.surface)
        accessors.append(_accessor(faces, len(views), bounds=False))
        views.append(_view(faces, blobs, INDEX_BUFFER))
        blobs.append(faces)
        meshes.append({"primitives": [primitive], "name": node.name})
    images = []
    for texture in textures:
        images.append({"bufferView": len(views), "mimeType": "image/jpeg"})
        padded = np.frombuffer(texture + bytes(-len(texture) % 4), np.uint8)
        views.append({**_view(padded, blobs), "byteLength": len(texture)})
        blobs.append(padded)
    tree = {
        "asset": {"version": "2.0", "generator": generator},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": [{"mesh": i, **_placed(node)} for i, node in enumerate(nodes)] + groups,
        "meshes": meshes,
        "materials": [_material(*surface, textures) for surface in surfaces],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": sum(blob.nbytes for blob in blobs)}],
    }
    if textures:
        tree["images"], tree["samplers"] = images, [SAMPLER]
        tree["textures"] = [{"sampler": 0, "source": i} for i in range(len(textures))]
    if any(material.unlit for material, _ in surfaces):
        tree["extensionsUsed"] = ["KHR_materials_unlit"]
    return _pack(tree, b"".join(blob.tobytes() for blob in blobs))


def _flatten(entries: Sequence[Node | Group]) -> tuple[list[Node], list[dict], list[int]]:
    """The nodes that have a mesh, those of the groups behind them, and the numbers of the roots."""
    nodes: list[Node] = []
    groups, roots = [], []
    total = sum(len(entry.nodes) if isinstance(entry, Group) else 1 for entry in entries)
    for entry in entries:
        if isinstance(entry, Group):
            children = list(range(len(nodes), len(nodes) + len(entry.nodes)))
            roots.append(total + len(groups))
            groups.append({**_placed(entry), "children": children})
            nodes += entry.nodes
        else:
            roots.append(len(nodes))
            nodes.append(entry)
    return nodes, groups, roots


def _placed(node: Node | Group) -> dict:
    """The name of a node, and its transform where it has one."""
    entry: dict = {"name": node.name}
    if node.place != (0.0, 0.0, 0.0):
        entry["translation"] = list(node.place)
    if node.turn:
        entry["rotation"] = [0.0, sin(node.turn / 2), 0.0, cos(node.turn / 2)]
    if node.scale != 1.0:
        entry["scale"] = [node.scale] * 3
    return entry


def _attributes(node: Node) -> dict[str, np.ndarray]:
    arrays = {"POSITION": np.ascontiguousarray(node.vertices, "<f4")}
    if node.normals is not None:
        normals = np.ascontiguousarray(node.normals, "<f4")
        degenerate = np.einsum("ij,ij->i", normals, normals) < 0.5  # slivers have no normal
        if degenerate.any():
            normals = normals.copy()
            normals[degenerate] = (0, 1, 0)
        arrays["NORMAL"] = normals
    if node.colors is not None:
        arrays["COLOR_0"] = np.ascontiguousarray(node.colors, "<f4")
    if node.texture:
        arrays["TEXCOORD_0"] = np.ascontiguousarray(node.coordinates, "<f4")
    return arrays


def _accessor(array: np.ndarray, view: int, bounds: bool) -> dict:
    if array.ndim == 1:
        return {"bufferView": view, "componentType": UINT, "type": "SCALAR", "count": array.size}
    kind = f"VEC{array.shape[1]}"
    accessor = {"bufferView": view, "componentType": FLOAT, "type": kind, "count": len(array)}
    if bounds:
        accessor["min"] = [float(column.min()) for column in array.T]
        accessor["max"] = [float(column.max()) for column in array.T]
    return accessor


def _view(array: np.ndarray, before: list[np.ndarray], target: int | None = None) -> dict:
    offset = sum(blob.nbytes for blob in before)
    view = {"buffer": 0, "byteOffset": offset, "byteLength": array.nbytes}
    return view if target is None else {**view, "target": target}


def _material(material: Material, texture: bytes, textures: list[bytes]) -> dict:
    color = [*material.color, *(1.0,) * (4 - len(material.color))]
    entry: dict = {
        "pbrMetallicRoughness": {
            "baseColorFactor": color,
            "metallicFactor": material.metallic,
            "roughnessFactor": material.roughness,
        }
    }
    if texture:
        entry["pbrMetallicRoughness"]["baseColorTexture"] = {"index": textures.index(texture)}
    if material.unlit:
        entry["extensions"] = {"KHR_materials_unlit": {}}
    if material.blend:
        entry["alphaMode"] = "BLEND"
    return entry


def _pack(tree: dict, body: bytes) -> bytes:
    """The JSON chunk and the binary chunk behind a GLB header; all arrays are 4-byte aligned."""
    text = json.dumps(tree, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(body))
    chunks = struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(body), b"BIN\0")
    return b"".join([head, *chunks, body])
