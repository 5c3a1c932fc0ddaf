"""The focal length of a photo's EXIF data travels with the pixels, and nothing else does."""

from io import BytesIO

import pytest
from PIL import ExifTags, Image

from images.decoding_process import Decoder
from images.focal_length import EXIF, focal_share
from images.preprocessing import decode_image

SIZE = (160, 120)
SLOW_MACHINE_S = 60.0


def photo(tags: dict, size: tuple[int, int] = SIZE, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[EXIF.Orientation] = orientation
    exif[EXIF.Make] = "Secret camera"
    exif.get_ifd(ExifTags.IFD.Exif).update(tags)
    data = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(data, "JPEG", exif=exif)
    return data.getvalue()


def share_of(tags: dict, **options) -> float | None:
    return focal_share(Image.open(BytesIO(photo(tags, **options))))


def test_the_film_equivalent_refers_to_the_diagonal():
    """A sensor of 4:3 has the diagonal 1.25 of its longer side."""
    assert share_of({EXIF.FocalLengthIn35mmFilm: 26}) == pytest.approx(26 / 43.27 * 1.25, rel=1e-3)
    three_to_two = share_of({EXIF.FocalLengthIn35mmFilm: 36}, size=(150, 100))
    assert three_to_two == pytest.approx(1, rel=1e-3)


def test_focal_length_and_pixels_of_the_sensor():
    """4,000 pixels on a sensor of 8 mm, whose lens has 6 mm."""
    tags = {
        EXIF.FocalLength: 6.0,
        EXIF.FocalPlaneXResolution: 5000.0,
        EXIF.FocalPlaneResolutionUnit: 3,  # cm
        EXIF.ExifImageWidth: 4000,
        EXIF.ExifImageHeight: 3000,
    }
    assert share_of(tags) == pytest.approx(0.75, rel=1e-3)
    del tags[EXIF.ExifImageWidth]
    assert share_of(tags) is None


def test_a_turned_photo_has_the_same_value():
    data = photo({EXIF.FocalLengthIn35mmFilm: 26}, orientation=6)
    decoded = decode_image(Image.open(BytesIO(data)))
    assert decoded.rgb.size == SIZE[::-1] and decoded.focal == pytest.approx(0.751, abs=1e-3)


def test_a_smaller_copy_keeps_the_value_and_a_crop_loses_it():
    tags = {EXIF.FocalLengthIn35mmFilm: 26, EXIF.ExifImageWidth: 4000, EXIF.ExifImageHeight: 3000}
    assert share_of(tags) == pytest.approx(0.751, abs=1e-3)
    assert share_of(tags, size=(120, 120)) is None


@pytest.mark.parametrize("equivalent", [0, 1, 5, 60_000])
def test_absurd_values_are_ignored(equivalent):
    assert share_of({EXIF.FocalLengthIn35mmFilm: equivalent}) is None


def test_damaged_or_missing_data_is_no_value():
    assert share_of({}) is None
    assert share_of({EXIF.FocalLengthIn35mmFilm: "wide"}) is None
    assert focal_share(Image.new("RGB", SIZE)) is None


def test_the_value_comes_from_the_child_process_alone():
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    try:
        known = decoder.decode(photo({EXIF.FocalLengthIn35mmFilm: 26}))
        unknown = decoder.decode(photo({}))
    finally:
        decoder.close()
    assert known.focal == pytest.approx(0.751, abs=1e-3) and unknown.focal is None
    assert not known.rgb.info and known.rgb.size == SIZE
