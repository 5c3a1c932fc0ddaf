"""Several processes: on a CPU without Accelerate's variable, on machines without a shared disk."""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT
from tests.training.tiny_training import TINY, FakeStudio, same, weights
from training.data.batches import concatenate
from training.loop import checkpoints
from training.train import Trainer
from voxel_model import load_model


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]


def start_nodes(outputs: list[Path], settings: str) -> list[str]:
    """Run one process a machine, each with its own output folder; return what they print.

    torchrun sets the same variables; it is not used so that both "machines" are this one.
    """
    script = "from dataclasses import replace\nfrom tests.training.tiny_training import *\n"
    script += "import os\nrun(replace(TINY, output=os.environ['OUTPUT'], " + settings + "))"
    common = {name: value for name, value in os.environ.items() if "ACCELERATE" not in name}
    common |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
    common |= {"WORLD_SIZE": str(len(outputs)), "LOCAL_WORLD_SIZE": "1", "LOCAL_RANK": "0"}
    common |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=common | {"RANK": str(rank), "OUTPUT": str(output)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, output in enumerate(outputs)
    ]
    ended = [process.communicate(timeout=240) for process in started]
    assert all(process.returncode == 0 for process in started), ended
    return [printed for printed, _ in ended]


@pytest.mark.slow
def test_machines_without_a_shared_disk_resume_from_the_first_ones_state(tmp_path):
    outputs = [tmp_path / "first", tmp_path / "second"]
    printed = start_nodes(outputs, "steps=2, schedule='constant'")
    # without a variable of Accelerate's, one process is the main one, not both
    assert "step 2 validation" in printed[0] and "step 2 validation" not in printed[1]
    assert (outputs[0] / "last").is_dir() and not (outputs[1] / "last").exists()
    own = checkpoints.newest_state(outputs[1])
    assert own.name == "step_00000002" and (own / "random_states_1.pkl").is_file()
    assert not list(outputs[1].rglob("*.partial"))
    start_nodes(outputs, "steps=4, schedule='constant', resume=True")
    alone = tmp_path / "alone"
    start_nodes([alone, alone], "steps=4, schedule='constant'")  # a shared disk, never interrupted
    assert same(weights(alone / "last"), weights(outputs[0] / "last"))
    assert load_model(outputs[0] / "last", "cpu").config.width == TINY.width


def test_a_step_of_several_batches_is_logged_whole(tmp_path, monkeypatch):
    """The logged loss is the mean over the batches of a step, and each is checked to be finite."""
    torch.set_num_threads(1)
    logged = {}
    for name, changes in {"one": {"batch_size": 4}, "two": {"accumulate": 2}}.items():
        config = replace(TINY, output=str(tmp_path / name), steps=1, log_every=1, **changes)
        source = Joined if name == "one" else Plain
        trainer = Trainer(config, source)
        add = trainer.monitor.add
        trainer.monitor.add = lambda losses, norm, n=name, add=add: (
            logged.update({n: losses.clone()}),
            add(losses, norm),
        )
        trainer.train()
    torch.testing.assert_close(logged["two"][1], logged["one"][1], atol=0.05, rtol=0.05)
    assert logged["two"].isfinite().all()


class Plain(FakeStudio):
    """The fake studio with the signature of `build_source`."""

    def __init__(self, config, device, seed, held_out=False):
        super().__init__(config, device, seed)


class Joined(Plain):
    """A source whose batch n holds the batches 2n and 2n + 1 of the fake studio."""

    def batch(self, step, size):
        return concatenate([super(Joined, self).batch(2 * step + i, size // 2) for i in range(2)])


def test_a_bad_first_batch_of_a_step_stops_the_run(tmp_path):
    torch.set_num_threads(1)
    config = replace(TINY, output=str(tmp_path), steps=3, accumulate=2, log_every=1)

    class Poisoned(Plain):
        def __init__(self, config, device, seed, held_out=False):
            super().__init__(config, device, seed)
            self.poison = None if held_out else 2  # first batch of the second step

    with pytest.raises(ValueError, match=r"step 2 \(studio seed 0, batch 2\)"):
        Trainer(config, Poisoned).train()
