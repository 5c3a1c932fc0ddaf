"""The app starts with weights from a Hub that fails: it prints one sentence and ends."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.app_server import ROOT
from benchmarks.stress.fakes.checkpoint import save_small_checkpoint
from benchmarks.stress.fakes.hub import FakeHub, Repo
from benchmarks.stress.report import Row, is_one_sentence

MODEL = "someone/furniture"
FAULTS = {
    "returns 500": ("HEAD config.json", "500"),
    "sends half": ("GET model.safetensors", "half"),
}
EXIT_TIMEOUT_S = 120.0  # huggingface_hub retries an interrupted download


def measure_hub_faults(folder: Path) -> list[Row]:
    """Start the app once for each fault of the Hub and checks its last line."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = save_small_checkpoint(folder)
    files = {
        name: (checkpoint / name).read_bytes() for name in ("config.json", "model.safetensors")
    }
    return [_fault_row(folder / "cache", files, what, *fault) for what, fault in FAULTS.items()]


def _fault_row(cache: Path, files: dict, what: str, request: str, fault: str) -> Row:
    with FakeHub() as hub:
        repo = hub.repos[f"models/{MODEL}"] = Repo()
        repo.commit(files, "a checkpoint")
        hub.faults[request] = fault
        done = subprocess.run(
            [sys.executable, "app.py", "--model", MODEL],
            cwd=ROOT,
            env=os.environ | hub.environment(cache),
            capture_output=True,
            text=True,
            timeout=EXIT_TIMEOUT_S,
        )
    last_line = (done.stderr.strip().splitlines() or [""])[-1]
    held = done.returncode == 1 and is_one_sentence(last_line) and "check the network" in last_line
    held = held and "Traceback" not in done.stderr
    return Row(f"The Hub {what} at the start", "a sentence, status 1", last_line, held)
