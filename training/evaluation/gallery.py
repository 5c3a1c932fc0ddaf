"""Pictures of voxel grids, and the HTML page of an evaluation.

    from training.evaluation.gallery import draw_voxels
    draw_voxels(occupancy, colors, azimuth=30, elevation=20, size=256).save("chair.png")

Grids are drawn with the painter's algorithm on the exposed faces of cells. It needs no GPU and no
window and takes a few milliseconds.
"""

import base64
import html
import io
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from geometry import camera

CAMERA_DISTANCE = 2.4  # from the grid's centre, in longest sides; mild perspective
SPHERE_SHARE = 0.95  # share of the picture that the bounding sphere fills; the same from all sides
SUPERSAMPLE = 2  # the picture is drawn at this scale and reduced, for smooth edges
DEFAULT_COLOR = (150, 165, 185)  # sRGB of cells without a colour
LIGHT_DIRECTION = np.array([-0.35, 0.8, 0.5])  # to the camera's right, up, toward the camera
LIGHT_DIRECTION /= np.linalg.norm(LIGHT_DIRECTION)
DEFAULT_VIEW = (30.0, 20.0)  # degrees, azimuth and elevation where the camera is unknown
AMBIENT = 0.45  # brightness of a face that is turned away from the light
# corners of the +x face of a unit cell in order; the other faces follow by permuting the axes
FACE_CORNERS = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]], dtype=np.float64)


def draw_voxels(
    occupancy: np.ndarray,
    colors: np.ndarray | None = None,
    azimuth: float = DEFAULT_VIEW[0],
    elevation: float = DEFAULT_VIEW[1],
    size: int = 256,
    threshold: float = 0.5,
    background: tuple[int, int, int] = (255, 255, 255),
) -> Image.Image:
    """Draws a grid as seen from a camera; axes and angles as in voxel_model.py.

    Parameters
    ----------
    occupancy : numpy.ndarray
        (R, R, R) bool or probabilities.
    colors : numpy.ndarray, optional
        (R, R, R, 3) uint8 sRGB; None for a plain grey-blue.
    azimuth, elevation : float
        Degrees; azimuth 0 looks at the front.
    size : int
        Pixels a side.
    threshold : float
        Cells above it are solid.
    background : tuple
        sRGB.

    Returns
    -------
    PIL.Image.Image
        RGB, size x size.
    """
    solid = np.asarray(occupancy) > threshold
    corners, normals, cells = _exposed_faces(solid)  # (F, 4, 3), (F, 3), (F, 3)
    corners = corners / solid.shape[0] - 0.5
    camera = camera_axes(azimuth, elevation)  # rows: right, up, toward the camera
    scale = size * SUPERSAMPLE * SPHERE_SHARE / (2 * _sphere_radius(corners))
    corners, normals = corners @ camera.T, normals @ camera.T
    to_camera = np.array([0.0, 0.0, CAMERA_DISTANCE]) - corners.mean(axis=1)
    visible = np.einsum("fk,fk->f", normals, to_camera) > 0
    corners, normals, cells = corners[visible], normals[visible], cells[visible]

    shade = AMBIENT + (1 - AMBIENT) * np.clip(normals @ LIGHT_DIRECTION, 0, 1)
    albedo = np.full((len(cells), 3), DEFAULT_COLOR) if colors is None else colors[tuple(cells.T)]
    fills = np.clip(albedo * shade[:, None], 0, 255).astype(np.uint8)

    points = corners[..., :2] / (CAMERA_DISTANCE - corners[..., 2:]) * scale
    points = points * [1, -1] + size * SUPERSAMPLE / 2
    return _fill_polygons(points, corners[..., 2].mean(axis=1), fills, size, background)


def _sphere_radius(corners: np.ndarray) -> float:
    """Projected radius of the sphere around the grid's centre that contains every corner."""
    radius = np.linalg.norm(corners.reshape(-1, 3), axis=1).max(initial=0.1)
    return radius / np.sqrt(CAMERA_DISTANCE**2 - radius**2)


def _fill_polygons(
    points: np.ndarray, depth: np.ndarray, fills: np.ndarray, size: int, background: tuple
) -> Image.Image:
    """Fills the quads (F, 4, 2) from far to near and reduces the picture to size x size."""
    canvas = Image.new("RGB", (size * SUPERSAMPLE,) * 2, background)
    draw = ImageDraw.Draw(canvas)
    for i in np.argsort(depth, kind="stable"):
        draw.polygon(points[i].ravel().tolist(), fill=tuple(fills[i].tolist()))
    return canvas.resize((size, size), Image.Resampling.BOX)


def _exposed_faces(solid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces between solid and empty: corners (F, 4, 3) in cells, normals (F, 3), cells (F, 3)."""
    padded = np.pad(solid, 1)
    corners, normals, cells = [], [], []
    for axis in range(3):
        for side in (0, 1):
            neighbour = np.roll(padded, 1 - 2 * side, axis)[1:-1, 1:-1, 1:-1]
            exposed = np.argwhere(solid & ~neighbour)  # (f, 3)
            face = np.roll(FACE_CORNERS, axis, axis=1)
            face[:, axis] = side
            corners.append(exposed[:, None] + face)
            normals.append(np.tile(np.eye(3)[axis] * (2 * side - 1), (len(exposed), 1)))
            cells.append(exposed)
    return np.concatenate(corners), np.concatenate(normals), np.concatenate(cells)


def camera_axes(azimuth: float, elevation: float) -> np.ndarray:
    """Returns (3, 3): the camera's right, up and backward directions in the grid's axes.

    Parameters
    ----------
    azimuth, elevation : float
        Degrees.
    """
    return camera.camera_axes(azimuth, elevation) * [[1], [-1], [-1]]  # from right, down, forward


# --- HTML ---------------------------------------------------------------------------------------

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1240px; padding: 0 1rem;
       color: #1c1c1c; background: #fafafa }
section { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 0; border-top: 1px solid #ddd }
figure { margin: 0; width: 202px } figcaption { color: #555; font-size: 13px }
img { width: 200px; height: 200px; object-fit: contain; background: #fff;
      border: 1px solid #e4e4e4 }
pre { background: #fff; border: 1px solid #ddd; padding: 1rem; overflow: auto; font-size: 12.5px }
dl { margin: 0; display: grid; grid-template-columns: auto auto; gap: 0 .8rem;
     align-content: start }
dt { color: #555 } dd { margin: 0; font-variant-numeric: tabular-nums }
h2 { font-size: 1rem; width: 100%; margin: 0 } .bad { color: #b00020 }
"""


def html_page(title: str, introduction: str, sections: Iterable[str]) -> str:
    """Returns an HTML document without external files.

    Parameters
    ----------
    title : str
        Plain text.
    introduction : str
        Plain text, shown with its line breaks.
    sections : iterable of str
        From `html_section`.
    """
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<h1>{html.escape(title)}</h1><pre>{html.escape(introduction)}</pre>"
        f"{''.join(sections)}</html>\n"
    )


def html_section(title: str, figures: Iterable[tuple[str, Image.Image]], facts: dict) -> str:
    """Returns a row of (caption, picture) figures with a list of facts beside them."""
    pictures = "".join(
        f'<figure><img loading="lazy" alt="{html.escape(caption)}" src="{_data_url(image)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for caption, image in figures
    )
    rows = "".join(
        f"<dt>{html.escape(str(name))}</dt><dd>{html.escape(str(value))}</dd>"
        for name, value in facts.items()
    )
    return f"<section><h2>{html.escape(title)}</h2>{pictures}<dl>{rows}</dl></section>"


def _data_url(image: Image.Image, side: int = 320) -> str:
    """Encodes a picture as the data URL of a JPEG of at most `side` pixels."""
    image = image.convert("RGB")
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
