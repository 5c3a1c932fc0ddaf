"""Looks at every file of a Pix3D folder and reports what is wrong, before training stumbles on it.

    python -m training.check_pix3d --data pix3d
    python -m training.check_pix3d --data ../shared/data/pix3d_dev --out runs/check
    python -m training.check_pix3d --data pix3d --dry-run         # the first 32 records

Per record: picture, mask, box; per shape: its voxel file; over all: duplicate pictures. Prints
the findings and the counts of each category, writes `check.json` and `check.html` (thumbnails of
what is wrong) to --out. Exit status: 0 all well, 1 something is wrong, 2 wrong usage.
"""

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from training.data.file_workers import map_files
from training.evaluation.gallery import html_page, html_section
from training.pix3d import checks, dataset

DRY_RUN_RECORDS = 32
THUMBNAILS = 300  # at most so many records are shown; the JSON has them all


@dataclass
class Report:
    """What was looked at and what was found."""

    categories: dict[str, dict[str, int]]  # per category: photos, shapes, clean, ...
    voxel_files: int
    findings: list[dict] = field(default_factory=list)  # kind, message, files it is about

    @property
    def kinds(self) -> dict[str, int]:
        return dict(Counter(finding["kind"] for finding in self.findings).most_common())

    def add(self, found: Iterable[checks.Finding], *files: str) -> None:
        self.findings += [{"kind": kind, "message": text, "files": files} for kind, text in found]


def check(root: str | Path, records: Sequence[dataset.Record], jobs: int = 1) -> Report:
    """Runs every check over the records, in parallel, in their order."""
    voxels = sorted({record.voxel for record in records})
    report = Report(count_categories(records), len(voxels))
    pictures: dict[str, list[str]] = defaultdict(list)  # by digest
    looks: dict[str, np.ndarray] = {}  # of each picture that could be read
    for record, result, error in map_files(
        partial(checks.check_record, root), records, jobs, "record"
    ):
        found, digest, look = result or ([("check failed", f"{record.img}: {error}")], "", None)
        report.add(found, record.img)
        if record.img not in pictures[digest]:
            pictures[digest].append(record.img)
        if look is not None:
            looks[record.img] = look
    for voxel, found, error in map_files(partial(checks.check_voxels, root), voxels, jobs, "shape"):
        report.add([("check failed", f"{voxel}: {error}")] if found is None else found, voxel)
    add_duplicates(report, pictures, looks)
    return report


def add_duplicates(report: Report, pictures: dict, looks: dict) -> None:
    """Pictures that are byte for byte the same, then those that only look the same."""
    same = {tuple(names) for digest, names in pictures.items() if digest and len(names) > 1}
    alike = checks.similar_pictures(list(looks), list(looks.values()))
    for names in sorted(same):
        report.add([("duplicate picture", "same file: " + ", ".join(names))], *names)
    for names in sorted(alike - same):
        report.add([("look-alike picture", "same photo: " + ", ".join(names))], *names)


def count_categories(records: Sequence[dataset.Record]) -> dict[str, dict[str, int]]:
    """Per category and in all: photos, shapes, clean, truncated, occluded, with a known view."""
    counts = {}
    for category in [*sorted({record.category for record in records}), "all"]:
        part = [record for record in records if category in ("all", record.category)]
        counts[category] = {
            "photos": len(part),
            "shapes": len({record.shape for record in part}),
            "clean": sum(record.clean for record in part),
            "truncated": sum(record.truncated for record in part),
            "occluded": sum(record.occluded for record in part),
            "slightly": sum(record.slightly_occluded for record in part),
            "view known": sum(record.azimuth is not None for record in part),
        }
    return counts


# --- reports ------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    names = list(report.categories["all"])
    lines = [f"{'category':10}" + "".join(f"{name:>11}" for name in names)]
    for category, counts in report.categories.items():
        lines.append(f"{category:10}" + "".join(f"{counts[name]:11}" for name in names))
    lines += ["", f"{report.voxel_files} voxel files; {len(report.findings)} findings"]
    lines += [f"{count:6}  {kind}" for kind, count in report.kinds.items()]
    lines += [f"  {finding['kind']}: {finding['message']}" for finding in report.findings]
    return "\n".join(lines)


def as_html(report: Report, root: str | Path, records: Sequence[dataset.Record]) -> str:
    """A page with one section for each record or shape that something is wrong with."""
    by_image = {record.img: record for record in records}
    messages: dict[tuple[str, ...], dict] = defaultdict(dict)
    for finding in report.findings:
        messages[tuple(finding["files"])][finding["kind"]] = finding["message"]
    sections = []
    for files, facts in list(messages.items())[:THUMBNAILS]:
        shown = [by_image[name] for name in files if name in by_image]
        figures = [figure for record in shown[:3] for figure in thumbnails(root, record)]
        sections.append(html_section(", ".join(files), figures, facts))
    return html_page(f"Check of {root}", as_text(report), sections)


def thumbnails(root: str | Path, record: dataset.Record) -> list[tuple[str, Image.Image]]:
    """The photo with its box, and the mask; whatever of the two can be read at all."""
    figures = []
    try:
        image = dataset.read_image(root, record)
        if record.bbox[0] < record.bbox[2] and record.bbox[1] < record.bbox[3]:
            width = max(2, image.width // 150)
            ImageDraw.Draw(image).rectangle(record.bbox, outline=(230, 60, 60), width=width)
        figures.append(("photo and box", image))
        mask = Image.fromarray(dataset.read_mask(root, record))
        figures.append(("mask", mask))
    except dataset.DataError:
        pass  # the finding says so in words
    return figures


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", required=True, help="folder that holds pix3d.json")
    add("--out", default="runs/check", help="folder for check.json and check.html")
    add("--jobs", type=int, default=os.cpu_count(), help="processes")
    add("--dry-run", action="store_true", help=f"the first {DRY_RUN_RECORDS} records alone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    args = parse_args(argv)
    try:
        records = dataset.load_records(args.data)
    except dataset.DataError as error:
        print(error, file=sys.stderr)
        return 2
    if args.dry_run:
        records = records[:DRY_RUN_RECORDS]
    report = check(args.data, records, args.jobs)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    content = {"data": str(args.data), "kinds": report.kinds, **vars(report)}
    (out / "check.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / "check.html").write_text(as_html(report, args.data, records), encoding="utf-8")
    print(as_text(report))
    print(f"written: {out}/check.json, {out}/check.html")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
