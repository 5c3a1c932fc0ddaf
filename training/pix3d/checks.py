"""What can be wrong with one Pix3D record, its picture, mask, box or voxel file.

Every check yields (kind, sentence); kinds are short and fixed, so that they can be counted.
`training.check_pix3d` runs them over a data set.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from training.pix3d import dataset

# mask and picture belong to different photos: https://github.com/xingyuansun/pix3d/issues/18
KNOWN_MISMATCHES = {"table/1749", "table/0045"}
FINGERPRINT_SIDE = 16  # cells a side of a picture's fingerprint
# correlation of two fingerprints; on pix3d_dev copies at 40 % size and JPEG quality 50 reach 0.998,
# the most similar pair of different photos 0.948
MIN_SIMILARITY = 0.99
ORIENTATION = 0x0112  # EXIF tag

Finding = tuple[str, str]  # (kind, sentence)


def check_record(
    root: str | Path, record: dataset.Record
) -> tuple[list[Finding], str, np.ndarray | None]:
    """(findings, digest of the picture's bytes, fingerprint of its look) of one record."""
    findings: list[Finding] = []
    size, digest, look = check_picture(root, record, findings)
    mask_size = check_mask(root, record, findings)
    if size and mask_size and size != mask_size:
        findings.append(
            ("size mismatch", f"{record.img} is {_x(size)}, {record.mask} {_x(mask_size)}")
        )
    findings.extend(check_box(record, size))
    if "/".join(PurePosixPath(record.img).with_suffix("").parts[-2:]) in KNOWN_MISMATCHES:
        findings.append(
            ("known mismatch", f"{record.img}: its mask shows another photo (Pix3D issue 18)")
        )
    return findings, digest, look


def check_picture(
    root: str | Path, record: dataset.Record, findings: list[Finding]
) -> tuple[tuple[int, int] | None, str, np.ndarray | None]:
    """Appends what is wrong with the photo -> (size in the annotations' frame, digest, look)."""
    path = Path(root) / record.img
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with Image.open(path) as image:
            image.load()
            mode, stored = image.mode, image.size
            findings.extend(check_exif(image, record))
    except FileNotFoundError:
        findings.append(("missing picture", f"{record.img} is not there"))
        return None, "", None
    except Exception as error:  # a broken picture makes Pillow raise nearly anything
        findings.append(("unreadable picture", f"{record.img}: {error}"))
        return None, "", None
    if mode != "RGB":
        findings.append(("wrong mode", f"{record.img} is {mode}, not RGB"))
    try:
        seen = dataset.read_image(root, record)
    except dataset.DataError:  # its EXIF alone is broken, and already reported
        return stored, digest, None
    if seen.size != tuple(record.img_size):
        findings.append(
            ("wrong img_size", f"{record.img} is {_x(seen.size)}, not {_x(record.img_size)}")
        )
    return seen.size, digest, fingerprint(seen)


def check_exif(image: Image.Image, record: dataset.Record) -> Iterator[Finding]:
    """EXIF that Pillow cannot parse, or that turns the picture away from its annotations."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        ImageOps.exif_transpose(image)
    except Exception as error:
        yield "broken EXIF", f"{record.img}: {error}"
        return
    if orientation not in (0, 1):
        yield "EXIF rotation", f"{record.img} is stored turned (orientation {orientation})"


def check_mask(
    root: str | Path, record: dataset.Record, findings: list[Finding]
) -> tuple[int, int] | None:
    """Appends what is wrong with the mask -> its size."""
    try:
        with Image.open(Path(root) / record.mask) as image:
            mode, size = image.mode, image.size
            levels = np.unique(np.asarray(image.convert("L")))
    except FileNotFoundError:
        findings.append(("missing mask", f"{record.mask} is not there"))
        return None
    except Exception as error:
        findings.append(("unreadable mask", f"{record.mask}: {error}"))
        return None
    if mode not in ("L", "1"):
        findings.append(("wrong mode", f"{record.mask} is {mode}, not greyscale"))
    if not set(levels.tolist()) <= {0, 255}:
        findings.append(("non-binary mask", f"{record.mask} has {len(levels)} levels, not 0, 255"))
    if levels.max() < dataset.MASK_LEVEL:
        findings.append(("empty mask", f"{record.mask} shows no object"))
    return size


def check_box(record: dataset.Record, size: tuple[int, int] | None) -> Iterator[Finding]:
    """A box that is empty, inverted or leaves the picture."""
    x0, y0, x1, y1 = record.bbox
    width, height = size or record.img_size
    if not (x1 > x0 and y1 > y0):
        yield "empty box", f"{record.img}: {list(record.bbox)} holds nothing"
    elif x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        yield "box outside", f"{record.img}: {list(record.bbox)} leaves {width} x {height}"


def check_voxels(root: str | Path, voxel: str) -> list[Finding]:
    """Missing, unreadable, of a wrong shape, non-binary or empty grids."""
    if not (Path(root) / voxel).is_file():
        return [("missing voxels", f"{voxel} is not there")]
    try:
        dataset.read_voxels(root, voxel)
    except dataset.DataError as error:
        return [("bad voxels", str(error))]
    return []


def fingerprint(image: Image.Image) -> np.ndarray | None:
    """(256,) float32 of length 1, nearly unchanged when a picture is resized or saved again.

    The grey levels of 16 x 16 cells without their mean; None for a flat picture.
    """
    small = image.convert("L").resize((FINGERPRINT_SIDE, FINGERPRINT_SIDE), Image.Resampling.BOX)
    levels = np.asarray(small, dtype=np.float32).ravel()
    levels -= levels.mean()
    length = np.linalg.norm(levels)
    return levels / length if length > FINGERPRINT_SIDE else None


def similar_pictures(names: list[str], looks: list[np.ndarray]) -> set[tuple[str, ...]]:
    """Groups of pictures whose fingerprints nearly coincide."""
    stacked = np.array(looks)
    groups = set()
    for i in range(0, len(looks), 1000):  # 10,000 pictures: ten blocks of 40 MB
        alike = stacked[i : i + 1000] @ stacked.T > MIN_SIMILARITY
        for row in np.flatnonzero(alike.sum(axis=1) > 1):
            groups.add(tuple(names[k] for k in np.flatnonzero(alike[row])))
    return groups


def _x(size) -> str:
    return f"{size[0]} x {size[1]}"
