"""Text files are opened as UTF-8, whatever the locale of the machine."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_every_open_names_its_encoding():
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    command = [ruff, "check", "--isolated", "--preview", "--select", "PLW1514", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_rule_is_on_for_all_files():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("PLW1514") == 2  # its reason and the rule; no file is exempt
