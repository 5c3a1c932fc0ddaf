"""Feet of cabinets: plinths, skirts, frames, blocks, castors and legs."""

from furniture.carcasses import Bay, solid_box
from furniture.choices import ENDS, SIDES, Choices
from furniture.legs import leg
from furniture.primitives import Furniture, builds
from furniture.vectors import Y_TO_X

FOOT_DESIGNS = {
    "plinth": 4,
    "flush": 2.5,
    "blocks": 2,
    "tapered": 2,
    "splayed": 1.2,
    "bracket": 1.2,
    "bun": 0.8,
    "frame": 0.9,
    "castors": 0.6,
    "skirt": 0.7,
}
FOOT_LEGS = {
    "blocks": "straight",
    "bracket": "straight",
    "tapered": "tapered",
    "splayed": "tapered_round",
    "bun": "bun",
    "castors": "",
}


def draw_foot_height(draw: Choices, style: str) -> float:
    """Draws the distance of a cabinet from the floor, metres.

    Parameters
    ----------
    draw : Choices
        Source of the choices.
    style : str
        One of FOOT_DESIGNS.
    """
    low, high = {
        "flush": (0.0, 0.0),
        "plinth": (0.03, 0.1),
        "bun": (0.05, 0.1),
        "castors": (0.05, 0.09),
        "skirt": (0.06, 0.12),
    }.get(style, (0.06, 0.2))
    return draw.span("foot_height", low, high)


@builds("foot")
def cabinet_feet(piece: Furniture, draw: Choices, bay: Bay, style: str, material: int = 0) -> None:
    """Adds feet from the floor to the bottom of a bay.

    Parameters
    ----------
    piece : Furniture
        Gets the primitives.
    draw : Choices
        Source of the choices.
    bay : Bay
        The space, metres.
    style : str
        One of FOOT_DESIGNS.
    material : int
        Index into the materials of the piece.
    """
    height = bay.bottom
    width, _, depth = bay.size
    if style == "flush" or height < 0.01:
        return
    if style == "plinth":
        low = bay._replace(
            bottom=0.0, top=height + 0.005, front=bay.front - draw.span("plinth_setback", 0, 0.05)
        )
        solid_box(piece, low.shrink(x=draw.span("plinth_inset", 0.0, 0.02)), material)
    elif style == "skirt":
        solid_box(
            piece,
            bay._replace(bottom=0.0, top=height).shrink(x=-0.015, z=-0.015),
            material,
            edge=0.01,
        )
    elif style == "frame":
        _foot_frame(piece, bay, draw.span("frame_half_thickness", 0.01, 0.02), material)
    else:
        _corner_feet(piece, draw, bay, style, material, min(width, depth))


def _foot_frame(piece: Furniture, bay: Bay, half: float, material: int) -> None:
    """Adds a frame of square bars under each side."""
    for x in (bay.left + half, bay.right - half):
        for z in (bay.back + half, bay.front - half):
            piece.box(
                (x, bay.bottom / 2, z), (2 * half, bay.bottom + 0.01, 2 * half), material=material
            )
        side = Bay(x - half, x + half, 0.0, 2 * half, bay.back, bay.front)
        solid_box(piece, side, material)


def _corner_feet(
    piece: Furniture, draw: Choices, bay: Bay, style: str, material: int, narrow: float
) -> None:
    """Adds four feet near the corners."""
    height = bay.bottom
    wide = draw.span("thickness", *((0.1, 0.16) if style == "bracket" else (0.035, 0.06)))
    wide = min(wide, 0.3 * narrow)
    inset = wide / 2 + (
        draw.span("inset", 0.0, 0.06) if style in ("tapered", "splayed", "castors") else 0
    )
    out = draw.span("splay_ratio", 0.2, 0.5) * height if style == "splayed" else 0.0
    leg_style = FOOT_LEGS[style]
    for x, sx in draw.each(SIDES, ((bay.left + inset, -1), (bay.right - inset, 1))):
        for z, sz in draw.each(ENDS, ((bay.back + inset, -1), (bay.front - inset, 1))):
            if style == "castors":
                _add_castor(piece, x, z, height, material)
            else:
                foot = (x + sx * out, 0.0, z + sz * out)
                leg(piece, draw, (x, height + 0.006, z), foot, wide, leg_style, material)


@builds("castor")
def _add_castor(piece: Furniture, x: float, z: float, height: float, material: int) -> None:
    """Adds one castor."""
    piece.cylinder((x, 0.45 * height, z), 0.45 * height, 0.03, rotation=Y_TO_X, material=material)
    piece.box((x, 0.75 * height, z), (0.03, 0.5 * height + 0.01, 0.03), material=material)
