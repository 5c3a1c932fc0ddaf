"""Shared by the tests of the Hub: a checkpoint with its records, fresh processes, Hub settings."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from huggingface_hub import close_session, constants

from benchmarks.stress.fakes.checkpoint import THRESHOLD, save_small_checkpoint
from benchmarks.stress.report import is_one_sentence
from training import evaluate
from training.evaluation import baselines, report
from training.evaluation.metrics import PROTOCOL_THRESHOLDS
from training.loop.config import TrainConfig

__all__ = [
    "DEAD",
    "ROOT",
    "SCORE",
    "THRESHOLD",
    "evaluation",
    "is_one_sentence",
    "notes",
    "point_at",
    "run",
    "small_checkpoint",
]
ROOT = Path(__file__).resolve().parents[2]
DEAD = "http://127.0.0.1:9"  # the discard port: no process listens there
SCORE = 0.12345


def small_checkpoint(folder: Path) -> Path:
    """Write a folder as training leaves it: random weights and the records of the run."""
    save_small_checkpoint(folder)
    (folder / "evaluation.json").write_text(json.dumps(evaluation()), encoding="utf-8")
    (folder / "training.json").write_text(json.dumps(notes()), encoding="utf-8")
    return folder


def notes() -> dict:
    """Return a run's record as the trainer writes it in training.json."""
    paths = {"output": "/home/me/runs", "init": "/home/me/earlier", "studio": ("cad=/home/me/c",)}
    settings = asdict(TrainConfig(lr=0.125, **paths))
    return {"step": 1234, "pictures": 315904, "iou": 0.45678, "minutes": 8.9, "settings": settings}


def evaluation(threshold: float = THRESHOLD) -> dict:
    """Return the record of training.evaluate for three photos with equal scores."""
    names = ("raw_iou", "precision", "recall", "chamfer", "f_score", "mask_iou", "category_right")
    scores = dict.fromkeys(("iou", *names), SCORE) | {"azimuth_error": 120.0}
    curve = [SCORE] * len(PROTOCOL_THRESHOLDS)

    def row(shape: str) -> dict:
        figures = [{**scores, "iou_by_threshold": curve, "largest_piece": 0.8} for _ in range(2)]
        photo = {"img": "img/chair/1.jpg", "category": "chair", "shape": shape, "clean": True}
        return {**photo, "boxed": figures[0], "found": figures[1], "baselines": {}}

    return {
        "checkpoint": "checkpoint",
        "data": "/home/somebody/pix3d_dev",
        "date": "2030-01-02",
        "resolution": 32,
        "decoder": "attention",
        "protocol": report.PROTOCOL,
        "published": {"note": baselines.PUBLISHED_NOTE, "iou": baselines.PUBLISHED},
        **evaluate.summarise([row(shape) for shape in "abc"], threshold),
        "skipped": [],
        "photos": [
            {"img": f"img/chair/{i}.jpg", "boxed": {"iou": i / 10, "mask_iou": None}}
            for i in range(9)
        ],
    }


def run(arguments: list[str], environment: dict, folder: Path = ROOT, timeout: float = 120):
    """Run Python in a fresh process without the Hub settings of this machine."""
    hub_settings = ("HF_", "HUGGING", "MODEL_RE", "PYTHONPATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(hub_settings)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**clean, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def point_at(monkeypatch, url: str, home: Path, token: str | None) -> None:
    """Set for one test in this process what HF_ENDPOINT, HF_HOME and HF_TOKEN set at import."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    template = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "no-token"))
    monkeypatch.setenv("HF_TOKEN", token or "")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("MODEL_REPO_ID", "MODEL_REVISION"):
        monkeypatch.delenv(name, raising=False)
    close_session()
