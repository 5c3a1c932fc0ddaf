"""check_pix3d finds each kind of error in Pix3D's files, and none in a correct data set."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from tests.training.small_pix3d import cut, edit
from training import check_pix3d
from training.pix3d import checks, dataset


def kinds(root):
    out = root / "check"
    status = check_pix3d.main(["--data", str(root), "--out", str(out), "--jobs", "1"])
    content = json.loads((out / "check.json").read_text())
    assert status == (1 if content["findings"] else 0)
    assert "<html" in (out / "check.html").read_text()
    return content["kinds"]


def test_correct_data_set_has_no_findings(root):
    assert kinds(root) == {}


def save_as(mode):
    return lambda path: Image.open(path).convert(mode).save(path)


def set_exif_rotation(path):
    image = Image.open(path)
    exif = image.getexif()
    exif[checks.ORIENTATION] = 6
    image.save(path, exif=exif)


def voxels_of(grid):
    def write(path):
        from scipy.io import savemat

        savemat(path, {"voxel": grid})

    return write


@pytest.mark.parametrize(
    ("kind", "file", "damage"),
    [
        ("missing picture", "img", os.remove),
        ("unreadable picture", "img", cut),
        ("wrong mode", "img", save_as("CMYK")),
        ("wrong mode", "img", save_as("L")),
        ("EXIF rotation", "img", set_exif_rotation),
        ("missing mask", "mask", os.remove),
        ("unreadable mask", "mask", cut),
        ("wrong mode", "mask", save_as("RGB")),
        ("non-binary mask", "mask", lambda p: Image.effect_noise((120, 90), 50).save(p)),
        ("empty mask", "mask", lambda p: Image.new("L", (120, 90)).save(p)),
        ("size mismatch", "mask", lambda p: Image.new("L", (90, 120), 255).save(p)),
        ("missing voxels", "voxel", os.remove),
        ("bad voxels", "voxel", cut),
        ("bad voxels", "voxel", voxels_of(np.zeros((128, 128, 128), np.uint8))),
        ("bad voxels", "voxel", voxels_of(np.ones((64, 64, 64), np.uint8))),
        ("bad voxels", "voxel", voxels_of(np.full((128, 128, 128), 2, np.uint8))),
    ],
)
def test_check_finds_broken_files(root, kind, file, damage):
    entry = json.loads((root / "pix3d.json").read_text())[1]
    path = root / entry[file]
    if kind == "wrong mode" and file == "img":
        path = path.with_suffix(".tif")  # a format that has every mode
        Image.open(root / entry["img"]).save(path)
        edit(root, 1, img=f"{entry['img'][:-4]}.tif")
    damage(path)
    assert kind in kinds(root)


@pytest.mark.parametrize(
    ("kind", "bbox"), [("box outside", [10, 10, 121, 80]), ("empty box", [50, 10, 50, 80])]
)
def test_check_finds_wrong_boxes(root, kind, bbox):
    edit(root, 2, bbox=bbox)
    assert kinds(root) == {kind: 1}


def test_check_finds_duplicate_and_similar_pictures(root):
    records = dataset.load_records(root)
    (root / records[1].img).write_bytes((root / records[0].img).read_bytes())
    assert kinds(root) == {"duplicate picture": 1}
    smaller = Image.open(root / records[0].img).resize((84, 63)).resize((120, 90))
    smaller.save((root / records[1].img).with_suffix(".jpg"), quality=60)
    edit(root, 1, img=records[1].img.replace(".png", ".jpg"))
    assert kinds(root) == {"look-alike picture": 1}


def test_check_finds_the_published_mismatches(root):
    entry = json.loads((root / "pix3d.json").read_text())[2]
    for kind in ("img", "mask"):
        (root / entry[kind]).rename(root / f"{kind}/table/1749.png")
    edit(root, 2, img="img/table/1749.png", mask="mask/table/1749.png")
    assert kinds(root) == {"known mismatch": 1}


def test_check_counts_the_dev_set(dev, tmp_path):
    assert check_pix3d.main(["--data", str(dev), "--out", str(tmp_path), "--jobs", "2"]) == 1
    content = json.loads((tmp_path / "check.json").read_text())
    assert content["kinds"] == {"duplicate picture": 1}  # chair/2489 is sofa/0898
    assert content["categories"]["all"]["photos"] == 45
    assert content["categories"]["chair"]["clean"] == 14
