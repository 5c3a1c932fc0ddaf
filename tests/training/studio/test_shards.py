"""Exported samples: files, depth, normals and cameras agree, and shards are written once."""

import json
import re
import tarfile

import numpy as np
import pytest
import torch

from core.categories import CATEGORIES
from tests.conftest import ROOT
from tests.training.loop.test_own_categories import box_model
from training.studio.commands.write import main, parse_args
from training.studio.geometry_maps import cameras, geometry_maps
from training.studio.shapes.cad_packing import save_pool
from training.studio.shards import ShardConfig, mask_box, write_shards
from training.studio.studio import Studio, StudioConfig

LAYOUT = ShardConfig(shard_size=4, batch_size=2, threads=2)


@pytest.fixture(scope="module")
def studio():
    settings = StudioConfig(image_size=64, grid=64, resolution=64, slots=32, filled=4)
    return Studio(settings, torch.device("cpu"), seed=3)


def test_depth_and_camera_give_the_coordinates_of_the_object(studio):
    batch, scene, flip = studio.sample(0, 8)
    assert 0 < flip.sum() < 8  # mirrored and plain pictures
    depth, normals = geometry_maps(studio, scene, flip)
    step = (np.arange(64) + 0.5) / 64 * 2 - 1
    for i, view in enumerate(cameras(scene, batch, flip)):
        window = view["window"]
        u, v = np.meshgrid(window[0] + window[2] * step, window[1] - window[2] * step)
        axes = [np.array(view[name]) for name in ("right", "up", "forward")]
        ray = u[..., None] * axes[0] + v[..., None] * axes[1] + axes[2]
        points = np.array(view["eye"]) + depth[i].numpy()[..., None] * ray
        truth = batch.coordinates[i].permute(1, 2, 0).numpy()
        shown = np.isfinite(truth[..., 0])
        assert shown.any() and np.abs(points - truth)[shown].max() < 1e-3
        assert np.linalg.det(axes) == pytest.approx(-1, abs=1e-4)  # right, up, forward
        azimuth = np.degrees(np.arctan2(view["eye"][0], view["eye"][2]))
        assert azimuth == pytest.approx(view["azimuth"], abs=0.1)
    known = depth > 0
    lengths = normals.square().sum(dim=1).sqrt()
    assert lengths[known].sub(1).abs().max() < 1e-3 and lengths[~known].abs().max() < 1e-6
    assert (normals[:, 2][known] > 0).float().mean() > 0.95  # toward the camera, but for edges


def members(path):
    with tarfile.open(path) as shard:
        return {entry.name: shard.extractfile(entry).read() for entry in shard}


def test_shards_hold_whole_samples_and_are_written_once(studio, tmp_path):
    paths = list(write_shards(studio, tmp_path / "a", 6, LAYOUT))
    assert [path.name for path in paths] == ["studio-000000.tar", "studio-000001.tar"]
    files = [members(path) for path in paths]
    keys = [{name.split(".")[0] for name in shard} for shard in files]
    assert [len(names) for names in keys] == [4, 2] and not keys[0] & keys[1]
    assert len(files[0]) == 4 * 7
    facts = json.loads(files[1]["000000004.json"])
    assert facts["category"] in CATEGORIES and set(facts) == {"box", "category", "source", "camera"}
    before = paths[0].read_bytes()
    paths[1].unlink()
    again = list(write_shards(studio, tmp_path / "a", 6, LAYOUT))
    assert again == paths and members(paths[1]) == files[1] and paths[0].read_bytes() == before
    assert not list(tmp_path.rglob("*.partial"))


def test_parts_write_the_shards_of_the_whole(studio, tmp_path):
    layout = [ShardConfig(2, 2, part=i, parts=2) for i in range(2)]
    names = [[p.name for p in write_shards(studio, tmp_path, 3, part)] for part in layout]
    assert names == [["studio-000000.tar"], ["studio-000001.tar"]]


def test_the_documented_loader_reads_the_shards(studio, tmp_path, monkeypatch):
    (tmp_path / "shards").mkdir()
    list(write_shards(studio, tmp_path / "shards", 2, LAYOUT))
    text = (ROOT / "docs" / "training-studio.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.split("def samples")[1].strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, "docs/training-studio.md", "exec"), names)
    samples = list(names["samples"]("shards"))
    assert len(samples) == 2
    sample = samples[0]
    assert sample["jpg"].shape == sample["normals.png"].shape == (64, 64, 3)
    assert sample["mask.png"].shape == sample["depth.png"].shape == (64, 64)
    assert sample["depth.png"].max() > 255  # 16 bits
    voxels = np.unpackbits(sample["voxels64.npy"]).reshape(64, 64, 64)
    coarse = np.unpackbits(sample["voxels32.npy"]).reshape(32, 32, 32)
    assert np.array_equal(voxels.reshape(32, 2, 32, 2, 32, 2).max(axis=(1, 3, 5)), coarse)
    x0, y0, x1, y1 = sample["json"]["box"]
    assert (sample["mask.png"][y0:y1, x0:x1] > 127).sum() == (sample["mask.png"] > 127).sum() > 0


def test_an_empty_mask_has_no_box():
    assert mask_box(np.zeros((4, 4), np.uint8)) is None


@pytest.mark.parametrize(
    "typed",
    [
        ["--count", "0"],
        ["--count", "4", "--shard-size", "0"],
        ["--count", "4", "--batch-size", "3"],
        ["--count", "4", "--part", "2/2"],
    ],
)
def test_wrong_layouts_are_refused(typed, capsys):
    with pytest.raises(SystemExit):
        parse_args([*typed, "--out", "nowhere"])
    assert "error: --" in capsys.readouterr().err


def test_missing_assets_are_a_sentence(tmp_path, capsys):
    typed = ["--count", "1", "--small", "--out", str(tmp_path), "--assets", str(tmp_path / "none")]
    assert main(typed) == 2 and "no folder" in capsys.readouterr().err


def test_own_categories_are_named_and_other_settings_do_not_mix(tmp_path, capsys):
    save_pool([box_model("lamps/a", "lamp"), box_model("pots/b", "pot")], tmp_path / "own.npz")
    out = tmp_path / "shards"
    typed = ["--count", "2", "--shard-size", "2", "--batch-size", "2", "--small", "--slots", "4"]
    typed += ["--cad", str(tmp_path / "own.npz"), "--categories", "lamp", "pot", "--out", str(out)]
    assert main(typed) == 0 and main(typed) == 0
    files = members(out / "studio-000000.tar")
    facts = [json.loads(data) for name, data in files.items() if name.endswith(".json")]
    assert len(facts) == 2
    assert all(f["source"].split("/")[1][:3] == f["category"][:3] for f in facts)
    capsys.readouterr()
    assert main([*typed, "--seed", "7"]) == 2
    assert "holds shards made with seed 0; repeat this" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["--count", "1", "--small", "--out", str(tmp_path / "file" / "out")]) == 2
    error = capsys.readouterr().err
    assert "cannot be made" in error and error.count("\n") == 1
