"""The tutorial docs/train-your-own.md, run in small: each command of the page, in its order."""

import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image

from benchmarks.app_server import ROOT, AppServer
from voxel_model import load_model, predict

PAGE = ROOT / "docs" / "train-your-own.md"
# Options that make a command of the page small, by its module.
SMALL = {
    "training.data import": "--jobs 1",
    "training.data render": "--count 3 --size 64",
    "training.studio": "--count 2 --image-size 64 --grid 32 --slots 4 --tile 64",
    # `--minutes` counts from the start of the process, here of all tests.
    "training.train": "--minutes 600 --small --steps 3 --batch-size 2 --image-size 64 "
    "--width 32 --depth 1 --heads 2 --warmup 1 --val-every 3 --val-pictures 2 --log-every 1",
}
# What each command prints, as the page says or shows.
PRINTED = {
    "training.data import": r"10 shapes, .* in data/lamps\.npz\n2 shapes, .* in data/held_out\.npz",
    "training.data render": r"3 pictures in data/rendered, listed in data/rendered/photos\.csv",
    "training.studio": r"0 cad/lamp/\d\d\n1 cad/lamp/\d\d",
    "training.train": r"step 3, .* minutes, complete",
    "training.evaluate": r"on 3 photos of [12] shapes, 0 skipped(.|\n)*lamp  ",
    "training.model_card": r"written: runs/lamps/half/README\.md",
    "training.publish": r"python app\.py --model runs/published serves it",
}


def commands() -> list[list[str]]:
    """Arguments of the page's commands without `python`, up to the chapter on photographs."""
    text = PAGE.read_text(encoding="utf-8").split("## Photographs of your own")[0]
    return [shlex.split(line) for line in re.findall(r"^\$ python (.*)$", text, re.MULTILINE)]


def run_small(arguments: list[str], monkeypatch) -> str:
    """Run `-m module options` in this process, small; return the module with its sub-command."""
    module, *options = arguments[1:]
    name = f"{module} {options[0]}" if module == "training.data" else module
    if module == "training.train":  # `--studio` is given once
        options.insert(options.index("--studio") + 1, "slots=4")
    monkeypatch.setattr(sys, "argv", [module, *options, *SMALL.get(name, "").split()])
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        assert not ended.code, (name, ended.code)
    return name


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The folder in which all commands of the page ran, and what each of them printed."""
    folder, printed = tmp_path_factory.mktemp("tutorial"), {}
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        for arguments in commands():
            if arguments[0] != "app.py":
                with open("out.txt", "w+", encoding="utf-8") as out:
                    monkeypatch.setattr(sys, "stdout", out)
                    name = run_small(arguments, monkeypatch)
                    out.seek(0)
                    printed[name] = out.read()
    return folder, printed


def test_every_command_of_the_page_runs(tutorial):
    _, printed = tutorial
    assert set(printed) == {*PRINTED, "tests.training.lamps"}
    for name, pattern in PRINTED.items():
        assert re.search(pattern, printed[name]), (name, printed[name])


def test_the_model_knows_the_own_category_alone(tutorial):
    folder, _ = tutorial
    assert load_model(folder / "runs/published", "cpu").config.categories == ("lamp",)
    card = (folder / "runs/published/README.md").read_text(encoding="utf-8")
    assert (
        "# Lamp voxels" in card
        and "## Scores on labelled pictures" in card
        and str(folder) not in card
        and "furniture (" not in card
        and "pix3d" not in card.lower()[:400]
    )


def test_the_page_serves_the_model(tutorial):
    folder, _ = tutorial
    assert commands()[-1] == ["app.py", "--model", "runs/published"]
    picture, published = folder / "data/rendered/img/00000.jpg", folder / "runs/published"
    prediction = predict(load_model(published, "cpu"), Image.open(picture))
    threshold = float(
        np.round(prediction.occupancy.max() / 2, 3)
    )  # hardly trained: nothing is sure
    with AppServer(folder / "served", command=("app.py", "--model", str(published))) as server:
        client = Client(server.url, verbose=False, download_files=folder / "answers")
        model, _, facts = client.predict(
            image=handle_file(picture), threshold=threshold, api_name="/generate"
        )
    assert facts["categories"] == {"lamp": 1.0} and Path(model).stat().st_size > 0
