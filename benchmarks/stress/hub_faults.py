"""A Hub that fails while the server starts: one sentence and the end."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.stress.report import Row
from benchmarks.stress.server import ROOT
from tests.network.hub_client import is_one_sentence, small_checkpoint
from tests.network.hub_server import Hub, Repo

MODEL = "someone/furniture"
FAULTS = {
    "returns 500": ("HEAD config.json", "500"),
    "sends half": ("GET model.safetensors", "half"),
}
PATIENCE = 120.0  # seconds: the Hub's client asks again five times


def hub(folder: Path) -> list[Row]:
    """What a start with weights from the Hub says, for each of its faults."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = small_checkpoint(folder)
    files = {
        name: (checkpoint / name).read_bytes() for name in ("config.json", "model.safetensors")
    }
    return [_fault(folder / "cache", files, what, *fault) for what, fault in FAULTS.items()]


def _fault(cache: Path, files: dict, what: str, request: str, fault: str) -> Row:
    with Hub() as stand_in:
        repo = stand_in.repos[f"models/{MODEL}"] = Repo()
        repo.commit(files, "by hand")
        stand_in.faults[request] = fault
        done = subprocess.run(
            [sys.executable, "app.py", "--model", MODEL],
            cwd=ROOT,
            env=os.environ | stand_in.environment(cache),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    last = (done.stderr.strip().splitlines() or [""])[-1]
    held = done.returncode == 1 and is_one_sentence(last) and "check the network" in last
    held = held and "Traceback" not in done.stderr
    return Row(f"The Hub {what} at the start", "a sentence, status 1", last, held)
