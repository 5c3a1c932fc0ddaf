"""The published Space: installed into an empty environment, started, and called for a model.

Installs requirements.txt, which takes minutes and gigabytes: runs only with SPACE_TEST=1, as in CI.
"""

import os
import subprocess
import venv
from pathlib import Path

import pytest
import trimesh
import yaml
from gradio_client import Client, handle_file

from benchmarks.app_server import AppServer
from tests.network.hub_client import point_at
from tests.network.hub_server import TOKEN, Hub
from training import publish

pytestmark = pytest.mark.slow
MODEL, SPACE = "someone/furniture", "someone/furniture-app"
INSTALL_TIMEOUT_S = 900.0


@pytest.fixture
def space(checkpoint, tmp_path, monkeypatch):
    """A folder with exactly the files of the published Space, and its environment variables."""
    if os.environ.get("SPACE_TEST") != "1":
        pytest.skip("installs all of requirements.txt; runs with SPACE_TEST=1")
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
    """Installs what a Gradio Space installs; returns the Python of the new environment."""
    venv.create(folder / ".venv", with_pip=True)
    python = folder / ".venv" / "bin" / "python"
    front_matter = yaml.safe_load((folder / "README.md").read_text("utf-8").split("---")[1])
    sdk = f"gradio=={front_matter['sdk_version']}"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-r", "requirements.txt", sdk, "spaces"],
        cwd=folder,
        check=True,
        timeout=INSTALL_TIMEOUT_S,
    )
    return python


def test_the_space_starts_from_nothing_and_makes_a_model(space, picture, tmp_path):
    folder, variables = space
    python = install(folder)
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    server = AppServer(
        tmp_path / "files", own | variables, python=python, cwd=folder, port_option=False,
        inherit=False,
    )  # fmt: skip
    with server:
        client = Client(server.url, verbose=False, download_files=tmp_path)
        path, facts = client.predict(image=handle_file(picture), api_name="/convert")
    assert len(trimesh.load(path, force="mesh").faces) > 100 and facts["category"]
