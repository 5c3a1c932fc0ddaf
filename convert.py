"""Photographs of furniture to 3D models, from the command line.

    python convert.py photo.jpg -o model.glb
    python convert.py front.jpg side.jpg --one-piece -o model.glb
    python convert.py photos/ more.zip "shop/**/*.png" list.csv -o models --formats glb,stl
    python convert.py s3://bucket/photos -o s3://bucket/models --ray --workers 8
    curl -s https://example.com/chair.jpg | python convert.py - -o - > chair.glb

Several photos go into a folder with a manifest, or into one .zip. The same command again converts
only those that are missing; photos are compared by content, and no model is replaced by that of
another photo. Exit status: 0 if all models are made; 1 if some photos cannot be used; 2 if the
command cannot start or go on; 130 after an interrupt.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

# Light modules only: --help and a wrong flag are answered before torch is loaded. The functions
# below import the others.
from batch.paths import (
    STANDARD_STREAM,
    absolute_address,
    file_name,
    file_suffix,
    is_http,
    is_url,
    picture_name,
)
from core.errors import PictureError, UserError, WriteError
from images.formats import FORMAT_NAMES
from pipeline import formats

if TYPE_CHECKING:
    from batch.config import BatchConfig
    from batch.jobs import Job
    from batch.manifest import JobRecord
    from core.prediction import Prediction
    from voxel_model import VoxelModel

FORMATS = (*formats.FORMATS, formats.ZIP_FORMAT)
MAX_LISTED = 20  # errors, notes or skipped files printed at the end; the manifest has all
MAX_ONE_PIECE = 8  # photos of one piece; more improve the model little
CONTAINER_SUFFIXES = (".zip", ".csv", ".parquet")
SUFFIX = re.compile(r"\.(?=\d*[a-z])[a-z0-9]{1,8}")  # what looks like a file's format in `-o`


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments without the program's name; those of the process if omitted.

    Returns
    -------
    int
        Exit status.
    """
    for stream in (sys.stdout, sys.stderr):  # a console may not print every file name
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    args = parse_arguments(arguments)
    try:
        check_output(args.out)
        if args.single:
            return convert_one(args)
        return convert_to_zip(args) if args.to_zip else convert_many(args, args.out)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; run the same command again to continue.", file=sys.stderr)
        return 130


# --- arguments ----------------------------------------------------------------------------------


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
    add("--threshold", type=float, help="probability of a solid cell (default: the model's own)")
    add("--style", default="smooth", help="smooth or blocks")
    add("--keep-crumbs", action="store_true", help="keep small loose pieces")
    add("--colors", default="photo", help="photo (where it shows the object) or predicted")
    add(
        "--stl-size",
        type=float,
        default=120.0,
        help="longest side of an STL in mm (default: %(default)g)",
    )
    add(
        "--stl-height", type=float, default=0.0, help="height of an STL in mm, in place of the size"
    )
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
    add("--largest", type=int, metavar="BYTES", help="largest picture file (default: 16 MB)")
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
    is_one = args.one_piece or (len(args.sources) == 1 and _is_picture(args.sources[0]))
    args.to_zip = suffix == formats.ZIP_FORMAT and not is_one
    args.single = bool(suffix) and not args.to_zip
    if args.single and (not is_one or args.ray or args.ray_address):
        parser.error(f"-o {args.out} names the file of one picture; name a folder for more.")
    if args.single and args.formats and (args.formats != (suffix,) and args.out != STANDARD_STREAM):
        parser.error(f"-o {args.out} names the format; leave out --formats.")
    if args.out == STANDARD_STREAM and len(args.formats or "1") > 1:
        parser.error("-o - writes one file; name one format.")
    if args.one_piece and not args.single:
        parser.error("--one-piece makes one model; name its file with -o.")
    if args.box and not (args.single and len(args.sources) == 1):
        parser.error("--box needs one picture and -o with a file; for more, list boxes in a CSV.")
    if min(args.batch, args.workers, args.ray_threads) < 1:
        parser.error("--batch, --workers and --ray-threads are at least 1.")
    if args.largest is not None and args.largest < 1:
        parser.error("--largest is a number of bytes, at least 1.")
    single_suffix = "glb" if args.out == STANDARD_STREAM else suffix
    args.formats = args.formats or ((single_suffix,) if args.single else ("glb",))


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


def _is_picture(source: str) -> bool:
    """Return True if a source is one picture, not a folder, pattern, zip or table."""
    if source == STANDARD_STREAM:
        return True
    if file_suffix(source) in CONTAINER_SUFFIXES or os.path.isdir(source):
        return False
    has_wildcard = not is_http(source) and set(source) & set("*?[")
    return os.path.isfile(source) or not (has_wildcard or source.endswith(("/", "\\")))


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


def load_model_and_config(args: argparse.Namespace, out: str) -> tuple["VoxelModel", "BatchConfig"]:
    """Load the model and make the config that the arguments ask for.

    Parameters
    ----------
    args : argparse.Namespace
        Parsed arguments.
    out : str
        Address of the output folder.

    Returns
    -------
    model : VoxelModel
        The model.
    config : BatchConfig
        How each photo becomes files.

    Raises
    ------
    UserError
        If the model cannot be loaded or a setting is not allowed.
    """
    from batch.config import BatchConfig
    from images.untrusted import MAX_FILE_BYTES
    from pipeline.settings import ExportOptions, Settings
    from voxel_model import load_model

    options = ExportOptions(
        args.stl_height, not args.raw_stl, args.palette, args.faces, args.stl_size
    )
    model = load_model(args.model, args.device)
    model_threshold = model.config.threshold
    threshold = model_threshold if args.threshold is None else args.threshold
    config = BatchConfig(
        settings=Settings(threshold, args.style, not args.keep_crumbs, args.colors),
        formats=args.formats,
        out=absolute_address(out),
        threshold=model_threshold,
        options=options,
        model=str(args.model or os.environ.get("MODEL_REPO_ID") or "checkpoint"),
        max_file_bytes=args.largest or MAX_FILE_BYTES,
    )
    return model, config


# --- one model ----------------------------------------------------------------------------------


def convert_one(args: argparse.Namespace) -> int:
    """Convert one photo, or several of one piece, to one file. Returns the exit status."""
    from batch.stages import export_model, read_image
    from batch.storage import write_file
    from images.untrusted import MAX_FILE_BYTES
    from pipeline.warnings import photo_warnings

    try:
        addresses = one_piece_photos(args)
        images = [read_image(address, args.largest or MAX_FILE_BYTES) for address in addresses]
    except UserError as error:
        print(error, file=sys.stderr)
        # a photo that cannot be read has a cause; the others are errors of the command
        return 1 if error.__cause__ or isinstance(error, PictureError) else 2
    model, config = load_model_and_config(args, ".")
    try:
        prediction, photos = predict_piece(model, images, args.box)
    except PictureError as error:
        print(error, file=sys.stderr)
        return 1
    data, notes = export_model(config, picture_name(addresses[0]), prediction, photos)
    write_file(absolute_address(args.out), data[config.formats[0]])
    warnings = photo_warnings(prediction, images[0]) if len(images) == 1 else []
    print_model(args.out, prediction, warnings, notes)
    return 0


def one_piece_photos(args: argparse.Namespace) -> list[str]:
    """Return the addresses of the photos of the one model.

    Raises
    ------
    UserError
        If a folder, zip or table cannot be listed, or there are too many photos.
    """
    if all(map(_is_picture, args.sources)):
        addresses = list(map(absolute_address, args.sources))
    else:
        from batch.jobs import find_jobs

        addresses = [job.input for job in find_jobs(args.sources)]
    if len(addresses) > MAX_ONE_PIECE:
        raise UserError(
            f"{len(addresses)} pictures are too many for one piece; choose up to {MAX_ONE_PIECE}."
        )
    return addresses


def predict_piece(
    model: "VoxelModel", images: list, box: list[float] | None
) -> tuple["Prediction", tuple["Prediction", ...]]:
    """Predict one piece from one or several photos.

    Parameters
    ----------
    model : VoxelModel
        The model.
    images : list of DecodedImage
        The photos.
    box : list of 4 float, or None
        The object in the only photo.

    Returns
    -------
    prediction : Prediction
        The prediction, fused if there are several photos.
    photos : tuple of Prediction
        The predictions of the photos if there are several.
    """
    from pipeline.detection import predict_object
    from pipeline.fusion import fuse

    predictions = tuple(predict_object(model, image, box) for image in images)
    if len(predictions) == 1:
        return predictions[0], ()
    return fuse(list(predictions)), predictions


def print_model(out: str, prediction: "Prediction", warnings: list[str], notes: list[str]) -> None:
    """Print the category, the warnings and the printing notes; to stderr if stdout is the model."""
    stream = sys.stderr if out == STANDARD_STREAM else sys.stdout
    probability = prediction.category_probabilities.get(prediction.category, 0)
    warning = f"; warnings: {', '.join(warnings)}" if warnings else ""
    print(f"{out}: {prediction.category} ({probability:.0%}){warning}", file=stream)
    for note in notes:
        print(note, file=stream)


# --- many models --------------------------------------------------------------------------------


def convert_many(args: argparse.Namespace, out: str) -> int:
    """Convert all photos that the manifest does not list as done. Returns the exit status."""
    from tqdm import tqdm

    from batch.jobs import list_sources
    from batch.manifest import Manifest
    from batch.naming import ModelNames
    from batch.tables import parquet_module

    if args.parquet:
        parquet_module()  # report a missing package before the work, not after it
    listing = list_sources(args.sources, absolute_address(out))
    model, config = load_model_and_config(args, out)
    manifest = Manifest(config.out)
    jobs, digests = ModelNames(manifest).assign(listing.jobs)
    pending = [
        job
        for job in jobs
        if not manifest.is_done(job, config.made_with, config.formats, digests.get(job, ""))
    ]
    records = []
    try:
        with tqdm(total=len(jobs), initial=len(jobs) - len(pending), unit="picture") as bar:
            for record in convert_jobs(args, model, pending, config):
                manifest.add(record)
                records += [record] if record.error or record.notes else []
                bar.update()
    finally:
        manifest.flush()
    if args.parquet:
        manifest.to_parquet()
    failed = [record for record in records if record.error]
    print_summary(failed, len(jobs), args.out)
    print_notes(records)
    print_skipped(listing.skipped)
    return 1 if failed else 0


def convert_to_zip(args: argparse.Namespace) -> int:
    """Convert all photos to one zip of models and their manifest. Returns the exit status."""
    import tempfile
    import uuid
    import zipfile
    from pathlib import Path

    from batch.manifest import printable
    from batch.storage import write_file
    from core.files import os_error_as_write_error

    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        status = convert_many(args, str(models))
        bundle_path = Path(folder) / f"{uuid.uuid4().hex}.zip"
        with (
            os_error_as_write_error(args.out),
            zipfile.ZipFile(bundle_path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle,
        ):
            for path in sorted(p for p in models.rglob("*") if p.is_file()):
                bundle.write(path, printable(path.relative_to(models).as_posix()))
        write_file(absolute_address(args.out), bundle_path.read_bytes())
    return status


def convert_jobs(
    args: argparse.Namespace, model: "VoxelModel", jobs: list["Job"], config: "BatchConfig"
) -> Iterator["JobRecord"]:
    """Convert jobs in this process or on Ray.

    Parameters
    ----------
    args : argparse.Namespace
        Parsed arguments.
    model : VoxelModel
        The model.
    jobs : list of Job
        Photos to convert.
    config : BatchConfig
        How each photo becomes files.

    Returns
    -------
    iterator of JobRecord
        One record for each job as it is done.
    """
    if not jobs:
        return iter(())
    if args.ray or args.ray_address:
        from batch.cluster import RayConfig, convert_on_ray

        ray_config = RayConfig(
            args.workers, args.ray_threads, args.batch, args.device, args.ray_address
        )
        return convert_on_ray(model, jobs, config, ray_config)
    from batch.stages import convert

    return convert(model, jobs, config, args.workers, args.batch)


def print_summary(failed: list["JobRecord"], total: int, out: str) -> None:
    """Print the number of models, and the first errors to stderr.

    Parameters
    ----------
    failed : list of JobRecord
        Records with an error.
    total : int
        Number of photos.
    out : str
        Output folder.
    """
    print(f"{total - len(failed)} of {total} pictures are models in {out}.")
    lines = [f"{record.input}: {record.error}" for record in failed]
    _print_some(lines, "see the manifest", sys.stderr)


def print_notes(records: list["JobRecord"]) -> None:
    """Print the printing notes, except for those of the size."""
    lines = [
        f"{record.files[0]}: {note}"
        for record in records
        for note in record.notes
        if not note.startswith("The model is")
    ]
    _print_some(lines, "see the manifest", sys.stdout)


def print_skipped(skipped: list[str]) -> None:
    """Print the number and the names of files that are no pictures."""
    if not skipped:
        return
    names = ", ".join(map(file_name, skipped[:MAX_LISTED]))
    more = f" and {len(skipped) - MAX_LISTED} more" if len(skipped) > MAX_LISTED else ""
    files = (
        "1 file is no picture and was"
        if len(skipped) == 1
        else (f"{len(skipped)} files are no pictures and were")
    )
    print(f"{files} skipped: {names}{more}.")


def _print_some(lines: list[str], where: str, stream) -> None:
    """Print the first lines, and the number of the others."""
    for line in lines[:MAX_LISTED]:
        print(line, file=stream)
    if len(lines) > MAX_LISTED:
        print(f"... and {len(lines) - MAX_LISTED} more, {where}.", file=stream)


if __name__ == "__main__":
    sys.exit(main())
