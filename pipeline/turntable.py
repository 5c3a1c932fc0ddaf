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

from core.files import write_whole
from geometry.camera import Camera
from geometry.colors import LINEAR, PLAIN, to_srgb
from geometry.mesh_files import checked_suffix
from geometry.rasterizer import NOTHING, rasterize

SUFFIXES = (".webp", ".mp4")
FRAMES = 36  # of one turn
PERIOD = 4.0  # seconds a turn takes
SIDE = 400  # pixels, even as H.264 wants it
ELEVATION = 18.0  # degrees from which one looks down on furniture
DISTANCE = 3.2  # in the model's diameters: little perspective, as in a catalogue
ROOM = 0.06  # of the picture left free on each side
BACKDROP = 128  # sRGB grey: shows white and black furniture alike
FINER = 2  # samples a side of a pixel, for smooth outlines
# Lights in the camera's axes (right, down, toward the model): direction to it, linear strength
KEY, KEY_LIGHT = np.array([-0.45, -0.7, -0.55]), 0.6
SKY_LIGHT, GROUND_LIGHT = 0.7, 0.35  # from straight above and straight below
QUALITY = 80  # of WebP, 0 to 100; a turn takes about 120 kB
CRF = 20  # of H.264: less is better, 18 is hardly told from the original
WORKERS = 2  # threads; numpy lets go of the interpreter


def turntable(mesh: trimesh.Trimesh, frames: int = FRAMES, size: int = SIDE) -> list[Image.Image]:
    """`frames` pictures of one turn, size x size RGB, that begin three quarters from the front."""
    azimuths = 35 + 360 * np.arange(frames) / frames
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda azimuth: draw(mesh, azimuth, size=size), azimuths))


def draw(
    mesh: trimesh.Trimesh, azimuth: float, elevation: float = ELEVATION, size: int = SIDE
) -> Image.Image:
    """The mesh from an angle (degrees), in soft light, before a mid-grey background."""
    points = mesh.vertices - mesh.bounds.mean(axis=0)
    radius = np.linalg.norm(mesh.extents) / 2
    fine = size * FINER
    focal = (0.5 - ROOM) * fine * np.sqrt((2 * DISTANCE) ** 2 - 1)  # the sphere around fits
    distance = 2 * DISTANCE * radius
    camera = Camera(azimuth, elevation, distance, focal, (fine / 2, fine / 2))
    face, weights, _ = rasterize(camera.project(points), mesh.faces, fine)
    hit = face != NOTHING
    lit = _lit(mesh, camera)[mesh.faces[face[hit]]]  # (N, 3 corners, 3 channels)
    picture = np.full((fine, fine, 3), LINEAR[BACKDROP], np.float32)
    picture[hit] = np.einsum("nk,nkc->nc", weights[hit], lit)
    corners = [picture[i::FINER, j::FINER] for i in range(FINER) for j in range(FINER)]
    return Image.fromarray(to_srgb(sum(corners) / FINER**2))


def _lit(mesh: trimesh.Trimesh, camera: Camera) -> np.ndarray:
    """(V, 3) float32 linear colours of the vertices in the light that stands by the camera."""
    colored = mesh.visual.kind == "vertex"
    albedo = LINEAR[mesh.visual.vertex_colors[:, :3] if colored else PLAIN]
    normals = mesh.vertex_normals
    key = KEY / np.linalg.norm(KEY) @ camera.axes
    sky = 0.5 + 0.5 * normals[:, 1]
    light = (
        GROUND_LIGHT + (SKY_LIGHT - GROUND_LIGHT) * sky + KEY_LIGHT * np.maximum(normals @ key, 0)
    )
    return (albedo * light[:, None]).astype(np.float32)


def export_turntable(frames: list[Image.Image], path: str | Path) -> Path:
    """Write the pictures of `turntable`; one turn takes 4 seconds. A .webp turns for ever.

    .webp : animated, for pages and chats
    .mp4 : H.264, for everything that plays video; sides must be even
    Raises MeshError for another suffix and for a path that cannot be written.
    """
    write = {".webp": _webp, ".mp4": _mp4}[checked_suffix(path, SUFFIXES)]
    return write_whole(path, write(frames))


def _webp(frames: list[Image.Image]) -> bytes:
    buffer, first = BytesIO(), frames[0]
    step = round(1000 * PERIOD / len(frames))  # milliseconds
    options = {"quality": QUALITY, "method": 2, "loop": 0, "duration": step}
    first.save(buffer, "WEBP", save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def _mp4(frames: list[Image.Image]) -> bytes:
    buffer = BytesIO()
    options = {"crf": str(CRF), "preset": "fast"}
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", Fraction(len(frames), round(PERIOD)), options)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"  # the only one that every player knows
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    return buffer.getvalue()
