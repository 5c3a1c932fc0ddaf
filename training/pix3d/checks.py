"""Checks of one Pix3D record: its photo, mask, box and voxel file.

Each check yields findings (kind, message); the kinds are a fixed set, so that they can be counted.
`training.check_pix3d` runs the checks over a data set.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from training.pix3d import dataset

# the mask belongs to another photo: https://github.com/xingyuansun/pix3d/issues/18
KNOWN_MISMATCHES = {"table/1749", "table/0045"}
FINGERPRINT_SIDE = 16  # cells a side of a picture's fingerprint
# correlation of two fingerprints: on pix3d_dev copies at 40 % size and JPEG quality 50 reach 0.998,
# the most similar pair of different photos 0.948
MIN_SIMILARITY = 0.99
FINGERPRINT_ROWS = 1000  # fingerprints compared at once: 40 MB for 10,000 pictures
ORIENTATION = 0x0112  # EXIF tag

Finding = tuple[str, str]  # (kind, message)


def check_record(
    root: str | Path, record: dataset.Record
) -> tuple[list[Finding], str, np.ndarray | None]:
    """Checks photo, mask and box of one record.

    Returns
    -------
    findings : list of Finding
        Empty if all is well.
    digest : str
        SHA-256 of the picture file, "" if it cannot be read.
    fingerprint : numpy.ndarray or None
        From `fingerprint`, None if the picture cannot be read.
    """
    findings: list[Finding] = []
    size, digest, signature = check_picture(root, record, findings)
    mask_size = check_mask(root, record, findings)
    if size and mask_size and size != mask_size:
        message = f"{record.img} is {_size_text(size)}, {record.mask} {_size_text(mask_size)}"
        findings.append(("size mismatch", message))
    findings.extend(check_box(record, size))
    if is_known_mismatch(record.img):
        message = f"{record.img}: its mask shows another photo (Pix3D issue 18)"
        findings.append(("known mismatch", message))
    return findings, digest, signature


def is_known_mismatch(img: str) -> bool:
    """Returns True for the photos of Pix3D whose mask belongs to another photo."""
    return "/".join(PurePosixPath(img).with_suffix("").parts[-2:]) in KNOWN_MISMATCHES


def check_picture(
    root: str | Path, record: dataset.Record, findings: list[Finding]
) -> tuple[tuple[int, int] | None, str, np.ndarray | None]:
    """Appends the findings about the photo.

    Returns
    -------
    size : tuple or None
        (width, height) in the frame of the annotations, None if the picture cannot be read.
    digest, fingerprint
        As in `check_record`.
    """
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
    except Exception as error:  # Pillow raises many kinds of exceptions for a broken picture
        findings.append(("unreadable picture", f"{record.img}: {error}"))
        return None, "", None
    if mode != "RGB":
        findings.append(("wrong mode", f"{record.img} is {mode}, not RGB"))
    try:
        image = dataset.read_image(root, record)
    except dataset.DataError:  # only its EXIF is broken, which check_exif has reported
        return stored, digest, None
    if image.size != tuple(record.img_size):
        message = f"{record.img} is {_size_text(image.size)}, not {_size_text(record.img_size)}"
        findings.append(("wrong img_size", message))
    return image.size, digest, fingerprint(image)


def check_exif(image: Image.Image, record: dataset.Record) -> Iterator[Finding]:
    """Yields a finding if the EXIF data is broken or rotates the picture."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        ImageOps.exif_transpose(image)
    except Exception as error:  # Pillow raises many kinds of exceptions for broken EXIF data
        yield "broken EXIF", f"{record.img}: {error}"
        return
    if orientation not in (0, 1):
        yield "EXIF rotation", f"{record.img} is stored turned (orientation {orientation})"


def check_mask(
    root: str | Path, record: dataset.Record, findings: list[Finding]
) -> tuple[int, int] | None:
    """Appends the findings about the mask.

    Returns its (width, height), None if it is unreadable or the photo has none.
    """
    if not record.mask:
        return None
    try:
        with Image.open(Path(root) / record.mask) as image:
            mode, size = image.mode, image.size
            levels = np.unique(np.asarray(image.convert("L")))
    except FileNotFoundError:
        findings.append(("missing mask", f"{record.mask} is not there"))
        return None
    except Exception as error:  # as in check_picture
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
    """Yields a finding if the box is empty, inverted or not inside the picture.

    Parameters
    ----------
    record : Record
        Its box is checked.
    size : tuple, optional
        (width, height) of the picture, None to use the record's `img_size`.
    """
    x0, y0, x1, y1 = record.bbox
    width, height = size or record.img_size
    if not (x1 > x0 and y1 > y0):
        yield "empty box", f"{record.img}: {list(record.bbox)} holds nothing"
    elif x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        yield "box outside", f"{record.img}: {list(record.bbox)} leaves {width} x {height}"


def check_voxels(root: str | Path, voxel: str) -> list[Finding]:
    """Returns a finding if a voxel file is missing or unusable."""
    file = voxel.partition(dataset.SEPARATOR)[0]  # photos.csv may name a shape in a packed file
    if not (Path(root) / file).is_file():
        return [("missing voxels", f"{voxel} is not there")]
    try:
        dataset.read_voxels(root, voxel)
    except dataset.DataError as error:
        return [("bad voxels", str(error))]
    return []


def fingerprint(image: Image.Image) -> np.ndarray | None:
    """Returns a unit vector that hardly changes when a picture is resized or saved again.

    Returns
    -------
    numpy.ndarray or None
        (256,) float32: grey levels of 16 x 16 cells minus their mean; None for a flat picture.
    """
    small = image.convert("L").resize((FINGERPRINT_SIDE, FINGERPRINT_SIDE), Image.Resampling.BOX)
    levels = np.asarray(small, dtype=np.float32).ravel()
    levels -= levels.mean()
    length = np.linalg.norm(levels)
    return levels / length if length > FINGERPRINT_SIDE else None


def similar_pictures(
    names: Sequence[str], fingerprints: Sequence[np.ndarray]
) -> set[tuple[str, ...]]:
    """Returns groups of names whose fingerprints have a correlation above MIN_SIMILARITY."""
    stacked = np.array(fingerprints)
    groups = set()
    for i in range(0, len(stacked), FINGERPRINT_ROWS):
        similar = stacked[i : i + FINGERPRINT_ROWS] @ stacked.T > MIN_SIMILARITY
        for row in np.flatnonzero(similar.sum(axis=1) > 1):
            groups.add(tuple(names[k] for k in np.flatnonzero(similar[row])))
    return groups


def _size_text(size: Sequence[int]) -> str:
    """Formats (width, height)."""
    return f"{size[0]} x {size[1]}"
