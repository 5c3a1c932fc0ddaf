"""Running all checks over a Pix3D folder, and the report as text, JSON and HTML."""

import json
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

MAX_SECTIONS = 300  # sections of the HTML page; the JSON file holds all findings


@dataclass
class Report:
    """Counts and findings of a check."""

    categories: dict[str, dict[str, int]]  # from count_categories
    voxel_files: int
    findings: list[dict] = field(default_factory=list)  # keys kind, message, files

    @property
    def kinds(self) -> dict[str, int]:
        """Number of findings of each kind, the most frequent first."""
        return dict(Counter(finding["kind"] for finding in self.findings).most_common())

    def add(self, findings: Iterable[checks.Finding], *files: str) -> None:
        """Adds findings about the given files."""
        self.findings += [
            {"kind": kind, "message": text, "files": files} for kind, text in findings
        ]


def check(root: str | Path, records: Sequence[dataset.Record], jobs: int = 1) -> Report:
    """Runs every check over the records.

    Parameters
    ----------
    root : str or Path
        Folder of pix3d.json.
    records : sequence of Record
        Records to check; the findings follow their order.
    jobs : int
        Number of processes.
    """
    voxels = sorted({record.voxel for record in records})
    report = Report(count_categories(records), len(voxels))
    pictures: dict[str, list[str]] = defaultdict(list)  # paths by digest
    fingerprints: dict[str, np.ndarray] = {}  # by path
    check_one = partial(checks.check_record, root)
    for record, result, error in map_files(check_one, records, jobs, "record"):
        if result is None:
            result = [("check failed", f"{record.img}: {error}")], "", None
        findings, digest, fingerprint = result
        report.add(findings, record.img)
        if record.img not in pictures[digest]:
            pictures[digest].append(record.img)
        if fingerprint is not None:
            fingerprints[record.img] = fingerprint
    check_one = partial(checks.check_voxels, root)
    for voxel, findings, error in map_files(check_one, voxels, jobs, "shape"):
        if findings is None:
            findings = [("check failed", f"{voxel}: {error}")]
        report.add(findings, voxel)
    add_duplicates(report, pictures, fingerprints)
    return report


def add_duplicates(
    report: Report, pictures: dict[str, list[str]], fingerprints: dict[str, np.ndarray]
) -> None:
    """Adds identical picture files, then pictures that are only similar.

    Parameters
    ----------
    report : Report
        Changed in place.
    pictures : dict
        {digest: paths of the picture files}.
    fingerprints : dict
        {path: fingerprint}.
    """
    same = {tuple(names) for digest, names in pictures.items() if digest and len(names) > 1}
    similar = checks.similar_pictures(list(fingerprints), list(fingerprints.values()))
    for names in sorted(same):
        report.add([("duplicate picture", "same file: " + ", ".join(names))], *names)
    for names in sorted(similar - same):
        report.add([("look-alike picture", "same photo: " + ", ".join(names))], *names)


def count_categories(records: Sequence[dataset.Record]) -> dict[str, dict[str, int]]:
    """Counts photos, shapes and flags of each category and of "all"."""
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


# --- output -------------------------------------------------------------------------------------


def write_report(
    out: Path, report: Report, root: str | Path, records: Sequence[dataset.Record]
) -> None:
    """Writes check.json and check.html into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    content = {"data": str(root), "kinds": report.kinds, **vars(report)}
    (out / "check.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / "check.html").write_text(as_html(report, root, records), encoding="utf-8")


def as_text(report: Report) -> str:
    """Returns the counts of each category and all findings as lines of text."""
    names = list(report.categories["all"])
    lines = [f"{'category':10}" + "".join(f"{name:>11}" for name in names)]
    for category, counts in report.categories.items():
        lines.append(f"{category:10}" + "".join(f"{counts[name]:11}" for name in names))
    lines += ["", f"{report.voxel_files} voxel files; {len(report.findings)} findings"]
    lines += [f"{count:6}  {kind}" for kind, count in report.kinds.items()]
    lines += [f"  {finding['kind']}: {finding['message']}" for finding in report.findings]
    return "\n".join(lines)


def as_html(report: Report, root: str | Path, records: Sequence[dataset.Record]) -> str:
    """Returns a page with one section for each record or shape that has findings."""
    by_image = {record.img: record for record in records}
    messages: dict[tuple[str, ...], dict] = defaultdict(dict)
    for finding in report.findings:
        messages[tuple(finding["files"])][finding["kind"]] = finding["message"]
    sections = []
    for files, facts in list(messages.items())[:MAX_SECTIONS]:
        matches = [by_image[name] for name in files if name in by_image]
        figures = [figure for record in matches[:3] for figure in thumbnails(root, record)]
        sections.append(html_section(", ".join(files), figures, facts))
    return html_page(f"Check of {root}", as_text(report), sections)


def thumbnails(root: str | Path, record: dataset.Record) -> list[tuple[str, Image.Image]]:
    """Returns (caption, picture) of the photo with its box and of the mask, if readable."""
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
        pass  # the finding's message names the unreadable file
    return figures
