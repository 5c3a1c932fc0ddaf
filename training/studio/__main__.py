"""Draws a contact sheet of the studio's samples, or times each part of the studio.

python -m training.studio --sheet runs/studio.png                  # procedural shapes, no data
python -m training.studio --sheet runs/studio.png --assets ../shared/data --cad data/cad.npz
python -m training.studio --benchmark runs/studio.json --count 256 --grid 128 --slots 1024
python -m training.studio write --count 1000000 --out shards      # WebDataset shards
python -m training.studio compare --photos ../shared/data/pix3d_dev  # looks, beside photographs
python -m training.studio crossings --cad data/cad.npz --sheet runs/crossings.png
python -m training.studio frames --poses ../shared/data/shapes/poses.json   # places of objects

A sample of the sheet is the picture, the picture dimmed outside the named object's mask, and the
grid from the true camera. The outline of the grid must match the mask.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from core.errors import UserError
from training.console.command_line import argument_parser
from training.evaluation.contact_sheet import contact_sheet
from training.studio.benchmark import benchmark, table
from training.studio.commands import compare, crossings, frames, write
from training.studio.studio import Studio, StudioConfig


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("studio", __doc__)
    add = parser.add_argument
    add("--sheet", type=Path, help="write a contact sheet to this file")
    add("--columns", type=int, default=4, help="samples a row of the sheet")
    add("--tile", type=int, default=192, help="pixels a side of the sheet's tiles")
    add("--benchmark", type=Path, metavar="JSON", help="time each part")
    add("--count", type=int, default=24, help="pictures of a batch")
    add("--seed", type=int, default=0, help="seed of the shapes and scenes")
    add("--assets", help="folder with textures/, backgrounds/, hdri/")
    add("--poses", help="poses.json with cameras of real photographs")
    add("--cad", help="file made by training.data import or training.pack_cad")
    add("--categories", nargs="+", help="names of your own categories (default: the published)")
    add("--cad-share", type=float, default=0.4, help="share of CAD shapes")
    add("--crossings", type=float, default=0.0, help="share of them that are made of two models")
    add("--image-size", type=int, default=224, help="pixels a side of a picture")
    add("--grid", type=int, default=64, help="cells a side of rendered shapes")
    add("--slots", type=int, default=32, help="shapes in the bank")
    add("--tracer", default="auto", help="triton, torch or auto")
    args = parser.parse_args(argv)
    if not (args.sheet or args.benchmark):
        parser.error("nothing to do; name a file with --sheet or --benchmark.")
    return args


def build_studio(args: argparse.Namespace) -> Studio:
    """Builds the studio on the GPU if there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    names = ("image_size", "grid", "slots", "assets", "poses", "cad", "cad_share", "tracer")
    names += ("crossings",)
    config = StudioConfig(**{name: getattr(args, name) for name in names})
    if args.categories:
        config = config.changed({"categories": args.categories})
    return Studio(config, device, args.seed)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["write"]:
        sys.exit(write.main(argv[1:]))
    if argv[:1] == ["compare"]:
        sys.exit(compare.main(argv[1:]))
    if argv[:1] == ["crossings"]:
        sys.exit(crossings.main(argv[1:]))
    if argv[:1] == ["frames"]:
        sys.exit(frames.main(argv[1:]))
    args = parse_args(argv)
    try:
        studio = build_studio(args)
    except UserError as error:
        sys.exit(str(error))
    if args.sheet:
        batch = studio.batch(0, args.count)
        args.sheet.parent.mkdir(parents=True, exist_ok=True)
        contact_sheet(batch, args.columns, args.tile).save(args.sheet)
        print(*(f"{i} {source}" for i, source in enumerate(batch.source)), sep="\n")
    if args.benchmark:
        report = benchmark(studio, args.count)
        args.benchmark.parent.mkdir(parents=True, exist_ok=True)
        args.benchmark.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(table(report))


if __name__ == "__main__":
    main()
