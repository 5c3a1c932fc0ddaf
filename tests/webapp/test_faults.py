"""Faults of the machine below the page: what the visitor reads, and what is not lost."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import gradio as gr
import pytest
import torch
from PIL import Image

from meshing import MeshError
from voxel_model import ModelError, load_model, predict
from webapp import batch_tab
from webapp.batch_tab import Many
from webapp.events import Page
from webapp.messages import sentences

ROOT = Path(__file__).resolve().parents[2]
NO_SPACE = OSError(28, "No space left on device", "/tmp/visits/somebodys chair.glb")


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, "cpu")


def write_failed() -> MeshError:
    error = MeshError("somebodys chair.glb cannot be written.")
    error.__cause__ = NO_SPACE
    return error


@pytest.mark.parametrize("error", [NO_SPACE, write_failed()], ids=["folder", "file"])
def test_a_full_disk_is_a_sentence_and_the_log_names_no_file(error, capsys):
    with pytest.raises(gr.Error, match=r"No space left.*try again later") as caught, sentences():
        raise error
    assert "chair" not in str(caught.value) + capsys.readouterr().err
    assert not caught.value.print_exception


def test_a_disk_that_fills_up_leaves_the_models_made_so_far(model, tmp_path, picture, monkeypatch):
    real, written = batch_tab.export_file, []

    def write(kept, *rest):
        if len(written) == 2:
            raise write_failed()
        written.append(kept.name)
        return real(kept, *rest)

    monkeypatch.setattr(batch_tab, "export_file", write)
    run = Many(Page(model, tmp_path)).run
    *_, last = run([{"path": str(picture)}] * 4, None, "glb", gr.Progress(), 0.5, "smooth", True)
    _, shown, report, ready = last
    assert len(shown) == 2 and "2 models" in report and "No space left" in report
    data = Path(ready.value["path"]).read_bytes()
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 2


def test_a_gpu_without_memory_is_a_sentence_and_the_next_picture_works(model, picture, monkeypatch):
    def forward(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    for name in ("find", "forward"):
        with monkeypatch.context() as patch:
            patch.setattr(model, name, forward)
            with pytest.raises(ModelError, match=r"memory is taken up; try again .*processor\.$"):
                predict(model, Image.open(picture))
    assert predict(model, Image.open(picture)).occupancy.shape == (32, 32, 32)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("GRADIO_TEMP_DIR", "/proc/nowhere"), ("KEEP_SECONDS", "soon")],
)
def test_a_setting_that_cannot_be_is_one_line_and_the_end(setting, value):
    """/proc takes no folder of anybody, as a read-only file system does."""
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {setting: value},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert setting in done.stderr and value in done.stderr
