"""A scene puts pieces where they stand, in real size, on one floor, none in another."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import trimesh

from core.errors import MeshError, PictureError
from geometry.grids import validate_grid
from pipeline.scene.files import (
    export_scene,
    export_scene_formats,
    export_shown_scene,
    scene_files,
)
from pipeline.scene.placement.fitting import STEP, RoomProblem
from pipeline.scene.placement.floor import CELL, SolidShape, separate, turned
from pipeline.scene.placement.pieces import directions, outermost_points, piece_of
from pipeline.scene.scene import make_scene
from pipeline.settings import Settings
from tests.pipeline.predictions import make_prediction
from tests.pipeline.scene.rooms import (
    CAMERA,
    DINING,
    THRESHOLD,
    BoxPiece,
    results_of,
    shared_cells,
)

SETTINGS = Settings(THRESHOLD)


@pytest.fixture(scope="module")
def scene():
    return make_scene(results_of(DINING), THRESHOLD)


def test_camera_and_pieces_are_found_again(scene):
    assert scene.camera.height == pytest.approx(CAMERA.height, rel=0.1)
    assert np.degrees(scene.camera.pitch) == pytest.approx(np.degrees(CAMERA.pitch), abs=4)
    for piece, true in zip(scene.pieces, DINING, strict=True):
        assert np.hypot(*np.subtract(piece.place, true.place)) < 0.1 * 5.7  # of the room's depth
        assert piece.meters == pytest.approx(max(true.sides), rel=0.1)


def test_a_piece_at_the_side_is_turned_by_its_ray(scene):
    """The network's azimuth counts from the camera's direction, which differs for each piece."""
    for piece, true in zip(scene.pieces, DINING, strict=True):
        assert np.degrees(piece.yaw) == pytest.approx(true.yaw, abs=5)


def test_names_tell_category_and_number(scene):
    assert [piece.name for piece in scene.pieces] == ["table_1", "chair_2", "chair_3", "sofa_4"]


def test_a_piece_cut_by_the_photo_does_not_shrink():
    """Only a part of the sofa's box is in the photo; its size is still that of a sofa."""
    near = replace(DINING[3], place=(1.9, -3.4))
    pieces = make_scene(results_of((*DINING[:3], near)), THRESHOLD).pieces
    assert results_of((near,))[0].prediction.box[2] == CAMERA.size[0]
    assert pieces[3].meters == pytest.approx(2.03, rel=0.15)


def test_one_piece_is_a_scene():
    (piece,) = make_scene(results_of(DINING[1:2]), THRESHOLD).pieces
    assert piece.meters == pytest.approx(0.92, rel=0.1)


def test_empty_pieces_are_left_out_and_the_others_keep_their_numbers():
    results = results_of(DINING)
    empty = make_prediction(np.zeros((32, 32, 32)), size=CAMERA.size)
    results[1] = replace(results[1], prediction=empty)
    names = [piece.name for piece in make_scene(results, THRESHOLD).pieces]
    assert names == ["table_1", "chair_3", "sofa_4"]
    with pytest.raises(PictureError, match="No piece"):
        make_scene(results[1:2], THRESHOLD)


def shape(piece: BoxPiece) -> SolidShape:
    solid = validate_grid(piece.occupancy, None, THRESHOLD)[2]
    return SolidShape(solid, max(piece.sides), np.radians(piece.yaw))


def test_pieces_in_one_place_are_set_apart():
    shapes = [shape(piece) for piece in DINING]
    places = np.array([[0.1, -3.0], [0.2, -3.1], [0.0, -2.9], [0.3, -3.3]])
    moved = separate(shapes, places)
    assert shared_cells(shapes, places) > 0 and shared_cells(shapes, moved) == 0
    assert np.linalg.norm(moved - places, axis=1).max() < 2


def test_a_turned_shape_fills_the_cells_that_its_points_reach():
    """Against all points of all solid cells."""
    solid = np.random.default_rng(0).random((16, 16, 16)) > 0.7
    standing = SolidShape(solid, 1.3, 0.7)
    step = 1.3 / 16
    inner = (np.arange(5) + 0.5) / 5  # as many as `cells` takes: ceil(1.5 * step / CELL)
    grid = np.stack(np.meshgrid(inner, inner, inner, indexing="ij"), axis=-1).reshape(-1, 3)
    index = np.argwhere(solid)
    points = ((index - [8, index[:, 1].min(), 8])[:, None] + grid).reshape(-1, 3) * step
    expected = np.unique(np.floor(turned(points, 0.7) / CELL).astype(int), axis=0)
    assert (standing.cells == expected).all()


def test_the_outermost_points_are_those_of_all_corners_of_the_solid_cells():
    solid = np.random.default_rng(0).random((12, 12, 12)) > 0.9
    solid[:, :3] = False  # feet are at y = 0
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    index = np.argwhere(solid)
    points = (index[:, None] + corners).reshape(-1, 3) - [6, index[:, 1].min(), 6]
    reached = outermost_points(solid) * 12
    for direction, point in zip(directions(), reached, strict=True):
        assert point @ direction == pytest.approx((points @ direction).max())


def test_the_derivatives_of_a_room_are_those_of_its_residuals():
    views = [piece_of(result.prediction, THRESHOLD) for result in results_of(DINING)]
    problem = RoomProblem(views, CAMERA.size)
    x = problem.start()
    steps = x + STEP * np.concatenate([np.eye(len(x)), np.zeros((1, len(x)))])
    values = problem.residuals(steps)
    expected = ((values[:-1] - values[-1]) / STEP).T
    at_x, slopes = problem.linearize(x)
    assert slopes == pytest.approx(expected, abs=1e-6)
    assert at_x == pytest.approx(problem.residuals(x[None])[0], abs=1e-12)


def test_pieces_that_stand_apart_stay():
    places = np.array([piece.place for piece in DINING])
    assert (separate([shape(piece) for piece in DINING], places) == places).all()


def test_a_chair_fits_under_a_table():
    """The solid cells count, not the boxes around them."""
    table = np.zeros((32, 32, 32), bool)
    table[:, 15:17] = True  # the top, with legs below its corners
    for x in (0, 30):
        for z in (0, 30):
            table[x : x + 2, :15, z : z + 2] = True
    low = np.zeros((32, 32, 32), bool)
    low[4:28, :32, 4:28] = True
    shapes = [SolidShape(table, 2.0, 0.3), SolidShape(low, 0.7, 1.0)]
    places = np.array([[0.0, -3.0], [0.1, -3.0]])
    assert (separate(shapes, places) == places).all()


def test_the_glb_has_a_node_for_each_piece_in_its_place(scene, tmp_path):
    path = export_scene(with_folder(scene, tmp_path), SETTINGS)
    loaded = trimesh.load(path)
    assert set(loaded.graph.nodes_geometry) == {"table_1", "chair_2", "chair_3", "sofa_4"}
    low, high = loaded.bounds
    assert low[1] == pytest.approx(0, abs=1e-3)  # on the floor
    assert high[1] == pytest.approx(0.92, rel=0.15)  # of the chairs, metres
    middles = {}
    for name in loaded.graph.nodes_geometry:
        transform, geometry = loaded.graph[name]
        mesh = loaded.geometry[geometry].copy().apply_transform(transform)
        middles[name] = mesh.bounds.mean(axis=0)[[0, 2]]
    placed = dict(zip((p.name for p in scene.pieces), (p.place for p in scene.pieces), strict=True))
    expected = np.subtract(placed["sofa_4"], placed["chair_2"])
    assert middles["sofa_4"] - middles["chair_2"] == pytest.approx(expected, abs=0.03)


def with_folder(scene, folder):
    pieces = [replace(p, result=replace(p.result, folder=folder)) for p in scene.pieces]
    return replace(scene, pieces=tuple(pieces))


def test_the_zip_holds_scene_pieces_and_places(scene, tmp_path):
    with zipfile.ZipFile(export_scene(with_folder(scene, tmp_path), SETTINGS, "zip")) as bundle:
        names = set(bundle.namelist())
        places = json.loads(bundle.read("scene.json"))
        chair = trimesh.load(BytesIO(bundle.read("chair_2.glb")), file_type="glb")
    assert names == {f"{n}.glb" for n in ("room", "table_1", "chair_2", "chair_3", "sofa_4")} | {
        "scene.json"
    }
    assert [place["name"] for place in places][1] == "chair_2"
    assert chair.extents[1] == pytest.approx(0.92, rel=0.15)


def test_glb_and_zip_hold_the_same_scene(scene, tmp_path):
    glb, bundle = export_scene_formats(with_folder(scene, tmp_path), SETTINGS)
    with zipfile.ZipFile(bundle) as file:
        assert file.read("room.glb") == glb.read_bytes()


def test_another_format_is_refused(scene, tmp_path):
    with pytest.raises(MeshError, match="glb or zip"):
        export_scene(with_folder(scene, tmp_path), SETTINGS, "stl")


def test_the_viewer_gets_one_mesh_and_a_shadow_for_each_piece(scene, tmp_path):
    path, glb, facts, _ = export_shown_scene(with_folder(scene, tmp_path), SETTINGS)
    loaded = trimesh.load(path)
    assert len(loaded.graph.nodes_geometry) == 5 and facts["pieces"] == 4
    model = loaded.geometry["model"]
    assert model.extents.max() == pytest.approx(1, abs=1e-3)
    assert glb.read_bytes() == scene_files(scene, SETTINGS)["room.glb"]
    room = trimesh.load(glb)
    assert room.extents / room.extents.max() == pytest.approx(model.extents, abs=0.01)
    assert facts["size_cm"] == pytest.approx(100 * room.extents, abs=2)


def test_without_models_of_parts_a_scene_is_smooth(scene):
    smooth = scene_files(scene, SETTINGS)["room.glb"]
    assert scene_files(scene, replace(SETTINGS, style="parts"))["room.glb"] == smooth
    assert scene_files(scene, replace(SETTINGS, style="blocks"))["room.glb"] != smooth
