"""The files of the image, started as deploy/ starts them: as its user, on a read-only system.

No container engine runs here. A mount namespace of Linux gives the same view of the files: the root
read-only, /tmp alone writable and not executable, the copied files at /app, no capabilities.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from benchmarks.app_server import ROOT, AppServer
from tests.deploy.deploy_files import compose, dockerfile, image_environment

# Arguments: the folder of the image's files, the environment of the interpreter, the command.
# The environment is bound below /opt because it may lie below /tmp, which becomes empty.
# CAP_DAC_READ_SEARCH lets the user read the base interpreter, which may be below /root; it gives no
# right to write.
ENTER = """
set -eu
image=$1; environment=$2; shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs /opt
mkdir /opt/app /opt/environment
mount --bind "$image" /opt/app
mount --bind "$environment" /opt/environment
mount -o remount,bind,ro /opt/app
mount -o remount,ro /opt
mount -t tmpfs -o size=1g,mode=1777,noexec,nosuid,nodev tmpfs /tmp
mount -o remount,bind,ro /
cd /opt/app
exec setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs \
    --inh-caps=-all,+dac_read_search --ambient-caps=+dac_read_search \
    --bounding-set=-all,+dac_read_search "$@"
"""


def may_enter() -> bool:
    """Return whether this process has the right to make a mount namespace."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    tools = shutil.which("unshare") and shutil.which("setpriv")
    return bool(tools) and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """A folder with what the Dockerfile copies to /app."""
    folder = tmp_path_factory.mktemp("image")
    for line in dockerfile("COPY"):
        *names, target = line.split()
        if "--from" in line or (target == "./" and "requirements.txt" in names):
            continue
        for name in names:
            path = ROOT / name
            if path.is_dir():
                shutil.copytree(path, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, folder / target)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def server(image):
    """The command of the image in its environment."""
    if not may_enter():
        pytest.skip("only root may make a mount namespace")
    script = image.with_name("enter.sh")
    script.write_text(ENTER, encoding="utf-8")
    (command,) = [line for line in dockerfile("CMD") if "app.py" in line]
    assert command == '["python", "app.py"]'
    variables = image_environment() | {"METRICS_PORT": "", "GRADIO_SERVER_NAME": "127.0.0.1"}
    variables |= {"PATH": os.environ["PATH"], "MOST_DISK": "800000000"}
    python = Path("/opt/environment/bin", Path(sys.executable).name)
    server = AppServer(
        environment=variables,
        python="unshare",
        command=["--mount", "sh", script, image, sys.prefix, python, "app.py"],
        port_option=False,
        inherit=False,
    )
    with server:
        yield server


def test_the_server_makes_a_model_with_no_right_but_to_its_tmpfs(server, picture, tmp_path):
    client = Client(server.url, verbose=False, download_files=tmp_path)
    model, facts = client.predict(image=handle_file(picture), api_name="/convert")
    assert Path(model).stat().st_size > 1000 and facts["category"]
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    assert "Uid:\t10001\t10001\t10001\t10001" in status and "NoNewPrivs:\t1" in status
    root = Path(f"/proc/{server.process.pid}/mounts").read_text(encoding="utf-8")
    (options,) = [line.split()[3] for line in root.splitlines() if line.split()[1] == "/opt/app"]
    assert options.startswith("ro")
    assert "Traceback" not in server.log and "Read-only" not in server.log


def test_the_health_check_passes(server):
    line = dockerfile("HEALTHCHECK")[0]
    code = line.partition('"-c", "')[2].rpartition('"]')[0]
    code = code.replace("7860", server.url.rpartition(":")[2])
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_mounts_are_those_of_compose():
    options = compose()["services"]["app"]["tmpfs"][0].partition(":")[2]
    assert f"-o {options} tmpfs /tmp" in ENTER
