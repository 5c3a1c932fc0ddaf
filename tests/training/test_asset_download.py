"""The data of a recipe from public sources: a local server sends files in the sources' layout."""

import csv
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image, ImageDraw

from tests.conftest import ROOT
from tests.training.small_pix3d import write_data
from training import assets
from training.asset_download import downloads as downloads_module
from training.asset_download import panoramas, radiance, texture_sheets
from training.asset_download.downloads import DownloadError, Downloads, download
from training.asset_download.models import poses
from training.data.archives import read_entries, read_index
from training.pix3d import dataset
from training.studio.assets import load_assets
from training.studio.shapes.cad import load_pool

SHEET_COLORS = [(10 * i + 20, 90, 200 - 10 * i) for i in range(9)]


def draw_sheet(path, colors=SHEET_COLORS, sizes=None):
    """A preview sheet as make_preview.py of the source draws it."""
    rows = -(-len(colors) // 7)
    sheet = Image.new("RGB", (1024, 32 + rows * 176), "white")
    draw = ImageDraw.Draw(sheet)
    for i, color in enumerate(colors):
        width, height = (sizes or {}).get(i, (128, 128))
        x, y = 16 + i % 7 * 144, 16 + i // 7 * 176
        draw.rectangle((x, y, x + width - 1, y + height - 1), fill=color)
        draw.text((x + 20, y + 133), f"Wood{i:03}", fill=(0, 0, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=95)


def write_hdr(path, picture, coded=True):
    """Write a Radiance picture (H, W, 3); rows alternate between repeated and different bytes."""
    _, exponent = np.frexp(picture.max(axis=-1))
    scale = np.ldexp(256.0, -exponent)
    rgbe = np.dstack([picture * scale[..., None], exponent + 128]).astype(np.uint8)
    rows, columns = picture.shape[:2]
    data = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {rows} +X {columns}\n".encode()
    if not coded:
        data += rgbe.tobytes()
    for row in rgbe if coded else ():
        data += bytes([2, 2, columns >> 8, columns & 255])
        for channel in row.T:
            half = columns // 2
            for start in range(0, half, 100):  # different bytes
                part = channel[start : min(start + 100, half)]
                data += bytes([len(part)]) + part.tobytes()
            for value in channel[half:]:  # runs of one byte
                data += bytes([129, value])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def panorama(rows=64, columns=128):
    """Bright above, red in the middle column, green on the right of it."""
    picture = np.full((rows, columns, 3), 0.2, np.float32)
    picture[: rows // 4] = 4.0
    picture[:, columns // 2 - 4 : columns // 2 + 4] = (2.0, 0.1, 0.1)
    picture[:, columns * 3 // 4 - 4 : columns * 3 // 4 + 4] = (0.1, 2.0, 0.1)
    return picture


@pytest.fixture
def server(tmp_path):
    """A server of the files in tmp_path/served; yields its address and the requested paths."""
    served, requested = tmp_path / "served", []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(unquote(self.path))
            file = served / unquote(self.path).lstrip("/")
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            if file.is_file():
                self.wfile.write(file.read_bytes())

        def log_message(self, *values):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}", requested
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A small downloads.json of the real one's form, and its files on the server."""
    reference = json.loads(assets.DOWNLOADS.read_text(encoding="utf-8"))
    reference["textures"]["materials"] = {"Wood": 9, "Fabric": 2}
    reference["panoramas"]["items"] = [
        next(i for i in reference["panoramas"]["items"] if i["indoor"] == indoor)
        for indoor in (True, False)
    ]
    reference["models"]["items"] = reference["models"]["items"][:2]
    reference["pix3d"]["shapes"] = {"chair": ["SHAPE_0", "SHAPE_1"]}
    path = tmp_path / "downloads.json"
    path.write_text(json.dumps(reference), encoding="utf-8")
    monkeypatch.setattr(assets, "DOWNLOADS", path)
    served = tmp_path / "served"
    textures = served / reference["textures"]["repository"] / reference["textures"]["commit"]
    draw_sheet(textures / "previews" / "Wood.webp", sizes={2: (128, 92)})
    draw_sheet(textures / "previews" / "Fabric.webp", [(200, 40, 40), (255, 255, 255)])
    for item in reference["panoramas"]["items"]:
        commit = reference["panoramas"]["commits"][item["repository"]]
        write_hdr(served / item["repository"] / commit / item["path"], panorama())
    models = served / reference["models"]["repository"] / reference["models"]["commit"]
    for item in reference["models"]["items"]:
        (models / item["path"]).parent.mkdir(parents=True, exist_ok=True)
        trimesh.creation.box((1, 0.5, 2)).export(models / item["path"])
    return reference


def write_pix3d(folder):
    """A small Pix3D with meshes: the drawn chairs' boxes."""
    entries = write_data(folder)
    for entry in entries:
        entry["model"] = entry["voxel"].rpartition("/")[0] + "/model.obj"
        trimesh.creation.box((1, 2, 1)).export(folder / entry["model"])
    (folder / "pix3d.json").write_text(json.dumps(entries), encoding="utf-8")


def test_one_command_builds_what_the_studio_reads(server, sources, tmp_path, capsys):
    address, requested = server
    write_pix3d(tmp_path / "pix3d")
    out = tmp_path / "data"
    typed = ["--download", "--pix3d", str(tmp_path / "pix3d"), "--out", str(out)]
    assert assets.main([*typed, "--mirror", address]) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    assert "11 textures, 11 expected" in printed and "18 backdrops" in printed
    assert "2 models of pascalorg/editor" in printed and "2 models of Pix3D" in printed
    assert f"4 models in {out / 'cad.npz'}" in printed
    loaded = load_assets(out, torch.device("cpu"))
    assert loaded.textures.shape[0] == 11 and loaded.plates.shape == (18, 3, 320, 320)
    assert loaded.skies.shape[0] == 2
    models = load_pool(out / "cad.npz")
    assert sorted(m.category for m in models) == ["bed", "bed", "chair", "chair"]
    cameras = json.loads((out / "shapes" / "poses.json").read_text(encoding="utf-8"))
    assert len(cameras) == 4 and all(camera["category"] == "chair" for camera in cameras)
    with open(out / "downloads.csv", newline="", encoding="utf-8") as file:
        record = list(csv.DictReader(file))
    assert len(record) == len(requested) == 6
    assert all(len(row["sha256"]) == 64 and row["address"].startswith(address) for row in record)
    # a second call downloads nothing and writes the same files
    before = {path: path.read_bytes() for path in out.rglob("*.zip")}
    assert assets.main([*typed, "--mirror", address]) == 0 and len(requested) == 6
    assert before and all(path.read_bytes() == data for path, data in before.items())


def test_without_pix3d_the_rest_is_built(server, sources, tmp_path, capsys):
    out = tmp_path / "data"
    typed = ["--download", "--out", str(out), "--mirror", server[0]]
    assert assets.main(typed) == 0, capsys.readouterr().err
    assert len(load_pool(out / "cad.npz")) == 2
    assert not (out / "shapes" / "poses.json").exists()


def test_a_missing_file_is_a_sentence_with_its_address(server, sources, tmp_path, capsys):
    for file in (tmp_path / "served").rglob("Fabric.webp"):
        file.unlink()
    typed = ["--download", "--out", str(tmp_path / "data"), "--mirror", server[0]]
    assert assets.main(typed) == 2
    error = capsys.readouterr().err
    assert "previews/Fabric.webp cannot be downloaded (HTTP Error 404" in error
    assert len(error.splitlines()) == 1


def test_missing_shapes_of_pix3d_are_named(server, sources, tmp_path, capsys):
    write_data(tmp_path / "pix3d", photos=1)
    typed = ["--download", "--pix3d", str(tmp_path / "pix3d"), "--out", str(tmp_path / "data")]
    assert assets.main([*typed, "--mirror", server[0]]) == 2
    assert "lacks 1 shapes of Pix3D, such as chair/SHAPE_1" in capsys.readouterr().err


def test_a_failing_server_is_asked_again_and_an_unknown_one_is_a_sentence(monkeypatch):
    answers = iter([OSError("reset"), b"content"])

    def open_address(address, timeout):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer)

    monkeypatch.setattr(downloads_module.urllib.request, "urlopen", open_address)
    waited = []
    assert download("http://host/file", waited.append) == b"content" and len(waited) == 1
    answers = iter([OSError("refused")] * 3)
    with pytest.raises(DownloadError, match="http://host/file cannot be downloaded"):
        download("http://host/file", waited.append)
    monkeypatch.setattr(downloads_module, "MAX_BYTES", 4)
    answers = iter([b"content"])
    with pytest.raises(DownloadError, match="more than"):
        download("http://host/file")


class Answer:
    """Stands in for the response of `urlopen`."""

    def __init__(self, content):
        self.content = content

    def read(self, size):
        return self.content[:size]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def test_thumbnails_are_cut_without_paper_names_and_borders(tmp_path):
    draw_sheet(tmp_path / "Wood.png", sizes={2: (128, 92), 8: (70, 128)})
    tiles = texture_sheets.read_sheet(tmp_path / "Wood.png")
    assert len(tiles) == 9
    for number, (tile, color) in enumerate(zip(tiles, SHEET_COLORS, strict=True)):
        assert tile.size == {2: (126, 90), 8: (68, 126)}.get(number, (126, 126))
        assert tile.getextrema() == tuple((value, value) for value in color)


def test_a_white_texture_counts_and_an_empty_sheet_is_an_error(tmp_path):
    draw_sheet(tmp_path / "Snow.png", [(255, 255, 255), (9, 9, 9)])
    assert [tile.size for tile in texture_sheets.read_sheet(tmp_path / "Snow.png")] == [
        (126, 126)
    ] * 2
    Image.new("RGB", (1024, 208), "white").save(tmp_path / "empty.png")
    with pytest.raises(DownloadError, match="holds no texture"):
        texture_sheets.read_sheet(tmp_path / "empty.png")
    (tmp_path / "page.webp").write_text("<html>", encoding="utf-8")
    with pytest.raises(DownloadError, match="cannot be read as a picture"):
        texture_sheets.read_sheet(tmp_path / "page.webp")


@pytest.mark.parametrize("coded", [True, False])
def test_radiance_pictures_are_read(tmp_path, coded):
    picture = np.random.default_rng(0).uniform(0.01, 50, (12, 40, 3)).astype(np.float32)
    write_hdr(tmp_path / "a.hdr", picture, coded)
    read = radiance.read_hdr(tmp_path / "a.hdr")
    assert read.shape == picture.shape
    assert (np.abs(read - picture) <= picture.max(axis=-1, keepdims=True) / 120).all()


@pytest.mark.parametrize("kind", ["cut", "page", "turned"])
def test_broken_radiance_pictures_are_sentences(tmp_path, kind):
    path = tmp_path / "a.hdr"
    write_hdr(path, panorama())
    data = path.read_bytes()
    changed = {"cut": data[: len(data) // 2], "page": b"<html>", "turned": data}[kind]
    path.write_bytes(changed.replace(b"-Y 64 +X 128", b"+X 128 -Y 64"))
    with pytest.raises(DownloadError, match="cannot be read as a Radiance picture"):
        radiance.read_hdr(path)


def test_views_look_where_they_should():
    picture = panorama(256, 512)
    ahead = panoramas.perspective_view(picture, 0, 0, 70, side=64)
    assert ahead[32, 32].tolist() == pytest.approx([2.0, 0.1, 0.1])
    right = panoramas.perspective_view(picture, 90, 0, 70, side=64)
    assert right[32, 32].tolist() == pytest.approx([0.1, 2.0, 0.1])
    # green lies on the right: a small turn moves it into the right half of the picture
    turned = panoramas.perspective_view(picture, 70, 0, 70, side=64)
    assert np.argmax(turned[32, :, 1]) > 32
    up = panoramas.perspective_view(picture, 180, 60, 70, side=64)
    assert up.mean() > 2 and up[0].mean() >= up[-1].mean()
    behind = panoramas.perspective_view(picture, 180, 0, 70, side=64)
    assert behind[40:].std() < 0.01  # no seam where the panorama ends


def test_light_panoramas_keep_the_mean():
    picture = panorama(512, 1024)
    light = panoramas.pooled_light(picture)
    assert light.shape == (128, 256, 3) and light.dtype == np.float16
    assert light.astype(np.float32).mean() == pytest.approx(picture.mean(), rel=2e-3)
    assert np.isfinite(panoramas.pooled_light(np.full((128, 256, 3), 1e6, np.float32))).all()


def test_cameras_are_those_of_pix3d(dev):
    entries = json.loads((dev / "pix3d.json").read_text(encoding="utf-8"))
    known = [entry for entry in entries if entry["cam_position"]]
    plain = [entry | {"azimuth_deg": None, "elevation_deg": None} for entry in known]
    for entry, camera in zip(known, poses(plain), strict=True):
        difference = (camera["azimuth_deg"] - entry["azimuth_deg"] + 180) % 360 - 180
        assert abs(difference) < 1e-3
        assert camera["elevation_deg"] == pytest.approx(entry["elevation_deg"], abs=1e-3)


def test_the_list_agrees_with_the_shipped_data():
    shared = ROOT.parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("../shared/data is absent")
    reference = json.loads(assets.DOWNLOADS.read_text(encoding="utf-8"))
    counts = {}
    for item in read_index(shared / "textures"):
        counts[item["material"]] = counts.get(item["material"], 0) + 1
    assert reference["textures"]["materials"] == counts
    items = {item["panorama"]: item["indoor"] for item in read_index(shared / "hdri")}
    assert {i["name"]: i["indoor"] for i in reference["panoramas"]["items"]} == items
    sources = json.loads((shared / "shapes" / "sources.json").read_text(encoding="utf-8"))
    shapes = {f"{c}/{n}" for c, names in reference["pix3d"]["shapes"].items() for n in names}
    assert shapes == {
        entry["file"].removeprefix("meshes/").removesuffix(".glb")
        for entry in sources
        if entry["file"].startswith("meshes/")
    }
    # the pool of a run holds no shape of the photographs that models are chosen by
    held = {record.shape for record in dataset.load_records(shared / "pix3d_dev")}
    assert not shapes & held


def test_an_archive_has_the_layout_of_the_shipped_one(server, sources, tmp_path):
    address, _ = server
    downloads = Downloads(tmp_path / "kept", sources["address"], address)
    panoramas.write_panoramas(sources["panoramas"], downloads, tmp_path / "data")
    folder = tmp_path / "data" / "backgrounds"
    entries = list(read_entries(folder, read_index(folder)))
    assert [item["name"][:3] for item, _ in entries] == ["in_"] * 14 + ["out"] * 4
    with zipfile.ZipFile(folder / "backgrounds.zip") as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
