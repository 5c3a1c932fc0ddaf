"""A model turning once around, drawn on the CPU: an animated WebP or an MP4 to share.

    export_turntable(turntable(mesh), "chair.webp")     # or .mp4

The camera and a soft light stand still while the model turns, as on a potter's wheel.
"""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import trimesh
from PIL import Image

from core.files import write_atomic
from geometry.camera import Camera
from geometry.colors import DEFAULT_COLOR, SRGB_TO_LINEAR, to_srgb
from geometry.mesh_files import check_suffix
from geometry.rasterizer import NO_FACE, rasterize

TURNTABLE_SUFFIXES = (".webp", ".mp4")
FRAMES = 36  # of one turn
TURN_SECONDS = 4.0  # seconds a turn takes
FRAME_SIZE = 400  # pixels, even as H.264 wants it
CAMERA_ELEVATION = 18.0  # degrees from which one looks down on furniture
CAMERA_DISTANCE = 3.2  # in the model's diameters: little perspective, as in a catalogue
FRAME_MARGIN = 0.06  # of the picture left free on each side
BACKGROUND_GRAY = 128  # sRGB grey: shows white and black furniture alike
SUPERSAMPLING = 2  # samples a side of a pixel, for smooth outlines
# Lights in the camera's axes (right, down, toward the model): direction to it, linear strength
KEY_DIRECTION, KEY_LIGHT = np.array([-0.45, -0.7, -0.55]), 0.6
SKY_LIGHT, GROUND_LIGHT = 0.7, 0.35  # from straight above and straight below
WEBP_QUALITY = 80  # of WebP, 0 to 100; a turn takes about 120 kB
CRF = 20  # of H.264: less is better, 18 is hardly told from the original
RENDER_THREADS = 2  # threads; numpy lets go of the interpreter


def render_turntable(
    mesh: trimesh.Trimesh, frames: int = FRAMES, size: int = FRAME_SIZE
) -> list[Image.Image]:
    """`frames` pictures of one turn, size x size RGB, that begin three quarters from the front."""
    azimuths = 35 + 360 * np.arange(frames) / frames
    with ThreadPoolExecutor(RENDER_THREADS) as pool:
        return list(pool.map(lambda azimuth: render_frame(mesh, azimuth, size=size), azimuths))


def render_frame(
    mesh: trimesh.Trimesh,
    azimuth: float,
    elevation: float = CAMERA_ELEVATION,
    size: int = FRAME_SIZE,
) -> Image.Image:
    """The mesh from an angle (degrees), in soft light, before a mid-grey background."""
    points = mesh.vertices - mesh.bounds.mean(axis=0)
    radius = np.linalg.norm(mesh.extents) / 2
    fine = size * SUPERSAMPLING
    focal = (
        (0.5 - FRAME_MARGIN) * fine * np.sqrt((2 * CAMERA_DISTANCE) ** 2 - 1)
    )  # the sphere around fits
    distance = 2 * CAMERA_DISTANCE * radius
    camera = Camera(azimuth, elevation, distance, focal, (fine / 2, fine / 2))
    face, weights, _ = rasterize(camera.project(points), mesh.faces, fine)
    hit = face != NO_FACE
    lit = _lit(mesh, camera)[mesh.faces[face[hit]]]  # (N, 3 corners, 3 channels)
    picture = np.full((fine, fine, 3), SRGB_TO_LINEAR[BACKGROUND_GRAY], np.float32)
    picture[hit] = np.einsum("nk,nkc->nc", weights[hit], lit)
    corners = [
        picture[i::SUPERSAMPLING, j::SUPERSAMPLING]
        for i in range(SUPERSAMPLING)
        for j in range(SUPERSAMPLING)
    ]
    return Image.fromarray(to_srgb(sum(corners) / SUPERSAMPLING**2))


def _lit(mesh: trimesh.Trimesh, camera: Camera) -> np.ndarray:
    """(V, 3) float32 linear colours of the vertices in the light that stands by the camera."""
    colored = mesh.visual.kind == "vertex"
    albedo = SRGB_TO_LINEAR[mesh.visual.vertex_colors[:, :3] if colored else DEFAULT_COLOR]
    normals = mesh.vertex_normals
    key = KEY_DIRECTION / np.linalg.norm(KEY_DIRECTION) @ camera.axes
    sky = 0.5 + 0.5 * normals[:, 1]
    light = (
        GROUND_LIGHT + (SKY_LIGHT - GROUND_LIGHT) * sky + KEY_LIGHT * np.maximum(normals @ key, 0)
    )
    return (albedo * light[:, None]).astype(np.float32)


def export_turntable(frames: list[Image.Image], path: str | Path) -> Path:
    """Write the pictures of `render_turntable`; one turn takes 4 seconds. A .webp turns for ever.

    .webp : animated, for pages and chats
    .mp4 : H.264, for everything that plays video; sides must be even
    Raises MeshError for another suffix and for a path that cannot be written.
    """
    write = {".webp": _webp, ".mp4": _mp4}[check_suffix(path, TURNTABLE_SUFFIXES)]
    return write_atomic(path, write(frames))


def _webp(frames: list[Image.Image]) -> bytes:
    buffer, first = BytesIO(), frames[0]
    step = round(1000 * TURN_SECONDS / len(frames))  # milliseconds
    options = {"quality": WEBP_QUALITY, "method": 2, "loop": 0, "duration": step}
    first.save(buffer, "WEBP", save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def _mp4(frames: list[Image.Image]) -> bytes:
    buffer = BytesIO()
    options = {"crf": str(CRF), "preset": "fast"}
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", Fraction(len(frames), round(TURN_SECONDS)), options
        )
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"  # the only one that every player knows
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    return buffer.getvalue()
