r"""Builds the folder `data/` that `training.train --recipe shipped` reads, and checks it.

    python -m training.assets --list                              # sources and licences
    python -m training.assets --from ../shared/data --out data    # build
    python -m training.assets --check data                        # compare with the reference

Packs the CAD models into cad.npz and held_out.npz, and copies textures, backgrounds, light
panoramas and camera poses. `training/reference/assets.json` records the hash of each file with
which the shipped weights were trained, and where it comes from. The command downloads nothing.
Exit status: 0 success, 1 a file differs from the reference, 2 wrong usage.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.command_line import argument_parser
from training.preflight.provenance import sha256
from training.studio.shapes.cad_packing import pack_folder, save_pool

REFERENCE = Path(__file__).parent / "reference" / "assets.json"


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("assets", __doc__)
    add = parser.add_argument
    add("--from", dest="source", type=Path, help="folder with textures/, backgrounds/ and so on")
    add("--out", type=Path, default=Path("data"), help="folder to write")
    add("--check", type=Path, help="folder to compare with the reference")
    add("--list", action="store_true", help="print where the files come from")
    args = parser.parse_args(argv)
    if not (args.source or args.check or args.list):
        parser.error("nothing to do; give --from, --check or --list.")
    return args


def read_reference() -> dict:
    """Returns the reference: "files" with hashes, "sources" with addresses and licences."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


def build(source: Path, out: Path) -> list[str]:
    """Builds the folder of a training run.

    Parameters
    ----------
    source : Path
        Folder with the files of the reference and the CAD models in shapes/.
    out : Path
        Created if it does not exist.

    Returns
    -------
    list of str
        One line for each packed file.

    Raises
    ------
    UserError
        If a file is missing.
    """
    files = list(read_reference()["files"])
    missing = [name for name in files if not (source / name).is_file()]
    if missing:
        raise UserError(f"{source} lacks {', '.join(missing)}; see --list for the sources.")
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, out / name)
    lines = [f"{len(files)} files copied to {out}"]
    pools = zip(("cad.npz", "held_out.npz"), pack_folder(source / "shapes"), strict=True)
    for name, models in pools:
        if models:
            save_pool(models, out / name)
            lines.append(f"{len(models)} models in {out / name}")
    return lines


def differences(folder: Path) -> list[str]:
    """Returns one line for each file that is missing or differs from the reference."""
    lines = []
    for name, expected in read_reference()["files"].items():
        path = folder / name
        if not path.is_file():
            lines.append(f"{name}: missing")
        elif sha256(path) != expected["sha256"]:
            lines.append(f"{name}: differs from the file of the shipped weights")
    return lines


def print_sources() -> None:
    """Prints where the files come from."""
    for source in read_reference()["sources"]:
        print(f"{source['what']}: {source['url']} at {source['commit']}, {source['licence']}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    if args.list:
        print_sources()
    try:
        for line in build(args.source, args.out) if args.source else ():
            print(line)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    folder = args.check or (args.source and args.out)
    lines = differences(folder) if folder else []
    for line in lines:
        print(line)
    if folder and not lines:
        print(f"{folder} agrees with the reference")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
