"""Pictures of float values, such as depth maps: a picture or a sentence, without a warning."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from images.preprocessing import decode_image
from images.untrusted import open_image

DEPTH = np.linspace(1, 5, 64 * 64, dtype=np.float32).reshape(64, 64)


def decode(values: np.ndarray) -> np.ndarray:
    """Grey levels of a TIFF of the values."""
    file = BytesIO()
    Image.fromarray(values.astype(np.float32)).save(file, "TIFF")
    return np.asarray(decode_image(open_image(BytesIO(file.getvalue()))).rgb)[..., 0]


@pytest.fixture(autouse=True)
def no_warnings(recwarn):
    yield
    assert not [str(warning.message) for warning in recwarn if warning.category is RuntimeWarning]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_do_not_change_the_others(odd):
    values, plain = DEPTH.copy(), decode(DEPTH)
    values[:32] = odd
    values[0, 0] = DEPTH[0, 0]  # the range stays
    assert np.abs(decode(values)[32:].astype(int) - plain[32:]).max() <= 1
    assert (plain.min(), plain.max()) == (0, 255)


@pytest.mark.parametrize("factor", [1e37, 1.3e38, -1.3e38, 1e-20])
def test_ranges_up_to_the_end_of_float32_are_scaled(factor):
    levels = decode((DEPTH - 3) * factor)
    assert (levels.min(), levels.max()) == (0, 255)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e38, 1e-40])
def test_one_value_is_a_sentence(value):
    values = np.full((64, 64), value)
    values[0, 0] = np.nan
    with pytest.raises(PictureError, match="one value only"):
        decode(values)
    with pytest.raises(PictureError, match="no finite value"):
        decode(np.full((64, 64), np.nan))
