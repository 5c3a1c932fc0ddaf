"""The endpoints for photos of several pieces: /find and /scene."""

import json
import zipfile
from io import BytesIO

import pytest
import trimesh
from gradio_client import Client, handle_file
from PIL import Image

from core.errors import PictureError
from pipeline.scene.scene import NO_PIECE
from voxel_model import CATEGORIES
from webapp.endpoints.scenes import SceneApi
from webapp.inference import found_pieces

TWO_BOXES = [[60, 60, 380, 700], [380, 60, 700, 700]]


@pytest.fixture(scope="module")
def client(app_url, tmp_path_factory) -> Client:
    return Client(app_url, verbose=False, download_files=tmp_path_factory.mktemp("answers"))


@pytest.fixture(scope="module")
def scene(client, picture):
    return client.predict(image=handle_file(picture), boxes=TWO_BOXES, api_name="/scene")


def test_a_photo_of_one_piece_has_exactly_that_one(client, picture):
    answer = client.predict(image=handle_file(picture), outlines=True, api_name="/find")
    width, height = Image.open(picture).size
    assert answer["size"] == [width, height]
    (piece,) = answer["pieces"]
    x0, y0, x1, y1 = piece["box"]
    assert 0 <= x0 < width / 3 and 2 * width / 3 < x1 <= width and 0 <= y0 < y1 <= height
    assert piece["number"] == 1 and 0 < piece["score"] <= 1
    assert piece["category"] in (*CATEGORIES, "")
    points = [point for ring in piece["outline"] for point in ring]
    assert len(points) > 8 and all(-5 <= x <= width + 5 for x, _ in points)
    *_, facts = client.predict(image=handle_file(picture), api_name="/scene")
    assert [p["number"] for p in facts["pieces"]] == [1]
    assert facts["pieces"][0]["score"] == piece["score"]


def test_outlines_are_left_out_unless_asked_for(client, picture):
    answer = client.predict(image=handle_file(picture), api_name="/find")
    assert "outline" not in answer["pieces"][0]


def test_a_scene_has_a_node_a_file_and_facts_for_each_piece(scene):
    path, bundle, facts = scene
    names = [piece["name"] for piece in facts["pieces"]]
    assert len(set(names)) == 2 and [name[-2:] for name in names] == ["_1", "_2"]
    loaded = trimesh.load(path)
    assert set(loaded.graph.nodes_geometry) == set(names)
    assert loaded.bounds[0][1] == pytest.approx(0, abs=0.02)  # one floor, metres
    with zipfile.ZipFile(bundle) as archive:
        files = set(archive.namelist())
        places = json.loads(archive.read("scene.json"))
    assert files == {"bed.glb", "scene.json", *(f"{name}.glb" for name in names)}
    assert [place["name"] for place in places] == names
    for piece, box in zip(facts["pieces"], TWO_BOXES, strict=True):
        assert piece["box"] == pytest.approx(box, abs=0.1) and piece["score"] is None
        assert all(10 < side < 400 for side in piece["size_cm"])
    assert [piece["place"] for piece in facts["pieces"]] == [place["place"] for place in places]
    assert 0.2 < facts["camera"]["place"][1] < 4 and facts["seconds"] > 0


def test_a_scene_of_parts_has_named_parts_below_its_pieces(client, picture):
    path, bundle, facts = client.predict(
        image=handle_file(picture), style="parts", api_name="/scene"
    )
    (piece,) = facts["pieces"]
    assert len(piece["parts"]) > 1 and 0 < piece["confidence"] <= 1
    graph = trimesh.load(path).graph
    expected = {f"{piece['name']}_{part}" for part in piece["parts"]}
    assert set(graph.nodes_geometry) == expected == set(graph.transforms.children[piece["name"]])
    with zipfile.ZipFile(bundle) as archive:
        (place,) = json.loads(archive.read("scene.json"))
        alone = trimesh.load(BytesIO(archive.read(f"{piece['name']}.glb")), file_type="glb")
    assert place["parts"] == piece["parts"] and set(alone.geometry) == set(piece["parts"])


def test_a_scene_is_kept_in_no_session(app_url, picture):
    stranger = Client(app_url, verbose=False)
    stranger.predict(image=handle_file(picture), api_name="/scene")
    with pytest.raises(Exception, match="no model yet"):
        stranger.predict(api_name="/remesh")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"boxes": "here"}, "boxes must be a list"),
        ({"boxes": {"x": 1}}, "boxes must be a list"),
        ({"boxes": [[1, 2]]}, "four numbers"),
        ({"boxes": [[1, "two", 3, 4]]}, "four numbers"),
        ({"boxes": [[1, 1, 1, 1]]}, "too small"),
        ({"boxes": [[10, 10, 90, 90]] * 13}, "at most 12"),
        ({"style": "shiny"}, "style"),
        ({"threshold": 2}, "threshold"),
    ],
)
def test_wrong_values_are_a_sentence(client, picture, values, says):
    with pytest.raises(Exception, match=says) as caught:
        client.predict(image=handle_file(picture), api_name="/scene", **values)
    assert "Traceback" not in str(caught.value)


def test_outlines_are_true_or_false(client, picture):
    with pytest.raises(Exception, match="true or false"):
        client.predict(image=handle_file(picture), outlines="all", api_name="/find")


@pytest.mark.parametrize("endpoint", ["/find", "/scene"])
def test_a_file_that_is_no_picture_is_a_sentence(client, tmp_path, endpoint):
    path = tmp_path / "page.png"
    path.write_text("<html>not a picture</html>")
    with pytest.raises(Exception, match="not a PNG, JPEG"):
        client.predict(image=handle_file(path), api_name=endpoint)


def test_a_picture_of_few_pixels_gives_an_answer_or_a_sentence(client, tmp_path):
    for size in ((1, 1), (2, 3), (3000, 2)):
        path = tmp_path / "small.png"
        Image.new("RGB", size, "white").save(path)
        try:
            answer = client.predict(image=handle_file(path), api_name="/find")
        except Exception as error:
            assert "Traceback" not in str(error) and str(error).endswith(".")
        else:
            assert answer["size"] == list(size)


def test_a_photo_without_any_piece_is_a_sentence(events, photo_file, monkeypatch):
    monkeypatch.setattr(found_pieces, "find_objects", lambda model, image: [])
    api, image = SceneApi(events), {"path": str(photo_file)}
    settings = (0.5, "smooth", True, "photo")
    for call in (lambda: api.find(image), lambda: api.scene(image, *settings)):
        with pytest.raises(Exception, match="No piece of furniture was found") as caught:
            call()
        assert caught.value.message == NO_PIECE
        assert isinstance(caught.value.__cause__, PictureError)
