"""Commands of training/README.md that its examples do not show, each run once in small."""

import re

import pytest
import torch

from tests.pipeline.parts.small_bank import small_bank
from tests.training.small_pix3d import write_data
from training import (
    describe,
    evaluate_generated,
    evaluate_orientation,
    evaluate_parts,
    find,
    render_examples,
)
from training.studio.scenes.example_settings import EXAMPLE_SETTINGS
from voxel_model import VoxelConfig, VoxelModel

pytestmark = pytest.mark.slow

STEP_LINE = r"step 4\b"


@pytest.fixture(scope="module", autouse=True)
def threads():
    """One thread, as the machine of the tests is shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with small weights, a small bank and six photographs."""
    folder = tmp_path_factory.mktemp("commands")
    torch.manual_seed(0)
    config = VoxelConfig(image_size=64, width=32, depth=1, heads=2)
    VoxelModel(config).save_pretrained(folder / "checkpoint")
    small_bank().save(folder / "checkpoint" / "pieces.npz")
    write_data(folder / "pix3d")
    return folder


@pytest.mark.parametrize(
    ("command", "arguments", "printed"),
    [
        (describe, "--dry-run --checkpoint checkpoint --bank checkpoint/pieces.npz", STEP_LINE),
        (find, "--dry-run --checkpoint checkpoint", STEP_LINE),
        (
            evaluate_generated,
            "--dry-run --checkpoints checkpoint",
            r"^4 pictures of [1-4] models\n(.*\n)*checkpoint: IoU 0\.\d{3}.*\n",
        ),
        (evaluate_parts, "--dry-run --checkpoint checkpoint", r"4 .*\n(.*\n)*.*best of 20"),
        (
            evaluate_orientation,
            "--data pix3d --checkpoint checkpoint",
            r"^6 photos\n(.+ [01]\.\d{3}\n){5}",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_command_runs_in_small(command, arguments, printed, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    status = command.main(arguments.split())
    output = capsys.readouterr()
    assert status == 0, output.err
    assert re.search(printed, output.out, re.MULTILINE), output.out


def test_an_example_is_rendered(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(render_examples, "SIDE", 64)
    name = EXAMPLE_SETTINGS[0].name
    assert render_examples.main(["--only", name, "--out", "examples"]) == 0
    assert capsys.readouterr().out == f"{name}\n"
    assert (folder / "examples" / f"{name}.jpg").stat().st_size > 500
