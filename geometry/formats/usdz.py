"""USDZ files for Apple's viewer (AR Quick Look): metres, y up, colours in a texture.

    data = write_usdz([UsdMesh("chair", vertices, faces, normals, corner_colors=colors)])

A USDZ file is a zip file without compression whose entries start at multiples of 64 bytes. Its
first entry is the scene as USD text. `usd-core` from PyPI could write it too, but takes 217 MB on
the disk; the tests use it as the reader where it is installed.
"""

import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from geometry.colors import SRGB_TO_LINEAR
from geometry.formats.baking import bake_colors

ALIGNMENT = 64  # bytes; where the data of each entry begins
LOCAL_HEADER = 30  # bytes of a zip entry's header before its name
EXTRA_ID = 0x1986  # of the padding in the header, as Pixar's own writer has it
DATE = (1980, 1, 1, 0, 0, 0)  # of all entries: the same model gives the same bytes
SCENE, ROOT = "model.usda", "Model"


@dataclass(frozen=True)
class UsdMesh:
    """One named mesh, in metres."""

    name: str
    vertices: np.ndarray  # (V, 3) float, y up
    faces: np.ndarray  # (F, 3) int, counter-clockwise from outside
    normals: np.ndarray  # (V, 3) float, unit length
    corner_colors: np.ndarray | None = None  # (F, 3, 3) uint8 sRGB; a texture holds them
    color: tuple[int, int, int] = (200, 200, 200)  # sRGB of a mesh without corner colours
    roughness: float = 1.0  # 0 mirror to 1 matt
    metallic: float = 0.0  # 0 or 1


def write_usdz(meshes: Sequence[UsdMesh]) -> bytes:
    """Encode meshes as USDZ.

    Parameters
    ----------
    meshes : sequence of UsdMesh

    Returns
    -------
    bytes
        The content of a .usdz file.
    """
    prims, files = [], []
    for number, (mesh, name) in enumerate(zip(meshes, _names(meshes), strict=True)):
        texture, places = "", None
        if mesh.corner_colors is not None:
            texture = f"textures/{number}.png"
            image, places = bake_colors(mesh.corner_colors)
            files.append((texture, _png(image)))
        prims.append(_mesh(mesh, name, places) + _material(mesh, name, texture))
    scene = (
        f'#usda 1.0\n(\n    defaultPrim = "{ROOT}"\n    metersPerUnit = 1\n    upAxis = "Y"\n)\n\n'
        f'def Xform "{ROOT}" (\n    kind = "component"\n)\n{{\n{"".join(prims)}}}\n'
    )
    return _package([(SCENE, scene.encode()), *files])


def _names(meshes: Sequence[UsdMesh]) -> list[str]:
    """Return one name of USD for each mesh: letters, digits and underscores, all different."""
    names: list[str] = []
    for mesh in meshes:
        name = re.sub(r"\W", "_", mesh.name, flags=re.ASCII) or "mesh"
        name = f"_{name}" if name[0].isdigit() else name
        names.append(f"{name}_{len(names)}" if name in names else name)
    return names


def _mesh(mesh: UsdMesh, name: str, places: np.ndarray | None) -> str:
    """Return the USD text of a mesh."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    coordinates = ""
    if places is not None:
        coordinates = (
            f"        texCoord2f[] primvars:st = {_tuples(places.reshape(-1, 2))} (\n"
            '            interpolation = "faceVarying"\n        )\n'
        )
    return (
        f'    def Mesh "{name}" (\n        prepend apiSchemas = ["MaterialBindingAPI"]\n    )\n'
        f"    {{\n        float3[] extent = {_tuples(np.stack([low, high]))}\n"
        f"        int[] faceVertexCounts = {_list(np.full(len(mesh.faces), 3))}\n"
        f"        int[] faceVertexIndices = {_list(mesh.faces.ravel())}\n"
        f"        rel material:binding = </{ROOT}/{name}_material>\n"
        f"        normal3f[] normals = {_tuples(mesh.normals)} (\n"
        '            interpolation = "vertex"\n        )\n'
        f"        point3f[] points = {_tuples(mesh.vertices)}\n{coordinates}"
        '        uniform token subdivisionScheme = "none"\n    }\n'
    )


def _material(mesh: UsdMesh, name: str, texture: str) -> str:
    """Return the USD text of a material: one colour, or a texture if a path is given."""
    path = f"/{ROOT}/{name}_material"
    red, green, blue = SRGB_TO_LINEAR[list(mesh.color)].tolist()
    color = f"color3f inputs:diffuseColor = ({red:.5f}, {green:.5f}, {blue:.5f})"
    shaders = ""
    if texture:
        color = f"color3f inputs:diffuseColor.connect = <{path}/texture.outputs:rgb>"
        shaders = _texture_shaders(path, texture)
    return (
        f'    def Material "{name}_material"\n    {{\n'
        f"        token outputs:surface.connect = <{path}/surface.outputs:surface>\n"
        '        def Shader "surface"\n        {\n'
        '            uniform token info:id = "UsdPreviewSurface"\n'
        f"            {color}\n"
        f"            float inputs:metallic = {mesh.metallic:g}\n"
        f"            float inputs:roughness = {mesh.roughness:g}\n"
        f"            token outputs:surface\n        }}\n{shaders}    }}\n"
    )


def _texture_shaders(path: str, texture: str) -> str:
    """Return the USD text of the nodes that read a texture."""
    return (
        '        def Shader "coordinates"\n        {\n'
        '            uniform token info:id = "UsdPrimvarReader_float2"\n'
        '            string inputs:varname = "st"\n'
        "            float2 outputs:result\n        }\n"
        '        def Shader "texture"\n        {\n'
        '            uniform token info:id = "UsdUVTexture"\n'
        f"            asset inputs:file = @{texture}@\n"
        '            token inputs:sourceColorSpace = "sRGB"\n'
        f"            float2 inputs:st.connect = <{path}/coordinates.outputs:result>\n"
        '            token inputs:wrapS = "clamp"\n'
        '            token inputs:wrapT = "clamp"\n'
        "            float3 outputs:rgb\n        }\n"
    )


def _tuples(rows: np.ndarray) -> str:
    """Return rows of numbers as USD text."""
    pattern = f"({', '.join(['{:.6g}'] * rows.shape[1])})"
    return f"[{', '.join(pattern.format(*row) for row in (rows + 0.0).tolist())}]"


def _list(values: np.ndarray) -> str:
    """Return whole numbers as USD text."""
    return f"[{', '.join(map(str, values.tolist()))}]"


def _png(image: Image.Image) -> bytes:
    """Encode a picture as PNG."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _package(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a zip file without compression, the data of each entry aligned."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        for path, data in files:
            entry = zipfile.ZipInfo(path, DATE)
            start = buffer.tell() + LOCAL_HEADER + len(path.encode())
            # the padding is an extra field: its id and its length take 4 bytes
            padding = -(start + 4) % ALIGNMENT
            entry.extra = struct.pack("<2H", EXTRA_ID, padding) + bytes(padding)
            package.writestr(entry, data)
    return buffer.getvalue()
