"""Every command of training/README.md runs on small data and prints what the README shows.

Numbers, versions and dates differ; the words and their order do not.
"""

import importlib
import re
import shlex
import shutil

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from tests.training.loop.test_recipes import write_source
from tests.training.small_pix3d import write_data
from voxel_model import VoxelConfig, VoxelModel

README = ROOT / "training" / "README.md"
MAX_WORDS = 900
# commands whose output the README does not show, and the test that runs them
ELSEWHERE = {
    "data": "training/test_train_your_own.py",
    "add_heads": "training/heads/test_descriptor_training.py",
    "evaluate_heads": "training/evaluation/test_evaluate_heads.py",
    "pack_cad": "training/studio/test_pack_cad.py",
    "mask_ceiling": "training/evaluation/test_mask_ceiling.py",
    "model_card": "training/test_publish.py",
    "publish": "training/test_publish.py",
} | dict.fromkeys(
    (
        *("describe", "find", "evaluate_generated", "evaluate_parts"),
        *("evaluate_orientation", "render_examples"),
    ),
    "training/test_small_commands.py",
)
# `python -m training.studio` runs its __main__
ENTRIES = {"studio": "studio.__main__"}


def commands() -> list[tuple[str, list[str]]]:
    """Commands of the README that show their output, and the lines of it."""
    found = []
    for block in re.findall(r"```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            command, *shown = part.strip().splitlines()
            found.append((" ".join(command.split()), shown))
    return found


def form(line: str) -> str:
    """Return a line without its numbers and the width of its columns."""
    line = re.sub(r"-?\b\d[\d.,:e+-]*\b|\bnan\b", "N", line)
    return " ".join(re.sub(r"\bN%", "N", line).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with all that the commands read, as small as possible."""
    folder = tmp_path_factory.mktemp("readme")
    write_data(folder / "pix3d")
    torch.manual_seed(0)
    config = VoxelConfig(image_size=64, width=32, depth=1, heads=2)
    for name in ("checkpoint", "runs/a/best"):
        VoxelModel(config).save_pretrained(folder / name)
    shutil.copy(ROOT / "checkpoint" / "calibration.json", folder / "checkpoint")
    shutil.copy(ROOT / "checkpoint" / "training.json", folder / "checkpoint")
    (folder / "theirs" / "chair").mkdir(parents=True)
    for i in range(6):
        name = f"{'table' if i % 3 == 2 else 'chair'}/{i:04}.npz"
        (folder / "theirs" / name).parent.mkdir(exist_ok=True)
        np.savez(
            folder / "theirs" / name,
            occupancy=np.pad(np.ones((16, 24, 16)), ((8, 8), (4, 4), (8, 8))),
        )
    write_source(folder / "source")
    return folder


@pytest.mark.parametrize(("command", "shown"), commands(), ids=lambda value: str(value)[:60])
def test_commands_print_what_the_readme_shows(command, shown, folder, monkeypatch, capsys):
    python, flag, name, *arguments = shlex.split(command)
    assert (python, flag) == ("python", "-m") and name.startswith("training.")
    name = name.removeprefix("training.")
    monkeypatch.chdir(folder)
    entry = importlib.import_module(f"training.{ENTRIES.get(name, name)}")
    try:
        status = entry.main(arguments)
    except SystemExit as ended:
        status = ended.code
    printed = capsys.readouterr()
    assert not status or (status == 1 and "differ" in printed.out), printed.err
    forms = [form(line) for line in printed.out.splitlines()]
    missing = [line for line in shown if line.strip() != "..." and form(line) not in forms]
    assert not missing, (missing, printed.out)


def test_every_command_of_the_table_is_run_or_has_a_test_of_its_own():
    text = README.read_text(encoding="utf-8")
    cells = re.findall(r"^\| [^|]+ \| (`training\.[^|]+) \|", text, re.MULTILINE)
    table = set(re.findall(r"`training\.([\w.]+)`", " ".join(cells)))
    shown = {re.search(r"training\.([\w.]+)", command)[1] for command, _ in commands()}
    tests = ROOT / "tests"
    for name, file in ELSEWHERE.items():
        called = re.search(rf"\b{name}\w*(\.main\(|,| import\")", (tests / file).read_text("utf-8"))
        assert called, f"{file} does not run {name}"
    assert table <= shown | set(ELSEWHERE), table - shown - set(ELSEWHERE)


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").split()) <= MAX_WORDS
