"""A scene of furniture made of parts: named parts below each piece, the others smooth."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from pipeline.parts.model import add_parts
from pipeline.result import Result
from pipeline.scene.facts import scene_facts
from pipeline.scene.files import export_scene, export_shown_scene, scene_files, scene_glb
from pipeline.scene.meshes import piece_meshes
from pipeline.scene.parts import add_scene_parts, with_scene_meshes, without_scene_meshes
from pipeline.scene.placement.floor import SolidShape
from pipeline.scene.scene import Scene, make_scene
from pipeline.settings import Settings
from tests.pipeline.parts.small_bank import small_bank
from tests.pipeline.scene.rooms import DINING, THRESHOLD, results_of, shared_cells

PARTS, SMOOTH = Settings(THRESHOLD, "parts"), Settings(THRESHOLD)


def add(result: Result) -> Result:
    """The result with its model of parts."""
    return add_parts(result, small_bank())


def hollow_ball() -> np.ndarray:
    """A form that no generator builds."""
    radius = np.sqrt(((np.indices((32, 32, 32)) - 15.5) ** 2).sum(axis=0))
    return np.where(np.abs(radius - 14) < 1.2, 0.99, 0.01)


def smaller(grid: np.ndarray) -> np.ndarray:
    """The grid at 85 %, two cells off its middle, so that its warp is not the identity."""
    index = np.floor((np.arange(32) - 15.5) / 0.85 + 16).astype(int)
    inside = (index >= 0) & (index < 32)
    kept = np.ix_(inside, inside, inside)
    result = np.zeros_like(grid)
    result[kept] = grid[np.ix_(*[index[inside]] * 3)]
    return np.roll(result, 2, axis=2)


def room_results() -> list:
    """The dining room with two chairs of the bank, and a ball in place of the sofa."""
    bank, results = small_bank(), results_of(DINING)
    chairs = [i for i in range(len(bank)) if bank.category(i) == "chair"]
    grids = bank.grids.read(chairs[:2])
    shapes = {1: smaller(grids[0]), 2: smaller(grids[1]), 3: hollow_ball()}
    for number, grid in shapes.items():
        occupancy = np.clip(grid, 0.02, 0.98).astype(np.float32)
        prediction = replace(results[number].prediction, occupancy=occupancy)
        results[number] = replace(results[number], prediction=prediction)
    return results


@pytest.fixture(scope="module")
def smooth() -> Scene:
    return make_scene(room_results(), THRESHOLD)


@pytest.fixture(scope="module")
def scene(smooth) -> Scene:
    return add_scene_parts(smooth, THRESHOLD, add)


def nodes_of(data: bytes) -> dict[str, dict]:
    """The nodes of a .glb file by name; children are names."""
    tree = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    names = [node["name"] for node in tree["nodes"]]
    assert len(set(names)) == len(names)
    roots = {names[i] for i in tree["scenes"][0]["nodes"]}
    return {
        node["name"]: node
        | {"children": [names[i] for i in node.get("children", [])], "root": node["name"] in roots}
        for node in tree["nodes"]
    }


def test_each_piece_has_a_node_with_its_named_parts(scene):
    nodes = nodes_of(scene_glb(scene, PARTS))
    assert {name for name, node in nodes.items() if node["root"]} == {p.name for p in scene.pieces}
    for piece in scene.pieces[1:3]:
        node, parts = nodes[piece.name], piece.result.part_model.parts
        assert "mesh" not in node
        assert node["children"] == [f"{piece.name}_{part.mesh.name}" for part in parts]
        assert any("seat" in name for name in node["children"])
        assert all("mesh" in nodes[name] for name in node["children"])


def test_a_piece_without_a_fit_stays_smooth(scene, smooth):
    assert not scene.pieces[3].result.part_model
    node = nodes_of(scene_glb(scene, PARTS))["sofa_4"]
    assert "mesh" in node and not node["children"]
    files, expected = scene_files(scene, PARTS), scene_files(smooth, SMOOTH)
    assert files["sofa_4.glb"] == expected["sofa_4.glb"]
    assert files["chair_2.glb"] != expected["chair_2.glb"]


def test_other_styles_of_the_scene_have_no_parts(scene):
    assert not any(node["children"] for node in nodes_of(scene_glb(scene, SMOOTH)).values())


def test_parts_stand_on_the_floor_where_the_surface_stands(scene, tmp_path):
    def bounds(settings: Settings) -> np.ndarray:
        loaded = trimesh.load(export_scene(scene.in_folder(tmp_path), settings))
        rows = []
        for piece in scene.pieces[1:3]:  # the chairs, which the bank holds
            own = [name for name in loaded.graph.nodes_geometry if name.startswith(piece.name)]
            places = [loaded.graph[name] for name in own]
            meshes = [loaded.geometry[mesh].copy().apply_transform(at) for at, mesh in places]
            rows.append(trimesh.util.concatenate(meshes).bounds)
        return np.array(rows)

    parts, cell = bounds(PARTS), 0.92 / 32
    assert parts[:, 0, 1] == pytest.approx(0, abs=1e-3)
    assert np.abs(parts - bounds(SMOOTH)).max() < 1.75 * cell


def test_a_piece_has_the_same_size_alone_and_in_the_scene(scene):
    for piece, mesh in zip(scene.pieces, piece_meshes(scene, PARTS), strict=True):
        alone = trimesh.load(trimesh.util.wrap_as_stream(mesh.glb()), file_type="glb")
        sides = np.ptp(mesh.arrays.vertices, axis=0) * piece.meters
        assert alone.extents == pytest.approx(sides, rel=1e-4)


def test_parts_are_kept_as_choices_and_give_the_same_files(scene):
    kept = without_scene_meshes(scene)
    models = [piece.result.part_model for piece in kept.pieces]
    assert not any(model.parts for model in models if model)
    assert scene_files(kept, PARTS) == scene_files(scene, PARTS)
    assert scene_files(with_scene_meshes(kept), PARTS) == scene_files(scene, PARTS)


def test_the_viewer_gets_the_parts_and_their_number(scene, tmp_path):
    files = export_shown_scene(scene.in_folder(tmp_path), PARTS)
    made = sum(bool(piece.result.part_model) for piece in scene.pieces)
    assert files.facts["made_of_parts"] == made >= 2 and files.facts["pieces"] == 4
    room = trimesh.load(files.glb)
    shown = trimesh.load(files.display).geometry["model"]
    assert room.extents / room.extents.max() == pytest.approx(shown.extents, abs=0.01)
    assert export_shown_scene(scene.in_folder(tmp_path), PARTS, with_glb=False).glb is None


def test_facts_and_places_tell_the_parts(scene):
    rows = scene_facts(scene, PARTS)["pieces"]
    places = json.loads(scene_files(scene, PARTS)["scene.json"])
    assert [row["parts"] for row in rows] == [place["parts"] for place in places]
    assert rows[1]["parts"] and rows[3]["parts"] == []
    assert rows[1]["confidence"] == round(scene.pieces[1].result.part_model.score, 3)
    plain = scene_facts(scene, SMOOTH)["pieces"]
    assert not any(row["parts"] for row in plain)
    assert rows[1]["size_cm"] == pytest.approx(plain[1]["size_cm"], abs=6)
    assert rows[1]["size_cm"] != plain[1]["size_cm"]


def test_pieces_of_parts_do_not_stand_in_each_other(smooth):
    """The parts of a piece may reach farther than its surface."""
    first = smooth.pieces[1]
    beside = replace(smooth.pieces[2], place=(first.place[0] + 0.1, first.place[1]))
    crowded = replace(smooth, pieces=(first, beside))
    apart = add_scene_parts(crowded, THRESHOLD, add)
    shapes = [SolidShape(p.result.part_model.grid, p.meters, p.yaw) for p in apart.pieces]

    def places(scene: Scene) -> np.ndarray:
        return np.array([piece.place for piece in scene.pieces])

    assert shared_cells(shapes, places(crowded)) > 0
    assert shared_cells(shapes, places(apart)) == 0
