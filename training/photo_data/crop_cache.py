"""Decoded crops of photos in one file, so that training reads them fast.

    cache = CropCache.make("runs/crops", "pix3d", records, size=224, margin=0.08)
    part = cache.read(0)

A crop is the square of prediction with room for every shift and scale of the augmentation. It has
about as many pixels as the network sees, so it is decoded and reduced once. 10,069 photos take
3.7 GB. The cache is written again if the photos, their boxes or the size changed.
"""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from core.boxes import Box
from images.preprocessing import crop_square
from training.data.augmentation import SHIFT, ZOOM
from training.photo_data.crops import PhotoPart, read_part
from training.pix3d.dataset import DataError, Record

REACH = math.exp(ZOOM) + 2 * SHIFT  # side of the cached square over the side of prediction's
VERSION = 1  # of the files; a change of it writes old caches again
INDEX, PIXELS, MASKS = "index.json", "pixels.npy", "masks.npy"


class CropCache:
    """Cached crops of some photos; `make` opens or writes one.

    Parameters
    ----------
    folder : Path
        Folder with a complete cache.
    records : sequence of Record
        The photos of the cache, in its order.
    """

    def __init__(self, folder: Path, records: Sequence[Record]):
        self.folder, self.records = folder, records
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        self.frames: list[Box] = [tuple(frame) for frame in index["frames"]]
        self.errors: dict[str, str] = index["errors"]  # by number of the photo
        self.pixels = np.load(folder / PIXELS, mmap_mode="r")  # (N, T, T, 3) uint8
        self.masks = np.load(folder / MASKS, mmap_mode="r")  # (N, T, T) uint8
        side = self.pixels.shape[1]
        inner = side / REACH
        self.square: Box = ((side - inner) / 2,) * 2 + ((side + inner) / 2,) * 2

    def __reduce__(self) -> tuple:
        """Another process opens the files itself: a copy of the pixels takes gigabytes."""
        return CropCache, (self.folder, self.records)

    @classmethod
    def make(
        cls,
        folder: str | Path,
        root: str | Path,
        records: Sequence[Record],
        size: int,
        margin: float,
        threads: int = 0,
    ) -> "CropCache":
        """Opens the cache of a folder; writes it if it is missing or of other photos.

        Parameters
        ----------
        folder : str or Path
            Folder of the cache.
        root : str or Path
            Folder of the data set.
        records : sequence of Record
            Photos to cache.
        size, margin : int, float
            Pixels a side of the network's input, and its `crop_margin`.
        threads : int
            Threads that decode; 0 for one a core.
        """
        folder, key = Path(folder), cache_key(root, records, size, margin)
        if not _is_complete(folder, key):
            write_cache(folder, root, records, size, margin, threads)
        return cls(folder, records)

    def read(self, number: int) -> PhotoPart:
        """Returns a cached crop; DataError if the photo could not be read when it was cached."""
        if error := self.errors.get(str(number)):
            raise DataError(error)
        mask = Image.fromarray(self.masks[number]) if self.records[number].mask else None
        image = Image.fromarray(self.pixels[number])
        return PhotoPart(image, mask, self.square, self.frames[number])


def cache_key(root: str | Path, records: Sequence[Record], size: int, margin: float) -> str:
    """Returns a text that changes with the photos, their boxes and the size of the crops."""
    rows = [
        (record.img, record.mask, record.bbox, _modified(Path(root) / record.img))
        for record in records
    ]
    text = json.dumps([VERSION, size, margin, REACH, rows])
    return hashlib.sha256(text.encode()).hexdigest()


def _modified(path: Path) -> int:
    """Returns the time of the last change of a file, 0 if it is missing."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _is_complete(folder: Path, key: str) -> bool:
    """True if the folder holds the cache with this key; the index is written last."""
    try:
        return json.loads((folder / INDEX).read_text(encoding="utf-8"))["key"] == key
    except (OSError, ValueError, KeyError):
        return False


def write_cache(
    folder: Path,
    root: str | Path,
    records: Sequence[Record],
    size: int,
    margin: float,
    threads: int = 0,
) -> None:
    """Decodes and crops all photos; the parameters are those of `CropCache.make`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)  # a killed run leaves no index of half a cache
    side = math.ceil(size * REACH)
    shape = (len(records), side, side)
    pixels, masks = (
        np.lib.format.open_memmap(folder / name, "w+", np.uint8, full)
        for name, full in ((PIXELS, (*shape, 3)), (MASKS, shape))
    )
    frames: list[Box] = [(0, 0, side, side)] * len(records)
    errors: dict[str, str] = {}

    def cache(number: int) -> None:
        try:
            part = read_part(root, records[number], margin)
        except DataError as error:
            errors[str(number)] = str(error)
            return
        square = _wider(part.square)
        pixels[number] = np.asarray(crop_square(part.image, square, side))
        if part.mask is not None:
            masks[number] = np.asarray(crop_square(part.mask, square, side, fill=0))
        scale = side / (square[2] - square[0])
        frames[number] = tuple(
            (value - square[i % 2]) * scale for i, value in enumerate(part.frame)
        )

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        numbers = range(len(records))
        for _ in tqdm(pool.map(cache, numbers), total=len(numbers), unit="photo", disable=None):
            pass
    for array in (pixels, masks):
        array.flush()
    key = cache_key(root, records, size, margin)
    text = json.dumps({"key": key, "frames": frames, "errors": errors})
    part = folder / (INDEX + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(folder / INDEX)


def _wider(square: Box) -> Box:
    """Returns the square of REACH times the side around the same centre."""
    x, y = (square[0] + square[2]) / 2, (square[1] + square[3]) / 2
    half = (square[2] - square[0]) / 2 * REACH
    return (x - half, y - half, x + half, y + half)
