"""The pieces found in a photo: outlines with numbers over it, and a chip for each below it.

    panel = pieces_panel()
    value = pieces_value(path, size, found)  # None if there are fewer than two
    link = zip_link()                        # of a room's pieces

`webapp/assets/pieces.js` draws the value. With one piece nothing is shown.
"""

from pathlib import Path

import gradio as gr
import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom

from core.boxes import Box
from core.found_objects import FoundObject
from images.views import mask_outline

ASSETS = Path(__file__).parents[1] / "assets"
SCRIPTS = ("photo_layer.js", "pieces.js")
MIN_PIECES = 2  # fewer are no room
MASK_LEVEL = 0.5  # probability from which a pixel belongs to a piece
FINER = 4  # cells of the traced mask for one of the head's
BLUR = 0.6  # cells of the head, standard deviation
MIN_RING = 0.05  # area of a ring that is drawn, of the largest one
LABELS = {"misc": "other piece", "": "piece"}  # of categories that visitors do not read
PANEL = """<div class="pieces" hidden>
<p role="status"></p>
<div class="chips" role="group" aria-label="Pieces in the photo"></div>
</div>"""
ZIP_LINK = """<button type="button">Room and each piece, ZIP</button> <span role="status"></span>"""


def pieces_panel() -> gr.HTML:
    """Return the chips; events: `select` with {number} of a piece, `click` for all of them."""
    return gr.HTML(
        None,
        html_template=PANEL,
        js_on_load="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS),
        elem_id="pieces",
        apply_default_css=False,
    )


def zip_link() -> gr.HTML:
    """Return the button that downloads a room with its pieces; in view beside a room only."""
    return gr.HTML(
        None,
        html_template=ZIP_LINK,
        js_on_load=(ASSETS / "room_zip.js").read_text(encoding="utf-8"),
        elem_id="room-zip",
        apply_default_css=False,
    )


def pieces_value(path: str, size: tuple[int, int], found: list[FoundObject]) -> dict | None:
    """Return the value of the chips.

    Parameters
    ----------
    path : str
        Path of the photo.
    size : tuple of 2 int
        Its width and height, pixels.
    found : list of FoundObject
        All pieces, best first.

    Returns
    -------
    dict or None
        None for fewer than MIN_PIECES.
    """
    if len(found) < MIN_PIECES:
        return None
    pieces = [
        {
            "number": number,
            "name": piece_label(piece.category).capitalize(),
            "box": [round(value, 1) for value in piece.box],
            "outline": smooth_outline(piece.mask, piece.mask_box),
            "middle": middle_of(piece, found),
        }
        for number, piece in enumerate(found, 1)
    ]
    return {"path": path, "size": list(size), "pieces": pieces}


def smooth_outline(mask: np.ndarray, mask_box: Box) -> list[list[list[float]]]:
    """Trace the outline of a coarse mask without its steps and specks; as `mask_outline`."""
    fine = gaussian_filter(zoom(mask, FINER, order=1), FINER * BLUR)
    rings = mask_outline(fine, mask_box)
    least = MIN_RING * max(map(_area, rings), default=0)
    return [ring for ring in rings if _area(ring) >= least]


def _area(ring: list[list[float]]) -> float:
    """Return the area inside a closed ring (shoelace formula)."""
    x, y = np.array(ring).T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def piece_label(category: str) -> str:
    """Return the word for a piece of a category."""
    return LABELS.get(category, category)


def middle_of(piece: FoundObject, found: list[FoundObject]) -> list[float]:
    """Return the point (x, y) of a piece that is farthest from its edge and from other pieces.

    The number stands there. The masks of one photo share their grid.
    """
    own = piece.mask >= MASK_LEVEL
    others = [other.mask >= MASK_LEVEL for other in found if other is not piece]
    free = own & ~np.any(others, axis=0) if others else own
    region = free if free.any() else own
    if not region.any():
        return _center(piece.box)
    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    x0, y0, x1, y1 = piece.mask_box
    x = x0 + (column + 0.5) / own.shape[1] * (x1 - x0)
    y = y0 + (row + 0.5) / own.shape[0] * (y1 - y0)
    return [round(float(x), 1), round(float(y), 1)]  # Gradio writes numpy's numbers as text


def _center(box: Box) -> list[float]:
    x0, y0, x1, y1 = box
    return [(x0 + x1) / 2, (y0 + y1) / 2]
