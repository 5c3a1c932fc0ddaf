"""What the Hub's tests share: a small checkpoint, fresh processes, this process's own settings."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from huggingface_hub import close_session, constants
from safetensors.torch import save_file

from training import evaluate
from training.evaluation import baselines, report
from training.evaluation.metrics import PROTOCOL_THRESHOLDS
from training.loop.config import TrainConfig
from voxel_model import VoxelConfig, VoxelModel

ROOT = Path(__file__).resolve().parents[2]
DEAD = "http://127.0.0.1:9"  # the discard port: nobody listens
THRESHOLD = 0.31
SCORE = 0.12345


def small_checkpoint(folder: Path) -> Path:
    """A folder as training leaves it: random weights, the smallest network, its evaluation."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(width=16, depth=1, heads=2, threshold=THRESHOLD)).half()
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(asdict(model.config)))
    (folder / "evaluation.json").write_text(json.dumps(evaluation()))
    (folder / "training.json").write_text(json.dumps(notes()))
    return folder


def notes() -> dict:
    """As the trainer leaves them in training.json."""
    paths = {"output": "/home/me/runs", "init": "/home/me/earlier", "studio": ("cad=/home/me/c",)}
    settings = asdict(TrainConfig(lr=0.125, **paths))
    return {"step": 1234, "pictures": 315904, "iou": 0.45678, "minutes": 8.9, "settings": settings}


def evaluation(threshold: float = THRESHOLD) -> dict:
    """What training.evaluate writes of three photos that all score the same."""
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
    """Python in a fresh process that sees none of this machine's own Hub settings."""
    ours = ("HF_", "HUGGING", "MODEL_RE", "PYTHONPATH")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**clean, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def point_at(monkeypatch, url: str, home: Path, token: str | None) -> None:
    """What HF_ENDPOINT, HF_HOME and HF_TOKEN do at import, done to this process for one test."""
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


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and "Traceback" not in text
