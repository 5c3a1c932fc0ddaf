"""Loading from the Hub, against a fake Hub on 127.0.0.1: the cache, and each failure.

The weights are random: these tests load models and predict nothing.
"""

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from benchmarks.stress.report import is_one_sentence
from tests.network.hub_client import DEAD, point_at, run, small_checkpoint
from tests.network.hub_server import TOKEN, Hub, Repo
from voxel_model import ModelError, load_model

MODEL = "someone/furniture"
SLOW_MACHINE_S = 120.0  # the fake Hub answers within it on any machine
SHORT_S = 0.2  # timeout of tests in which the Hub never answers


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    return small_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def hub(checkpoint, tmp_path, monkeypatch):
    """A Hub with the model; this process sends its requests there and has an empty cache."""
    monkeypatch.setattr("network.hub.HUB_TIMEOUT", SLOW_MACHINE_S)
    with Hub() as hub:
        put(hub, MODEL, checkpoint)
        point_at(monkeypatch, hub.url, tmp_path / "cache", TOKEN)
        yield hub


def put(hub: Hub, repo_id: str, checkpoint: Path, **changed: bytes | None) -> str:
    """Commit both files; `config` and `weights` replace one, or leave it out if None."""
    files = {
        "config.json": changed.get("config", (checkpoint / "config.json").read_bytes()),
        "model.safetensors": changed.get(
            "weights", (checkpoint / "model.safetensors").read_bytes()
        ),
    }
    repo = hub.repos.setdefault(f"models/{repo_id}", Repo())
    return repo.commit({k: v for k, v in files.items() if v is not None}, "by hand")


def refusal(repo_id: str | None) -> str:
    """The error message of load_model."""
    with pytest.raises(ModelError) as caught:
        load_model(repo_id, device="cpu")
    assert is_one_sentence(str(caught.value)), str(caught.value)
    return str(caught.value)


# --- errors in the source -----------------------------------------------------------------------


def test_missing_repo_names_it(hub, monkeypatch):
    assert "someone/other" in refusal("someone/other")
    monkeypatch.setenv("HF_TOKEN", "")  # without a token the Hub answers 401, not 404
    assert "someone/other" in refusal("someone/other")


def test_private_repo_asks_for_a_token(hub, monkeypatch):
    hub.repos[f"models/{MODEL}"].private = True
    monkeypatch.setenv("HF_TOKEN", "")
    assert "HF_TOKEN" in refusal(MODEL)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert not load_model(MODEL, device="cpu").training


def test_wrong_token_is_blamed(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    sentence = refusal(MODEL)
    assert "token" in sentence
    assert "hf_wrong" not in sentence


def test_missing_revision_is_named(hub, monkeypatch):
    monkeypatch.setenv("MODEL_REPO_ID", MODEL)
    monkeypatch.setenv("MODEL_REVISION", "no-such-branch")
    assert "no-such-branch" in refusal(None)


def test_not_a_repo_id_is_named(hub):
    assert "not/a/repo" in refusal("not/a/repo")


@pytest.mark.parametrize("missing", ["config", "weights"])
def test_missing_file_is_named(hub, checkpoint, missing):
    put(hub, MODEL, checkpoint, **{missing: None})
    name = {"config": "config.json", "weights": "model.safetensors"}[missing]
    assert name in refusal(MODEL)


def test_weights_that_lack_a_key_or_are_torn_never_load(hub, checkpoint, tmp_path):
    state = load_file(checkpoint / "model.safetensors")
    state.pop(sorted(state)[0])
    save_file(state, tmp_path / "lacking")
    put(hub, MODEL, checkpoint, weights=(tmp_path / "lacking").read_bytes())
    refusal(MODEL)
    whole = (checkpoint / "model.safetensors").read_bytes()
    put(hub, MODEL, checkpoint, weights=whole[: len(whole) // 2])
    refusal(MODEL)


# --- errors of the network ----------------------------------------------------------------------


def test_dead_hub_ends_a_fresh_process_with_a_sentence(tmp_path):
    """The settings are environment variables, as a user sets them."""
    settings = {"HF_ENDPOINT": DEAD, "HF_HOME": str(tmp_path), "MODEL_REPO_ID": MODEL}
    done = run(["-c", "from voxel_model import load_model; load_model()"], settings)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert MODEL in last
    assert "offline" in last


def test_hub_that_accepts_and_never_answers(hub, monkeypatch, tmp_path):
    monkeypatch.setattr("network.hub.HUB_TIMEOUT", SHORT_S)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        point_at(monkeypatch, url, tmp_path / "other", TOKEN)
        assert "offline" in refusal(MODEL)


def test_name_service_that_never_answers(hub, monkeypatch, tmp_path):
    """The timeout of a request does not end the resolution of a name."""
    release, resolved = threading.Event(), []

    def never_answer(*_, **__):
        release.wait(SLOW_MACHINE_S)
        resolved.append(True)
        raise OSError("The name is unknown.")

    monkeypatch.setattr("network.hub.HUB_TIMEOUT", SHORT_S)
    point_at(monkeypatch, "http://hub.invalid", tmp_path / "other", TOKEN)
    monkeypatch.setattr(socket, "getaddrinfo", never_answer)
    assert "offline" in refusal(MODEL)
    assert not resolved  # load_model did not wait for it
    release.set()


def test_hub_that_fails_and_offline_mode(hub, monkeypatch):
    hub.faults["HEAD config.json"] = "500"
    assert "500" in refusal(MODEL)
    hub.faults.clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    before = len(hub.log)
    assert "offline" in refusal(MODEL)
    assert len(hub.log) == before


def test_torn_download_leaves_no_half_file(hub, monkeypatch):
    hub.faults["GET model.safetensors"] = "half"
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: None)  # newer clients resume five times, 1 s apart
        assert MODEL in refusal(MODEL)
    hub.faults.clear()
    assert load_model(MODEL, device="cpu").config.width == 16


def test_cache_serves_what_it_holds_when_the_hub_is_gone(hub, monkeypatch, tmp_path, capfd):
    head = hub.repos[f"models/{MODEL}"].head
    monkeypatch.setenv("MODEL_REPO_ID", MODEL)
    load_model(device="cpu")
    point_at(monkeypatch, DEAD, tmp_path / "cache", TOKEN)
    monkeypatch.setenv("MODEL_REPO_ID", MODEL)
    assert load_model(device="cpu").config.width == 16
    assert "cache" in capfd.readouterr().out  # and says so
    monkeypatch.setenv("MODEL_REVISION", head)
    assert load_model(device="cpu").config.width == 16
    monkeypatch.setenv("MODEL_REVISION", "0" * 40)  # another commit is not served in its place
    refusal(None)


def test_revision_pins_config_and_weights_to_one_commit(hub, checkpoint, monkeypatch):
    pinned = hub.repos[f"models/{MODEL}"].head
    config = json.loads((checkpoint / "config.json").read_text())
    put(hub, MODEL, checkpoint, config=json.dumps({**config, "threshold": 0.77}).encode())
    monkeypatch.setenv("MODEL_REPO_ID", MODEL)
    assert load_model(device="cpu").config.threshold == 0.77
    monkeypatch.setenv("MODEL_REVISION", pinned)
    assert load_model(device="cpu").config.threshold == config["threshold"]


def test_explicit_folder_asks_no_hub(hub, checkpoint, monkeypatch):
    monkeypatch.setenv("MODEL_REPO_ID", "someone/other")
    load_model(checkpoint, device="cpu")
    assert hub.log == []
    assert os.environ["MODEL_REPO_ID"] == "someone/other"
