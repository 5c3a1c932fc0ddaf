"""Mattress of a bed, pillows and duvet, and its side rails."""

from furniture.beams import LEFT_RIGHT, spaced
from furniture.beds.dimensions import FRAME, LINEN, MATTRESS, PILLOW, BedDimensions
from furniture.cushions import pillow
from furniture.primitives import builds
from furniture.vectors import tilt


@builds("mattress")
def mattress(bed: BedDimensions, bedding: bool | None = None) -> None:
    """Adds the mattress, and perhaps pillows, a duvet and a throw.

    Parameters
    ----------
    bed : BedDimensions
        The bed; its piece gets the primitives.
    bedding : bool, optional
        Whether pillows and a duvet lie on it; drawn by default.
    """
    draw = bed.draw
    piece = bed.piece
    size = (bed.width - 0.03, bed.mattress_thickness, bed.length - 0.03)
    edge = bed.mattress_thickness * draw.span("edge_ratio", 0.1, 0.45)
    corner_radius = draw.span("corner_radius", 0.03, 0.1)
    piece.box(
        (0, bed.top - size[1] / 2, 0), size, edge=edge, corner=corner_radius, material=MATTRESS
    )
    piece.box((0, bed.deck_height - 0.01, 0), (bed.width, 0.04, bed.length), material=FRAME)
    if draw.often("has_bedding", 0.5) if bedding is None else bedding:
        pillows(bed)
        if draw.often("has_duvet", 0.75):
            duvet(bed)


@builds("pillow")
def pillows(bed: BedDimensions) -> None:
    """Adds one or two rows of pillows, flat or against the headboard."""
    draw = bed.draw
    count = 1 if bed.width < 1.15 else 2
    w = min(bed.width / count - 0.06, draw.span("width", 0.55, 0.75))
    is_flat = draw.often("is_flat", 0.7)
    for row in draw.each("row", range(draw.pick("row_count", {1: 4, 2: 1}))):
        depth = draw.span("depth", 0.36, 0.46)
        height = draw.span("height", 0.12, 0.2)
        z = (
            -bed.length / 2
            + (depth / 2 + 0.03 if is_flat else 0.16)
            + row * draw.span("row_gap", 0.12, 0.2)
        )
        y = bed.top + (height * 0.36 if is_flat else depth * 0.4)
        turn = tilt(0 if is_flat else -55)
        for x in spaced(-bed.width / 4, bed.width / 4, count):
            pillow(bed.piece, (x, y, z), (w, height, depth), turn, PILLOW)


@builds("duvet")
def duvet(bed: BedDimensions) -> None:
    """Adds a cover over the sides, perhaps with a fold below the pillows and a throw."""
    draw = bed.draw
    piece = bed.piece
    start = -bed.length / 2 + draw.span("head_gap", 0.35, 0.75)
    thickness = draw.span("thickness", 0.03, 0.1)
    hang = draw.span("hang", 0.02, 0.25)
    end = bed.length / 2 + draw.pick("foot_end", (-0.02, 0.03, -draw.span("foot_gap", 0.05, 0.7)))
    size = (bed.width + 0.04, thickness + hang, end - start)
    y = bed.top + thickness - size[1] / 2
    piece.box((0, y, (start + end) / 2), size, edge=0.8 * thickness, corner=0.06, material=LINEN)
    if draw.often("has_fold", 0.4):
        fold = (bed.width + 0.05, thickness * 1.3, draw.span("fold_length", 0.15, 0.3))
        piece.box(
            (0, bed.top + thickness, start + fold[2] / 2),
            fold,
            edge=0.4 * thickness,
            material=MATTRESS,
        )
    if draw.often("has_throw", 0.25):
        throw = (bed.width + 0.08, thickness + hang + 0.03, draw.span("throw_length", 0.4, 0.6))
        z = end - throw[2] / 2 - draw.span("throw_gap", 0, 0.3)
        piece.box((0, y + 0.01, z), throw, edge=0.02, material=PILLOW)


@builds("rail")
def rails(bed: BedDimensions, height: float, thick: float = 0.03, out: float = 0.0) -> None:
    """Adds the two side rails.

    Parameters
    ----------
    bed : BedDimensions
        The bed; its piece gets the primitives.
    height : float
        Height of a rail itself, metres.
    thick : float
        Thickness, metres.
    out : float
        Distance from the mattress, metres.
    """
    x = bed.width / 2 + thick / 2 + out
    y = bed.deck_height + bed.draw.span("rise", -0.02, 0.06) - height / 2
    for side in LEFT_RIGHT:
        piece = bed.piece
        piece.box((side * x, y, 0), (thick, height, bed.length + 0.02), edge=0.006, material=FRAME)
