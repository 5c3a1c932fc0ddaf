"""Photographs of furniture to 3D models, from the command line.

    python convert.py photo.jpg -o model.glb
    python convert.py photos/ more.zip "shop/**/*.png" list.csv -o models --formats glb,stl
    python convert.py s3://bucket/photos -o s3://bucket/models --ray --workers 8

Several photos go into a folder with a manifest. The same command again converts only those that are
missing. Exit status: 0 if all models are made; 1 if some photos cannot be used, or for any error
with `-o` and a file; 2 if a run into a folder cannot start or go on; 130 after an interrupt.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Light modules only: --help and a wrong flag are answered before torch is loaded. The functions
# below import the others.
from core.errors import UserError
from pipeline import formats

if TYPE_CHECKING:
    from batch.config import BatchConfig
    from batch.jobs import Job
    from batch.manifest import JobRecord
    from voxel_model import VoxelModel

FORMATS = (*formats.FORMATS, formats.ZIP_FORMAT)
MAX_LISTED_ERRORS = 20  # errors printed at the end; the manifest has all


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
    args = parse_arguments(arguments)
    try:
        return convert_one(args) if args.single else convert_many(args)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1 if args.single else 2
    except KeyboardInterrupt:
        print("Interrupted; run the same command again to continue.", file=sys.stderr)
        return 130


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Parse and check the arguments; exits with status 2 if they are wrong.

    Parameters
    ----------
    arguments : list of str or None
        Arguments without the program's name.

    Returns
    -------
    argparse.Namespace
        The arguments; `single` is True if `-o` names the file of one model.
    """
    parser = argparse.ArgumentParser(description="Photographs of furniture to 3D models.")
    add = parser.add_argument
    add("sources", nargs="+", help="pictures, folders, patterns, zips, .csv or .parquet of paths")
    add("-o", "--out", default="out", help="folder, or the one model's file (default: %(default)s)")
    add("--formats", type=_formats, help=f"some of {','.join(FORMATS)} (default: glb)")
    add("--threshold", type=float, help="probability of a solid cell (default: the model's own)")
    add("--style", default="smooth", help="smooth, blocks or parts (named parts; else smooth)")
    add("--set", action="append", type=_parameter, default=[], metavar="NAME=VALUE",
        help="parameter of parts, lengths in cm, e.g. seat_height=45; repeatable")  # fmt: skip
    add("--keep-crumbs", action="store_true", help="keep small loose pieces")
    add("--colors", default="photo", help="photo (where it shows the object) or predicted")
    add("--stl-height", type=float, default=100.0, help="height of an STL in mm")
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
    """Set `single` and the default formats; exit if arguments contradict each other."""
    suffix = Path(args.out).suffix[1:].lower()
    args.single = suffix in FORMATS
    if args.single and (len(args.sources) > 1 or args.formats or args.ray or args.ray_address):
        parser.error(f"-o {args.out} names the file of one picture; name a folder for more.")
    if args.box and not args.single:
        parser.error("--box needs one picture and -o with a file; for more, list boxes in a CSV.")
    if min(args.batch, args.workers, args.ray_threads) < 1:
        parser.error("--batch, --workers and --ray-threads are at least 1.")
    args.formats = args.formats or ((suffix,) if args.single else ("glb",))


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
    names = tuple(dict.fromkeys(text.lower().split(",")))
    if unknown := set(names) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {FORMATS}")
    return names


def load_model_and_config(args: argparse.Namespace) -> tuple["VoxelModel", "BatchConfig"]:
    """Load the model and make the config that the arguments ask for.

    Parameters
    ----------
    args : argparse.Namespace
        Parsed arguments.

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
    from batch.storage import absolute_address
    from pipeline.settings import ExportOptions, Settings
    from voxel_model import load_model

    folder = args.out.rpartition("/")[0] if args.single else args.out
    model = load_model(args.model, args.device)
    model_threshold = model.config.threshold
    threshold = model_threshold if args.threshold is None else args.threshold
    source = args.model or os.environ.get("MODEL_REPO_ID")
    config = BatchConfig(
        settings=Settings(threshold, args.style, not args.keep_crumbs, args.colors),
        formats=args.formats,
        out=absolute_address(folder),
        threshold=model_threshold,
        options=ExportOptions(args.stl_height, not args.raw_stl, args.palette, args.faces),
        model=str(source or "checkpoint"),
        bank=_bank_file(source, model) if args.style == "parts" else "",
        parameters=tuple(args.set),
    )
    return model, config


def _bank_file(source: str | None, model: "VoxelModel") -> str:
    """The bank of pieces beside the weights, checked; "" where there is none."""
    from pipeline.parts.bank import FILE_NAME, find_bank
    from voxel_model import EMBEDDED_CHECKPOINT

    folder = Path(source or EMBEDDED_CHECKPOINT)
    if find_bank(folder, model) is None:
        print("These weights have no bank of pieces; the models are smooth.", file=sys.stderr)
        return ""
    return str((folder / FILE_NAME).absolute())


def convert_one(args: argparse.Namespace) -> int:
    """Convert one photo to one file, without a manifest. Returns the exit status."""
    from batch.stages import read_image, write_files
    from batch.storage import absolute_address
    from pipeline.detection import predict_object

    image = read_image(absolute_address(args.sources[0]))
    model, config = load_model_and_config(args)
    prediction = predict_object(model, image, args.box)
    write_files(config, Path(args.out).stem, prediction)
    probability = prediction.category_probabilities.get(prediction.category, 0)
    print(f"{args.out}: {prediction.category} ({probability:.0%})")
    return 0


def convert_many(args: argparse.Namespace) -> int:
    """Convert all photos that the manifest does not list as done. Returns the exit status."""
    from tqdm import tqdm

    from batch.jobs import find_jobs, parquet_module
    from batch.manifest import Manifest

    if args.parquet:
        parquet_module()  # report a missing package before the work, not after it
    jobs = find_jobs(args.sources)
    model, config = load_model_and_config(args)
    manifest = Manifest(config.out)
    pending = [job for job in jobs if not manifest.is_done(job, config.made_with, config.formats)]
    failed = []
    try:
        with tqdm(total=len(jobs), initial=len(jobs) - len(pending), unit="picture") as bar:
            for record in convert_jobs(args, model, pending, config):
                manifest.add(record)
                failed += [record] if record.error else []
                bar.update()
    finally:
        manifest.flush()
    if args.parquet:
        manifest.to_parquet()
    print_summary(failed, len(jobs), config.out)
    return 1 if failed else 0


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
    for record in failed[:MAX_LISTED_ERRORS]:
        print(f"{record.input}: {record.error}", file=sys.stderr)
    if len(failed) > MAX_LISTED_ERRORS:
        more = len(failed) - MAX_LISTED_ERRORS
        print(f"... and {more} more, see the manifest.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
