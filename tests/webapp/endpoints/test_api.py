"""The real app through its API: the Python client, curl, and the snippet of the README."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from gradio_client import Client, handle_file
from PIL import Image

from pipeline.formats import FORMATS
from voxel_model import CATEGORIES

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def client(app_url, tmp_path_factory) -> Client:
    return Client(app_url, verbose=False, download_files=tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="module")
def answer(client, picture):
    return client.predict(image=handle_file(picture), api_name="/generate")


def test_generate_gives_a_closed_model(answer):
    model, seen, facts = answer
    mesh = trimesh.load(model, force="mesh")
    assert len(mesh.faces) == facts["faces"] and facts["watertight"]
    assert mesh.bounds[0][1] == pytest.approx(0, abs=1e-6)  # it stands on the floor
    # one unit long; the smooth surface may pass the grid's edge by half a cell at either end
    assert np.ptp(mesh.bounds, axis=0).max() <= 1 + 1 / 32
    assert Image.open(seen).size == (224, 224)
    assert sum(facts["categories"].values()) == pytest.approx(1, abs=1e-3)
    assert facts["category"] == max(facts["categories"], key=facts["categories"].get)


def test_a_box_names_the_object(client, picture):
    width, height = Image.open(picture).size
    box = [0.1 * width, 0.2 * height, 0.6 * width, 0.9 * height]
    for given in (box, ", ".join(map(str, box))):
        _, _, facts = client.predict(image=handle_file(picture), box=given, api_name="/generate")
        assert facts["box"] == pytest.approx(box, abs=0.1)


@pytest.mark.parametrize("box", [[0, 0], "all", [1e9, 1e9, 2e9, 2e9], {"x": 1}])
def test_a_wrong_box_is_a_sentence(client, picture, box):
    with pytest.raises(Exception, match="box") as caught:
        client.predict(image=handle_file(picture), box=box, api_name="/generate")
    assert "Traceback" not in str(caught.value)


def test_remesh_changes_the_style_of_the_same_model(client, answer):
    model, facts = client.predict(style="blocks", api_name="/remesh")
    mesh = trimesh.load(model, force="mesh")
    assert facts["faces"] == len(mesh.faces) != answer[2]["faces"]
    normals = np.abs(mesh.face_normals).round(3)
    assert np.isin(normals, (0, 1)).all()  # cubes alone


@pytest.mark.parametrize("name", [*FORMATS, "zip"])
def test_export_gives_every_format(client, answer, picture, name):
    path = Path(client.predict(file_format=name, api_name="/export"))
    assert path.name == f"{picture.stem}.{name}" and path.stat().st_size > 0


def test_visitors_never_see_each_others_model(app_url, answer):
    stranger = Client(app_url, verbose=False)
    with pytest.raises(Exception, match="no model yet"):
        stranger.predict(api_name="/remesh")
    with pytest.raises(Exception, match="no model yet"):
        stranger.predict(api_name="/export")


def test_a_file_that_is_no_picture_is_a_sentence(client, tmp_path):
    path = tmp_path / "page.png"
    path.write_text("<html>not a picture</html>")
    with pytest.raises(Exception, match="not a PNG, JPEG, GIF, BMP, WebP") as caught:
        client.predict(image=handle_file(path), api_name="/generate")
    assert "Traceback" not in str(caught.value)


def _curl(url: str, *args: str) -> str:
    return subprocess.run(
        ["curl", "-sN", "--max-time", "60", url, *args], capture_output=True, text=True, check=True
    ).stdout


def _call(app_url: str, endpoint: str, *data, session: str | None = None) -> str:
    """Gradio's two plain HTTP steps: post the values, then read the events to the end."""
    url = f"{app_url}/gradio_api/call/{endpoint}"
    body = json.dumps({"data": data} | ({"session_hash": session} if session else {}))
    started = json.loads(_curl(url, "-H", "Content-Type: application/json", "-d", body))
    return _curl(f"{url}/{started['event_id']}")


def test_curl_alone_is_enough(app_url, picture):
    uploaded = json.loads(_curl(f"{app_url}/gradio_api/upload", "-F", f"files=@{picture}"))[0]
    file = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    events = _call(app_url, "generate", file, 0.5, "smooth", True, "photo", None, session="curl")
    assert "event: complete" in events and f"{picture.stem}.glb" in events
    events = _call(
        app_url, "export", "stl", 0.5, "smooth", True, "photo", 70, True, 0, 0, session="curl"
    )
    assert "event: complete" in events and f"{picture.stem}.stl" in events


def test_a_path_on_the_server_is_refused(app_url):
    stolen = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    events = _call(app_url, "generate", stolen, 0.5, "smooth", True, "photo", None)
    assert "event: error" in events and "event: complete" not in events


def test_files_over_16_mb_are_refused(client, tmp_path):
    path = tmp_path / "large.bmp"
    Image.new("RGB", (2400, 2400)).save(path)
    assert path.stat().st_size > 16 * 1024 * 1024
    with pytest.raises(Exception, match=r"(?i)size|large|413"):
        client.predict(image=handle_file(path), api_name="/generate")


def test_convert_is_one_step_and_keeps_nothing(app_url, picture):
    client = Client(app_url, verbose=False)
    path, facts = client.predict(
        image=handle_file(picture), file_format="stl", stl_height=50, api_name="/convert"
    )
    assert trimesh.load(path).extents[2] == pytest.approx(50)
    assert facts["category"] in CATEGORIES
    with pytest.raises(Exception, match="no model yet"):
        client.predict(api_name="/remesh")


def test_only_the_documented_endpoints_are_public(client):
    info = client.view_api(return_format="dict")
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(/\w+)` \|", text, re.MULTILINE)
    assert sorted(info["named_endpoints"]) == sorted(documented)
    assert not info["unnamed_endpoints"]
    for endpoint in info["named_endpoints"].values():
        assert endpoint["description"]
        assert all(parameter["parameter_name"] for parameter in endpoint["parameters"])
    json.dumps(info)


def test_the_readmes_snippet_runs(app_url, picture, tmp_path):
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    snippet = next(text for text in snippets if "gradio_client" in text)
    assert "http://127.0.0.1:7860" in snippet and "chair.jpg" in snippet
    snippet = snippet.replace("http://127.0.0.1:7860", app_url).replace("chair.jpg", str(picture))
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert ".glb" in done.stdout and ".stl" in done.stdout


def test_parts_are_made_to_measure_and_exported_so(client, tmp_path):
    chair = handle_file(ROOT / "examples" / "swivel_chair.jpg")
    _, _, facts = client.predict(image=chair, style="parts", api_name="/generate")
    width = facts["parameters"]["seat_width"]
    assert {"seat", "back"} <= set(facts["parts"]) and 20 < width < 100
    wanted = json.dumps({"seat_width": width + 4, "seat_height": 900})
    _, facts = client.predict(style="parts", parameters=wanted, api_name="/remesh")
    assert facts["parameters"]["seat_width"] == pytest.approx(width + 4)
    assert "seat_height is" in facts["notes"][0] and "instead of 900" in facts["notes"][0]
    path = client.predict(style="parts", file_format="obj", api_name="/export")
    assert "g seat" in Path(path).read_text(encoding="utf-8")
    for style, values in (("smooth", wanted), ("parts", '{"wings": 2}'), ("parts", "[1]")):
        with pytest.raises(Exception, match="parameter"):
            client.predict(style=style, parameters=values, api_name="/remesh")


def test_values_in_order_may_leave_out_new_parameters(app_url, picture):
    uploaded = json.loads(_curl(f"{app_url}/gradio_api/upload", "-F", f"files=@{picture}"))[0]
    file = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    values = [0.5, "smooth", True, "photo", 70, True, 0, 0, None]  # up to the box
    for more in ([], [60], [60, None]):
        events = _call(app_url, "convert", file, "stl", *values, *more)
        assert "event: complete" in events, events


def test_convert_takes_more_photos_and_tells_warnings_and_notes(app_url, tmp_path):
    photos = [ROOT / "examples" / f"{name}.jpg" for name in ("table", "desk", "side_table")]
    client = Client(app_url, verbose=False)
    path, facts = client.predict(
        image=handle_file(photos[0]),
        more=[handle_file(photo) for photo in photos[1:]],
        file_format="stl",
        api_name="/convert",
    )
    assert max(trimesh.load(path).extents) == pytest.approx(120, abs=0.01)
    assert facts["photos"] == 3 and 0 < facts["confidence"] <= 1
    assert facts["notes"][-1].startswith("The model is")
    half = tmp_path / "half.png"
    image = Image.open(photos[0]).convert("RGB")
    image.crop((0, 0, image.width // 2, image.height)).point(lambda v: v // 6).save(half)
    _, facts = client.predict(image=handle_file(half), api_name="/convert")
    assert {"cut off", "dark"} <= set(facts["warnings"]) and facts["photos"] == 1
    _, _, facts = client.predict(image=handle_file(half), api_name="/generate")
    assert {"cut off", "dark"} <= set(facts["warnings"])
