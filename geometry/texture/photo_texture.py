"""A texture of the photo's own pixels for the side of a smooth mesh that the photo shows.

    view = photo_view(prediction, camera)
    texture = photo_texture(points, faces, normals, colors, view)      # MeshTexture or None

1. Project the mesh into the photo. Faces that the camera sees take their place in the photo as
   texture coordinates; all others keep the colours of their vertices and read a white strip.
2. The vertex colours have no light (`photo_colors.py`). Compare them with the photo at the
   resolution of the cells: the quotient is the light, and the photo is divided by it.
3. Mix photo and vertex colours by the visibility of the vertices. It is 0 where faces without
   texture begin: there is no seam. Nothing is taken from pixels at the edge of the mask.

So the colour of a cell stays what it is, and the photo adds what is finer than a cell.
"""

from io import BytesIO

import numpy as np
from PIL import Image
from scipy import ndimage

from geometry.colors import SRGB_TO_LINEAR
from geometry.photo_colors import ALBEDO_SHARE, LUMINANCE, MIN_LINEAR
from geometry.rasterizer import NO_FACE, rasterize
from geometry.texture.mesh_texture import MeshTexture, split_seams, without_pinches
from geometry.texture.photo_view import COARSE_SIDE, PhotoView
from geometry.visibility import FULL_FACING, MIN_FACING, ramp

# Such pixels from the edge of the mask at which visibility begins and is complete: the mask is
# predicted at half this resolution, and background next to it must not bleed in.
EDGE_RAMP = 1.5, 3.5
OCCLUSION_TOLERANCE = 0.05  # longest sides behind the nearest surface at which a vertex is hidden
MIN_SLOPE_FACING = 0.3  # cosine; the tolerance for a surface that is seen at a smaller one is equal
LIGHT_WINDOW = 7  # coarse pixels, about two cells: side of the window whose mean is the light
MAX_LOG_GAIN = 1.5  # of the photo's linear colours, limit of the correction for light
GAMMA = 2.2  # of sRGB, with which a factor of linear colours becomes one of sRGB bytes
REDUCING_GAP = 1.5  # see images/preprocessing.py: fast and still smooth
FACTOR_STEPS = 128  # of the factor 1: the largest factor, exp(MAX_LOG_GAIN / GAMMA), is 253 then
WHITE_ROWS = 32  # pixels of the white strip: smaller copies of the texture keep it white
JPEG_QUALITY = 90  # 0 to 100


def photo_texture(
    vertices: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray,
    colors: np.ndarray,
    view: PhotoView,
) -> MeshTexture | None:
    """Draw the texture of a mesh.

    Parameters
    ----------
    vertices : (V, 3) float
        In the object's frame, see `voxel_model.py`.
    faces : (F, 3) int
        Counter-clockwise from outside.
    normals : (V, 3) float
        Unit length.
    colors : (V, 3) uint8
        sRGB without light.
    view : PhotoView

    Returns
    -------
    MeshTexture or None
        None if the photo shows no face well.
    """
    height, width = view.mask.shape
    x0, y0, x1, y1 = view.detail.box
    pixels = view.camera.project(vertices)
    coordinates = (pixels[:, :2] - (x0, y0)) / (x1 - x0, y1 - y0)  # 0 to 1 in the detail
    pixels[:, :2] = coordinates * (width, height)
    face, weights, depth = rasterize(pixels, faces, COARSE_SIDE)
    face, weights, depth = (values[:height, :width] for values in (face, weights, depth))
    visibility = _visibility(vertices, normals, pixels, depth, view)
    is_seen = _seen_faces(pixels, faces, visibility)
    visibility = np.maximum(visibility, 0)
    visibility[faces[~is_seen]] = 0
    is_seen &= (visibility[faces] > 0).any(axis=1)
    is_seen = without_pinches(faces, is_seen, len(vertices))
    visibility[faces[~is_seen]] = 0  # no seam between faces with and without the photo
    if not is_seen.any():
        return None
    values = np.column_stack([colors, visibility]).astype(np.float32)
    coarse = _interpolate(values, faces, face, weights)
    photo, jpeg = Image.open(BytesIO(view.detail.jpeg)), BytesIO()
    at = coordinates * photo.size  # pixels of the detail
    frame = _frame(at[faces[is_seen]].reshape(-1, 2), photo.size)
    picture = _mix(photo, coarse[..., :3], coarse[..., 3], frame)
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY)
    white = 0.5, 1 - WHITE_ROWS / picture.height / 2  # the middle of the strip
    return split_seams(faces, is_seen, (at - frame[:2]) / picture.size, white, jpeg.getvalue())


def _frame(pixels: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Box of whole pixels around points (N, 2) in a picture, with a margin of one pixel."""
    low, high = np.floor(pixels.min(axis=0)) - 1, np.ceil(pixels.max(axis=0)) + 1
    return tuple(np.concatenate([low, high]).clip(0, size * 2).astype(int).tolist())


def _visibility(
    vertices: np.ndarray,
    normals: np.ndarray,
    pixels: np.ndarray,
    depth: np.ndarray,
    view: PhotoView,
) -> np.ndarray:
    """(V,) how well the photo shows each vertex, 0 to 1; -1 where it is hidden or outside."""
    height, width = view.mask.shape
    u, v = np.floor(pixels[:, :2].T).astype(np.intp)
    is_inside = (u >= 0) & (v >= 0) & (u < width) & (v < height)
    u, v = u.clip(0, width - 1), v.clip(0, height - 1)
    nearest = ndimage.minimum_filter(depth, 3)[v, u]
    toward = view.camera.eye - vertices
    facing = np.einsum("ij,ij->i", toward, normals) / np.linalg.norm(toward, axis=1)
    side = pixels[:, 2] / view.camera.focal * (view.detail.box[2] - view.detail.box[0]) / width
    slope = np.sqrt(1 - facing.clip(MIN_SLOPE_FACING, 1) ** 2) / facing.clip(MIN_SLOPE_FACING, 1)
    tolerance = OCCLUSION_TOLERANCE + 2 * side * slope  # depth of a slanted surface in two pixels
    padded = np.pad(view.mask, 1, constant_values=True)  # the border of the detail is no edge
    edge = ndimage.distance_transform_edt(padded)[1:-1, 1:-1][v, u]
    visibility = ramp(facing, MIN_FACING, FULL_FACING) * ramp(edge, *EDGE_RAMP)
    is_shown = is_inside & (facing > 0) & (pixels[:, 2] < nearest + tolerance)
    return np.where(is_shown, visibility, -1)


def _seen_faces(pixels: np.ndarray, faces: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """(F,) True for faces that face the camera and have no hidden vertex."""
    corners = visibility[faces]
    (ax, ay), (bx, by), (cx, cy) = np.moveaxis(pixels[faces, :2], 0, 2)
    is_front = (cx - ax) * (by - ay) > (bx - ax) * (cy - ay)  # v points down
    return is_front & (corners.min(axis=1) >= 0) & (corners.max(axis=1) > 0)


def _interpolate(
    values: np.ndarray, faces: np.ndarray, face: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(h, w, K) values (V, K) of the vertices in each pixel; the nearest ones beside the mesh."""
    hit = face != NO_FACE
    result = np.zeros((*face.shape, values.shape[1]), np.float32)
    corners = values[faces[face[hit]]]  # (N, 3, K)
    result[hit] = np.einsum("nc,nck->nk", weights[hit], corners)
    nearest = ndimage.distance_transform_edt(~hit, return_distances=False, return_indices=True)
    return result[tuple(nearest)]


def _mix(
    photo: Image.Image,
    colors: np.ndarray,
    visibility: np.ndarray,
    frame: tuple[int, int, int, int],
) -> Image.Image:
    """The photo without light, and the vertex colours where it is not used, with the white strip.

    colors (h, w, 3), float sRGB bytes, and visibility (h, w) are coarse; `frame` is the part of the
    photo that is used, in its pixels.
    """
    (height, width), resize = visibility.shape, Image.Resampling
    coarse = np.asarray(photo.resize((width, height), resize.BOX, reducing_gap=REDUCING_GAP))
    factor = np.exp(_log_gain(coarse, colors, visibility) / GAMMA) * visibility * FACTOR_STEPS
    below = colors * (1 - visibility)[..., None]
    layers = np.dstack([below, factor + 0.5]).astype(np.uint8)
    # Four channels at once; Pillow would multiply those of an image with alpha
    layers = Image.frombytes("CMYK", (width, height), layers.tobytes())
    scale = np.array([width, height] * 2) / (photo.size * 2)
    part = photo.crop(frame)
    layers = layers.resize(part.size, resize.BILINEAR, box=tuple(scale * frame))
    *below, factor = layers.split()
    factor = np.asarray(factor)
    channels = [_mix_channel(*pair, factor) for pair in zip(part.split(), below, strict=True)]
    picture = Image.new("RGB", (part.width, part.height + WHITE_ROWS), "white")
    picture.paste(Image.merge("RGB", channels))
    return picture


def _mix_channel(photo: Image.Image, below: Image.Image, factor: np.ndarray) -> Image.Image:
    """One channel of photo times factor plus what lies below; whole numbers are fast."""
    mixed = np.multiply(photo, factor, dtype=np.uint16)
    mixed //= FACTOR_STEPS
    mixed += np.asarray(below)
    return Image.fromarray(np.minimum(mixed, 255, out=mixed).astype(np.uint8))


def _log_gain(photo: np.ndarray, colors: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """(h, w) float32 log of the factor of the photo's linear colours that removes the light.

    The vertex colours hold the power ALBEDO_SHARE of the photo's contrast. The factor has the
    remaining power of each pixel, so that it has no halo around a dark or a bright spot.
    """
    shown = np.log(SRGB_TO_LINEAR[photo] @ LUMINANCE + MIN_LINEAR)
    albedo = np.log(SRGB_TO_LINEAR[colors.astype(np.uint8)] @ LUMINANCE + MIN_LINEAR)
    light = visibility * (ALBEDO_SHARE * shown - albedo)
    light, total = (ndimage.uniform_filter(v, LIGHT_WINDOW) for v in (light, visibility))
    gain = -light / np.maximum(total, 1e-3) - (1 - ALBEDO_SHARE) * shown
    return gain.clip(-MAX_LOG_GAIN, MAX_LOG_GAIN)
