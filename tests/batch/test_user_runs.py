"""Runs of convert.py as users start them: other folders, names, tables, outputs and devices."""

import codecs
import io
import json
import ntpath
import os
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import convert
import voxel_model
from batch import paths, storage
from batch.results.manifest import Manifest
from batch.sources.jobs import find_jobs, list_sources
from batch.sources.tables import decode_text
from core.errors import BatchError, ModelError
from images.formats import IMAGE_SUFFIXES
from images.untrusted import open_image
from pipeline import turntable
from pipeline.detection import predict_object
from pipeline.fusion import fuse
from pipeline.warnings import CUT_OFF, DARK, ROTATED, UNFAMILIAR, photo_warnings
from voxel_model import load_model

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "tests" / "images" / "files"
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, "cpu")


@pytest.fixture
def run(model, monkeypatch, tmp_path):
    """Run a command line in a temporary folder with one loaded model."""
    monkeypatch.setattr(voxel_model, "load_model", lambda source, device: model)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: convert.main([str(argument) for argument in arguments])


@pytest.fixture
def frames_of_turntables(monkeypatch):
    """Turntables of two frames: rendering all takes seconds."""
    render = turntable.render_turntable
    monkeypatch.setattr(turntable, "render_turntable", lambda mesh: render(mesh, 2, 64))


def save(path: Path, example: str, size: int = 240) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(EXAMPLES / f"{example}.jpg").convert("RGB").resize((size, size)).save(path)
    return path


def records(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_bytes().splitlines()]


def files(out: Path) -> list[str]:
    return sorted(str(p.relative_to(out)) for p in out.rglob("*.glb"))


# --- models are not replaced ---------------------------------------------------------------------


def test_folders_with_the_same_names_make_models_of_their_own(run, tmp_path, capsys):
    save(tmp_path / "monday" / "IMG_0001.jpg", "bed")
    save(tmp_path / "tuesday" / "IMG_0001.jpg", "table")
    assert run("monday", "-o", "models") == 0
    monday = (tmp_path / "models" / "IMG_0001.glb").read_bytes()
    assert run("tuesday", "-o", "models") == 0
    assert (tmp_path / "models" / "IMG_0001.glb").read_bytes() == monday
    assert len(files(tmp_path / "models")) == 2
    made = [record["files"] for record in records(tmp_path / "models")]
    assert len({name for names in made for name in names}) == 2
    for folder in ("monday", "tuesday"):
        assert run(folder, "-o", "models") == 0
    assert len(records(tmp_path / "models")) == 2  # nothing was converted again
    assert run("monday", "tuesday", "-o", "models", "--style", "blocks") == 0
    assert len(files(tmp_path / "models")) == 2  # other settings replace the own model


def test_another_photo_at_the_same_address_is_converted_to_a_model_of_its_own(run, tmp_path):
    photo, out = tmp_path / "card" / "IMG_0001.jpg", tmp_path / "models"
    save(photo, "bed")
    assert run("card", "-o", "models") == 0
    first = (out / "IMG_0001.glb").read_bytes()
    save(photo, "table")
    assert run("card", "-o", "models") == 0
    assert len(files(out)) == 2 and (out / "IMG_0001.glb").read_bytes() == first
    assert run("card", "-o", "models") == 0
    assert len(records(out)) == 2
    save(photo, "bed")  # the first card again
    assert run("card", "-o", "models") == 0
    assert (out / "IMG_0001.glb").read_bytes() == first and len(files(out)) <= 3


def test_models_without_a_record_are_not_replaced(run, tmp_path):
    out = tmp_path / "models"
    assert run(save(tmp_path / "a" / "chair.jpg", "bed"), "-o", out / "chair.glb") == 0
    first = (out / "chair.glb").read_bytes()
    save(tmp_path / "b" / "chair.jpg", "table")
    assert run("b", "-o", out) == 0
    assert (out / "chair.glb").read_bytes() == first and len(files(out)) == 2
    (out / "manifest.jsonl").unlink()  # as after a kill between a model and its line
    assert run("a", "-o", out) == 0
    assert len(files(out)) == 2


def test_a_moved_photo_keeps_the_name_of_its_model(run, tmp_path):
    save(tmp_path / "new" / "chair.jpg", "bed")
    assert run("new", "-o", "models") == 0
    (tmp_path / "new").rename(tmp_path / "old")
    assert run("old", "-o", "models") == 0
    assert files(tmp_path / "models") == ["chair.glb"]


# --- own outputs ---------------------------------------------------------------------------------


def test_turntables_of_earlier_runs_are_no_photos(run, tmp_path, frames_of_turntables):
    save(tmp_path / "chair.jpg", "bed")
    for out in ("models", "models", "more", "."):
        assert run(".", "-o", out, "--formats", "glb,webp") == 0
    assert [record["input"] for record in records(tmp_path)] == [str(tmp_path / "chair.jpg")]
    assert [job.name for job in find_jobs([str(tmp_path)])] == ["chair"]
    assert [job.name for job in find_jobs([f"{tmp_path}/*"])] == ["chair"]
    pattern = find_jobs([f"{tmp_path}/**/*"])
    assert {job.input for job in pattern} == {str(tmp_path / "chair.jpg")}
    (tmp_path / "manifest.jsonl").unlink()  # a turntable alone says that it is one
    assert [job.name for job in find_jobs([str(tmp_path)])] == ["chair"]
    assert run("chair.jpg", "-o", "turning.webp") == 0
    assert [job.name for job in find_jobs([str(tmp_path)])] == ["chair"]
    assert run("turning.webp", "-o", "other") == 2


def test_pictures_that_a_manifest_lists_are_no_photos(tmp_path):
    """Files of any format, as later versions may write them."""
    save(tmp_path / "photos" / "chair.jpg", "bed", 64)
    save(tmp_path / "photos" / "models" / "chair.png", "bed", 64)
    line = json.dumps({"files": ["chair.png"]})
    (tmp_path / "photos" / "models" / "manifest.jsonl").write_text(line + "\n")
    for source in (tmp_path / "photos", tmp_path / "photos" / "**" / "*.*"):
        assert [job.name for job in find_jobs([str(source)])] == ["chair"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in (tmp_path / "photos").rglob("*.*"):
            archive.write(path, str(path.relative_to(tmp_path)))
    assert [job.name for job in find_jobs([str(tmp_path / "all.zip")])] == ["photos/chair"]


# --- paths of other systems ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "folder"),
    [
        ("models\\chair.glb", "D:\\work\\models"),
        ("D:\\out\\chair.glb", "D:\\out"),
        ("D:/out/chair.glb", "D:\\out"),
        ("..\\chair.glb", "D:\\"),
        ("\\\\server\\share\\chair.glb", "\\\\server\\share\\"),
        ("s3://bucket/models/chair.glb", "s3://bucket/models"),
    ],
)
def test_outputs_on_windows_go_where_they_are_asked_for(monkeypatch, out, folder):
    monkeypatch.setattr(ntpath, "abspath", lambda p: ntpath.normpath(ntpath.join("D:\\work", p)))
    assert paths.split_target(out, ntpath) == (folder, "chair")
    file = paths.join_address(folder, "shop/chair.glb", ntpath)
    assert paths.parent_address(paths.parent_address(file, ntpath), ntpath) == folder
    assert paths.file_suffix(out) == ".glb"


@pytest.mark.parametrize(
    ("row", "address", "name"),
    [
        ("C:\\photos\\a.jpg", "C:\\photos\\a.jpg", "a"),
        ("C:/photos/a.jpg", "C:/photos/a.jpg", "a"),
        ("\\\\server\\share\\a.jpg", "\\\\server\\share\\a.jpg", "a"),
        ("shop\\a.jpg", "{folder}/shop/a.jpg", "shop/a"),
        ("..\\a.jpg", "{folder}/../a.jpg", "a"),
        ("s3://bucket/a.jpg", "s3://bucket/a.jpg", "a"),
    ],
)
def test_rows_with_paths_of_windows(tmp_path, row, address, name):
    (tmp_path / "list.csv").write_text(f"path\n{row}\n")
    (job,) = find_jobs([str(tmp_path / "list.csv")])
    assert (job.input, job.name) == (address.format(folder=tmp_path), name)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="ab.:/\\ ~$é", max_size=20))
def test_names_of_models_stay_inside_the_output_folder(path):
    name = paths.model_name(path)
    for module in (os.path, ntpath):
        joined = module.normpath(paths.join_address("out", f"{name}.glb", module))
        assert joined.startswith(f"out{module.sep}") and not ntpath.splitdrive(name)[0]
        assert len(joined) > len("out/.glb")


# --- what is skipped -----------------------------------------------------------------------------


def test_all_pictures_of_a_folder_are_found_and_others_are_named(tmp_path, run, capsys):
    folder = tmp_path / "photos"
    bed = save(folder / "bed.jpg", "bed")
    for name in ("b.jfif", "c.jpe", "d.JPG", "nameless"):
        (folder / name).write_bytes(bed.read_bytes())
    (folder / "phone.heic").write_bytes((FILES / "iphone.heic").read_bytes())
    (folder / "web.avif").write_bytes((FILES / "a.avif").read_bytes())
    for suffix in (".tif", ".jp2", ".apng", ".webp"):
        image = Image.open(bed)
        image.save(folder / f"saved{suffix}", format="PNG" if suffix == ".apng" else None)
    (folder / "raw.cr2").write_bytes(b"raw")
    (folder / "README").write_text("text")
    (folder / ".DS_Store").write_text("hidden")
    listing = list_sources([str(folder)])
    assert len(listing.jobs) == 11
    assert sorted(map(paths.file_name, listing.skipped)) == ["README", "raw.cr2"]
    assert run("photos", "-o", "models", "--formats", "npz") == 0
    printed = capsys.readouterr().out
    assert "11 of 11 pictures are models" in printed
    assert "2 files are no pictures and were skipped: README, raw.cr2." in printed


def test_the_suffixes_are_those_of_pillow():
    open_image(EXAMPLES / "bed.jpg")  # registers HEIC
    registered = Image.registered_extensions()
    known = {registered[suffix] for suffix in IMAGE_SUFFIXES}
    assert known == {
        "PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000"
    }  # fmt: skip


def test_a_zip_without_pictures_is_a_sentence(tmp_path, run, capsys):
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        archive.writestr("readme.txt", "none")
        archive.mkdir("forest.jpg")
    (tmp_path / "empty.zip").write_bytes(b"PK\5\6" + bytes(18))
    (tmp_path / "empty").mkdir()
    for source in ("texts.zip", "empty.zip", "empty"):
        assert run(source, "-o", "models") == 2
        printed = capsys.readouterr().err
        assert "holds no PNG" in printed and len(printed.splitlines()) == 1


def test_folders_are_no_pictures(tmp_path):
    save(tmp_path / "forest.jpg" / "tree.png", "bed", 64)
    save(tmp_path / "chair.jpg", "bed", 64)
    assert [job.name for job in find_jobs([f"{tmp_path}/*.jpg"])] == ["chair"]
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.mkdir("forest.jpg")
        archive.write(tmp_path / "chair.jpg", "forest.jpg/chair.jpg")
    assert [job.name for job in find_jobs([f"{tmp_path}/some.zip"])] == ["forest.jpg/chair"]
    with pytest.raises(BatchError, match="There is no picture"):
        find_jobs([f"{tmp_path}/f*.jpg"])


# --- tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "sep={}\r\n"])
def test_tables_of_excel(tmp_path, encoding, delimiter, start):
    number = "1,5" if delimiter == ";" else "1.5"
    rows = [["path", "x0", "y0", "x1", "y1"], ["Stühle/a.jpg", number, "2", "30", "40"]]
    text = start.format(delimiter) + "".join(delimiter.join(row) + "\r\n" for row in rows)
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    (job,) = find_jobs([str(tmp_path / "list.csv")])
    assert job.name == "Stühle/a" and job.box == (1.5, 2, 30, 40)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"path\n" + b"x" * 200_000 + b"\n", "field larger than"),
        ("a.csv", b"path,b\n" + b'"' + b"a\n" * 100_000, "field larger than"),
        ("a.csv", b"", "no rows with a column `path`"),
        ("a.csv", bytes(range(256)) * 20, "no rows with a column `path`"),
        ("a.csv", codecs.BOM_UTF16_LE + b"p\0a", "no rows with a column `path`"),
        ("a.csv", b"path\n\n,\n", "there is no path"),
        ("a.parquet", b"no parquet", "not a whole Parquet file"),
        ("a.parquet", b"PAR1" + bytes(40) + b"PAR1", "not a whole Parquet file"),
        ("a.parquet", b"", "not a whole Parquet file"),
    ],
)
def test_broken_tables_are_one_sentence(tmp_path, run, capsys, name, data, says):
    (tmp_path / name).write_bytes(data)
    assert run(name, "-o", "models") == 2
    printed = capsys.readouterr().err
    assert says in printed and len(printed.strip().splitlines()) == 1


def test_a_parquet_without_texts_is_one_sentence(tmp_path):
    import pyarrow as pa

    pq.write_table(pa.table({"path": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(BatchError, match="row 1: there is no path"):
        find_jobs([str(tmp_path / "a.parquet")])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_text(data):
    assert isinstance(decode_text(data), str)


# --- outputs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["chair.fbx", "models/a.dae", "s3://bucket/chair.step", "a.JPG"])
def test_an_unknown_format_is_a_sentence_with_the_known(out, capsys, run, tmp_path):
    with pytest.raises(SystemExit) as caught:
        run("a.jpg", "-o", out)
    assert caught.value.code == 2 and not list(tmp_path.iterdir())
    printed = capsys.readouterr().err
    assert ".glb, .obj, .ply, .stl" in printed and "slash" in printed


@pytest.mark.parametrize("out", ["v1.0", "models.v2/", "s3://my.bucket", ".", "2024.05.01"])
def test_folders_may_have_dots(out):
    assert not convert.parse_arguments(["photos", "-o", out]).single


def test_several_photos_become_a_zip(run, tmp_path, capsys):
    save(tmp_path / "photos" / "bed.jpg", "bed")
    save(tmp_path / "photos" / "more" / "table.jpg", "table")
    assert run("photos", "-o", "models.zip", "--formats", "glb,stl") == 0
    with zipfile.ZipFile(tmp_path / "models.zip") as bundle:
        assert sorted(bundle.namelist()) == [
            "bed.glb", "bed.stl", "manifest.jsonl", "more/table.glb", "more/table.stl"
        ]  # fmt: skip
    assert "in models.zip" in capsys.readouterr().out
    assert run("photos/bed.jpg", "-o", "bed.zip") == 0
    with zipfile.ZipFile(tmp_path / "bed.zip") as bundle:
        assert "bed.vox" in bundle.namelist()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bed.zip", "models.zip", "photos"]


@pytest.mark.parametrize("out", ["note", "note/models", "note/chair.glb", "note/a/b/chair.stl"])
def test_an_output_at_or_below_a_file_is_a_sentence(run, tmp_path, capsys, out):
    (tmp_path / "note").write_text("a file")
    save(tmp_path / "bed.jpg", "bed")
    assert run("bed.jpg", "-o", out) == 2
    printed = capsys.readouterr().err
    assert "file" in printed and len(printed.strip().splitlines()) == 1
    assert (tmp_path / "note").read_text() == "a file"


@pytest.mark.parametrize("out", ["closed", "closed/models", "closed/chair.glb"])
def test_an_output_without_permission_is_a_sentence(run, tmp_path, capsys, monkeypatch, out):
    (tmp_path / "closed").mkdir()
    save(tmp_path / "bed.jpg", "bed")
    monkeypatch.setattr(os, "access", lambda path, mode: "closed" not in str(path))
    assert run("bed.jpg", "-o", out) == 2
    assert "no permission" in capsys.readouterr().err


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cuda", "tpu", "", "cpu:x", "meta"])
def test_a_device_that_cannot_be_used_is_a_sentence(checkpoint, tmp_path, capsys, device):
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    save(tmp_path / "bed.jpg", "bed")
    run = [str(tmp_path / "bed.jpg"), "--model", str(checkpoint), "--device", device]
    for out in (tmp_path / "a.glb", tmp_path / "models"):
        assert convert.main([*run, "-o", str(out)]) == 2
        printed = capsys.readouterr().err.strip()
        assert "choose auto, cpu, cuda or mps" in printed and len(printed.splitlines()) == 1


@pytest.mark.parametrize("gpu", ["cuda", "mps"])
def test_a_gpu_without_kernels_is_left_for_the_cpu(monkeypatch, caplog, gpu):
    backend = torch.cuda if gpu == "cuda" else torch.backends.mps
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(backend, "is_available", lambda: True)
    ones = torch.ones

    def no_kernel(*size, device):
        if device == gpu:
            raise RuntimeError("CUDA error: no kernel image is available\nCompile with ...")
        return ones(*size, device=device)

    monkeypatch.setattr(torch, "ones", no_kernel)
    assert voxel_model.pick_device("auto") == torch.device("cpu")
    (record,) = caplog.records
    assert "no kernel image is available); the model runs on the CPU." in record.getMessage()
    with pytest.raises(ModelError, match="cannot be used"):
        voxel_model.pick_device(gpu)


# --- streams and the web -------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    """A web server with one photo; it refuses requests that ask for more."""

    photo = b""

    def do_GET(self):
        path = self.path.partition("?")[0]
        status = {"/a%20chair.jpg": 200, "/text": 200, "/closed.jpg": 403}.get(path, 404)
        body = self.photo if path.endswith(".jpg") and status == 200 else b"<html>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Server.photo = save(tmp_path / "sent.jpg", "bed").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_web_addresses_are_read(run, tmp_path, server, capsys):
    photo = f"{server}/a%20chair.jpg?width=800&*"
    assert run(photo, "-o", "chair.glb") == 0
    assert run(photo, tmp_path / "sent.jpg", "-o", "models") == 0
    assert files(tmp_path / "models") == ["a chair.glb", "sent.glb"]
    capsys.readouterr()
    for path, says in (
        ("/gone.jpg", "There is no "),
        ("/closed.jpg", "the server says HTTP Error 403"),
        ("/text", "not a PNG"),
    ):
        assert run(f"{server}{path}", "-o", "b.glb") == 1
        printed = capsys.readouterr().err.strip()
        assert says in printed and len(printed.splitlines()) == 1
    assert run("http://127.0.0.1:9/a.jpg", "-o", "b.glb") == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_stdin_to_stdout(run, tmp_path, monkeypatch, capsysbinary):
    photo = save(tmp_path / "bed.jpg", "bed")
    for formats in (["glb"], ["stl"], []):
        storage._read_stdin.cache_clear()
        stdin = io.TextIOWrapper(io.BytesIO(photo.read_bytes()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", stdin)
        assert run("-", "-o", "-", *(["--formats", *formats] if formats else [])) == 0
        printed = capsysbinary.readouterr()
        mesh = trimesh.load_mesh(io.BytesIO(printed.out), file_type=(formats or ["glb"])[0])
        assert len(mesh.faces) > 100 and b"bed" in printed.err
    storage._read_stdin.cache_clear()
    with pytest.raises(SystemExit):
        run("-", "-o", "-", "--formats", "glb,stl")


# --- several photos of one piece -----------------------------------------------------------------


def test_several_photos_of_one_piece_are_one_model(run, model, tmp_path, capsys):
    photos = [save(tmp_path / "set" / f"{name}.jpg", name, 400) for name in ("table", "desk")]
    fused = fuse([predict_object(model, open_image(photo)) for photo in photos])
    assert run(*photos, "--one-piece", "-o", "piece.npz") == 0
    occupancy = np.load(tmp_path / "piece.npz")["occupancy"]
    assert np.abs(occupancy - fused.occupancy).max() < 1e-3
    assert run("set", "--one-piece", "-o", "again.npz") == 0
    assert run(photos[0], "--one-piece", "-o", "one.glb") == 0
    for wrong in (["-o", "models"], ["-o", "a.glb", "--box", 1, 2, 30, 40]):
        with pytest.raises(SystemExit) as caught:
            run(*photos, "--one-piece", *wrong)
        assert caught.value.code == 2
    capsys.readouterr()
    assert run(*photos * 5, "--one-piece", "-o", "a.glb") == 2
    assert "too many for one piece" in capsys.readouterr().err


# --- warnings, notes and sizes -------------------------------------------------------------------


def test_the_manifest_holds_warnings_expected_iou_notes_and_content(run, model, tmp_path, capsys):
    save(tmp_path / "photos" / "bed.jpg", "bed", 400)
    image = Image.open(EXAMPLES / "bed.jpg").convert("RGB").resize((400, 400))
    image.point(lambda level: level // 6).save(tmp_path / "photos" / "night.png")
    image.crop((0, 0, 230, 400)).save(tmp_path / "photos" / "half.png")
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photos" / "noise.png")
    assert run("photos", "-o", "models", "--formats", "stl", "--stl-size", 10, "--parquet") == 0
    by_name = {Path(record["input"]).stem: record for record in records(tmp_path / "models")}
    assert by_name["bed"]["warnings"] == [] and 0.2 < by_name["bed"]["expected_iou"] <= 1
    assert DARK in by_name["night"]["warnings"] and CUT_OFF in by_name["half"]["warnings"]
    assert UNFAMILIAR in by_name["noise"]["warnings"]
    assert all(len(record["digest"]) == 64 for record in by_name.values())
    notes = by_name["bed"]["notes"]
    assert notes[-1].startswith("The model is") and any("thinnest wall" in note for note in notes)
    assert "bed.stl: The thinnest wall" in capsys.readouterr().out
    rows = {Path(row["input"]).stem: row for row in pq.read_table(
        tmp_path / "models" / "manifest.parquet").to_pylist()}  # fmt: skip
    assert rows == by_name
    assert run("photos/bed.jpg", "-o", "bed.stl", "--style", "blocks") == 0
    assert "mm wide" in capsys.readouterr().out


def test_examples_have_no_warnings(model):
    images = [open_image(path) for path in sorted(EXAMPLES.glob("*.jpg"))]
    from images.preprocessing import decode_image

    warned = [photo_warnings(predict_object(model, i), decode_image(i)) for i in images]
    assert sum(map(bool, warned)) <= 2, warned


def test_a_photo_on_its_side_is_reported(run, tmp_path):
    for name in ("armchair", "table", "swivel_chair", "desk"):
        image = Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")
        (tmp_path / "turned").mkdir(exist_ok=True)
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned" / f"{name}.jpg")
    assert run("turned", "-o", "models") == 0
    assert any(ROTATED in record["warnings"] for record in records(tmp_path / "models"))


def test_one_limit_of_the_size_of_a_file(run, tmp_path, capsys):
    photo = save(tmp_path / "photos" / "bed.png", "bed")
    size = photo.stat().st_size
    assert run("photos", "-o", "models", "--largest", size) == 0
    assert run(photo, "-o", "a.glb", "--largest", size) == 0
    photo.write_bytes(photo.read_bytes() + bytes(17 * 1024**2))
    assert run("photos", "-o", "models", "--largest", 20_000_000) == 0
    capsys.readouterr()
    assert run(photo, "-o", "a.glb", "--largest", 2_500_000) == 1
    assert "over 2.5 MB" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(photo, "-o", "a.glb", "--largest", 0)


# --- names that are not text ---------------------------------------------------------------------


def test_names_that_are_not_utf_8_are_carried_and_escaped(run, tmp_path, capsys):
    save(tmp_path / "photos" / "plain.jpg", "bed")
    data = (tmp_path / "photos" / "plain.jpg").read_bytes()
    Path(os.fsdecode(bytes(tmp_path / "photos") + b"/st\xfchle.jpg")).write_bytes(data)
    run_it = ("photos", "-o", "models", "--formats", "glb,obj", "--parquet")
    assert run(*run_it) == 0
    assert b"st\xfchle.glb" in os.listdir(os.fsencode(tmp_path / "models"))
    assert len(records(tmp_path / "models")) == 2
    json.loads((tmp_path / "models" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[1])
    assert run(*run_it) == 0
    assert len(records(tmp_path / "models")) == 2  # found again
    assert len(Manifest(str(tmp_path / "models")).records) == 2
    assert run("photos", "-o", "models.zip") == 0
    odd = os.fsdecode(b"photos/st\xfchle.jpg")
    assert run(odd, "-o", os.fsdecode(b"\xff.stl")) == 0
    assert "udcff.stl" in capsys.readouterr().out


def test_a_console_that_cannot_print_a_name(checkpoint, tmp_path):
    photo = save(tmp_path / "椅子.jpg", "bed")
    done = subprocess.run(
        [sys.executable, "convert.py", str(photo), "-o", str(tmp_path / "椅子.glb"),
         "--model", str(checkpoint)],
        cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"\\u6905\\u5b50.glb" in done.stdout
