"""The file for the viewer has light in its colours and a shadow; downloads have neither."""

import json
from pathlib import Path

import numpy as np
import pytest

from meshing import voxels_to_arrays
from pipeline import display
from pipeline.display import display_nodes, first_azimuth, first_elevation
from pipeline.export import export_display, export_glb
from pipeline.settings import Settings
from tests.pipeline.sample_result import sample_result


def test_the_first_view_is_the_three_quarter_view_nearest_to_the_photo():
    given = (0, 10, -10, 40, -70, 90, 100, -100, 140, -178, 180)
    expected = (25, 25, -25, 40, -55, 55, 125, -125, 140, -155, 155)
    assert [first_azimuth(angle) for angle in given] == list(expected)
    assert [first_elevation(angle) for angle in (-5, 20, 60)] == [15, 20, 25]


def tree_and_body(path: Path) -> tuple[dict, bytes]:
    data = path.read_bytes()
    length = int.from_bytes(data[12:16], "little")
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def colors_of(path: Path) -> list[np.ndarray]:
    """Linear colours (V, 3) or (V, 4) of each mesh."""
    tree, body = tree_and_body(path)
    found = []
    for mesh in tree["meshes"]:
        accessor = tree["accessors"][mesh["primitives"][0]["attributes"]["COLOR_0"]]
        view = tree["bufferViews"][accessor["bufferView"]]
        end = view["byteOffset"] + view["byteLength"]
        values = np.frombuffer(body[view["byteOffset"] : end], "<f4")
        found.append(values.reshape(accessor["count"], -1))
    return found


@pytest.mark.parametrize("style", ["smooth", "blocks"])
def test_the_light_is_in_the_file_for_display_alone(tmp_path, style):
    result = sample_result(tmp_path)
    result.prediction.colors[:] = 200
    shown, facts = export_display(result, Settings(0.5, style))
    plain, same = export_glb(result, Settings(0.5, style))
    assert facts == same and facts["height_cm"] > 0
    assert "KHR_materials_unlit" in tree_and_body(shown)[0]["extensionsUsed"]
    assert "extensionsUsed" not in tree_and_body(plain)[0]
    model, shadow = colors_of(shown)
    assert np.ptp(model, axis=1).max() < 1e-5  # white light keeps grey neutral
    assert np.ptp(model[:, 0]) > 0.2 and model.max() <= 1  # from light to shade
    assert np.ptp(colors_of(plain)[0], axis=0).max() < 1e-5  # one colour
    assert shadow.shape[1] == 4 and 0.02 < shadow[:, 3].max() <= 0.8 and not shadow[:, :3].any()


def test_the_shadow_ends_where_a_screen_shows_nothing_of_it(tmp_path, monkeypatch):
    occupancy = sample_result(tmp_path).prediction.occupancy
    arrays = voxels_to_arrays(occupancy)
    _, shadow = display_nodes(arrays, occupancy, 0.5, 30.0)
    monkeypatch.setattr(display, "MIN_OPACITY", 0)
    _, plane = display_nodes(arrays, occupancy, 0.5, 30.0)
    opacity = plane.colors[plane.faces][..., 3].max(axis=1)
    seen = plane.faces[opacity >= 0.5 / 255]
    assert 0 < len(seen) < 0.9 * len(plane.faces)
    assert np.array_equal(shadow.vertices[shadow.faces], plane.vertices[seen])
    assert np.array_equal(shadow.colors[shadow.faces], plane.colors[seen])
    assert np.array_equal(np.unique(shadow.faces), np.arange(len(shadow.vertices)))
