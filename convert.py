"""Photographs of furniture into 3D models, from the command line.

    python convert.py photo.jpg -o model.glb
    python convert.py photos/ more.zip "shop/**/*.png" list.csv -o models --formats glb,stl
    python convert.py s3://bucket/photos -o s3://bucket/models --ray --workers 8

Several pictures go into a folder with a manifest, and the same command again does only what is
missing. Exit status: 0 when all models are there, 1 when some pictures could not be used, 2 when
nothing could be started, 130 when it was interrupted.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# a test holds them to pipeline/export.py's
FORMATS = ("glb", "obj", "ply", "stl", "vox", "npz", "binvox", "webp", "mp4", "zip")
MAX_LISTED_ERRORS = 20  # bad pictures named at the end; the manifest names all


def main(arguments: list[str] | None = None) -> int:
    args = parse_arguments(arguments)
    # only now, so that --help and a wrong flag are answered at once
    from core.errors import BatchError, MeshError, ModelError, PictureError

    try:
        return convert_one(args) if args.single else convert_many(args)
    except (BatchError, MeshError, ModelError, PictureError) as error:
        print(error, file=sys.stderr)
        return 1 if args.single else 2
    except KeyboardInterrupt:
        print("Interrupted; the same command again goes on from here.", file=sys.stderr)
        return 130


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Photographs of furniture into 3D models.")
    add = parser.add_argument
    add("sources", nargs="+", help="pictures, folders, patterns, zips, .csv or .parquet of paths")
    add("-o", "--out", default="out", help="folder, or the one model's file (default: %(default)s)")
    add("--formats", type=_formats, help=f"some of {','.join(FORMATS)} (default: glb)")
    add("--threshold", type=float, help="probability of a solid cell (default: the model's own)")
    add("--style", default="smooth", help="smooth or blocks")
    add("--keep-crumbs", action="store_true", help="keep small loose pieces")
    add("--colors", default="photo", help="photo, where it shows the object, or predicted")
    add("--stl-height", type=float, default=100.0, help="mm that an STL stands tall")
    add("--raw-stl", action="store_true", help="an STL as it is, not made fit to print")
    add("--palette", type=int, default=0, help="most different colours (default: all)")
    add("--faces", type=int, default=0, help="most triangles of a smooth mesh (default: all)")
    add("--box", nargs=4, type=float, metavar=("X0", "Y0", "X1", "Y1"), help="of one picture's")
    add("--model", help="Hub repo, folder or .pth (default: MODEL_REPO_ID, else checkpoint/)")
    add("--device", default="auto", help="auto, cpu, cuda or mps")
    add("--parquet", action="store_true", help="write manifest.parquet too")
    add("--batch", type=int, default=8, help="pictures in one pass (default: %(default)s)")
    add("--workers", type=int, default=os.cpu_count(), help="threads that decode, or Ray's workers")
    add("--ray", action="store_true", help="spread the work with Ray Data")
    add("--ray-address", help="of a running cluster; implies --ray")
    add("--ray-threads", type=int, default=1, help="CPU cores of each Ray worker")
    args = parser.parse_args(arguments)
    suffix = Path(args.out).suffix[1:].lower()
    args.single = suffix in FORMATS
    if args.single and (len(args.sources) > 1 or args.formats or args.ray or args.ray_address):
        parser.error(f"-o {args.out} names the file of one picture; name a folder for more.")
    if args.box and not args.single:
        parser.error("--box needs one picture and -o with a file; for more, list boxes in a CSV.")
    if min(args.batch, args.workers, args.ray_threads) < 1:
        parser.error("--batch, --workers and --ray-threads are at least 1.")
    args.formats = args.formats or ((suffix,) if args.single else ("glb",))
    return args


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.lower().split(",")))
    if unknown := set(names) - set(FORMATS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))} is none of {FORMATS}")
    return names


def load_model_and_config(args):
    """The model and the recipe that the arguments ask for."""
    from batch.stages import BatchConfig
    from batch.storage import absolute_address
    from pipeline.export import ExportOptions, Settings
    from voxel_model import load_model

    folder = args.out.rpartition("/")[0] if args.single else args.out
    model = load_model(args.model, args.device)
    threshold = model.config.threshold if args.threshold is None else args.threshold
    settings = Settings(threshold, args.style, not args.keep_crumbs, args.colors)
    finish = ExportOptions(args.stl_height, not args.raw_stl, args.palette, args.faces)
    source = str(args.model or os.environ.get("MODEL_REPO_ID") or "checkpoint")
    place, own = absolute_address(folder), model.config.threshold
    return model, BatchConfig(settings, args.formats, place, own, finish, source)


def convert_one(args) -> int:
    """One picture into one file, without a manifest and what belongs to it."""
    from io import BytesIO

    from batch.stages import write_files
    from batch.storage import absolute_address, read_file
    from pipeline.export import open_image, predict_object

    picture = open_image(BytesIO(read_file(absolute_address(args.sources[0]))))
    model, recipe = load_model_and_config(args)
    prediction = predict_object(model, picture, args.box)
    write_files(recipe, Path(args.out).stem, prediction)
    sure = prediction.category_probabilities.get(prediction.category, 0)
    print(f"{args.out}: {prediction.category} ({sure:.0%})")
    return 0


def convert_many(args) -> int:
    """Every picture that the manifest of the output folder does not hold yet."""
    from tqdm import tqdm

    from batch.jobs import find_jobs, parquet_module
    from batch.manifest import Manifest

    if args.parquet:
        parquet_module()  # what is missing is told before the work, not after it
    jobs = find_jobs(args.sources)
    model, recipe = load_model_and_config(args)
    manifest = Manifest(recipe.out)
    todo = [job for job in jobs if not manifest.is_done(job, recipe.made_with, recipe.formats)]
    bad = []
    try:
        with tqdm(total=len(jobs), initial=len(jobs) - len(todo), unit="picture") as bar:
            for record in convert_jobs(args, model, todo, recipe):
                manifest.add(record)
                bad += [record] if record.error else []
                bar.update()
    finally:
        manifest.flush()
    if args.parquet:
        manifest.to_parquet()
    print_summary(bad, len(jobs), recipe.out)
    return 1 if bad else 0


def convert_jobs(args, model, jobs: list, recipe) -> Iterator:
    """A record for each job as it is done, here or on Ray."""
    if not jobs:
        return iter(())
    if args.ray or args.ray_address:
        from batch.cluster import RayConfig, convert_on_ray

        crew = RayConfig(args.workers, args.ray_threads, args.batch, args.device, args.ray_address)
        return convert_on_ray(model, jobs, recipe, crew)
    from batch.stages import convert

    return convert(model, jobs, recipe, args.workers, args.batch)


def print_summary(bad: list, total: int, out: str) -> None:
    """What came of it, the bad pictures by name."""
    print(f"{total - len(bad)} of {total} pictures are models in {out}.")
    for record in bad[:MAX_LISTED_ERRORS]:
        print(f"{record.input}: {record.error}", file=sys.stderr)
    if len(bad) > MAX_LISTED_ERRORS:
        print(f"... and {len(bad) - MAX_LISTED_ERRORS} more, see the manifest.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
