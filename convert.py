"""Photographs of furniture to 3D models, from the command line.

    python convert.py photo.jpg -o model.glb
    python convert.py front.jpg side.jpg --one-piece -o model.glb
    python convert.py room.jpg --all -o models          # each piece in the photo, and the scene
    python convert.py photos/ more.zip "shop/**/*.png" list.csv -o models --formats glb,stl
    python convert.py s3://bucket/photos -o s3://bucket/models --ray --workers 8
    curl -s https://example.com/chair.jpg | python convert.py - -o - > chair.glb

Several photos go into a folder with a manifest, or into one .zip. The same command again converts
only those that are missing; photos are compared by content, and no model is replaced by that of
another photo. Exit status: 0 if all models are made; 1 if some photos cannot be used; 2 if the
command cannot start or go on; 130 after an interrupt.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

# Light modules only: --help and a wrong flag are answered before torch is loaded. The functions
# below import the others.
from batch.arguments import check_output, parse_arguments
from batch.paths import absolute_address, file_name
from core.errors import UserError

if TYPE_CHECKING:
    from batch.config import BatchConfig
    from batch.results.records import JobRecord
    from batch.sources.jobs import Job
    from voxel_model import VoxelModel

MAX_LISTED = 20  # errors, notes or skipped files printed at the end; the manifest has all


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
            from batch.one_model import convert_one, convert_one_scene

            return convert_one_scene(args) if args.all else convert_one(args)
        return convert_to_zip(args) if args.to_zip else convert_many(args, args.out)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; run the same command again to continue.", file=sys.stderr)
        return 130


# --- many models --------------------------------------------------------------------------------


def convert_many(args: argparse.Namespace, out: str) -> int:
    """Convert all photos that the manifest does not list as done. Returns the exit status."""
    from tqdm import tqdm

    from batch.config import load_model_and_config
    from batch.results.manifest import Manifest
    from batch.results.naming import ModelNames
    from batch.sources.jobs import for_all_pieces, list_sources
    from batch.sources.tables import parquet_module

    if args.parquet:
        parquet_module()  # report a missing package before the work, not after it
    listing = list_sources(args.sources, absolute_address(out))
    model, config = load_model_and_config(args, out)
    manifest = Manifest(config.out)
    jobs = for_all_pieces(listing.jobs) if args.all else listing.jobs
    jobs, digests = ModelNames(manifest).assign(jobs)
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
                bar.update(record.is_last)
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

    from batch.results.records import printable
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
    """Convert jobs in this process or on Ray; with --all each gives a record for each piece.

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
        The records of each job as it is done.
    """
    if not jobs:
        return iter(())
    if args.ray or args.ray_address:
        from batch.cluster import RayConfig, convert_on_ray

        ray_config = RayConfig(
            args.workers, args.ray_threads, args.batch, args.device, args.ray_address
        )
        return convert_on_ray(model, jobs, config, ray_config)
    from batch.all_pieces import convert_all
    from batch.stages import convert

    stages = convert_all if config.all_pieces else convert
    return stages(model, jobs, config, args.workers, args.batch)


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
    failed_jobs = {record.job_key for record in failed}
    print(f"{total - len(failed_jobs)} of {total} pictures are models in {out}.")
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
