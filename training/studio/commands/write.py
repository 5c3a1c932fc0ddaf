"""Writes the studio's samples as WebDataset shards, to train other networks on them.

    python -m training.studio write --count 1000000 --out shards --assets data --cad data/cad.npz
    python -m training.studio write --count 8 --out runs/shards --small

Each shard is a tar file. A second call with the same settings continues; --part 1/4 writes every
fourth shard, for four machines. docs/training-studio.md describes the files and reads them.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError, WriteError
from training.console.command_line import argument_parser, make_output_folder
from training.studio.shards import RESOLUTION, ShardConfig, studio_device, write_shards
from training.studio.studio import Studio, StudioConfig

SETTINGS = "studio.json"  # in the folder of the shards: what they depend on
FREE = ("out", "count", "part", "parts", "threads")  # settings that may change between calls
SMALL = {"image_size": 64, "grid": RESOLUTION, "slots": 32}  # for a laptop


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("studio write", __doc__)
    add = parser.add_argument
    add("--count", type=int, required=True, help="number of samples")
    add("--out", type=Path, required=True, help="folder of the shards")
    add("--shard-size", type=int, default=1000, help="samples of a shard")
    add("--batch-size", type=int, default=50, help="samples rendered at once")
    add("--part", default="0/1", help="I/N: write every N-th shard, beginning with I (from 0)")
    add("--threads", type=int, default=4, help="threads that encode pictures")
    add("--seed", type=int, default=0, help="seed of the shapes and scenes")
    add("--assets", help="folder with textures/, backgrounds/, hdri/")
    add("--poses", help="poses.json with cameras of real photographs")
    add("--cad", help="file made by training.data import or training.pack_cad")
    add("--categories", nargs="+", metavar="NAME", help="names (default: the published ones)")
    add("--cad-share", type=float, default=StudioConfig.cad_share, help="share of CAD shapes")
    add("--crossings", type=float, default=0.0, help="share of them that are made of two models")
    add("--image-size", type=int, default=224, help="pixels a side of a picture")
    add("--grid", type=int, default=128, help="cells a side of rendered shapes")
    add("--slots", type=int, default=512, help="shapes in the bank")
    add("--small", action="store_true", help="small pictures and few shapes, for a CPU")
    args = parser.parse_args(argv)
    if min(args.count, args.batch_size, args.shard_size, args.threads) < 1:
        parser.error("--count, --batch-size, --shard-size and --threads must be above 0.")
    if args.shard_size % args.batch_size:
        parser.error("--shard-size must be a multiple of --batch-size.")
    part, _, parts = args.part.partition("/")
    if not (part.isdigit() and parts.isdigit() and int(part) < int(parts)):
        parser.error(f"--part is {args.part}; give I/N with I below N, such as 0/4.")
    args.part, args.parts = int(part), int(parts)
    return args


def build_studio(args: argparse.Namespace) -> Studio:
    """Builds the studio on the GPU if there is one."""
    names = ("image_size", "grid", "slots", "assets", "poses", "cad", "cad_share", "crossings")
    settings = {name: getattr(args, name) for name in names} | (SMALL if args.small else {})
    if args.categories:
        settings["categories"] = tuple(args.categories)
    return Studio(StudioConfig(resolution=RESOLUTION, **settings), studio_device(), args.seed)


def check_settings(args: argparse.Namespace) -> None:
    """Refuses a folder whose shards have other settings, since complete shards are kept."""
    path = args.out / SETTINGS
    settings = {k: str(v) for k, v in sorted(vars(args).items()) if k not in FREE}
    if path.is_file() and any(args.out.glob("*.tar")):
        earlier = json.loads(path.read_text(encoding="utf-8"))
        other = [k for k in settings if earlier.get(k, settings[k]) != settings[k]]
        if other:
            names = ", ".join(f"{k.replace('_', '-')} {earlier[k]}" for k in other)
            raise WriteError(
                f"{args.out} holds shards made with {names}; repeat this, or name another folder."
            )
    path.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    start = time.monotonic()
    layout = ShardConfig(args.shard_size, args.batch_size, args.part, args.parts, args.threads)
    try:
        make_output_folder(args.out)
        check_settings(args)
        for path in write_shards(build_studio(args), args.out, args.count, layout):
            print(f"{path}, {time.monotonic() - start:.0f} s", flush=True)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
