"""convert.py --all: each piece of a photo and the scene."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import trimesh
from PIL import Image

import convert
from batch.results.manifest import Manifest
from core.found_objects import FoundObject
from pipeline.parts import model as part_models
from pipeline.scene import predicting
from pipeline.scene.repeats import distinct_pieces
from pipeline.scene.scene import NO_PIECE

BOXES = [(60.0, 60.0, 380.0, 700.0), (380.0, 60.0, 700.0, 700.0)]


@pytest.fixture(autouse=True)
def two_pieces(monkeypatch):
    """Two pieces in each photo; none in a white one."""

    def find(model, image):
        if np.asarray(image.rgb).min() == 255:
            return []
        scale = image.rgb.width / 768
        boxes = [tuple(scale * value for value in box) for box in BOXES]
        mask = np.ones((4, 4), np.float32)
        return [FoundObject(box, 0.9 - 0.1 * i, "bed", mask, box) for i, box in enumerate(boxes)]

    monkeypatch.setattr(predicting, "find_objects", find)
    # the boxes are the halves of one bed
    monkeypatch.setattr(predicting, "distinct_pieces", lambda found, _: list(range(len(found))))


@pytest.fixture
def photo(tmp_path, picture) -> Path:
    return Path(shutil.copy(picture, tmp_path / "room.jpg"))


def records(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def run(*arguments) -> int:
    return convert.main([str(argument) for argument in (*arguments, "--all")])


def files_of(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}


def test_each_piece_has_its_files_and_a_line(photo, tmp_path):
    out = tmp_path / "out"
    assert run(photo, "-o", out, "--formats", "glb,stl", "--parquet") == 0
    rows = records(out)
    assert [row["piece"]["number"] for row in rows] == [1, 2]
    for row, box in zip(rows, BOXES, strict=True):
        assert row["box"] == pytest.approx(box, abs=0.1) and not row["error"]
        assert row["piece"]["scene"] == "room/scene.glb" and row["piece"]["count"] == 2
        assert len(row["piece"]["place"]) == 3 and row["piece"]["longest_side"] > 0.1
    names = [f"{row['category']}_{n}" for n, row in enumerate(rows, 1)]
    assert rows[0]["files"] == [f"room/{names[0]}.glb", f"room/{names[0]}.stl"]
    assert set(trimesh.load(out / "room" / "scene.glb").graph.nodes_geometry) == set(names)
    listed = {file for row in rows for file in row["files"]}
    assert files_of(out) == listed | {"room/scene.glb", "manifest.jsonl", "manifest.parquet"}
    table = pq.read_table(out / "manifest.parquet").to_pylist()
    assert [row["piece"]["score"] for row in table] == [0.9, 0.8]


def test_parts_are_named_in_the_scene_and_in_the_pieces(photo, tmp_path, monkeypatch):
    fits = []
    add = part_models.add_parts

    def add_once(result, bank):
        fits.append(result.name)
        return add(result, bank)

    monkeypatch.setattr(part_models, "add_parts", add_once)
    out = tmp_path / "out"
    assert run(photo, "-o", out, "--style", "parts") == 0
    assert len(fits) == 2  # the piece's own files use the same model
    graph = trimesh.load(out / "room" / "scene.glb").graph
    for row in records(out):
        piece = Path(row["files"][0])
        alone = set(trimesh.load(out / piece).geometry)
        assert len(alone) > 1
        assert {f"{piece.stem}_{part}" for part in alone} <= set(graph.nodes_geometry)
    assert run(photo, "-o", tmp_path / "room.glb", "--style", "parts") == 0
    one = trimesh.load(tmp_path / "room.glb").graph
    assert set(one.nodes_geometry) == set(graph.nodes_geometry)


def test_the_next_run_makes_only_what_is_missing(photo, tmp_path):
    out = tmp_path / "out"
    assert run(photo, "-o", out) == 0
    (piece, _) = (out / row["files"][0] for row in records(out))
    made = {path: path.stat().st_mtime_ns for path in (out / "room").iterdir()}
    assert run(photo, "-o", out) == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "room").iterdir()} == made
    assert len(records(out)) == 2
    piece.unlink()
    assert run(photo, "-o", out) == 0
    assert piece.is_file() and len(records(out)) == 4
    assert len(Manifest(str(out)).records) == 2  # the last lines are valid


def test_pieces_that_are_not_found_again_are_not_valid(photo, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert run(photo, "-o", out) == 0
    find = predicting.find_objects
    monkeypatch.setattr(predicting, "find_objects", lambda *args: find(*args)[:1])
    assert run(photo, "-o", out, "--style", "blocks") == 0
    (record,) = Manifest(str(out)).records.values()
    assert record.piece["count"] == 1 and "blocks" in record.made_with


def test_a_piece_that_is_found_twice_is_made_once(photo, tmp_path, monkeypatch):
    find = predicting.find_objects
    monkeypatch.setattr(predicting, "find_objects", lambda *args: find(*args)[:1] * 2)
    monkeypatch.setattr(predicting, "distinct_pieces", distinct_pieces)
    out = tmp_path / "out"
    assert run(photo, "-o", out) == 0
    (record,) = records(out)
    assert record["piece"]["number"] == record["piece"]["count"] == 1
    assert len(trimesh.load(out / "room" / "scene.glb").graph.nodes_geometry) == 1


def test_one_piece_of_the_photo_is_another_job(photo, tmp_path):
    out = tmp_path / "out"
    assert run(photo, "-o", out) == 0
    scene = (out / "room" / "scene.glb").read_bytes()
    assert convert.main([str(photo), "-o", str(out)]) == 0
    assert (out / "room.glb").is_file()
    assert (out / "room" / "scene.glb").read_bytes() == scene
    assert len(Manifest(str(out)).records) == 3
    assert run(photo, "-o", out) == 0 and len(records(out)) == 3  # nothing left to do


def test_another_photo_at_the_address_gets_its_own_folder(photo, tmp_path):
    out = tmp_path / "out"
    assert run(photo, "-o", out) == 0
    first = (out / "room" / "scene.glb").read_bytes()
    Image.open(photo).convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photo)
    assert run(photo, "-o", out) == 0
    assert (out / "room" / "scene.glb").read_bytes() == first
    assert len(list(out.glob("*/scene.glb"))) == 2


def test_a_photo_without_a_piece_is_a_line_and_stops_no_other(photo, tmp_path, capsys):
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    shutil.copy(photo, folder / "b.jpg")
    Image.new("RGB", (64, 64), "white").save(folder / "a.png")
    (folder / "c.png").write_text("no picture")
    assert run(folder, "-o", out) == 1
    rows = records(out)
    assert [row["error"] is None for row in rows] == [False, True, True, False]
    assert rows[0]["error"] == NO_PIECE and rows[0]["files"] == []
    printed = capsys.readouterr()
    assert "1 of 3 pictures are models" in printed.out and NO_PIECE in printed.err


def test_many_photos_go_into_one_zip(photo, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "ab":
        shutil.copy(photo, folder / f"{name}.jpg")
    assert run(folder, "-o", tmp_path / "all.zip") == 0
    names = set(zipfile.ZipFile(tmp_path / "all.zip").namelist())
    assert {"a/scene.glb", "b/scene.glb", "manifest.jsonl"} < names and len(names) == 7


def test_a_file_is_the_scene_alone(photo, tmp_path, capsys):
    assert run(photo, "-o", tmp_path / "room.glb") == 0
    assert len(trimesh.load(tmp_path / "room.glb").graph.nodes_geometry) == 2
    printed = capsys.readouterr().out
    assert "_1" in printed and "_2" in printed
    assert run(photo, "-o", tmp_path / "room.zip") == 0
    names = zipfile.ZipFile(tmp_path / "room.zip").namelist()
    assert "room.glb" in names and "scene.json" in names and len(names) == 4


def test_one_photo_without_a_piece_is_a_sentence(tmp_path, capsys):
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    assert run(tmp_path / "white.png", "-o", tmp_path / "white.glb") == 1
    assert capsys.readouterr().err.strip().endswith(NO_PIECE)
    assert not (tmp_path / "white.glb").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "room.stl"], "a scene is written as .glb or .zip"),
        (["-o", "-", "--formats", "stl"], "a scene is written as .glb or .zip"),
        (["-o", "room.glb", "--one-piece"], "leave out --one-piece, --box and --set"),
        (["-o", "room.glb", "--box", "1", "2", "30", "40"], "leave out --one-piece, --box"),
        (["-o", "out", "--set", "seat_height=45"], "leave out --one-piece, --box and --set"),
    ],
)
def test_wrong_combinations_are_a_sentence(photo, arguments, says, capsys):
    with pytest.raises(SystemExit) as caught:
        run(photo, *arguments)
    assert caught.value.code == 2 and says in capsys.readouterr().err


def test_a_table_with_boxes_is_refused(photo, tmp_path, capsys):
    table = tmp_path / "list.csv"
    table.write_text(f"path,x0,y0,x1,y1\n{photo},1,2,300,400\n")
    assert run(table, "-o", tmp_path / "out") == 2
    assert "leave out the boxes of the table" in capsys.readouterr().err
