"""Low cabinets that count as tables: bedside cabinets, TV benches, open boxes, trunks."""

from furniture.cabinet_feet import cabinet_feet, draw_foot_height
from furniture.carcasses import Bay, add_dividers, add_shelves, carcass, free_standing, solid_box
from furniture.choices import Choices
from furniture.fronts import Front, door, draw_front, drawer
from furniture.primitives import Furniture, builds
from furniture.tables.tops import draw_top_size


def bedside(draw: Choices, piece: Furniture) -> None:
    """A bedside cabinet: drawers, a door or an open box, on feet or on legs."""
    width = draw.span("width", 0.32, 0.6)
    height = draw.span("height", 0.4, 0.75)
    depth = draw.span("depth", 0.3, 0.48)
    top_thickness = draw.span("top_thickness", 0.015, 0.035)
    top_overhang = draw.span("top_overhang", 0.0, 0.025)
    piece.box(
        (0, height - top_thickness / 2, 0),
        (width + 2 * top_overhang, top_thickness, depth + 2 * top_overhang),
        part="top",
    )
    foot_design = draw.pick(
        "foot_design",
        {
            "plinth": 2,
            "flush": 1.5,
            "tapered": 2,
            "splayed": 1.5,
            "blocks": 1.5,
            "frame": 1,
            "castors": 0.4,
            "bracket": 1,
            "bun": 0.5,
        },
    )
    lift = draw_foot_height(draw, foot_design)
    if draw.often("has_long_feet", 0.3) and foot_design in (
        "tapered",
        "blocks",
        "splayed",
        "frame",
    ):
        lift = height * draw.span("foot_height_ratio", 0.4, 0.72)
    bay = free_standing(width, height - top_thickness - lift + 0.002, depth, lift)
    cabinet_feet(piece, draw, bay, foot_design, draw.pick("foot_material_slot", (0, 1)))
    _storage(piece, draw, bay, max(width, height))


def _storage(piece: Furniture, draw: Choices, bay: Bay, longest: float) -> None:
    """Fills a small cabinet with open tiers, drawers and doors."""
    front_style = draw_front(
        draw, longest, material=draw.pick("front_material_slot", {0: 3, 2: 1}), handle_material=3
    )
    count = (
        1
        if bay.size[1] < 0.25
        else draw.pick("tier_count", {1: 1, 2: 3, 3: 2 if bay.size[1] > 0.4 else 0})
    )
    for i, tier in draw.each(
        "tier",
        enumerate(
            bay.tiers(
                [
                    1.0 + 0.5 * (count - i - 1) * draw.span("growth", 0, 1)
                    for i in draw.each("tier_height", range(count))
                ]
            )
        ),
    ):
        low = tier.size[1] > 0.28
        design = draw.pick(
            "design",
            {"drawer": 4, "open": 1.5 if count > 1 or not i else 1, "door": 3 if low else 0},
        )
        if design == "open":
            carcass(
                piece, tier, 0.02, back_material=draw.pick("back_material_slot", {0: 3, None: 1})
            )
            continue
        solid_box(piece, tier, 0, part="carcass")
        front = tier.shrink(x=0.008, y=0.004)
        (drawer if design == "drawer" else door)(piece, front, front_style)


def media(draw: Choices, piece: Furniture) -> None:
    """A TV bench or sideboard: open tiers beside drawers and doors."""
    width = draw.span("width", 0.8, 2.1)
    depth = draw.span("depth", 0.34, 0.5)
    height = draw.span("height", *((0.34, 0.62) if draw.often("is_low", 0.65) else (0.65, 0.95)))
    foot_design = draw.pick(
        "foot_design",
        {
            "plinth": 2,
            "flush": 2,
            "tapered": 2,
            "splayed": 1,
            "blocks": 2,
            "frame": 1,
            "castors": 0.5,
        },
    )
    lift = draw_foot_height(draw, foot_design)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, foot_design, draw.pick("foot_material_slot", (0, 1)))
    board_thickness = draw.span("board_thickness", 0.018, 0.045)
    front_style = draw_front(
        draw, width, material=draw.pick("front_material_slot", {0: 2, 2: 1}), handle_material=3
    )
    inside = carcass(
        piece, bay, board_thickness, back_material=draw.pick("back_material_slot", {0: 4, None: 1})
    )
    shelf_level = draw.span("shelf_level", 0.45, 0.75)
    shares = (shelf_level, 1 - shelf_level) if draw.often("has_shelf", 0.3) else 1
    lanes = add_shelves(piece, inside, shares, board_thickness)
    count = max(1, round(width / draw.span("column_pitch", 0.4, 0.8)))
    closed_share = draw.pick("closed_share", {"all": 1.5, "some": 3, "none": 1.5})
    for lane in draw.each("lane", lanes):
        lane_closed = (
            closed_share
            if closed_share != "some" or len(lanes) == 1
            else draw.pick("lane_closed", ("all", "none"))
        )
        for column in draw.each("column", add_dividers(piece, lane, min(count, 4), 0.02)):
            shut = lane_closed == "all" or (lane_closed == "some" and draw.often("is_closed", 0.5))
            _compartment(piece, draw, column, front_style, shut)


@builds("compartment")
def _compartment(piece: Furniture, draw: Choices, bay: Bay, front_style: Front, shut: bool) -> None:
    """Adds drawers, a door or a shelf to one compartment."""
    if not shut:
        if bay.size[1] > 0.22 and draw.often("has_shelf", 0.5):
            add_shelves(piece, bay, 2, 0.018)
        return
    solid_box(piece, bay, 0)
    if bay.size[1] < 0.25 or draw.often("has_drawers", 0.3):
        for tier in bay.tiers(max(1, round(bay.size[1] / 0.22))):
            drawer(piece, tier, front_style)
    else:
        door(piece, bay, front_style)


def open_box(draw: Choices, piece: Furniture) -> None:
    """A coffee table that is an open box with tiers, perhaps on castors."""
    width, depth, _ = draw_top_size(draw, 0.45, 1.1)
    foot_design = draw.pick(
        "foot_design", {"castors": 2, "flush": 3, "blocks": 1, "plinth": 1, "frame": 1}
    )
    lift = draw_foot_height(draw, foot_design)
    bay = free_standing(width, draw.span("height", 0.3, 0.5), max(depth, 0.35), lift)
    cabinet_feet(piece, draw, bay, foot_design, 1)
    board_thickness = draw.span("board_thickness", 0.018, 0.05)
    inside = carcass(
        piece,
        bay,
        board_thickness,
        back_material=draw.pick("back_material_slot", {None: 3, 0: 1}),
        cap=draw.pick("top_material_slot", (0, 2)),
    )
    tiers = add_shelves(piece, inside, draw.pick("tier_count", {1: 2, 2: 3}), 0.02)
    if draw.often("has_drawer", 0.4):
        drawer_tier = draw.pick("drawer_tier", tiers)
        solid_box(piece, drawer_tier, 0, part="drawer")
        drawer(piece, drawer_tier, draw_front(draw, width, 0, 3))
    elif draw.often("has_divider", 0.3):
        add_dividers(piece, tiers[0], 2, 0.02)


def trunk(draw: Choices, piece: Furniture) -> None:
    """A closed chest or drum with a lid."""
    width, depth, square = draw_top_size(draw, 0.35, 1.0)
    height = draw.span("height", 0.32, 0.55)
    if square and draw.often("is_drum", 0.4):
        piece.cylinder(
            (0, height / 2, 0),
            width / 2,
            height,
            edge=draw.span("drum_edge_radius", 0.005, 0.04),
            part="body",
        )
        piece.cylinder(
            (0, height, 0),
            width / 2 * draw.span("drum_lid_ratio", 0.95, 1.06),
            0.03,
            edge=0.008,
            material=1,
            part="lid",
        )
        return
    foot_design = draw.pick("foot_design", {"flush": 2, "plinth": 2, "castors": 0.5, "blocks": 1})
    lift = draw_foot_height(draw, foot_design)
    bay = free_standing(width, height - lift, depth, lift)
    cabinet_feet(piece, draw, bay, foot_design, 1)
    solid_box(piece, bay, 0, edge=draw.span("edge_radius", 0.003, 0.03), part="carcass")
    if draw.often("has_lid", 0.6):
        lid = bay._replace(bottom=bay.top - 0.03, top=bay.top + 0.012)
        solid_box(piece, lid.shrink(x=-0.012, z=-0.012), 1, part="lid")
    if draw.often("has_drawer", 0.4):
        drawer(piece, bay.shrink(x=0.03, y=0.05), draw_front(draw, max(width, depth), 0, 3))
