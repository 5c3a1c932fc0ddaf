"""Facts about what was found in a photo, and about a scene."""

import json

import numpy as np
import pytest

from core.found_objects import FoundObject
from pipeline.scene.facts import describe_found, scene_facts
from pipeline.scene.scene import make_scene
from pipeline.settings import Settings
from tests.pipeline.scene.rooms import CAMERA, DINING, THRESHOLD, results_of


def found(score: float, box: tuple) -> FoundObject:
    mask = np.zeros((16, 16), np.float32)
    mask[4:12, 4:12] = 1
    return FoundObject(box, score, "chair", mask, (0.0, 0.0, 160.0, 160.0))


def test_found_pieces_are_numbered_and_outlined_in_pixels_of_the_photo():
    rows = describe_found([found(0.91239, (40, 40, 120.04, 120)), found(0.5, (1, 2, 3, 4))], True)
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["score"] == 0.9124 and rows[0]["box"] == [40, 40, 120, 120]
    (ring,) = rows[0]["outline"]
    assert np.min(ring) == pytest.approx(40, abs=5) and np.max(ring) == pytest.approx(120, abs=5)
    assert "outline" not in describe_found([found(0.9, (1, 2, 3, 4))])[0]
    json.dumps(rows)


def test_facts_of_a_scene_are_those_of_the_room():
    scene = make_scene(results_of(DINING), THRESHOLD)
    facts = scene_facts(scene, Settings(THRESHOLD))
    x, height, z = facts["camera"]["place"]
    assert height == pytest.approx(CAMERA.height, rel=0.1)
    for piece, placed in zip(facts["pieces"], scene.pieces, strict=True):  # seen from the camera
        seen = np.subtract(piece["place"], [x, 0, z])[[0, 2]]
        assert seen == pytest.approx(placed.place, abs=0.01)
    places = np.array([piece["place"] for piece in facts["pieces"]])
    middle = places.min(axis=0) + places.max(axis=0)
    assert middle == pytest.approx(0, abs=0.01)  # at the origin
    table, *_, sofa = facts["pieces"]
    assert (table["name"], table["number"], sofa["name"]) == ("table_1", 1, "sofa_4")
    assert sofa["size_cm"] == pytest.approx([203, 80, 98], rel=0.15)
    assert all(0 <= piece["confidence"] <= 1 for piece in facts["pieces"])
    json.dumps(facts)
