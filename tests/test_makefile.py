"""`make app` installs PyTorch's CPU build where there is no NVIDIA driver, and PyPI's otherwise."""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
linux_only = pytest.mark.skipif(
    platform.system() != "Linux" or not shutil.which("make"), reason="needs make on Linux"
)


def installs(tmp_path, has_driver: str, index_status: int) -> tuple[list[str], str]:
    """The pip commands of `make app`, and what it prints; the index answers with a status."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/log\n'
        f'case "$*" in *--index-url*) exit {index_status};; esac\n'
    )
    python.chmod(0o755)
    options = [f"VENV={tmp_path}/.venv", f"HAS_DRIVER={has_driver}"]
    done = subprocess.run(
        ["make", *options, f"{tmp_path}/.venv/.app"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return (tmp_path / "log").read_text().splitlines(), done.stdout


@linux_only
@pytest.mark.parametrize(("has_driver", "status"), [("false", 0), ("false", 1), ("true", 0)])
def test_the_cpu_build_is_tried_without_a_driver(tmp_path, has_driver, status):
    commands, printed = installs(tmp_path, has_driver, status)
    assert commands[-1] == "-m pip install --quiet -r requirements.txt"
    assert len(commands) == (1 if has_driver == "true" else 2)
    if has_driver == "false":
        assert "https://download.pytorch.org/whl/cpu torch>=" in commands[0]
        assert "torchvision>=" in commands[0] and "#" not in commands[0]
    # make prints the recipe, which holds the sentence, and the sentence itself
    assert printed.count("cannot be reached") == 1 + status
