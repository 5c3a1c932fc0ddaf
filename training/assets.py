r"""Builds the folder `data/` that `training.train --recipe shipped` reads, and checks it.

    python -m training.assets --list                              # sources and licences
    python -m training.assets --download --pix3d pix3d --out data # build from public sources
    python -m training.assets --from ../shared/data --out data    # build from the original files
    python -m training.assets --check data                        # compare with the reference

Packs the CAD models into cad.npz and held_out.npz beside textures, backgrounds, light panoramas
and camera poses. `training/reference/assets.json` records the hash of each file with which the
shipped weights were trained, and where it comes from; downloads.json there lists what --download
fetches. Downloaded data have the same layout and nearly the same content, but not the same bytes:
training/reference/README.md names the differences.
Exit status: 0 success, 1 a file differs from the reference (not with --download), 2 an error.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.asset_download.downloads import Downloads
from training.asset_download.models import write_models
from training.asset_download.panoramas import write_panoramas
from training.asset_download.texture_sheets import write_textures
from training.console.command_line import argument_parser
from training.preflight.provenance import sha256
from training.studio.shapes.cad_packing import pack_folder, save_pool

REFERENCE = Path(__file__).parent / "reference" / "assets.json"
DOWNLOADS = REFERENCE.with_name("downloads.json")


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("assets", __doc__)
    add = parser.add_argument
    add("--from", dest="source", type=Path, help="folder with textures/, backgrounds/ and so on")
    add("--download", action="store_true", help="build from the public sources instead")
    add("--pix3d", type=Path, help="folder of Pix3D; without it, --download leaves its models out")
    add("--mirror", help="address that --download uses for https://raw.githubusercontent.com")
    add("--out", type=Path, default=Path("data"), help="folder to write")
    add("--check", type=Path, help="folder to compare with the reference")
    add("--list", action="store_true", help="print where the files come from")
    args = parser.parse_args(argv)
    if not (args.source or args.download or args.check or args.list):
        parser.error("nothing to do; give --download, --from, --check or --list.")
    if args.source and args.download:
        parser.error("--from and --download exclude each other.")
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
    return [f"{len(files)} files copied to {out}", *pack_models(source / "shapes", out)]


def pack_models(shapes: Path, out: Path) -> list[str]:
    """Packs the models of a folder into `out`; returns one line for each file."""
    lines = []
    pools = zip(("cad.npz", "held_out.npz"), pack_folder(shapes), strict=True)
    for name, models in pools:
        if models:
            save_pool(models, out / name)
            lines.append(f"{len(models)} models in {out / name}")
    return lines


def build_from_sources(out: Path, pix3d: Path | None, mirror: str | None) -> list[str]:
    """Builds the folder of a training run from files that anybody can download.

    Parameters
    ----------
    out : Path
        Created if it does not exist. Its folder downloads/ keeps the fetched files.
    pix3d : Path, optional
        Folder of Pix3D.
    mirror : str, optional
        See `asset_download.downloads.Downloads`.

    Returns
    -------
    list of str
        One line for each kind of file.

    Raises
    ------
    UserError
        If a file cannot be downloaded or read.
    """
    reference = json.loads(DOWNLOADS.read_text(encoding="utf-8"))
    downloads = Downloads(out / "downloads", reference["address"], mirror)
    lines = [write_textures(reference["textures"], downloads, out / "textures")]
    lines += write_panoramas(reference["panoramas"], downloads, out)
    lines += write_models(reference, downloads, pix3d, out / "shapes")
    downloads.write_record(out / "downloads.csv")
    return [*lines, *pack_models(out / "shapes", out)]


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
        if args.download:
            print(*build_from_sources(args.out, args.pix3d, args.mirror), sep="\n")
        elif args.source:
            print(*build(args.source, args.out), sep="\n")
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
