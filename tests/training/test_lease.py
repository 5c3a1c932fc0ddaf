"""The scripts of the next lease: large files move aside and come back, and what is carried."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from training.leases import pack_skies
from training.studio.assets import load_assets

CPU = torch.device("cpu")
SCRIPT = ROOT / "training" / "leases" / "lease.sh"
LARGE = (
    "checkpoint/model.safetensors",
    "checkpoint/pieces.npz",
    "training/checkpoints/run10/model.safetensors",
)
SMALL = ("checkpoint/config.json", "checkpoint/training.json", "data/cad.npz", "data/held_out.npz")

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")


@pytest.fixture
def tree(tmp_path):
    """A small copy of the repository's layout, and of ../shared."""
    root = tmp_path / "repo"
    shared = [f"{name}/index.json" for name in ("textures", "backgrounds", "hdri")]
    files = [root / name for name in (*LARGE, *SMALL)]
    files += [tmp_path / "shared" / "data" / n for n in (*shared, "shapes/poses.json")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def run(tree, *args, **environment) -> str:
    done = subprocess.run(
        ["bash", str(SCRIPT), *args],
        cwd=tree,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_large_files_move_aside_and_come_back(tree):
    run(tree, "pack", PYTHON="true")  # no panoramas
    assert not any((tree / name).exists() for name in LARGE)
    assert (tree / ".lease" / "b" / "model.safetensors").is_file()
    assert (tree / ".lease" / "b" / "run10" / "model.safetensors").is_file()
    assert (tree / ".lease" / "a" / "data" / "poses.json").is_file()
    assert (tree / ".lease" / "a" / "cad.npz").is_file()
    run(tree, "restore")
    assert all((tree / name).read_text(encoding="utf-8") == name.split("/")[-1] for name in LARGE)


def test_a_dry_run_moves_nothing(tree):
    run(tree, "pack", DRY="1", PYTHON="true")
    assert all((tree / name).is_file() for name in LARGE)


@pytest.fixture
def calls(tree, tmp_path):
    """A function that runs a lease with a fake Python and returns the commands it was given."""
    fake = tmp_path / "python"
    text = f'#!/bin/bash\necho "$CUDA_VISIBLE_DEVICES: $@" >> {tmp_path}/calls\n'
    fake.write_text(text, encoding="utf-8")
    fake.chmod(0o755)

    def lease(gpus: str, **more: str) -> list[str]:
        paths = {"PYTHON": str(fake), "W": str(tmp_path / "w"), "OUT": str(tmp_path / "out")}
        settings = {**paths, "GPUS": gpus, "PAUSE": "0.2", "CUDA_VISIBLE_DEVICES": "0,1", **more}
        run(tree, "pack", PYTHON="true")
        for part in "ab":
            run(tree, "unpack", part, **settings)
        run(tree, "start", **settings)
        assert "frozen" in run(tree, "wait", "60", **settings)
        return (tmp_path / "calls").read_text(encoding="utf-8").splitlines()

    return lease


def number(calls: list[str], start: str) -> int:
    """Place of the one command that starts with `start`."""
    (place,) = [i for i, call in enumerate(calls) if f"{call} ".startswith(f"{start} ")]
    return place


def test_one_gpu_trains_the_decoder_on_the_frozen_encoder_and_the_second_look(calls, tmp_path):
    lines = calls("1")
    decoder = lines[number(lines, "0: -m training.train --half")]
    assert f"--init {tmp_path}/w --encoder-rate 0 " in decoder
    assert f"--teachers {tmp_path}/w {tmp_path}/w/run10 " in decoder
    second_look = lines[number(lines, "0: -m training.find")]
    assert f"--checkpoint {tmp_path}/w " in second_look and "--looks 2 --first keep" in second_look
    assert len(lines) == 2 and (tmp_path / "out" / "logs.tgz").is_file()


def test_two_gpus_train_side_by_side_and_then_together(calls, tmp_path):
    lines = calls("2", RUNS="frozen tuned scaling", LOSSES="extents=0.1", TEACHERS=" ")
    frozen = number(lines, f"0: -m training.train --half --output {tmp_path}/w/frozen")
    tuned = number(lines, f"1: -m training.train --half --output {tmp_path}/w/tuned")
    assert "--encoder-rate 0.1 " in lines[tuned]
    scaling = "0,1: -m torch.distributed.run --nproc_per_node 2 -m training.train"
    assert number(lines, scaling) > max(frozen, tuned) and len(lines) == 3
    assert all(" mask=1.0 extents=0.1 --lr" in line for line in lines)
    assert not any("--teachers" in line for line in lines)


def test_the_parts_of_fetched_weights_become_files(tree, tmp_path):
    out = tmp_path / "out"
    weights = out / "frozen" / "end"
    weights.mkdir(parents=True)
    for part in ("aa", "ab"):
        (weights / f"model.safetensors.part.{part}").write_text(part, encoding="utf-8")
    with tarfile.open(out / "logs.tgz", "w:gz") as logs:
        logs.add(tree / "checkpoint" / "config.json", "frozen/end/config.json")
    run(tree, "join", str(out))
    assert sorted(file.name for file in weights.iterdir()) == ["config.json", "model.safetensors"]
    assert (weights / "model.safetensors").read_text(encoding="utf-8") == "aaab"


def test_smaller_panoramas_give_the_same_light(tmp_path):
    rng = np.random.default_rng(0)
    sky = rng.random((128, 256, 3)).astype(np.float16)
    source = tmp_path / "hdri"
    source.mkdir()
    index = {"items": [{"name": "one.npy"}]}
    (source / "index.json").write_text(json.dumps(index), encoding="utf-8")
    file = io.BytesIO()
    np.save(file, sky)
    with zipfile.ZipFile(source / "hdri.zip", "w") as archive:
        archive.writestr("one.npy", file.getvalue())
    pack_skies.main(source, tmp_path / "small" / "hdri")
    before, after = (load_assets(folder, CPU) for folder in (tmp_path, tmp_path / "small"))
    assert torch.allclose(before.skies.float(), after.skies.float(), atol=2e-3)
    assert torch.allclose(before.harmonics, after.harmonics, atol=1e-3)


def test_large_files_are_those_of_the_repository():
    assert all((ROOT / name).is_file() for name in LARGE[:2])
    text = SCRIPT.read_text(encoding="utf-8")
    assert all(name in text for name in LARGE)
