"""Pix3D's voxel files as small packed grids, each distinct file once, in the model's axes.

    python -m training.convert_voxels --data pix3d --out pix3d/grids
    python -m training.convert_voxels --data ../shared/data/pix3d_dev --dry-run

Every `model/<category>/<shape>/voxel*.mat` that a record names (many are not called voxel.mat; 735
files serve 10,069 records) becomes `<out>/model/<category>/<shape>/voxel*.npz` with one array for
each resolution, "32" and "64": np.packbits of the (R, R, R) bool grid in C order. Pooling is by
maximum, since taking every fourth cell loses chair legs. `pix3d.load_grid` reads them.

Run it again after an interruption: finished files are kept. A broken file is named, also in
`<out>/errors.txt`, and the others go on. Exit status: 0 done, 1 some file failed, 2 wrong usage.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.data.file_workers import map_files
from training.pix3d import dataset

RESOLUTIONS = (32, 64)
DRY_RUN_FILES = 4


def convert(
    root: str | Path, out: str | Path, voxel: str, resolutions: Sequence[int] = RESOLUTIONS
) -> None:
    """Writes one packed file, atomically; DataError names a voxel file that is unusable."""
    voxels = dataset.to_model_axes(dataset.read_voxels(root, voxel))
    grids = {str(r): np.packbits(dataset.canonical_grid(voxels, r)) for r in resolutions}
    path = dataset.grid_path(out, voxel)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")  # one name, so that a killed run leaves nothing that grows
    with open(part, "wb") as file:
        np.savez_compressed(file, **grids)
    os.replace(part, path)


def is_done(out: str | Path, voxel: str, resolutions: Sequence[int]) -> bool:
    """True when the packed file is there, whole, and holds every resolution."""
    try:
        with np.load(dataset.grid_path(out, voxel)) as file:
            return all(file[str(r)].size * 8 == r**3 for r in resolutions)
    except Exception:  # absent, cut short, another resolution: in any case to be made
        return False


def convert_all(
    root: str | Path, out: str | Path, voxels: Sequence[str], resolutions: Sequence[int], jobs: int
) -> list[str]:
    """Converts in parallel -> one line for each file that failed."""
    errors = []
    work = partial(convert, root, out, resolutions=resolutions)
    for voxel, _, error in map_files(work, voxels, jobs, "file"):
        if error:
            errors.append(f"{voxel}: {error}")
            tqdm.write(errors[-1], file=sys.stderr)
    return errors


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--out", default="runs/grids", help="folder for the packed grids")
    add("--resolutions", type=int, nargs="+", default=list(RESOLUTIONS), help="cells a side")
    add("--jobs", type=int, default=os.cpu_count(), help="processes")
    add("--dry-run", action="store_true", help=f"read and pool {DRY_RUN_FILES} files, keep none")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        records = dataset.load_records(args.data)
    except dataset.DataError as error:
        print(error, file=sys.stderr)
        return 2
    voxels = sorted({record.voxel for record in records})
    if args.dry_run:
        return dry_run(args.data, voxels[:DRY_RUN_FILES], args.resolutions)
    todo = [voxel for voxel in voxels if not is_done(args.out, voxel, args.resolutions)]
    print(f"{len(records)} records name {len(voxels)} voxel files, {len(voxels) - len(todo)} done")
    errors = convert_all(args.data, args.out, todo, args.resolutions, args.jobs) if todo else []
    report = Path(args.out) / "errors.txt"
    if errors:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text("\n".join(errors) + "\n")
    else:
        report.unlink(missing_ok=True)
    print(f"{len(todo) - len(errors)} converted, {len(errors)} failed, in {args.out}")
    return 1 if errors else 0


def dry_run(root: str, voxels: Sequence[str], resolutions: Sequence[int]) -> int:
    """Reads and pools without writing; prints how full each grid is."""
    failed = 0
    for voxel in voxels:
        try:
            grid = dataset.to_model_axes(dataset.read_voxels(root, voxel))
        except dataset.DataError as error:
            print(error, file=sys.stderr)
            failed += 1
            continue
        shares = (f"{r}^3 {dataset.canonical_grid(grid, r).mean():.1%}" for r in resolutions)
        print(f"{voxel}: {', '.join(shares)} solid")
    print("dry run: nothing written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
