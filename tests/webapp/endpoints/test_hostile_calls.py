"""Calls as no page makes them, against the real server: refused by name, with no traceback."""

import json
import math
import re
from itertools import count
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from benchmarks.stress.report import is_one_sentence
from pipeline.export import safe_name
from tests.images.hostile_files import HOSTILE_FILES, real_files

META = {"meta": {"_type": "gradio.FileData"}}
LONG = "x" * 1_000_000
DIGITS = int("9" * 400)  # no float holds it
SETTINGS = [0.05, "blocks", True, "photo"]
EXPORT_OPTIONS = [100, True, 0, 0]
TIMEOUT_S = 60  # of one call


class HttpClient:
    """A session of plain HTTP: Gradio's steps of upload, start and wait."""

    numbers = count()

    def __init__(self, url: str):
        self.http = httpx.Client(base_url=f"{url}/gradio_api", timeout=TIMEOUT_S)
        self.session = f"hostile-{next(self.numbers)}"

    def upload(self, name: str, data: bytes) -> dict:
        answer = self.http.post("/upload", files={"files": (name, data)})
        return {"path": answer.json()[0], **META}

    def call(self, endpoint: str, *values) -> list:
        """The answer's values; `Refusal` with the sentence that the client reads."""
        body = json.dumps({"data": values, "session_hash": self.session})  # NaN and all
        started = self.http.post(
            f"/call/{endpoint}", content=body, headers={"Content-Type": "application/json"}
        )
        assert started.status_code == 200, started.text
        events = self.http.get(f"/call/{endpoint}/{started.json()['event_id']}").text
        kind, data = (line.split(": ", 1)[1] for line in events.strip().splitlines()[-2:])
        if kind == "error":
            raise Refusal((json.loads(data) or {}).get("error") or "")
        return json.loads(data)

    def refusal(self, endpoint: str, *values) -> str:
        with pytest.raises(Refusal) as caught:
            self.call(endpoint, *values)
        text = str(caught.value)
        assert is_one_sentence(text) and len(text) < 400, text
        return text


class Refusal(Exception):
    pass


@pytest.fixture(scope="module")
def client(app_url) -> HttpClient:
    """One with a model."""
    client = HttpClient(app_url)
    client.picture = client.upload("bed.png", real_files(64)["png"])
    client.call("generate", client.picture, *SETTINGS, None)
    return client


@pytest.fixture(scope="module", autouse=True)
def log(app_server):
    """The server's log of all that follows holds no exception and no visitor's file name."""
    before = len(app_server.log)
    yield
    text = app_server.log[before:]
    assert "Traceback" not in text and "Error" not in text, text


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ((math.nan, "smooth", True), "nan"),
        ((math.inf, "smooth", True), "inf"),
        ((-math.inf, "smooth", True), "-inf"),
        ((0, "smooth", True), "threshold is 0"),
        ((1, "smooth", True), "threshold is 1"),
        ((5e-324, "smooth", True), "threshold"),
        ((DIGITS, "smooth", True), "threshold is 9999"),
        (("0.5", "smooth", True), "'0.5'"),
        (([0.5], "smooth", True), "[0.5]"),
        ((True, "smooth", True), "True"),
        ((0.5, "shiny", True), "'shiny'"),
        ((0.5, LONG, True), "style is 'xxx"),
        ((0.5, None, True), "style is None"),
        ((0.5, {"smooth": 1}, True), "{'smooth': 1}"),
        ((0.5, "smooth", "yes"), "'yes'"),
        ((0.5, "smooth", 1), "crumbs is 1"),
        ((0.5, "smooth", None), "crumbs is None"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused_by_name(client, settings, named):
    assert named in client.refusal("remesh", *settings, "photo")


@pytest.mark.parametrize(
    "name", ["exe", "", "../glb", "/etc/passwd", "glb\0", "GLB", LONG, None, 3, ["glb"], {"a": 1}]
)
def test_unknown_formats_are_refused_by_name(client, name):
    assert "format is" in client.refusal("export", name, *SETTINGS, *EXPORT_OPTIONS)


@pytest.mark.parametrize(
    "height", [0, -1, 0.5, 1e5, 1e308, 5e-324, DIGITS, math.nan, math.inf, "tall", [1], True]
)
def test_impossible_heights_are_refused_by_name(client, height):
    assert "height is" in client.refusal("export", "stl", *SETTINGS, height, *EXPORT_OPTIONS[1:])


@pytest.mark.parametrize(
    "box",
    [
        [0, 0],
        "1234",
        ["1", "2", "30", "40"],
        {"x": 1},
        [DIGITS] * 4,
        [math.nan] * 4,
        [math.inf] * 4,
        [[1]] * 4,
        [30, 30, 10, 10],
        [1e9, 1e9, 2e9, 2e9],
        [LONG[:50_000]] * 4,
        [1] * 100_000,
    ],
    ids=lambda box: str(box)[:20],
)
def test_impossible_boxes_are_refused_by_name(client, box):
    text = client.refusal("generate", client.picture, *SETTINGS, box)
    assert "box" in text


def test_too_few_and_too_many_values_are_refused(client):
    for values in ([], [0.5], [0.5, "smooth", True, "photo", 1, 2, 3]):
        with pytest.raises((Refusal, AssertionError)):
            client.call("remesh", *values)


# --- paths --------------------------------------------------------------------------------------


ROOT = Path(__file__).resolve().parents[3]
SERVER_IMAGE = str(ROOT / "docs" / "page.png")  # a picture on the server's disk


@pytest.mark.parametrize(
    "image",
    [
        {"path": SERVER_IMAGE},  # Gradio looks only at paths that say they are files
        {"path": SERVER_IMAGE, "meta": None},
        {"path": SERVER_IMAGE, "meta": "gradio.FileData"},
        {"path": SERVER_IMAGE, "meta": {"_type": "gradio.Other"}},
        {"path": SERVER_IMAGE, **META},
        {"path": "../../docs/page.png", **META},
        {"path": "docs/page.png", **META},
        {"path": "/etc/passwd", **META},
        {"path": "/proc/self/environ"},
        {"path": "a\0.png", **META},
        {"path": "x" * 5000, **META},
        {"path": "", **META},
        {"path": 3, **META},
        {"path": ["a.png"], **META},
        {"path": None, "url": "http://127.0.0.1:9/a.png"},
        {"path": "http://127.0.0.1:9/a.png", **META},
        {"path": "http://169.254.169.254/latest/meta-data", **META},
        {"path": "file:///etc/passwd", **META},
        {"path": "data:image/png;base64,AAAA", **META},
        {"url": SERVER_IMAGE},
        [{"path": SERVER_IMAGE}],
        SERVER_IMAGE,
        3,
        True,
        {},
        None,
    ],
    ids=lambda image: str(image)[:50],
)
def test_no_file_but_an_upload_is_opened(client, image):
    text = client.refusal("generate", image, *SETTINGS, None)
    assert (
        client.refusal("find", image, False)
        == client.refusal("scene", image, *SETTINGS, None)
        == text
    )
    assert SERVER_IMAGE not in text and "passwd" not in text


def test_a_model_of_another_visitor_is_no_picture(app_url, client):
    """Its address cannot be guessed; who is given it has the file, and a file is no session."""
    file, *_ = client.call("export", "glb", *SETTINGS, *EXPORT_OPTIONS)
    stranger = HttpClient(app_url)
    text = stranger.refusal("generate", {"path": file["path"], **META}, *SETTINGS, None)
    assert "not a PNG, JPEG, GIF, BMP, WebP" in text
    assert "no model yet" in stranger.refusal("remesh", *SETTINGS)
    folder, fresh = Path(file["path"]).parts[-3:-1]
    assert folder.startswith("tmp") and fresh.startswith("tmp") and folder != fresh


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.png",
        "/etc/evil.png",
        "..\\..\\evil.png",
        "C:\\evil.png",
        "evil\r\nX-Header: 1.png",
        "<img src=x onerror=alert(1)>.png",
        '";drop.png',
        "кресло 椅子 🪑.png",
        "\u202egnp.exe.png",
        "x" * 240 + ".png",
        ".png",
        "...",
        "-rf .png",
        "CON.png",
    ],
)
def test_names_of_downloads_are_harmless(app_url, name):
    client = HttpClient(app_url)
    picture = client.upload(name, real_files(24)["png"])
    cache = Path(picture["path"]).parent.parent
    values = client.call("generate", picture, *SETTINGS, None)
    file, *_ = [value for value in values if isinstance(value, dict) and "path" in value]
    path = Path(file["path"])
    assert path.is_file() and cache in path.parents
    assert re.fullmatch(r"[\w .()+-]{1,80}", path.stem)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("/a/my chair (2).jpg", "my chair (2)"),
        ("кресло.jpg", "кресло"),
        ("/", "model"),
        ("", "model"),
        ("...", "model"),
        ("/a/<>.png", "model"),
        ("a/\u202egnp.exe.png", "_gnp.exe"),
        ("a\r\nb\0c'\"d.png", "a_b_c_d"),
        ("x" * 300 + ".png", "x" * 80),
        ("x" * 79 + " .png", "x" * 79),
    ],
)
def test_a_plain_name(name, plain):
    assert safe_name(name) == plain


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PNG, a zTXt of 500 MB", "GIF, a comment in blocks of 255"])
def test_a_bomb_through_the_api_is_a_sentence_in_time(app_url, tmp_path, name):
    (tmp_path / "bomb.png").write_bytes(HOSTILE_FILES[name]())
    job = Client(app_url, verbose=False).submit(
        image=handle_file(tmp_path / "bomb.png"), api_name="/generate"
    )
    with pytest.raises(Exception, match=r"save it (as one|again)") as caught:
        job.result(timeout=TIMEOUT_S)
    assert "Traceback" not in str(caught.value)


def test_the_server_serves_on(client):
    model, facts, *_ = client.call("remesh", *SETTINGS)  # in this order also over plain HTTP
    assert model["url"].endswith(".glb") and facts["cells"]


# --- events of the page itself ------------------------------------------------------------------


FORGED = [None, 3, "x", True, [3], {"a": 1}, {"path": 3}, {"path": "a", "box": 3}, {"path": "a"}]


def forge(client: HttpClient, event: dict, values: list, data) -> dict:
    """Return the answer to an event without a name, sent as the page's JavaScript sends it."""
    body = {"data": values, "fn_index": event["id"], "session_hash": client.session}
    body |= {"event_data": data, "trigger_id": event["targets"][0][0]}
    if client.http.post("/queue/join", json=body).status_code != 200:
        return {"success": False}
    with client.http.stream("GET", "/queue/data", params={"session_hash": client.session}) as lines:
        for line in lines.iter_lines():
            message = json.loads(line[6:]) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                return message
    raise AssertionError("the event came to no end")


@pytest.mark.parametrize("value", FORGED, ids=str)
def test_forged_events_of_the_page_leave_no_traceback(client, value):
    config = client.http.get(str(client.http.base_url).replace("gradio_api/", "config")).json()
    events = [e for e in config["dependencies"] if e["backend_fn"] and e["targets"]]
    assert len(events) > 10
    for event in events:
        for data in (None, value):
            message = forge(client, event, [value] * len(event["inputs"]), data)
            if not message["success"] and "output" in message:
                assert is_one_sentence(message["output"]["error"] or "")
