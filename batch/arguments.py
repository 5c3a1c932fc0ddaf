"""The command line of `convert.py`. Imports light modules only, so that --help answers at once."""

import argparse
import os
import re

from batch.paths import STANDARD_STREAM, absolute_address, file_suffix, is_http, is_url
from core.errors import WriteError
from images.formats import FORMAT_NAMES
from pipeline import formats

FORMATS = (*formats.FORMATS, formats.ZIP_FORMAT)
CONTAINER_SUFFIXES = (".zip", ".csv", ".parquet")
SCENE_FORMATS = ("glb", formats.ZIP_FORMAT)  # as in pipeline.scene.files, which loads torch
SUFFIX = re.compile(r"\.(?=\d*[a-z])[a-z0-9]{1,8}")  # what looks like a file's format in `-o`


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Parse and check the arguments; exits with status 2 if they are wrong.

    Parameters
    ----------
    arguments : list of str or None
        Arguments without the program's name.

    Returns
    -------
    argparse.Namespace
        The arguments; `single` is True if `-o` names the file of one model or stdout, `to_zip` if
        it names a zip of several models.
    """
    parser = argparse.ArgumentParser(
        description="Photographs of furniture to 3D models.",
        epilog=f"Pictures are {FORMAT_NAMES}. GLB and OBJ are y up; PLY, STL and VOX are z up.",
    )
    add = parser.add_argument
    add(
        "sources",
        nargs="+",
        help="pictures, folders, patterns, zips, .csv or .parquet of paths, http(s) addresses of "
        "pictures, or - for stdin",
    )
    add(
        "-o",
        "--out",
        default="out",
        help="folder, the one model's file, a .zip of all models, or - for stdout "
        "(default: %(default)s)",
    )
    add("--formats", type=_formats, help=f"some of {','.join(FORMATS)} (default: glb)")
    add("--one-piece", action="store_true", help="all pictures show one piece: make one model")
    add(
        "--all",
        action="store_true",
        help="model each piece in a picture, and the scene; -o with .glb or .zip: the scene alone",
    )
    add("--threshold", type=float, help="probability of a solid cell (default: the model's own)")
    add("--style", help="smooth (default), blocks or parts (named parts; else smooth)")
    add(
        "--set",
        action="append",
        type=_parameter,
        default=[],
        metavar="NAME=VALUE",
        help="style parts with a parameter, lengths in cm, e.g. seat_height=45; repeatable",
    )
    add("--keep-crumbs", action="store_true", help="keep small loose pieces")
    add("--colors", default="photo", help="photo (where it shows the object) or predicted")
    add(
        "--stl-size",
        type=float,
        default=120.0,
        help="longest side of an STL in mm (default: %(default)g)",
    )
    add("--stl-height", type=float, help="height of an STL in mm, in place of the size")
    add("--raw-stl", action="store_true", help="an STL of the mesh as it is, not made printable")
    add("--palette", type=int, default=0, help="maximum number of colours (default: all)")
    add("--faces", type=int, default=0, help="maximum number of triangles (default: all)")
    add(
        "--box",
        nargs=4,
        type=float,
        metavar=("X0", "Y0", "X1", "Y1"),
        help="the object in one picture, pixels",
    )
    add("--model", help="Hub repo, folder or .pth (default: MODEL_REPO_ID, else checkpoint/)")
    add("--device", default="auto", help="auto, cpu, cuda or mps")
    add(
        "--largest",
        type=int,
        metavar="BYTES",
        help="largest picture file (default: LARGEST_FILE, else 16 MB)",
    )
    add("--parquet", action="store_true", help="write manifest.parquet too")
    add(
        "--batch",
        type=int,
        default=8,
        help="pictures in one pass of the network (default: %(default)s)",
    )
    add("--workers", type=int, default=os.cpu_count(), help="decoding threads, or Ray workers")
    add("--ray", action="store_true", help="spread the work with Ray Data")
    add("--ray-address", help="address of a running cluster; implies --ray")
    add("--ray-threads", type=int, default=1, help="CPU cores of each Ray worker")
    args = parser.parse_args(arguments)
    _check_arguments(parser, args)
    return args


def _check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Set `single`, `to_zip` and the default formats; exit if arguments contradict each other."""
    suffix = _output_suffix(parser, args.out)
    is_one = args.one_piece or (len(args.sources) == 1 and is_picture(args.sources[0]))
    args.to_zip = suffix == formats.ZIP_FORMAT and not is_one
    args.single = bool(suffix) and not args.to_zip
    if args.single and (not is_one or args.ray or args.ray_address):
        parser.error(f"-o {args.out} names the file of one picture; name a folder for more.")
    if args.single and args.formats and (args.formats != (suffix,) and args.out != STANDARD_STREAM):
        parser.error(f"-o {args.out} names the format; leave out --formats.")
    if args.out == STANDARD_STREAM and len(args.formats or "1") > 1:
        parser.error("-o - writes one file; name one format.")
    if args.all:
        _check_all(parser, args, suffix)
    if args.one_piece and not args.single:
        parser.error("--one-piece makes one model; name its file with -o.")
    if args.box and not (args.single and len(args.sources) == 1):
        parser.error("--box needs one picture and -o with a file; for more, list boxes in a CSV.")
    if min(args.batch, args.workers, args.ray_threads) < 1:
        parser.error("--batch, --workers and --ray-threads are at least 1.")
    if args.largest is not None and args.largest < 1:
        parser.error("--largest is a number of bytes, at least 1.")
    args.style = args.style or ("parts" if args.set else "smooth")
    if args.set and args.style != "parts":
        parser.error("--set changes a model of parts; leave out --style, or give --style parts.")
    single_suffix = "glb" if args.out == STANDARD_STREAM else suffix
    args.formats = args.formats or ((single_suffix,) if args.single else ("glb",))


def _check_all(parser: argparse.ArgumentParser, args: argparse.Namespace, suffix: str) -> None:
    """Exit if `--all` contradicts another argument."""
    if args.one_piece or args.box or args.set:
        parser.error("--all finds the pieces itself; leave out --one-piece, --box and --set.")
    asked = args.formats or ("glb",)
    is_scene = set(asked) <= set(SCENE_FORMATS) and suffix in (*SCENE_FORMATS, STANDARD_STREAM)
    if args.single and not is_scene:
        parser.error(f"-o {args.out}: a scene is written as .glb or .zip; name a folder for more.")


def _output_suffix(parser: argparse.ArgumentParser, out: str) -> str:
    """Return the format that `-o` names, "-" for stdout, or "" for a folder."""
    if out == STANDARD_STREAM:
        return out
    is_bucket = is_url(out) and "/" not in out.partition("://")[2]
    if is_bucket or out.endswith(("/", "\\")) or os.path.isdir(out):
        return ""
    suffix = file_suffix(out)
    if suffix[1:] in FORMATS:
        return suffix[1:]
    if SUFFIX.fullmatch(suffix):
        known = ", ".join(f".{name}" for name in FORMATS)
        parser.error(
            f"-o {out}: no model is written as {suffix}; choose one of {known}, "
            "or end the name of a folder with a slash."
        )
    return ""


def is_picture(source: str) -> bool:
    """Return True if a source is one picture, not a folder, pattern, zip or table."""
    if source == STANDARD_STREAM:
        return True
    if file_suffix(source) in CONTAINER_SUFFIXES or os.path.isdir(source):
        return False
    has_wildcard = not is_http(source) and set(source) & set("*?[")
    return os.path.isfile(source) or not (has_wildcard or source.endswith(("/", "\\")))


def _parameter(text: str) -> tuple[str, bool | float | str]:
    """Parse NAME=VALUE of --set; a value is a number, true, false or a name."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as seat_height=45")
    if value in ("true", "false"):
        return name, value == "true"
    try:
        number = float(value)
    except ValueError:
        return name, value
    return name, int(number) if number.is_integer() else number


def _formats(text: str) -> tuple[str, ...]:
    """Parse a comma-separated list of formats."""
    names = tuple(dict.fromkeys(name.strip() for name in text.lower().split(",")))
    if unknown := set(names) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {FORMATS}")
    return names


def check_output(out: str) -> None:
    """Check that a local output can be written, before the model is loaded.

    Parameters
    ----------
    out : str
        Folder, file or URL; URLs are not checked.

    Raises
    ------
    WriteError
        If the output is below a file, or its nearest existing folder cannot be written.
    """
    path = absolute_address(out)
    if out == STANDARD_STREAM or is_url(path):
        return
    if os.path.isfile(path) and file_suffix(path)[1:] not in FORMATS:
        raise WriteError(f"{out} is a file; name a folder for the models.")
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise WriteError(f"{out} cannot be written: {folder} is a file.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WriteError(f"{out} cannot be written: no permission in {folder}.")
