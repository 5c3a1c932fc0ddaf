"""The Space as it would run: published, installed from nothing, started, and asked for a model.

Installs the whole of requirements.txt into an empty environment, minutes and gigabytes, and so
runs where SPACE_TEST=1, as in CI.
"""

import os
import socket
import subprocess
import venv
from pathlib import Path

import pytest
import trimesh
import yaml
from gradio_client import Client, handle_file

from tests.conftest import wait_for
from tests.network.hub_client import point_at
from tests.network.hub_server import TOKEN, Hub
from training import publish

pytestmark = pytest.mark.slow
MODEL, SPACE = "someone/furniture", "someone/furniture-app"


@pytest.fixture
def space(checkpoint, tmp_path, monkeypatch):
    """A folder with exactly the files of the published Space, its variables, and the Hub."""
    if os.environ.get("SPACE_TEST") != "1":
        pytest.skip("installs all of requirements.txt anew; SPACE_TEST=1 runs it")
    with Hub() as hub:
        point_at(monkeypatch, hub.url, tmp_path / "publisher", TOKEN)
        publish.main(
            ["--model-repo", MODEL, "--space-repo", SPACE, "--checkpoint", str(checkpoint)]
        )
        repo = hub.repos[f"spaces/{SPACE}"]
        folder = tmp_path / "space"
        for name, content in repo.files("main").items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        variables = hub.environment(tmp_path / "visitor", None) | repo.variables
        yield folder, variables | {"SPACE_ID": SPACE}


def install(folder: Path) -> Path:
    """Python of a new environment with what a Gradio Space installs."""
    venv.create(folder / ".venv", with_pip=True)
    python = folder / ".venv" / "bin" / "python"
    front = yaml.safe_load((folder / "README.md").read_text().split("---")[1])
    sdk = f"gradio=={front['sdk_version']}"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-r", "requirements.txt", sdk, "spaces"],
        cwd=folder, check=True, timeout=900,
    )  # fmt: skip
    return python


def test_the_space_starts_from_nothing_and_makes_a_model(space, picture, tmp_path):
    folder, variables = space
    python = install(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GRADIO_SERVER_PORT": port}
    with (tmp_path / "log.txt").open("w+") as log:
        process = subprocess.Popen(
            [python, "app.py"], cwd=folder, env=own | variables, stdout=log, stderr=log
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", process, log)
            client = Client(f"http://127.0.0.1:{port}", verbose=False, download_files=tmp_path)
            path, facts = client.predict(image=handle_file(picture), api_name="/convert")
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert len(trimesh.load(path, force="mesh").faces) > 100 and facts["category"]
