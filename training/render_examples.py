r"""Renders the page's example pictures and their ground truth grids.

    python -m training.render_examples --assets ../shared/data --out examples \
        --truth tests/examples.npz
    python -m training.render_examples --assets ../shared/data --preview sheet.png

The settings of each picture: training/studio/scenes/example_settings.py, those of rooms with
several pieces example_rooms.py, both in training/studio/scenes. --preview draws several
seeds of each setting into one picture instead.
"""

import argparse
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core.errors import UserError
from training.console.command_line import argument_parser
from training.studio.scenes.example_rooms import ROOM_SETTINGS, render_room
from training.studio.scenes.example_settings import EXAMPLE_SETTINGS
from training.studio.scenes.examples import SUPERSAMPLE, draw_candidates, render_example
from training.studio.studio import Studio, StudioConfig

MAX_BYTES = 60_000  # of a file: the page loads all examples before it is used
QUALITIES = range(92, 58, -2)  # of JPEG, best first
SIDE = 768  # pixels a side of an example
PREVIEW_SIDE = 192  # pixels a side of a candidate
PREVIEW_GRID = 64  # cells a side of the rendered shapes in a preview
CANDIDATES = 6  # seeds of each setting in a preview


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("render_examples", __doc__)
    add = parser.add_argument
    add("--assets", help="folder with textures/, backgrounds/, hdri/")
    add("--out", type=Path, default=Path("examples"), help="folder of the pictures")
    add("--truth", type=Path, help="npz for the ground truth grids, packed bits")
    add("--only", nargs="*", default=[], help="names of settings (default: all)")
    add("--preview", help="draw candidates into this file instead")
    add("--candidates", type=int, default=CANDIDATES, help="seeds of each setting in a preview")
    args = parser.parse_args(argv)
    unknown = set(args.only) - {setting.name for setting in EXAMPLE_SETTINGS + ROOM_SETTINGS}
    if unknown:
        parser.error(f"there is no setting called {', '.join(sorted(unknown))}.")
    return args


def build_studio(args: argparse.Namespace) -> Studio:
    """Builds the studio on the CPU."""
    side = PREVIEW_SIDE if args.preview else SIDE
    config = StudioConfig(image_size=side * SUPERSAMPLE, slots=1, assets=args.assets)
    if args.preview:
        config.grid = PREVIEW_GRID
    return Studio(config, torch.device("cpu"))


def small_jpeg(image: Image.Image) -> bytes:
    """Encodes a picture at the best quality that needs no more than MAX_BYTES."""
    for quality in QUALITIES:
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= MAX_BYTES:
            break
    return buffer.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    settings = [s for s in EXAMPLE_SETTINGS if not args.only or s.name in args.only]
    try:
        studio = build_studio(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if args.preview:
        draw_candidates(studio, settings, args.candidates).save(args.preview)
        return 0
    args.out.mkdir(parents=True, exist_ok=True)
    truth = {}
    if args.truth and args.truth.is_file():
        with np.load(args.truth) as file:
            truth = dict(file)
    for setting in ROOM_SETTINGS:
        if not args.only or setting.name in args.only:
            path = args.out / f"{setting.name}.jpg"
            path.write_bytes(small_jpeg(render_room(studio, setting)))
            print(setting.name, flush=True)
    for setting in settings:
        image, occupancy = render_example(studio, setting)
        path = args.out / f"{setting.name}.jpg"
        path.parent.mkdir(exist_ok=True)  # several views of one piece have a folder
        path.write_bytes(small_jpeg(image))
        truth[setting.name] = np.packbits(occupancy)
        print(setting.name, flush=True)
    if args.truth:
        np.savez_compressed(args.truth, **truth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
