"""Faults of the machine below the page: what the visitor reads, and what is not lost."""

import io
import logging
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path
from shutil import copyfile

import gradio as gr
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import app
from meshing import MeshError
from voxel_model import ModelError, load_model, predict
from webapp.events import batch_run
from webapp.events.batch_run import BatchRun
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.launch import load_bank
from webapp.messages import refusals
from webapp.server.limits import Limits
from webapp.server.monitoring.logs import configure_logging

ROOT = Path(__file__).resolve().parents[2]
NO_SPACE = OSError(28, "No space left on device", "/tmp/visits/somebodys chair.glb")


@pytest.fixture
def log():
    """The app's logger, as it was afterwards."""
    logger = logging.getLogger("webapp")
    handlers, level = logger.handlers, logger.level
    yield logger
    logger.handlers, logger.propagate = handlers, True
    logger.setLevel(level)


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint, "cpu")


def write_failed() -> MeshError:
    error = MeshError("somebodys chair.glb cannot be written.")
    error.__cause__ = NO_SPACE
    return error


@pytest.mark.parametrize("error", [NO_SPACE, write_failed()], ids=["folder", "file"])
def test_a_full_disk_is_a_sentence_and_the_log_names_no_file(error, caplog):
    with pytest.raises(gr.Error, match=r"No space left.*try again later") as caught, refusals():
        raise error
    assert "chair" not in str(caught.value) + caplog.text
    assert "No space left on device" in caplog.text
    assert not caught.value.print_exception


def test_a_disk_that_fills_up_leaves_the_models_made_so_far(model, tmp_path, picture, monkeypatch):
    real, written = batch_run.export_file, []

    def write(result, *rest):
        if len(written) == 2:
            raise write_failed()
        written.append(result.name)
        return real(result, *rest)

    monkeypatch.setattr(batch_run, "export_file", write)
    batch = BatchRun(Events(Predictor(model), tmp_path))
    *_, last = batch.run([{"path": str(picture)}] * 4, None, "glb", threshold=0.5)
    _, thumbnails, report, ready = last
    assert len(thumbnails) == 2 and "2 models" in report and "No space left" in report
    data = Path(ready.value["path"]).read_bytes()
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 2


def test_a_gpu_without_memory_is_a_sentence_and_the_next_picture_works(model, picture, monkeypatch):
    def forward(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    for name in ("features", "forward"):  # of finding and of prediction
        with monkeypatch.context() as patch:
            patch.setattr(model, name, forward)
            with pytest.raises(ModelError, match=r"memory is taken up; try again .*processor\.$"):
                predict(model, Image.open(picture))
    assert predict(model, Image.open(picture)).occupancy.shape == (32, 32, 32)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("GRADIO_TEMP_DIR", "/proc/nowhere"), ("KEEP_SECONDS", "soon"), ("LOG_LEVEL", "LOUD")],
)
def test_a_setting_that_cannot_be_is_one_line_and_the_end(setting, value, monkeypatch, log):
    """/proc takes no folder of anybody, as a read-only file system does."""
    monkeypatch.setenv(setting, value)
    monkeypatch.setattr(sys, "argv", ["app.py"])
    with pytest.raises(SystemExit) as caught:
        app.main()
    message = str(caught.value.code)
    assert setting in message and value in message and "\n" not in message


def test_a_setting_that_ends_the_start_leaves_no_traceback():
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"KEEP_SECONDS": "soon"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "KEEP_SECONDS" in done.stderr


def test_a_bank_of_other_weights_is_one_line_and_the_end(checkpoint, tmp_path, monkeypatch, log):
    for name in ("config.json", "pieces.npz"):
        copyfile(checkpoint / name, tmp_path / name)
    weights = load_file(checkpoint / "model.safetensors")
    weights["category.bias"] = weights["category.bias"] + 1
    save_file(weights, tmp_path / "model.safetensors")
    monkeypatch.setattr(sys, "argv", ["app.py", "--model", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        app.main()
    message = str(caught.value.code)
    assert "belongs to other weights" in message and "\n" not in message


def test_weights_without_a_bank_are_told_in_the_log(checkpoint, model, tmp_path, caplog):
    assert load_bank(str(tmp_path), model) is None
    assert "no bank of pieces" in caplog.text
    caplog.clear()
    assert load_bank(str(checkpoint), model) and not caplog.text


def test_the_outer_names_of_the_limits_stay():
    """Operators set them; renaming a field must not rename its variable."""
    names = {item.metadata["env"] for item in fields(Limits)}
    assert names == {
        "KEEP_SECONDS", "SWEEP_SECONDS", "STEP_SECONDS", "JOB_SECONDS", "LONGEST_QUEUE",
        "MOST_VISITORS", "POSTS_PER_MINUTE", "LARGEST_FILE", "LARGEST_UPLOAD", "MOST_DISK",
        "SESSIONS_PER_CLIENT", "REQUESTS_PER_MINUTE", "CONNECTIONS_PER_CLIENT", "MAX_CONNECTIONS",
        "MOST_MEMORY",
    }  # fmt: skip


def test_the_log_has_a_level(monkeypatch, capsys, log):
    monkeypatch.setenv("LOG_LEVEL", "warning")
    configure_logging()
    logging.getLogger("webapp.events.prediction_events").info("quiet")
    logging.getLogger("webapp.events.prediction_events").warning("heard")
    assert re.fullmatch(r"[\d-]+ [\d:,]+ WARNING heard\n", capsys.readouterr().err)
