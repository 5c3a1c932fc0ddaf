"""The commands of training/: names in the help text, and old names."""

import importlib
import runpy
import sys

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from training.data.batches import Batch
from training.evaluation.contact_sheet import contact_sheet

COMMANDS = (
    *("add_heads", "describe", "evaluate_generated", "evaluate_heads"),
    *("evaluate_parts", "find"),
    *("average", "calibrate", "check_pix3d", "convert_voxels", "evaluate"),
    *("evaluate_orientation", "mask_ceiling", "model_card", "pack_cad", "preview_photos"),
    *("publish", "render_examples", "splits"),
)
OLD_NAMES = {
    "checker": "check_pix3d",
    "convert_mat_to_npy": "convert_voxels",
    "photos": "preview_photos",
    "synthetic": "studio",
    "synthetic.pack_cad": "pack_cad",
    "synthetic.examples": "render_examples",
    "turned": "evaluate_orientation",
}


@pytest.mark.parametrize("name", [*COMMANDS, "studio.__main__"])
def test_help_shows_the_command(name, capsys):
    command = importlib.import_module(f"training.{name}")
    with pytest.raises(SystemExit):
        command.parse_args(["--help"])
    usage = f"usage: python -m training.{name.removesuffix('.__main__')} "
    assert capsys.readouterr().out.startswith(usage)


@pytest.mark.parametrize("old", OLD_NAMES)
def test_old_name_hints_at_the_new_one_and_runs_it(old, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["old", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"training.{old}", run_name="__main__")
    printed = capsys.readouterr()
    assert not ended.value.code
    assert printed.err == (
        f"training.{old} is now training.{OLD_NAMES[old]}; please use that name.\n"
    )
    assert printed.out.startswith(f"usage: python -m training.{OLD_NAMES[old]} ")


def test_readme_lists_every_command_and_old_name():
    readme = (ROOT / "training" / "README.md").read_text(encoding="utf-8")
    for name in (*COMMANDS, "studio", "train", *OLD_NAMES):
        assert f"`training.{name}`" in readme, name


def test_contact_sheet_has_three_tiles_for_each_sample():
    batch = Batch(
        image=torch.ones(3, 3, 8, 8),
        mask=torch.zeros(3, 1, 8, 8),
        occupancy=torch.zeros(3, 4, 4, 4),
        colors=torch.zeros(3, 3, 4, 4, 4),
        surface=torch.zeros(3, 4, 4, 4, dtype=torch.bool),
        category=torch.zeros(3, dtype=torch.long),
        azimuth=torch.full((3,), torch.nan),
        elevation=torch.zeros(3),
        coordinates=torch.full((3, 3, 8, 8), torch.nan),
        place=torch.full((3, 3), torch.nan),
        source=["a", "b", "c"],
    )
    sheet = contact_sheet(batch, columns=2, tile=16)
    assert sheet.size == (2 * 3 * 16, 2 * 16)
    levels = np.asarray(sheet.convert("L"))
    assert levels[8, 8] == 255 and levels[8, 24] == 63  # outside the mask the picture is dimmed
