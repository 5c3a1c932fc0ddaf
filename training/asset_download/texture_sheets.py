"""Cuts textures from the preview sheets of a texture library.

    tiles = cut_sheet(Image.open("Bamboo.webp"))      # list of pictures, about 126 x 126

A sheet shows the textures of one material in rows of seven thumbnails, each with its name below it.
The layout is that of make_preview.py in fabien-michel/sweethome3d-textures-ambientcg.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from training.asset_download.downloads import DownloadError, Downloads
from training.data.archives import encode_jpeg, write_archive

THUMBNAIL = 128  # pixels of the longer side of a thumbnail
MARGIN = 16  # pixels around all thumbnails
GAP_X, GAP_Y = 16, 48  # pixels between thumbnails; the name stands in the lower gap
COLUMNS = 7  # thumbnails a row
BORDER = 1  # pixels cut off on each side: compression mixes them with the white paper
INK = 128  # grey level below which a pixel of the strip below a thumbnail belongs to its name
PAPER = 244  # grey level from which a pixel may belong to the paper
JPEG_QUALITY = 90
NOTE = "colour maps about 128 px, cut from preview sheets; the source of an item is its material"


def write_textures(reference: dict, downloads: Downloads, folder: Path) -> str:
    """Downloads the sheets and writes textures.zip and index.json.

    Parameters
    ----------
    reference : dict
        Part "textures" of training/reference/downloads.json.
    downloads : Downloads
        Fetches the sheets.
    folder : Path
        Written.

    Returns
    -------
    str
        A line that compares the number of textures with the expected one.

    Raises
    ------
    DownloadError
        If a sheet is missing or holds no texture.
    """
    items, files, sources = [], {}, []
    for material in reference["materials"]:
        path = reference["path"].format(material=material)
        source = {key: reference[key] for key in ("repository", "commit")}
        sheet = downloads.fetch(**source, path=path)
        sources.append([material, source | {"path": path}])
        for number, tile in enumerate(read_sheet(sheet)):
            name = f"{material}/{material}_{number:03}.jpg"
            files[name] = encode_jpeg(tile, JPEG_QUALITY)
            items.append({"name": name, "material": material, "size": list(tile.size)})
    head = {"licence": reference["licence"], "note": NOTE, "sources": sources}
    write_archive(folder, head | {"items": items}, files)
    return f"{len(items)} textures, {sum(reference['materials'].values())} expected"


def read_sheet(path: Path) -> list[Image.Image]:
    """Reads a sheet and cuts it; DownloadError if it is no picture or holds no texture."""
    try:
        with Image.open(path) as opened:
            tiles = cut_sheet(opened.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise DownloadError(f"{path} cannot be read as a picture ({error}).") from None
    if not tiles:
        raise DownloadError(f"{path} holds no texture in the expected layout.")
    return tiles


def cut_sheet(sheet: Image.Image) -> list[Image.Image]:
    """Returns the textures of a sheet in reading order, without their borders."""
    grey = np.asarray(sheet.convert("L"))
    tiles = []
    for top in range(MARGIN, grey.shape[0] - THUMBNAIL + 1, THUMBNAIL + GAP_Y):
        for column in range(COLUMNS):
            left = MARGIN + column * (THUMBNAIL + GAP_X)
            name = grey[top + THUMBNAIL : top + THUMBNAIL + GAP_Y, left : left + THUMBNAIL]
            if (name < INK).any():
                width, height = _size(grey[top : top + THUMBNAIL, left : left + THUMBNAIL])
                box = (left, top, left + width, top + height)
                tiles.append(sheet.crop(np.add(box, (BORDER, BORDER, -BORDER, -BORDER)).tolist()))
    return tiles


def _size(cell: np.ndarray) -> tuple[int, int]:
    """Width and height of the thumbnail in the upper left corner of a cell.

    One side fills the cell. If white paper leaves neither side full, the texture itself is white.
    """
    used = cell < PAPER
    columns, rows = np.flatnonzero(used.any(axis=0)), np.flatnonzero(used.any(axis=1))
    width = columns[-1] + 1 if len(columns) else 0
    height = rows[-1] + 1 if len(rows) else 0
    if max(width, height) < THUMBNAIL - 2 * BORDER:
        return THUMBNAIL, THUMBNAIL
    return int(width), int(height)
