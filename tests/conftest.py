"""What several tests share: weights, a photo, and the real app as a process of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
START_SECONDS = 120  # importing torch on a cold, busy machine


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> Path:
    """The embedded weights; before there are any, untrained ones, to test the plumbing alone."""
    if (ROOT / "checkpoint" / "model.safetensors").is_file():
        return ROOT / "checkpoint"
    import torch
    from safetensors.torch import save_model

    from voxel_model import VoxelModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("untrained")
    model = VoxelModel()
    save_model(model, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(asdict(model.config)))
    return folder


@pytest.fixture(scope="session")
def dev() -> Path:
    """The 45 photographs of pix3d_dev."""
    path = SHARED / "data" / "pix3d_dev"
    if not path.is_dir():
        pytest.skip(f"{path} is not there: ../shared is not part of the repository")
    return path


@pytest.fixture
def root(tmp_path) -> Path:
    """A tiny data set in Pix3D's layout."""
    from tests.training.small_pix3d import write_data

    write_data(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def picture(tmp_path_factory) -> Path:
    """A picture that every checkout has: an example of the page, or else a drawn stool."""
    example = ROOT / "examples" / "bed.jpg"
    if example.is_file():
        return example
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (480, 360), (222, 219, 213))
    draw = ImageDraw.Draw(image)
    draw.polygon([(150, 150), (330, 150), (360, 190), (120, 190)], fill=(150, 90, 50))
    for x in (125, 170, 300, 345):
        draw.rectangle((x, 185, x + 12, 310), fill=(110, 65, 35))
    path = tmp_path_factory.mktemp("pictures") / "stool.jpg"
    image.save(path)
    return path


@pytest.fixture(scope="session")
def start_app(checkpoint, tmp_path_factory):
    """Start `python app.py` as a user does, with more environment; stopped at the end."""
    processes = []

    def start(**environment: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = tmp_path_factory.mktemp("app")
        log = (folder / "log.txt").open("w+")
        process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), "--model", str(checkpoint)],
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": str(folder / "files")} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        processes.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, log)
        return url

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def app_url(start_app) -> str:
    """The address of the running page."""
    return start_app()


@pytest.fixture(scope="module")
def browser():
    if not Path(CHROMIUM).exists():
        absent = "Chromium is not installed (apt-get install chromium)"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, app_url):
    """Opens the page at a width; afterwards, nothing may have been asked of any other host."""
    contexts, strangers = [], []

    def open_page(width=1280, height=900, link="/?__theme=light"):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: strangers.append(request.url))
        page.goto(app_url + link)
        page.wait_for_selector("#generate")
        page.wait_for_selector("#photo input[type=file]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    own = (app_url, "data:", "blob:")
    assert [url for url in strangers if not url.startswith(own)] == []


@pytest.fixture(scope="module")
def shots(tmp_path_factory) -> Path:
    folder = os.environ.get("SCREENSHOTS")
    return Path(folder) if folder else tmp_path_factory.mktemp("shots")


@pytest.fixture(scope="session")
def npm_install(tmp_path_factory):
    """Install npm packages into one folder, and give it."""
    if not shutil.which("npm"):
        absent = "npm is not installed"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    folder = tmp_path_factory.mktemp("npm")

    def install(*packages: str) -> Path:
        done = subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *packages],
            cwd=folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return folder

    return install


def wait_for(url: str, process: subprocess.Popen, log) -> None:
    for _ in range(START_SECONDS * 2):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    log.seek(0)
    pytest.fail(f"app.py did not start:\n{log.read()}")
