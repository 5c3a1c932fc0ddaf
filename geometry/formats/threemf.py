"""3MF files for slicers: millimetres, z up, with colours.

    data = write_3mf(vertices, faces, corner_colors, "chair")

trimesh's writer sets no unit and no colours. The colours follow the materials extension of 3MF: a
group of colours, and the number of one of them for each corner of a triangle.
"""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import numpy as np

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MODEL_PATH = "3D/3dmodel.model"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
CONTENT_TYPES = (
    f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" '
    'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
RELATIONSHIPS = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="model" Target="/{MODEL_PATH}" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
COLOR_GROUP, OBJECT = 1, 2  # ids of the resources
DATE = (1980, 1, 1, 0, 0, 0)  # of all entries: the same model gives the same bytes
DECIMALS = 4  # of a coordinate in millimetres


def write_3mf(
    vertices: np.ndarray, faces: np.ndarray, colors: np.ndarray | None, name: str
) -> bytes:
    """Encode a closed mesh as 3MF.

    Parameters
    ----------
    vertices : (V, 3) float
        Millimetres, z up. Vertices at the same position are merged.
    faces : (F, 3) int
        Counter-clockwise from outside.
    colors : (F, 3, 3) uint8, optional
        sRGB of the three corners of each face.
    name : str
        Name of the object.

    Returns
    -------
    bytes
        The content of a .3mf file.
    """
    places, index = np.unique(vertices.round(DECIMALS) + 0.0, axis=0, return_inverse=True)
    faces = index.reshape(-1)[faces]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)  # merging may leave lines
    body = _model(places, faces[whole], None if colors is None else colors[whole], name)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for path, text in (
            ("[Content_Types].xml", CONTENT_TYPES),
            ("_rels/.rels", RELATIONSHIPS),
            (MODEL_PATH, body),
        ):
            entry = zipfile.ZipInfo(path, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text)
    return buffer.getvalue()


def _model(vertices: np.ndarray, faces: np.ndarray, colors: np.ndarray | None, name: str) -> str:
    """Return the XML of the model."""
    title = escape(name, {'"': "&quot;"})
    group, properties = ("", "") if colors is None else ("", f' pid="{COLOR_GROUP}" pindex="0"')
    rows = faces
    triangle = '<triangle v1="{}" v2="{}" v3="{}"/>'
    if colors is not None:
        palette, corners = np.unique(colors.reshape(-1, 3), axis=0, return_inverse=True)
        group = _color_group(palette)
        rows = np.hstack([faces, corners.reshape(-1, 3)])
        triangle = '<triangle v1="{}" v2="{}" v3="{}" pid="1" p1="{}" p2="{}" p3="{}"/>'
    points = (f'<vertex x="{x:g}" y="{y:g}" z="{z:g}"/>' for x, y, z in vertices.tolist())
    return (
        f'{DECLARATION}<model unit="millimeter" xml:lang="en-US" xmlns="{CORE}" '
        f'xmlns:m="{MATERIALS}"><metadata name="Title">{title}</metadata><resources>{group}'
        f'<object id="{OBJECT}" type="model" name="{title}"{properties}><mesh>'
        f"<vertices>{''.join(points)}</vertices>"
        f"<triangles>{''.join(triangle.format(*row) for row in rows.tolist())}</triangles>"
        f'</mesh></object></resources><build><item objectid="{OBJECT}"/></build></model>'
    )


def _color_group(palette: np.ndarray) -> str:
    """Return the XML of the colours (K, 3) uint8."""
    colors = "".join(f'<m:color color="#{bytes(c).hex().upper()}FF"/>' for c in palette)
    return f'<m:colorgroup id="{COLOR_GROUP}">{colors}</m:colorgroup>'
