"""training.pack_cad: a folder of CAD models becomes two files that the studio reads."""

import json

import numpy as np
import pytest
import trimesh

from training import pack_cad
from training.studio.shapes.cad import load_pool

SIDE = 128
HELD_OUT = "meshes/table/IKEA_VEJMON_2.glb"  # of a family that no run trains on


def write_box(path, extents) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    trimesh.creation.box(extents).export(path)


@pytest.fixture
def shapes(tmp_path):
    """A folder with a bed, a held-out table of Pix3D with voxels, and a file without faces."""
    entries = [
        {"file": "furniture/bed/a.glb", "category": "bed", "front": "+z"},
        {"file": HELD_OUT, "category": "table", "voxel": "vejmon"},
        {"file": "furniture/chair/empty.glb", "category": "chair", "front": "+z"},
    ]
    (tmp_path / "sources.json").write_text(json.dumps(entries), encoding="utf-8")
    write_box(tmp_path / entries[0]["file"], (1.6, 0.5, 2.0))
    write_box(tmp_path / HELD_OUT, (1, 1, 1))
    points = trimesh.Scene(trimesh.PointCloud(np.eye(3)))
    (tmp_path / "furniture/chair").mkdir()
    points.export(tmp_path / entries[2]["file"])
    voxels = np.zeros((1, SIDE, SIDE, SIDE), bool)
    voxels[:, :, :, : SIDE // 2] = True  # the lower half
    bits = np.packbits(voxels.reshape(1, -1), axis=1)
    np.savez(tmp_path / "pix3d_voxels.npz", ids=["vejmon"], vox=bits)
    return tmp_path


def test_models_are_filled_scaled_and_held_out(shapes, tmp_path, capsys):
    out, held_out = tmp_path / "cad.npz", tmp_path / "held_out.npz"
    arguments = ["--shapes", str(shapes), "--out", str(out), "--held-out", str(held_out)]
    assert pack_cad.main(arguments) == 0
    (bed,), (table,) = load_pool(out), load_pool(held_out)
    assert "empty.glb" in capsys.readouterr().out
    assert (bed.name, table.name) == ("furniture/bed/a.glb", HELD_OUT)
    assert np.allclose(np.ptp(bed.vertices, axis=0), (0.8, 0.25, 1.0), atol=1e-3)
    solid = np.unpackbits(bed.bits).reshape(SIDE, SIDE, SIDE)
    # Solid to the middle: large faces of closed bodies were packed hollow.
    assert abs(solid.mean() - 0.8 * 0.25 * 1.0) < 0.01
    assert solid[SIDE // 2, SIDE // 2, SIDE // 2] == 1


def test_a_folder_without_a_list_is_a_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        pack_cad.main(["--shapes", str(tmp_path), "--out", str(tmp_path / "cad.npz")])
    assert "holds no sources.json" in capsys.readouterr().err
