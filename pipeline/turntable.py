"""A turntable of a model, rendered on the CPU: an animated WebP or an MP4 video.

    export_turntable(render_turntable(mesh), "chair.webp")     # or .mp4

Camera and light are fixed. The model turns clockwise as seen from above: the first frame shows its
front and its right side (+x), then come the right side, the back and the left side.
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
from geometry.shading import key_direction, shade
from images.formats import TURNTABLE_MARK
from pipeline.formats import TURNTABLE_SUFFIXES

FRAMES = 36  # of one turn
TURN_SECONDS = 4.0  # duration of one turn
FRAME_SIZE = 400  # pixels; H.264 needs an even number
START_AZIMUTH = 35.0  # degrees of the camera in the first frame: front and right side
CAMERA_ELEVATION = 18.0  # degrees, as furniture is usually seen
CAMERA_DISTANCE = 3.2  # diameters of the model: little perspective, as in a catalogue
FRAME_MARGIN = 0.06  # share of the frame that is free on each side
BACKGROUND_GRAY = 128  # sRGB; white and black furniture both stand out
SUPERSAMPLING = 2  # samples per side of a pixel, for smooth outlines
WEBP_QUALITY = 80  # 0 to 100; one turn takes about 120 kB
CRF = 20  # quality of H.264, lower is better; 18 is nearly lossless to the eye
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="' + TURNTABLE_MARK + b'"/>'
    b"</rdf:RDF></x:xmpmeta>"
)
RENDER_THREADS = 2  # threads help because numpy releases Python's lock


def render_turntable(
    mesh: trimesh.Trimesh, frames: int = FRAMES, size: int = FRAME_SIZE
) -> list[Image.Image]:
    """Render one turn of a model.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        The model, y up, front toward +z.
    frames : int
        Number of frames.
    size : int
        Side of a frame in pixels.

    Returns
    -------
    list of PIL.Image.Image
        (size, size) RGB. The camera's azimuth starts at 35 degrees and grows.
    """
    azimuths = START_AZIMUTH + 360 * np.arange(frames) / frames
    with ThreadPoolExecutor(RENDER_THREADS) as pool:
        return list(pool.map(lambda azimuth: render_frame(mesh, azimuth, size=size), azimuths))


def render_frame(
    mesh: trimesh.Trimesh,
    azimuth: float,
    elevation: float = CAMERA_ELEVATION,
    size: int = FRAME_SIZE,
    background: int = BACKGROUND_GRAY,
) -> Image.Image:
    """Render a model in soft light in front of a grey background.

    Parameters
    ----------
    mesh : trimesh.Trimesh
        The model, y up, front toward +z.
    azimuth, elevation : float
        Position of the camera in degrees, as in `voxel_model.py`.
    size : int
        Side of the frame in pixels.
    background : int
        Grey level behind the model, 0 to 255.

    Returns
    -------
    PIL.Image.Image
        (size, size) RGB.
    """
    points = mesh.vertices - mesh.bounds.mean(axis=0)
    radius = np.linalg.norm(mesh.extents) / 2
    side = size * SUPERSAMPLING
    # focal length in pixels with which the model's bounding sphere fits in the frame
    focal = (0.5 - FRAME_MARGIN) * side * np.sqrt((2 * CAMERA_DISTANCE) ** 2 - 1)
    distance = 2 * CAMERA_DISTANCE * radius
    camera = Camera(azimuth, elevation, distance, focal, (side / 2, side / 2))
    face, weights, _ = rasterize(camera.project(points), mesh.faces, side)
    hit = face != NO_FACE
    lit = _lit_colors(mesh, camera)[mesh.faces[face[hit]]]  # (N, 3 corners, 3 channels)
    pixels = np.full((side, side, 3), SRGB_TO_LINEAR[background], np.float32)
    pixels[hit] = np.einsum("nk,nkc->nc", weights[hit], lit)
    samples = [
        pixels[i::SUPERSAMPLING, j::SUPERSAMPLING]
        for i in range(SUPERSAMPLING)
        for j in range(SUPERSAMPLING)
    ]
    return Image.fromarray(to_srgb(sum(samples) / SUPERSAMPLING**2))


def _lit_colors(mesh: trimesh.Trimesh, camera: Camera) -> np.ndarray:
    """Return linear colours (V, 3) float32 of the vertices, lit by lights fixed to the camera."""
    colored = mesh.visual.kind == "vertex"
    albedo = SRGB_TO_LINEAR[mesh.visual.vertex_colors[:, :3] if colored else DEFAULT_COLOR]
    light = shade(mesh.vertex_normals, 1.0, key_direction(camera.axes))
    return (albedo * light[:, None]).astype(np.float32)


def export_turntable(frames: list[Image.Image], path: str | Path) -> Path:
    """Write an animation that lasts 4 seconds for one turn.

    Parameters
    ----------
    frames : list of PIL.Image.Image
        Frames of `render_turntable`.
    path : str or Path
        A `.webp` file, which repeats without end, or an `.mp4` file (H.264), which needs frames
        with even sides.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MeshError
        If the suffix is another one.
    WriteError
        If the file cannot be written.
    """
    encode = {".webp": _webp, ".mp4": _mp4}[check_suffix(path, TURNTABLE_SUFFIXES)]
    return write_atomic(path, encode(frames))


def _webp(frames: list[Image.Image]) -> bytes:
    """Encode as an animated WebP."""
    buffer, first = BytesIO(), frames[0]
    duration = round(1000 * TURN_SECONDS / len(frames))  # ms of one frame
    options = {"quality": WEBP_QUALITY, "method": 2, "loop": 0, "duration": duration, "xmp": XMP}
    first.save(buffer, "WEBP", save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def _mp4(frames: list[Image.Image]) -> bytes:
    """Encode as H.264 in an MP4 container."""
    buffer = BytesIO()
    options = {"crf": str(CRF), "preset": "fast"}
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", Fraction(len(frames), round(TURN_SECONDS)), options
        )
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"  # the pixel format that all players support
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    return buffer.getvalue()
