"""The estimate of real size: usual pieces get their usual size, scale does not matter."""

import numpy as np
import pytest

from core.categories import CATEGORIES
from pipeline.real_size import TYPICAL_SIDES, estimate_size


@pytest.mark.parametrize("category", CATEGORIES)
def test_usual_proportions_give_the_usual_height(category):
    sides, _ = TYPICAL_SIDES[category]
    size = estimate_size(category, np.array(sides) / max(sides))
    assert size.height == pytest.approx(sides[1], abs=0.1)
    assert size.low < size.height < size.high


def test_the_unit_of_the_sides_does_not_matter():
    assert estimate_size("sofa", (1, 0.4, 0.5)) == estimate_size("sofa", (100, 40, 50))


def test_a_slender_stool_is_taller_than_a_wide_chair():
    assert estimate_size("chair", (0.35, 1, 0.35)).height > estimate_size("chair", (1, 1, 1)).height


def test_an_unknown_category_has_a_wide_range():
    size = estimate_size("", (1, 1, 1))
    assert size.high / size.low > 2
