"""Light panoramas and backdrops of the studio from downloaded Radiance panoramas.

    lines = write_panoramas(reference["panoramas"], downloads, Path("data"))

A light panorama is the picture at 128 x 256. A backdrop is a perspective view of 320 x 320 with the
contrast of a photograph. Its cameras are drawn with a fixed seed; those of the shipped weights'
backdrops are not known, so that the views differ.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates

from training.asset_download.downloads import Downloads
from training.asset_download.radiance import read_hdr
from training.data.archives import encode_jpeg, write_archive

LIGHT = (128, 256)  # rows, columns of a light panorama
VIEW = 320  # pixels a side of a backdrop
INDOOR_VIEWS, OUTDOOR_VIEWS = 14, 4  # of each panorama: furniture stands in rooms
SEED = 0  # of the cameras
PITCH = (-22.0, 8.0)  # degrees; people look down at furniture
FIELD_OF_VIEW = (60.0, 85.0)  # degrees
MIDDLE_GREY = 0.24  # brightness of the geometric mean before the curve
WHITE = 4.0  # brightness that becomes white
HALF_MAX = 65504.0  # largest float16
JPEG_QUALITY = 88
LIGHT_NOTE = "float16 .npy, 128x256x3 linear RGB, equirectangular; row 0 is the zenith"
VIEW_NOTE = "320x320 perspective views of panoramas, tone-mapped; the source is sources[panorama]"


def write_panoramas(reference: dict, downloads: Downloads, out: Path) -> list[str]:
    """Downloads the panoramas and writes the folders hdri/ and backgrounds/.

    Parameters
    ----------
    reference : dict
        Part "panoramas" of training/reference/downloads.json.
    downloads : Downloads
        Fetches the panoramas.
    out : Path
        Folder that gets both folders.

    Returns
    -------
    list of str
        One line for each folder.
    """
    lights, views, light_items, view_items, sources = {}, {}, [], [], []
    for number, item in enumerate(reference["items"]):
        place, name = ("in", "out")[not item["indoor"]], item["name"]
        commit = reference["commits"][item["repository"]]
        path = downloads.fetch(item["repository"], commit, item["path"])
        source = {"repository": item["repository"], "commit": commit, "path": item["path"]}
        sources.append([name, source])
        panorama = read_hdr(path)
        common = {"indoor": item["indoor"], "panorama": name}
        lights[f"{place}_{name}.npy"] = _npy(pooled_light(panorama))
        light_items.append({"name": f"{place}_{name}.npy"} | common)
        for view, picture in enumerate(draw_views(panorama, item["indoor"], number)):
            views[f"{place}_{name}_{view:02}.jpg"] = encode_jpeg(picture, JPEG_QUALITY)
            view_items.append({"name": f"{place}_{name}_{view:02}.jpg"} | common)
    head = {"licence": reference["licence"], "sources": sources}
    write_archive(out / "hdri", head | {"note": LIGHT_NOTE, "items": light_items}, lights)
    write_archive(out / "backgrounds", head | {"note": VIEW_NOTE, "items": view_items}, views)
    return [f"{len(lights)} light panoramas", f"{len(views)} backdrops"]


def pooled_light(panorama: np.ndarray) -> np.ndarray:
    """Returns the means of blocks of a panorama (H, W, 3): (*LIGHT, 3) float16."""
    channels = [
        Image.fromarray(np.ascontiguousarray(channel)).resize(LIGHT[::-1], Image.Resampling.BOX)
        for channel in np.moveaxis(panorama.astype(np.float32), -1, 0)
    ]
    return np.stack(channels, axis=-1).clip(0, HALF_MAX).astype(np.float16)


def draw_views(panorama: np.ndarray, indoor: bool, number: int) -> list[Image.Image]:
    """Draws backdrops from cameras all around; `number` of the panorama chooses the cameras."""
    rng = np.random.default_rng([SEED, number])
    count = INDOOR_VIEWS if indoor else OUTDOOR_VIEWS
    pictures = []
    for view in range(count):
        yaw = 360 / count * (view + rng.uniform(-0.3, 0.3))
        light = perspective_view(panorama, yaw, rng.uniform(*PITCH), rng.uniform(*FIELD_OF_VIEW))
        pictures.append(Image.fromarray(tone_mapped(light)))
    return pictures


def perspective_view(
    panorama: np.ndarray, yaw: float, pitch: float, field_of_view: float, side: int = VIEW
) -> np.ndarray:
    """Projects a part of a panorama to a picture.

    Parameters
    ----------
    panorama : numpy.ndarray
        (H, W, 3), equirectangular, row 0 = zenith.
    yaw, pitch : float
        Degrees. Yaw 0 looks at the middle column, positive yaw turns right; positive pitch looks
        up.
    field_of_view : float
        Degrees, horizontally.
    side : int
        Pixels a side.

    Returns
    -------
    numpy.ndarray
        (side, side, 3) float32.
    """
    rows, columns = panorama.shape[:2]
    half = np.tan(np.radians(field_of_view) / 2)
    across = (2 * (np.arange(side) + 0.5) / side - 1) * half
    x, y = np.meshgrid(across, -across)
    cosine, sine = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    forward, up = cosine - y * sine, y * cosine + sine
    azimuth = np.arctan2(x, forward) + np.radians(yaw)
    polar = np.arctan2(np.hypot(x, forward), up)
    # one column more on each side, as the picture goes around
    padded = np.concatenate([panorama[:, -1:], panorama, panorama[:, :1]], axis=1)
    column = (azimuth / (2 * np.pi) + 0.5) % 1 * columns + 0.5
    place = np.stack([polar / np.pi * rows - 0.5, column])
    channels = [
        map_coordinates(padded[..., channel], place, order=1, mode="nearest")
        for channel in range(3)
    ]
    return np.stack(channels, axis=-1)


def tone_mapped(light: np.ndarray) -> np.ndarray:
    """Maps linear light (H, W, 3) to sRGB uint8 with Reinhard's curve for a white point.

    Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002, equation 4.
    """
    brightness = light.mean(axis=-1, keepdims=True)
    mean = np.exp(np.log(brightness + 1e-4).mean())
    exposed = light * (MIDDLE_GREY / mean)
    shown = exposed * (1 + exposed / WHITE**2) / (1 + exposed)
    return (shown.clip(0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def _npy(values: np.ndarray) -> bytes:
    """Returns the bytes of an .npy file."""
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()
