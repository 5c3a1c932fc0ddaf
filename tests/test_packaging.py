"""What a Space, a new user and CI rely on: front matter, requirements, commands, licence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def front_matter() -> dict:
    return yaml.safe_load(README.split("---")[1])


def requirements(name: str) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    found = (re.match(r"([a-z][a-z0-9-]*)(.*)", line) for line in lines)
    return {match[1]: match[2].strip() for match in found if match}


def test_the_space_runs_the_gradio_that_is_tested(front_matter):
    version = front_matter["sdk_version"]
    major, minor, _ = map(int, version.split("."))
    assert requirements("requirements.txt")["gradio"] == (f">={major}.{minor},<{major}.{minor + 1}")
    import gradio

    assert gradio.__version__.split(".")[:2] == version.split(".")[:2]


def test_front_matter_names_what_a_space_needs(front_matter):
    assert front_matter["sdk"] == "gradio"
    assert front_matter["python_version"] == "3.12"
    assert front_matter["license"] == "apache-2.0"
    assert (ROOT / front_matter["app_file"]).is_file()
    assert isinstance(front_matter["models"], list) and front_matter["tags"]
    assert len(front_matter["short_description"]) <= 60  # the Hub's own limit


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_a_lower_bound(name):
    for package, bounds in requirements(name).items():
        assert bounds.startswith(">="), package


def test_requirements_name_all_that_the_app_imports():
    """Every top-level module is part of the app; tests and training have their own lists."""
    pip_names = {"PIL": "pillow", "skimage": "scikit-image"}
    folders = (".", "webapp", "webapp/server", "pipeline", "network", "geometry", "images")
    sources = sorted(path for folder in folders for path in (ROOT / folder).glob("*.py"))
    needed = set()
    for source in sources:
        found = re.findall(r"^\s*(?:import|from) (\w+)", source.read_text(), re.MULTILINE)
        needed |= {name for name in found if name not in sys.stdlib_module_names}
    packages = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    needed -= {source.stem for source in sources} | packages
    needed -= {"gradio_client", "spaces"}  # of gradio's own, and of the Space that it is on
    named = requirements("requirements.txt")
    assert {pip_names.get(name, name).replace("_", "-") for name in needed} <= set(named)


def test_the_readmes_first_commands_exist():
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1]
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make app", "make test"]
    for target in ("app", "test", "lint", "screenshots", "stress"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_ci_lints_and_tests():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    for step in ("CI=1", "make lint", "make test", "chromium"):
        assert step in text
    assert subprocess.run(["sh", "-n", script]).returncode == 0


def test_the_licence_is_apache_2():
    text = (ROOT / "LICENSE").read_text()
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
