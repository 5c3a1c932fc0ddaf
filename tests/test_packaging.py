"""Front matter, requirements, commands and licence, on which a Space, new users and CI rely."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.source_imports import imported

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
REQUIREMENTS = ("requirements.txt", "requirements-train.txt", "requirements-dev.txt")
PIP_NAMES = {
    "PIL": "pillow",
    "skimage": "scikit-image",
    "argon2": "argon2-cffi",
}  # where the two names differ


@pytest.fixture(scope="module")
def front_matter() -> dict:
    return yaml.safe_load(README.split("---")[1])


def requirements(name: str) -> dict[str, str]:
    """Name and range of each package in a requirements file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    matches = (re.match(r"([a-z][a-z0-9-]*)(.*)", line) for line in lines)
    return {match[1]: match[2].strip() for match in matches if match}


def missing_requirements(sources: list[Path], named: set[str]) -> set[str]:
    """Packages that the files import and no requirement names."""
    own = {path.stem for path in ROOT.glob("*.py")}
    own |= {init.parent.name for init in ROOT.glob("*/__init__.py")}
    own |= set(sys.stdlib_module_names)
    modules = {module for source in sources for module, _ in imported(source)} - own
    return {PIP_NAMES.get(name, name).replace("_", "-") for name in modules} - named


def test_the_space_runs_the_gradio_that_is_tested(front_matter):
    version = front_matter["sdk_version"]
    major, minor, _ = map(int, version.split("."))
    assert requirements("requirements.txt")["gradio"] == f">={major}.{minor},<{major + 1}"
    import gradio

    assert gradio.__version__.split(".")[:2] == version.split(".")[:2]


def test_front_matter_names_what_a_space_needs(front_matter):
    assert front_matter["sdk"] == "gradio"
    assert front_matter["python_version"] == "3.12"
    assert front_matter["license"] == "apache-2.0"
    assert (ROOT / front_matter["app_file"]).is_file()
    assert isinstance(front_matter["models"], list) and front_matter["tags"]
    assert len(front_matter["short_description"]) <= 60  # the limit of the Hub


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_has_a_lower_bound(name):
    for package, bounds in requirements(name).items():
        assert bounds.startswith(">="), package


def test_requirements_name_all_that_the_app_imports():
    folders = ("webapp", "pipeline", "network", "geometry", "images", "core")
    sources = [
        *ROOT.glob("*.py"),
        *(path for name in folders for path in (ROOT / name).rglob("*.py")),
    ]
    named = set(requirements("requirements.txt"))
    # requirements of Gradio itself, and a module of a Space
    named |= {"anyio", "gradio-client", "h11", "httpx", "starlette", "spaces"}
    assert missing_requirements(sources, named) == set()


def test_requirements_name_all_that_training_imports():
    sources = [*(ROOT / "training").rglob("*.py"), *(ROOT / "furniture").rglob("*.py")]
    named = set(requirements("requirements.txt")) | set(requirements("requirements-train.txt"))
    named |= {"triton"}  # a part of PyTorch for CUDA
    assert missing_requirements(sources, named) == set()


def test_each_list_of_requirements_includes_the_one_before():
    for included, name in pairwise(REQUIREMENTS):
        assert f"-r {included}\n" in (ROOT / name).read_text(encoding="utf-8")


def test_the_readmes_first_commands_exist():
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1]
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make app", "make test"]
    for target in ("app", "test", "lint", "screenshots", "stress"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_ci_lints_and_tests():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    for step in ("CI=1", "make lint", "make test", "chromium"):
        assert step in text
    assert subprocess.run(["sh", "-n", script]).returncode == 0


def test_the_license_is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0" in text and "END OF TERMS" in text


def test_pictures_in_the_readme_are_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file(), path


def test_the_app_without_weights_says_so_and_stops(tmp_path):
    done = subprocess.run(
        [sys.executable, "app.py", "--model", tmp_path],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
