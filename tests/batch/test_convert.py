"""convert.py in one process: sources, files, messages, and the next run after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trimesh
from PIL import Image

import convert
from batch.results.manifest import Manifest
from batch.scheduling import BATCH_PIXELS, map_in_order, split_batches
from batch.sources.jobs import Job, find_jobs
from batch.stages import BATCH, JobState, open_job
from core.errors import BatchError
from images.preprocessing import DecodedImage
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import DEFAULT_EXPORT, Settings
from voxel_model import load_model

ROOT = Path(__file__).resolve().parents[2]
KILL_SECONDS = 120  # to import torch and convert one picture on a busy machine


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint)


@pytest.fixture
def photos(tmp_path, picture) -> Path:
    """Three usable photos, two with the same name, and three files that are no photo."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    image = Image.open(picture).convert("RGB")
    image.save(folder / "a.jpg")
    image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "more" / "a.jpg")
    image.resize((240, 180)).save(folder / "more" / "A.png")
    (folder / "torn.jpg").write_bytes((folder / "a.jpg").read_bytes()[:2000])
    (folder / "text.png").write_text("no picture")
    Image.new("RGBA", (64, 64)).save(folder / "clear.webp")
    (folder / "._a.jpg").write_text("a Mac's shadow")
    (folder / "notes.txt").write_text("no picture")
    return folder


def records(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def test_a_photo_that_waits_for_its_batch_has_no_metadata(tmp_path):
    """The metadata of a file may take 64 MB."""
    path = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30)).save(path, comment="x" * 60_000)
    assert Image.open(path).info["comment"]
    state = open_job(Job(input=str(path), name="a"))
    assert state.image.rgb.size == (40, 30) and not state.image.rgb.info


def names(jobs: list[Job]) -> list[str]:
    return [job.name for job in jobs]


# --- sources -------------------------------------------------------------------------------------


def test_a_folder_gives_its_pictures_by_suffix_and_keeps_its_tree(photos):
    jobs = find_jobs([str(photos)])
    plain = {"a", "torn", "text", "clear"}
    assert plain < set(names(jobs)) and len(jobs) == 6
    with_digest = sorted(set(names(jobs)) - plain)
    assert [name.lower().rpartition("-")[0] for name in with_digest] == ["more/a", "more/a"]
    # names do not depend on the other sources, so a later run cannot overwrite other models
    assert set(names(jobs)) < set(names(find_jobs([str(ROOT / "examples"), str(photos)])))


def test_patterns_zips_and_tables(photos, tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(photos / "a.jpg", "shop/chair.jpg")
        archive.write(photos / "a.jpg", "../../outside.jpg")
        archive.writestr("__MACOSX/shop/chair.jpg", "shadow")
        archive.writestr("readme.txt", "none")
    csv = tmp_path / "list.csv"
    csv.write_text("path,x0,y0,x1,y1\nphotos/a.jpg,1,2,30,40\n/far/b.jpg,,,,\nphotos/a.jpg,,,,\n")
    assert names(find_jobs([str(tmp_path / "ph*" / "more" / "*.jpg")])) == ["photos/more/a"]
    everything = find_jobs([str(tmp_path / "photos" / "*")])  # without the folder and the notes
    assert sorted(names(everything)) == ["a", "clear", "text", "torn"]
    zipped = find_jobs([str(tmp_path / "some.zip")])
    assert names(zipped) == ["outside", "shop/chair"]  # paths stay inside the output folder
    assert zipped[1].input == f"zip://shop/chair.jpg::{tmp_path}/some.zip"
    listed = find_jobs([str(csv)])
    assert [job.box for job in listed] == [(1, 2, 30, 40), None, None]
    here, far = str(photos / "a.jpg"), "/far/b.jpg"
    assert [job.input for job in listed] == [here, far, here]
    assert len(set(names(listed))) == 3  # two boxes in one photo are two models


def test_a_parquet_table_with_boxes(tmp_path):
    table = pa.table({"path": ["a.jpg", "b.jpg"], "x0": [1.5, None], "y0": [2, None]})
    table = table.append_column("x1", [[30, None]]).append_column("y1", [[40, None]])
    pq.write_table(table, tmp_path / "list.parquet")
    jobs = find_jobs([str(tmp_path / "list.parquet")])
    assert jobs == [
        Job(str(tmp_path / "a.jpg"), "a", (1.5, 2, 30, 40)),
        Job(str(tmp_path / "b.jpg"), "b"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("gone.jpg", None, "There is no picture, folder, zip or table at"),
        ("none/*.jpg", None, "There is no picture"),
        ("list.csv", "file\na.jpg\n", "column `path`"),
        ("boxes.csv", "path,x0,y0,x1,y1\na.jpg,1,2,three,4\n", "boxes.csv, row 1: x0, y0, x1, y1"),
        ("bad.zip", "no zip", "not a whole zip file"),
        ("empty/", None, "holds no PNG, JPEG"),
        ("nosuch://bucket/a.jpg", None, "cannot be opened"),
    ],
)
def test_an_invalid_source_is_named_in_the_message(tmp_path, name, text, says):
    if text:
        (tmp_path / name).write_text(text)
    if name == "empty/":
        (tmp_path / name).mkdir()
    with pytest.raises(BatchError, match=says) as caught:
        find_jobs([name if "://" in name else str(tmp_path / name)])
    assert "\n" not in str(caught.value)


# --- scheduling --------------------------------------------------------------------------------


def test_a_map_reads_a_bounded_number_of_items_ahead():
    read = []
    with ThreadPoolExecutor(2) as pool:
        results = map_in_order(
            pool, lambda n: n * n, (read.append(n) or n for n in range(20)), ahead=4
        )
        assert [next(results), next(results)] == [0, 1]
        assert len(read) == 6
        assert list(results) == [n * n for n in range(2, 20)]


def test_a_batch_has_a_bounded_number_of_pixels():
    large = opened(8000, BATCH_PIXELS // 8000)
    small = opened(100, 100)
    sizes = [len(batch) for batch in split_batches([small, large, small, small, small], 2)]
    assert sizes == [2, 2, 1]
    assert [len(batch) for batch in split_batches([large, large], 8)] == [1, 1]


def opened(width: int, height: int) -> JobState:
    return JobState(Job("", ""), image=DecodedImage(Image.new("L", (width, height)), None))


# --- one picture --------------------------------------------------------------------------------


def test_one_photo_gives_the_file_of_the_page(checkpoint, model, picture, tmp_path, capsys):
    out = tmp_path / "new" / "my bed.glb"
    assert convert.main([str(picture), "-o", str(out), "--model", str(checkpoint)]) == 0
    prediction = predict_object(model, open_image(str(picture)))
    settings = Settings(model.config.threshold, "smooth", drop_crumbs=True)
    result = Result(prediction, picture.stem, tmp_path, model.config.threshold)
    path, _ = export_glb(result, settings)
    assert out.read_bytes() == path.read_bytes()
    assert list(out.parent.iterdir()) == [out]  # no manifest, no temporary file
    assert prediction.category in capsys.readouterr().out


@pytest.mark.slow
def test_one_photo_imports_no_package_that_it_does_not_need(checkpoint, picture, tmp_path):
    code = (
        "import sys, convert\n"
        "assert convert.main([sys.argv[1], '-o', 'a.stl', '--model', sys.argv[2]]) == 0\n"
        "heavy = {'gradio', 'ray', 'pyarrow', 'pandas', 'fsspec'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, picture, checkpoint],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert abs(max(trimesh.load(tmp_path / "a.stl").extents) - 120) < 0.01  # mm


def test_help_imports_neither_torch_nor_numpy():
    code = (
        "import sys, convert\ntry: convert.main(['--help'])\nexcept SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.jpg", "b.jpg", "-o", "a.glb"], "the file of one picture"),
        (["photos", "--formats", "glb,fbx"], "fbx is none of"),
        (["a.jpg", "--box", "1", "2", "3", "4"], "--box needs one picture"),
        (["photos", "--workers", "0"], "at least 1"),
    ],
)
def test_a_wrong_command_ends_with_status_2(arguments, says, capsys):
    with pytest.raises(SystemExit) as caught:
        convert.main(arguments)
    assert caught.value.code == 2 and says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["gone.jpg", "-o", "a.glb"], 1, "There is no "),
        (["gone", "-o", "models"], 2, "There is no picture"),
        ([str(ROOT / "convert.py"), "-o", "a.glb"], 1, "not a PNG"),
        ([str(ROOT / "examples"), "--model", "/none"], 2, "There is no folder /none"),
        ([str(ROOT / "examples"), "--threshold", "2"], 2, "The threshold is 2.0"),
    ],
)
def test_an_error_of_the_user_is_one_line(arguments, status, says, capsys):
    assert convert.main(arguments) == status
    printed = capsys.readouterr().err
    assert says in printed and len(printed.strip().splitlines()) == 1


def test_defaults_are_those_of_the_modules():
    defaults = convert.parse_arguments(["a"])
    assert (defaults.stl_height, defaults.batch) == (DEFAULT_EXPORT.stl_height, BATCH)
    assert defaults.stl_size == DEFAULT_EXPORT.stl_size


# --- many pictures ------------------------------------------------------------------------------


def test_unusable_photos_are_listed_and_skipped(checkpoint, photos, tmp_path, capsys):
    out = tmp_path / "models"
    run = [str(photos), "-o", str(out), "--model", str(checkpoint), "--formats", "glb,npz"]
    assert convert.main([*run, "--parquet", "--batch", "2"]) == 1
    printed = capsys.readouterr()
    assert "3 of 6 pictures" in printed.out
    by_input = {Path(record["input"]).name: record for record in records(out)}
    assert len(records(out)) == 6
    for name, says in (("torn", "decoded"), ("text", "not a PNG"), ("clear", "transparent")):
        record = next(r for n, r in by_input.items() if n.startswith(name))
        assert says in record["error"] and record["files"] == [] and record["error"] in printed.err
    for record in records(out):
        if record["error"]:
            continue
        glb, npz = record["files"]
        assert trimesh.load(out / glb, force="mesh").is_watertight
        assert np.load(out / npz)["occupancy"].shape == (32, 32, 32)
        assert record["category"] and 0 < record["confidence"] <= 1 and record["seconds"] > 0
    assert pq.read_table(out / "manifest.parquet").to_pylist() == records(out)


def test_the_same_command_converts_only_what_is_missing(checkpoint, photos, tmp_path, capsys):
    out, run = tmp_path / "models", ["--model", str(checkpoint), "-o", str(tmp_path / "models")]
    assert convert.main([str(photos / "more"), *run]) == 0
    first = records(out)
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.glb")}
    assert len(made) == 2
    assert convert.main([str(photos / "more"), *run]) == 0
    assert records(out) == first
    removed, other = made
    removed.unlink()
    assert convert.main([str(photos / "more"), *run]) == 0
    assert len(records(out)) == 3 and removed.is_file()
    assert other.stat().st_mtime_ns == made[other]
    assert convert.main([str(photos / "more"), *run, "--style", "blocks"]) == 0
    assert len(records(out)) == 5  # other settings, other models
    assert other.stat().st_mtime_ns > made[other]


def test_a_box_in_a_table_chooses_the_object(checkpoint, model, picture, tmp_path):
    width, height = Image.open(picture).size
    box = (0, 0, width / 2, height)
    csv = tmp_path / "list.csv"
    csv.write_text(f"path,x0,y0,x1,y1\n{picture},{','.join(map(str, box))}\n{picture},0,0,-5,-5\n")
    out = tmp_path / "models"
    run = [str(csv), "-o", str(out), "--model", str(checkpoint), "--formats", "npz"]
    assert convert.main(run) == 1
    good, bad = records(out)
    assert good["box"] == list(box) and "lies outside the" in bad["error"]
    alone = predict_object(model, open_image(str(picture)), box)
    saved = np.load(out / good["files"][0])["occupancy"]
    assert np.abs(saved.astype(float) - alone.occupancy).max() < 1e-3


@pytest.mark.slow
def test_a_run_continues_after_a_kill(checkpoint, picture, tmp_path):
    photos, out = tmp_path / "photos", tmp_path / "models"
    photos.mkdir()
    for n in range(16):
        shutil.copy(picture, photos / f"{n:02}.jpg")
    command = [sys.executable, "convert.py", str(photos), "-o", str(out), "--batch", "1"]
    process = subprocess.Popen(
        [*command, "--model", str(checkpoint)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + KILL_SECONDS
    while not (out / "manifest.jsonl").is_file() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.glb")}
    assert 0 < len(before) < 16
    for name in before:
        assert trimesh.load(out / name, force="mesh").is_watertight  # whole files only
    done = {name for record in records(out) for name in record["files"]}
    with (out / "manifest.jsonl").open("a") as log:
        log.write('{"input": "torn off by the ki')
    assert convert.main([*command[2:], "--model", str(checkpoint)]) == 0
    assert len(list(out.glob("*.glb"))) == 16
    assert all((out / name).stat().st_mtime_ns == before[name] for name in done)
    assert len(Manifest(str(out)).records) == 16


def test_an_object_store_in_and_out(checkpoint, photos, tmp_path):
    store = fsspec.filesystem("memory")
    store.put(str(photos), "/bucket/photos", recursive=True)
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(photos / "a.jpg", "chair.jpg")
    store.put(str(tmp_path / "some.zip"), "/bucket/some.zip")
    sources = ["memory://bucket/photos/more", "memory://bucket/some.zip"]
    run = [*sources, "-o", "memory://bucket/models", "--model", str(checkpoint), "--parquet"]
    assert convert.main(run) == 0
    assert store.exists("/bucket/models/chair.glb")
    parts = store.glob("/bucket/models/manifest-*.jsonl")
    lines = [line for part in parts for line in store.cat_file(part).splitlines()]
    assert len(lines) == 3 and store.exists("/bucket/models/manifest.parquet")
    assert convert.main(run) == 0  # nothing left to do
    assert store.glob("/bucket/models/manifest-*.jsonl") == parts
    store.rm("/bucket", recursive=True)


def test_without_ray_one_sentence_says_what_to_install(checkpoint, picture, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    out = str(picture.parent / "never")
    assert convert.main([str(picture), "-o", out, "--model", str(checkpoint), "--ray"]) == 2
    assert 'pip install "ray[data]"' in capsys.readouterr().err
