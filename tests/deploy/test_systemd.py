"""deploy/furniture.service: read by systemd, which also judges its sandbox."""

import re
import shutil
import subprocess

import pytest

from benchmarks.app_server import ROOT
from tests.deploy.deploy_files import text_of

MAX_EXPOSURE = 2.5  # of 10, by `systemd-analyze security`


@pytest.fixture
def unit_file(tmp_path):
    """The unit with the folder of this checkout for /opt/furniture."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    path = tmp_path / "furniture.service"
    text = text_of("furniture.service").replace("/opt/furniture", str(ROOT))
    path.write_text(text, encoding="utf-8")
    return path


def analyze(*arguments) -> subprocess.CompletedProcess:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_systemd_finds_no_fault(unit_file):
    done = analyze("verify", "--man=no", "--recursive-errors=no", unit_file)
    about_it = [line for line in done.stderr.splitlines() if "furniture" in line]
    assert done.returncode == 0 and not about_it, done.stderr


def test_a_fault_would_be_found(unit_file):
    unit_file.write_text(unit_file.read_text("utf-8").replace("UMask=0077", "UMask=rwx"), "utf-8")
    assert "Failed to parse mode" in analyze("verify", "--man=no", unit_file).stderr


def test_the_sandbox_is_narrow(unit_file):
    done = analyze("security", "--offline=true", unit_file)
    exposure = float(re.search(r"exposure level for furniture\.service: ([\d.]+)", done.stdout)[1])
    assert exposure <= MAX_EXPOSURE, done.stdout
