"""A small data set of drawn chairs in Pix3D's layout, for the tests of training/."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.io import savemat

from training import convert_voxels


def chair_voxels(width: int = 40, legs: int = 2) -> np.ndarray:
    """Draw a chair: (128, 128, 128) uint8 in Pix3D's axes (left, outward, up)."""
    grid = np.zeros((128, 128, 128), np.uint8)
    low, high = 64 - width, 64 + width
    grid[low:high, low:high, 50:58] = 1  # seat
    grid[low:high, low : low + 6, 50:128] = 1  # the back is at the inward side
    for x in (low, high - legs):
        for y in (low, high - legs):
            grid[x : x + legs, y : y + legs, 0:50] = 1
    return grid


def write_data(root: Path, photos: int = 6) -> list[dict]:
    """Write `photos` records of three shapes under root; return the entries of pix3d.json."""
    entries = []
    for number in range(photos):
        category = "table" if number % 3 == 2 else "chair"
        shape = f"{category}/SHAPE_{number % 3}"
        file = "voxel.mat" if number % 3 else "voxel_-0.5_0.25.mat"
        name = f"{category}/{number:04}"
        entries.append(_entry(number, category, name, f"model/{shape}/{file}"))
        if number < 3:  # later photos show one of the first three shapes again
            _write_voxels(root / entries[-1]["voxel"], chair_voxels(30 + 4 * number))
        _write_photo(root, entries[-1])
    save_entries(root, entries)
    return entries


def save_entries(root: Path, entries: list[dict]) -> None:
    (root / "pix3d.json").write_text(json.dumps(entries), encoding="utf-8")


def edit(root: Path, number: int, **changes) -> dict:
    """Change fields of one entry of a written data set; return the entry."""
    entries = json.loads((root / "pix3d.json").read_text(encoding="utf-8"))
    entries[number] |= changes
    save_entries(root, entries)
    return entries[number]


def cut(path: Path) -> None:
    """Truncate a file to its first half."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def convert(root: Path, *options: str, jobs: int = 1) -> int:
    """Run training.convert_voxels on a written data set, into its folder grids/."""
    args = ["--data", str(root), "--out", str(root / "grids"), "--jobs", str(jobs), *options]
    return convert_voxels.main(args)


def _entry(number: int, category: str, name: str, voxel: str) -> dict:
    return {
        "img": f"img/{name}.png",
        "mask": f"mask/{name}.png",
        "voxel": voxel,
        "category": category,
        "img_size": [120, 90],
        "bbox": [30 + number, 20, 90 + number, 80],
        "truncated": number == 3,
        "occluded": False,
        "slightly_occluded": number == 4,
        "cam_position": [0.5, 0.3, -1.0],
    }


def _write_voxels(path: Path, grid: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"voxel": grid}, do_compression=True)


def _write_photo(root: Path, entry: dict) -> None:
    for kind in ("img", "mask"):
        (root / entry[kind]).parent.mkdir(parents=True, exist_ok=True)
    x0, y0, x1, y1 = entry["bbox"]
    inner = (x0, y0, x1 - 1, y1 - 1)
    image = Image.effect_noise((120, 90), 60).convert("RGB")
    ImageDraw.Draw(image).rectangle(inner, fill=(170, 60, 40))
    image.save(root / entry["img"])
    mask = Image.new("L", (120, 90))
    ImageDraw.Draw(mask).rectangle(inner, fill=255)
    mask.save(root / entry["mask"])
