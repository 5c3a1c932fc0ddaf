"""Untrusted weights: refused in one sentence; no code is run and no memory is allocated."""

import json
import os
import pickle
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchmarks.stress.report import is_one_sentence
from tests.network.hub_client import small_checkpoint
from voxel_model import ModelError, VoxelConfig, load_model

GOOD = asdict(VoxelConfig(width=16, depth=1, heads=2))


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    return small_checkpoint(tmp_path_factory.mktemp("good"))


@pytest.fixture
def folder(good, tmp_path) -> Path:
    """A copy of the checkpoint that a test may damage."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((good / name).read_bytes())
    return tmp_path


def refusal(source: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(source, device="cpu")
    text = str(caught.value)
    assert is_one_sentence(text) and len(text) < 500, text
    return text


# --- config.json --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"resolution": 4096}, "resolution"),
        ({"resolution": 10**400}, "resolution"),
        ({"resolution": 0}, "resolution"),
        ({"resolution": "32"}, "resolution"),
        ({"resolution": 32.0}, "resolution"),
        ({"resolution": True}, "resolution"),
        ({"resolution": 40}, "multiple of 16"),
        ({"width": 10**9}, "width"),
        ({"width": -16}, "width"),
        ({"width": 17}, "multiple of 2 heads"),
        ({"depth": 10**9}, "depth"),
        ({"depth": [4]}, "depth"),
        ({"heads": 0}, "heads"),
        ({"image_size": 10**6}, "image_size"),
        ({"image_size": 225}, "image_size"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": "0.5"}, "threshold"),
        ({"threshold": None}, "threshold"),
        ({"crop_margin": float("inf")}, "crop_margin"),
        ({"crop_margin": -1}, "crop_margin"),
        ({"calibration": [1e300, 0.0]}, "calibration"),
        ({"calibration": [1e-300, 0.0]}, "calibration"),
        ({"calibration": [1.0, -1e300]}, "calibration"),
        ({"calibration": [1.0, float("nan")]}, "calibration"),
        ({"calibration": [10**400, 0.0]}, "calibration"),
        ({"familiarity": [1e300] * 257}, "familiarity"),
        ({"familiarity": [float("nan")] * 257}, "familiarity"),
        ({"decoder": "eval"}, "decoder"),
        ({"decoder": ["fc"]}, "decoder"),
        ({"overview": 2}, "overview"),
        ({"categories": "chair"}, "categories"),
        ({"categories": []}, "categories"),
        ({"categories": ["chair", "chair"]}, "categories"),
        ({"categories": [1, 2]}, "categories"),
        ({"categories": [{}]}, "categories"),
        ({"categories": [str(i) for i in range(5000)]}, "categories"),
        ({"__class__": "os.system"}, "__class__"),
        ({"x" * 50_000: 1}, "unknown fields"),
        ({str(i): 1 for i in range(5000)}, "unknown fields"),
    ],
)
def test_a_wrong_config_is_refused_by_name(folder, changed, named):
    (folder / "config.json").write_text(json.dumps(GOOD | changed))
    assert named in refusal(folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "null", '"a"', "{", "{]", "\0", "[" * 90_000, "9" * 5000, "{}" * 90_000],
)
def test_other_content_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    assert str(folder / "config.json") in refusal(folder)


def test_a_binary_config_is_refused(folder):
    (folder / "config.json").write_bytes(b"\xff\xfe" * 100)
    assert "cannot be read as a model config" in refusal(folder)


@pytest.mark.parametrize("decoder", ["attention", "fc"])
def test_the_largest_config_takes_no_memory(folder, decoder, monkeypatch):
    """128 cells a side with the fully connected decoder would need 17 GB."""
    monkeypatch.setattr(torch.nn.Module, "to_empty", None)  # allocates the memory
    largest = {"decoder": decoder, "resolution": 128, "width": 1024, "depth": 1024}
    (folder / "config.json").write_text(json.dumps(GOOD | largest))
    assert "does not fit the model its config describes" in refusal(folder)


# --- model.safetensors --------------------------------------------------------------------------


def test_every_tenth_truncation_of_the_weights_is_refused(folder):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    for tenths in range(10):
        path.write_bytes(whole[: tenths * len(whole) // 10])
        assert "is not a whole safetensors file" in refusal(folder)


def test_a_header_with_a_false_size_is_refused(folder):
    path = folder / "model.safetensors"
    path.write_bytes(b"\xff" * 7 + b"\x7f" + path.read_bytes()[8:])
    assert "is not a whole safetensors file" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: s | {"pose.bias": torch.zeros(4)}, r"pose.bias is of shape \(4,\), not \(3,\)"),
        (lambda s: s | {"pose.bias": torch.zeros(3, dtype=torch.int64)}, "pose.bias is of type"),
        (lambda s: s | {"pose.bias": torch.zeros(3, dtype=torch.bool)}, "pose.bias is of type"),
        (lambda s: s | {"pose.bias": torch.zeros(3, dtype=torch.cfloat)}, "pose.bias is of type"),
        (lambda s: s | {"pose.bias": torch.full((3,), torch.nan)}, "infinite numbers or NaN"),
        (
            lambda s: s | {"pose.bias": torch.full((3,), 1e300, dtype=torch.double)},
            "infinite numbers or NaN",
        ),
        (lambda s: s | {"extra": torch.zeros(3)}, "'extra' is unknown"),
        (lambda s: {k: v for k, v in s.items() if k != "pose.bias"}, "'pose.bias' is missing"),
        (lambda s: {}, "is missing"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(folder, change, named):
    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path)
    with pytest.raises(ModelError, match=named):
        load_model(folder, device="cpu")
    refusal(folder)


# --- links --------------------------------------------------------------------------------------


def test_a_folder_that_is_a_link_is_followed(good, tmp_path):
    (tmp_path / "link").symlink_to(good)
    assert load_model(tmp_path / "link", device="cpu").config.width == 16


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../../etc/passwd", "/dev/zero"])
def test_a_link_out_of_the_folder_is_refused_unread(folder, name, target):
    (folder / name).unlink()
    (folder / name).symlink_to(target)
    text = refusal(folder)
    assert f"{folder / name} is a link out of its folder" in text and "root:" not in text


def test_a_link_to_itself_and_a_pipe_are_refused(folder):
    config = folder / "config.json"
    config.unlink()
    config.symlink_to(config)
    assert "config.json" in refusal(folder)
    config.unlink()
    os.mkfifo(config)
    assert "no regular file" in refusal(folder)


def test_a_snapshot_in_the_hubs_cache_keeps_its_links(good, tmp_path):
    repo = tmp_path / "models--someone--furniture"
    snapshot = repo / "snapshots" / "0123abc"
    (repo / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (repo / "blobs" / name).write_bytes((good / name).read_bytes())
        (snapshot / name).symlink_to(f"../../blobs/{name}")
    assert load_model(snapshot, device="cpu").config.width == 16
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to("../../../outside.json")
    (tmp_path / "outside.json").write_text(json.dumps(GOOD))
    assert "is a link out of its folder" in refusal(snapshot)


# --- .pth ---------------------------------------------------------------------------------------


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("new_format", [True, False])
def test_a_pth_with_code_is_refused_and_the_code_is_not_run(tmp_path, new_format):
    path, trace = tmp_path / "evil.pth", tmp_path / "was_here"
    state = {"decoder.2.bias": torch.zeros(8), "x": Evil(f"touch {trace}")}
    torch.save(state, path, _use_new_zipfile_serialization=new_format)
    assert "not a plain state dict" in refusal(path)
    path.write_bytes(pickle.dumps(state["x"]))
    assert "not a plain state dict" in refusal(path)
    assert not trace.exists()
    pickle.loads(path.read_bytes())  # shows that the file does carry code
    assert trace.exists()


@pytest.mark.parametrize(
    "state",
    [
        [],
        None,
        torch.zeros(3),
        {},
        {"decoder.2.bias": 3},
        {"decoder.2.bias": torch.zeros(())},
        {"decoder.2.bias": torch.zeros(27)},
        {"decoder.2.bias": torch.zeros(10)},
        {"decoder.2.bias": torch.zeros(1).expand(10**12)},  # 4 TB if copied
        {"decoder.2.bias": torch.zeros(1).expand(32**3), 3: "x"},
        {
            "decoder.2.bias": torch.zeros(1).expand(32**3),
            "decoder.2.weight": torch.zeros(1).expand(32**3, 10**9),
        },
    ],
)
def test_a_pth_with_other_content_is_refused(tmp_path, state):
    torch.save(state, tmp_path / "other.pth")
    assert refusal(tmp_path / "other.pth")


class Reserve:
    """Allocates memory when it is unpickled; `weights_only` allows it."""

    def __reduce__(self):
        return bytearray, (6_400_000_000,)


@pytest.mark.parametrize("new_format", [True, False])
def test_a_small_pth_that_asks_for_memory_is_refused_before_it_is_read(
    tmp_path, monkeypatch, new_format
):
    path, storage = tmp_path / "greedy.pth", torch.zeros(10)
    state = {"decoder.2.bias": storage, "x": Reserve()}
    torch.save(state, path, _use_new_zipfile_serialization=new_format)
    read = []
    monkeypatch.setattr(torch, "load", lambda *args, **options: read.append(args))
    assert "not a plain state dict" in refusal(path)
    # a storage that the file does not hold
    torch.save({"decoder.2.bias": storage}, path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    assert data.count(b"K\n") >= 2  # 10 numbers, in the storage and in the tensor's shape
    path.write_bytes(data.replace(b"K\n", b"J\x00\x00\x00\x7f"))
    assert "not a plain state dict" in refusal(path)
    assert not read


def test_a_pth_whose_tensors_repeat_one_number_is_refused(tmp_path):
    torch.save({"decoder.2.bias": torch.zeros(1).expand(32**2)}, tmp_path / "flat.pth")
    assert "not a plain state dict" in refusal(tmp_path / "flat.pth")


def test_a_compressed_pth_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """A compressed file of 200 kB may unpack to 200 MB."""
    torch.save({"decoder.2.bias": torch.zeros(1_000_000)}, tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    unpacked = []
    monkeypatch.setattr(torch, "load", lambda *args, **options: unpacked.append(args))
    assert "not a plain state dict" in refusal(tmp_path / "packed.pth")
    assert not unpacked


def test_a_truncated_pth_is_refused(tmp_path):
    torch.save({"decoder.2.bias": torch.zeros(32**3)}, tmp_path / "truncated.pth")
    whole = (tmp_path / "truncated.pth").read_bytes()
    for length in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "truncated.pth").write_bytes(whole[:length])
        assert "not a plain state dict" in refusal(tmp_path / "truncated.pth")


def test_a_classic_pth_still_loads(tmp_path):
    """The file is a bare state dict; its cells are reordered to the axes of voxel_model."""
    from voxel_model import VoxelModel

    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(resolution=8, decoder="fc"))
    torch.save(model.state_dict(), tmp_path / "classic.pth")
    loaded = load_model(tmp_path / "classic.pth", device="cpu")
    bias = loaded.decoder[2].bias.view(8, 8, 8)
    original = model.decoder[2].bias.view(8, 8, 8)  # (left, front, up)
    assert torch.equal(bias, original.flip(0).transpose(1, 2))
    assert loaded.config.threshold == 0.5


def test_a_config_from_before_these_fields_still_loads(tmp_path):
    """The first published configs lack `fine`, `mask_patch`, `posed` and `overview`."""
    from voxel_model import VoxelModel

    config = VoxelConfig(width=16, depth=1, heads=2, fine=False, mask_patch=1, posed=False)
    fields = asdict(config)
    for name in ("fine", "mask_patch", "posed", "overview"):
        del fields[name]
    (tmp_path / "config.json").write_text(json.dumps(fields))
    save_file(VoxelModel(config).state_dict(), tmp_path / "model.safetensors")
    assert load_model(tmp_path, device="cpu").config == config
