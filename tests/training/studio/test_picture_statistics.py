"""Statistics of pictures, and the table that compares the studio with photographs."""

import numpy as np
import pytest

from images.preprocessing import PADDING_GRAY
from training.evaluation.picture_statistics import NAMES, comparison, picture_statistics
from training.studio.commands.compare import main

SIDE = 40


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray]:
    """A grey square on white, and its mask."""
    image, mask = np.ones((SIDE, SIDE, 3)), np.zeros((SIDE, SIDE), dtype=bool)
    mask[10:30, 10:30] = True
    image[mask] = 0.4
    return image, mask


def test_a_plain_object_on_white(scene):
    values = picture_statistics(*scene)
    assert values["object_contrast"] == pytest.approx(0, abs=1e-9)
    assert values["white_background"] == 1 and values["vivid"] == 0
    assert values["blown"] == pytest.approx(0.75)
    assert values["darkest"] == pytest.approx(0.4)


def test_contrast_is_the_standard_deviation_of_the_luma(scene):
    image, mask = scene
    image[10:30, 10:20] = 0.2
    assert picture_statistics(image, mask)["object_contrast"] == pytest.approx(0.1)


def test_vivid_and_dark_pixels(scene):
    image, mask = scene
    image[10:30, 10:20] = (0.8, 0.2, 0.2)  # saturation 0.75
    image[10:30, 20:30] = (0.1, 0.0, 0.0)  # too dark to have a colour
    assert picture_statistics(image, mask)["vivid"] == pytest.approx(1 / 8)


def test_padding_is_left_out(scene):
    image, mask = scene
    image[:, 35:] = PADDING_GRAY / 255
    values = picture_statistics(image, mask)
    assert values["white_background"] == 1
    assert values["blown"] == pytest.approx(1 - 400 / (SIDE * 35))


def test_a_small_object_has_no_statistics(scene):
    image, mask = scene
    mask[:] = False
    mask[:4, :4] = True
    assert picture_statistics(image, mask) is None


def test_the_table_holds_the_means(scene):
    values = picture_statistics(*scene)
    rows = comparison({"a": [values], "b": [values, {key: 1.0 for key in NAMES}]}).splitlines()
    assert rows[0] == "| | a, 1 | b, 2 |" and len(rows) == 2 + len(NAMES)
    assert rows[-1].endswith(f"| {values['detail']:.3f} | {(values['detail'] + 1) / 2:.3f} |")


def test_the_command_compares_with_photographs(root, capsys):
    small = ["--count", "12", "--image-size", "64", "--grid", "32", "--slots", "12"]
    assert main(["--photos", str(root), *small]) == 0
    table = capsys.readouterr().out
    assert "photographs, " in table and "standard deviation of the object's luma" in table


def test_missing_photographs_are_a_sentence(tmp_path, capsys):
    assert main(["--photos", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
