"""Draws crossings of CAD models beside their parents, and counts what is rejected.

    python -m training.studio crossings --cad data/cad.npz --sheet runs/crossings.png

Each tile shows the main model above the donor on the left, and the crossing with the donor's part
in orange. The table counts pairs by category: rejected for each reason, and accepted.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation.gallery import draw_voxels
from training.evaluation.metrics import max_pool
from training.studio.shapes.cad import CadModel, load_pool
from training.studio.shapes.crossings.checks import POOLING, rejection, solid_grids
from training.studio.shapes.crossings.crossing import Crossing, draw_pair

REASONS = ("no part", "proportions", "empty", "joint", "loose part", "unstable", "copy")
REASONS += ("asymmetric", "accepted")
COLUMNS = 4  # crossings a row of the sheet
TILE, CAPTION = 176, 14  # pixels
VIEW = (35.0, 25.0)  # degrees, azimuth and elevation
MAIN_COLOR, DONOR_COLOR = (150, 165, 185), (215, 150, 110)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("studio crossings", __doc__)
    add = parser.add_argument
    add("--cad", required=True, help="file made by training.data import or training.pack_cad")
    add("--sheet", type=Path, help="write a contact sheet to this file")
    add("--pairs", type=int, default=20, help="pairs that are tried in each category")
    add("--count", type=int, default=10, help="crossings of each category on the sheet")
    add("--categories", nargs="+", help="categories to try (default: all)")
    add("--seed", type=int, default=0, help="seed of the pairs")
    args = parser.parse_args(argv)
    if args.pairs < 1:
        parser.error("--pairs must be above 0.")
    return args


def try_pairs(
    models: Sequence[CadModel], pairs: int, seed: int
) -> tuple[list[Crossing], Counter[str]]:
    """Joins pairs of models of one category.

    Returns
    -------
    crossings : list of Crossing
        The accepted ones.
    counts : Counter
        Pairs by reason of rejection, or "accepted".
    """
    rng, crossings, counts = np.random.default_rng(seed), [], Counter()
    for _ in range(pairs):
        crossing, reason = draw_pair(models, rng)
        if crossing is not None:
            reason = rejection(crossing)
            if not reason:
                crossings.append(crossing)
        counts[reason or "accepted"] += 1
    return crossings, counts


def draw_sheet(crossings: Sequence[Crossing]) -> Image.Image:
    """Draws crossings beside their parents."""
    width, height = TILE * 3 // 2, TILE + CAPTION
    rows = max(1, -(-len(crossings) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw = ImageDraw.Draw(sheet)
    for i, crossing in enumerate(crossings):
        left, top = i % COLUMNS * width, i // COLUMNS * height
        for row, model in enumerate((crossing.main, crossing.donor)):
            parent = draw_voxels(max_pool(model.solid, POOLING), None, *VIEW, size=TILE // 2)
            sheet.paste(parent, (left, top + row * TILE // 2))
        main, donor = (max_pool(grid, POOLING) for grid in solid_grids(crossing))
        colors = np.where(donor[..., None], DONOR_COLOR, MAIN_COLOR).astype(np.uint8)
        picture = draw_voxels(main | donor, colors, *VIEW, size=TILE)
        sheet.paste(picture, (left + TILE // 2, top))
        names = " + ".join(Path(m.name).stem[-14:] for m in (crossing.main, crossing.donor))
        draw.text((left + 4, top + TILE), f"{i} {crossing.kind}: {names}", fill="black")
    return sheet


def table(counts: dict[str, Counter[str]]) -> str:
    """Formats the counts of each category."""
    lines = [f"{'category':10}{'pairs':>7}" + "".join(f"{r:>12}" for r in REASONS)]
    for category, own in counts.items():
        row = "".join(f"{own[reason]:12}" for reason in REASONS)
        lines.append(f"{category:10}{own.total():7}{row}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        pool = load_pool(args.cad)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    shown, counts = [], {}
    for category in args.categories or sorted({model.category for model in pool}):
        models = [model for model in pool if model.category == category]
        if len(models) > 1:
            crossings, counts[category] = try_pairs(models, args.pairs, args.seed)
            shown += crossings[: args.count]
    print(table(counts))
    if args.sheet:
        args.sheet.parent.mkdir(parents=True, exist_ok=True)
        draw_sheet(shown).save(args.sheet)
    return 0
