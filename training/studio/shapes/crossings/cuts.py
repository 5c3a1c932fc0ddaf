"""Finds where a CAD model can be divided into parts that fit other models.

cuts = find_cuts(model.solid, "chair")      # {"base": Cut, "upper": Cut}

A cut is the box that a part fills: the base below a seat or a table top, what stands above it, the
upper half of a bookcase, or the shelves between its walls. Coordinates are those of the model.
"""

from dataclasses import dataclass

import numpy as np

from geometry.grids import solid_bounds

# range of the relative height in which the largest level surface is the seat, top or mattress
SURFACES = {
    "chair": (0.22, 1.0),  # the seat of a stool is its top
    "sofa": (0.15, 0.65),
    "bed": (0.1, 0.7),
    "table": (0.5, 1.0),
    "desk": (0.4, 1.0),
}
CABINETS = ("bookcase", "wardrobe")
SHELF = (0.35, 0.65)  # relative height at which a cabinet is divided
SLAB_SHARE = 0.5  # of the largest section: layers above it belong to the slab
CUSHION_SHARE = 0.3  # of the largest section: above a seat that is tilted or curved, the sections
CUSHION_RISE = 0.06  # fall to it within so many heights
MAX_GAP = 0.03  # of the height: hollow layers between the faces of a slab
MIN_PART = 0.05  # of the height: a lower base, or a lower part above the seat, is none
MIN_LEGS = 0.15  # of the height of a chair: the back of an armchair on a block is not exchanged
MAX_WALL = 0.15  # of a side: a thicker wall means that the cabinet is solid
FLOOR_CUTS = ("sofa", "bed", *CABINETS)  # bodies that may get legs though they have none


@dataclass(frozen=True)
class Cut:
    """Box of a part, in the coordinates of the model."""

    low: np.ndarray  # (3,) float64
    high: np.ndarray  # (3,)

    @property
    def extent(self) -> np.ndarray:
        """Sides of the box, (3,); the base of a body that stands on the floor has height 0."""
        return self.high - self.low


def find_cuts(solid: np.ndarray, category: str) -> dict[str, Cut]:
    """Finds the parts of a model.

    Parameters
    ----------
    solid : numpy.ndarray
        (N, N, N) bool, solid cells of the unit cube.
    category : str
        Name of the category.

    Returns
    -------
    dict of str to Cut
        `base`: below the seat, top or body. `upper`: above the seat or top, or above the middle
        shelf. `insert`: between the walls of a bookcase. Parts that the model lacks are left out.
    """
    side = len(solid)
    low, high = solid_bounds(solid)
    if category in CABINETS:
        found = {"base": _body(solid, low, high), "upper": _upper_half(solid, low, high)}
        if category == "bookcase":
            found["insert"] = _interior(solid, low, high)
    elif category in SURFACES:
        found = _around_surface(solid, low, high, SURFACES[category])
        if category == "chair" and found["base"][1][1] - low[1] < MIN_LEGS * (high[1] - low[1]):
            del found["upper"]
    else:
        return {}
    least = MIN_PART * (high[1] - low[1])
    floor_cut = category in FLOOR_CUTS
    scaled = {}
    for kind, box in found.items():
        if box is None:
            continue
        height = box[1][1] - box[0][1]
        if height < least:
            if kind != "base" or not floor_cut:
                continue
            box[1][1] = box[0][1]
        scaled[kind] = Cut(box[0] / side - 0.5, box[1] / side - 0.5)
    return scaled


def _run(layers: np.ndarray, start: int, gap: int) -> tuple[int, int]:
    """Returns the first and last index of the run of True around `start`, over short gaps."""
    first = last = start
    for i in range(start, len(layers)):
        if layers[i]:
            last = i
        elif i - last > gap:
            break
    for i in range(start, -1, -1):
        if layers[i]:
            first = i
        elif first - i > gap:
            break
    return first, last


def _around_surface(
    solid: np.ndarray, low: np.ndarray, high: np.ndarray, levels: tuple[float, float]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Boxes below and above the largest level surface."""
    areas = solid.sum(axis=(0, 2))
    height = high[1] - low[1]
    lowest, highest = (int(low[1] + share * height) for share in levels)
    start = lowest + int(areas[lowest:highest].argmax())
    gap = int(MAX_GAP * height) + 1
    first, last = _run(areas >= SLAB_SHARE * areas[start], start, gap)
    border = int(last - first >= 3)  # the layers at the ends hold cells of legs and backs too
    slab_low, slab_high = solid_bounds(
        solid & _layers(len(solid), first + border, last + 1 - border)
    )
    last = _cushion_end(areas, last, CUSHION_SHARE * areas[start], int(CUSHION_RISE * height))
    below, above = (slab_low.copy(), slab_high.copy()), (slab_low.copy(), slab_high.copy())
    below[0][1], below[1][1] = low[1], first
    above[0][1], above[1][1] = last + 1, high[1]
    return {"base": below, "upper": above}


def _cushion_end(areas: np.ndarray, last: int, least: float, rise: int) -> int:
    """Returns the last layer above `last` up to which the sections shrink and exceed `least`."""
    for layer in range(last, min(last + rise, len(areas) - 1)):
        if not least < areas[layer + 1] < areas[layer]:
            return layer
    return last + rise


def _layers(side: int, first: int, end: int) -> np.ndarray:
    """Mask (1, side, 1) of the layers of one range of heights."""
    layer = np.arange(side)
    return ((layer >= first) & (layer < end))[None, :, None]


def _body(solid: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Box below the body of a cabinet."""
    areas = solid.sum(axis=(0, 2))
    first = int(np.flatnonzero(areas >= SLAB_SHARE * np.percentile(areas[areas > 0], 90))[0])
    top = high.copy()
    top[1] = first
    return low.copy(), top


def _upper_half(
    solid: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Box above the shelf nearest to the middle of a cabinet; above its middle if there is none."""
    areas = solid.sum(axis=(0, 2))
    height = high[1] - low[1]
    lowest, highest = (int(low[1] + share * height) for share in SHELF)
    start = lowest + int(areas[lowest:highest].argmax())
    _, last = _run(areas >= SLAB_SHARE * areas[start], start, 0)
    bottom = low.copy()
    bottom[1] = last + 1 if last < highest else (lowest + highest) // 2
    return bottom, high.copy()


def _interior(
    solid: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Box between the walls, the bottom and the top board of a bookcase, in front of its back."""
    inner_low, inner_high = low.copy(), high.copy()
    for axis, both in ((0, True), (1, True), (2, False)):
        others = tuple(a for a in range(3) if a != axis)
        areas = solid.sum(axis=others)
        first, end = int(low[axis]), int(high[axis])
        limit = MAX_WALL * (end - first)
        walls = areas >= SLAB_SHARE * areas.max()
        thickness = _thickness(walls[first:end])
        inner_low[axis] += thickness
        if not both:
            inner_low[axis] = low[axis] + (thickness if thickness < limit else 0)
            continue
        opposite = _thickness(walls[first:end][::-1])
        inner_high[axis] -= opposite
        if not (0 < thickness < limit and 0 < opposite < limit):
            return None
    return inner_low, inner_high


def _thickness(walls: np.ndarray) -> int:
    """Number of layers up to the end of a wall that begins within the first twelfth."""
    near = walls[: max(2, len(walls) // 12)]
    if not near.any():
        return 0
    start = int(near.argmax())
    rest = ~walls[start:]
    return start + (int(rest.argmax()) if rest.any() else len(rest))
