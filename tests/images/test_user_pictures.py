"""Pictures as phones, shops and browsers store them: profiles, transparency, frames, appendices."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core.errors import PictureError
from core.masks import alpha_box
from images.formats import IMAGE_FORMATS, IMAGE_SUFFIXES, SUFFIXES_OF_FORMAT, has_image_signature
from images.jpeg import jpeg_structure
from images.pixels.color_profiles import MAX_PROFILE_BYTES
from images.preprocessing import DecodedImage, decode_image
from images.untrusted import MAX_FILE_BYTES, MAX_JPEG_SCANS, open_image
from tests.images.hostile_files import chunk, encode, jpeg_with, many_scans, photo, real_files

FILES = Path(__file__).parent / "files"
KINDS = real_files(64)


def read(data: bytes) -> DecodedImage:
    return decode_image(open_image(BytesIO(data)))


def difference(image: Image.Image, other: Image.Image) -> float:
    return np.abs(np.asarray(image, int) - np.asarray(other, int)).mean()


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iphone.heic", "a.avif"])
def test_pictures_of_phones_and_browsers_are_read(name):
    image, alpha = decode_image(open_image(FILES / name))[:2]
    assert image.size == (768, 768) and alpha is None and np.asarray(image).std() > 20


def test_each_kind_has_a_signature_and_each_format_a_suffix():
    assert all(has_image_signature(data[:12]) for data in KINDS.values())
    for head in (b"", b"<svg", b"%PDF-1.7", b"PK\3\4", b"RIFF1234WAVE", b"\0\0\0\x18ftypmp42"):
        assert not has_image_signature(head)
    registered = Image.registered_extensions()
    assert {registered[suffix] for suffix in IMAGE_SUFFIXES if suffix in registered} == set(
        IMAGE_FORMATS
    )
    for file_format, suffixes in SUFFIXES_OF_FORMAT.items():
        assert {registered.get(suffix, file_format) for suffix in suffixes} == {file_format}


# --- colour profiles -----------------------------------------------------------------------------


def profile(name: str) -> bytes:
    """A display profile with other primaries: one of the examples', or one with wide primaries."""
    return Image.open(FILES / "adobe_rgb.png").info["icc_profile"] if name == "adobe" else b""


def test_adobe_rgb_becomes_srgb():
    """The seat's median colour is 155, 93, 70 in sRGB (../shared/reports/README.md)."""
    stored = Image.open(FILES / "adobe_rgb.png")
    image = decode_image(open_image(FILES / "adobe_rgb.png")).rgb
    expected = ImageCms.profileToProfile(
        stored, ImageCms.ImageCmsProfile(BytesIO(profile("adobe"))), ImageCms.createProfile("sRGB")
    )
    assert difference(image, expected) < 1 and difference(stored, expected) > 2
    example = Image.open(FILES.parents[2] / "examples" / "lounge_chair.jpg").convert("RGB")
    assert difference(image, example) < 1  # the JPEG of the example is smaller since


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "WEBP"), ("RGB", "TIFF")],
)
def test_profiles_are_applied_in_each_mode_and_format(mode, file_format):
    red = Image.new("RGB", (40, 40), (180, 60, 40))
    red.paste((40, 150, 60), (0, 0, 20, 20))
    expected = np.asarray(
        ImageCms.profileToProfile(
            red,
            ImageCms.ImageCmsProfile(BytesIO(profile("adobe"))),
            ImageCms.createProfile("sRGB"),
        ),
        int,
    )
    stored = red.quantize(8) if mode == "P" else red.convert(mode)
    if mode == "RGBA":
        stored.paste((0, 0, 0, 0), (30, 0, 40, 40))
    options = {"lossless": True} if file_format == "WEBP" else {}
    options |= {"quality": 100, "subsampling": 0} if file_format == "JPEG" else {}
    data = encode(stored, file_format, icc_profile=profile("adobe"), **options)
    image, alpha = read(data)[:2]
    assert np.abs(np.asarray(image, int)[:, :18] - expected[:, :18]).mean() < 3
    assert (alpha is not None) == (mode == "RGBA")
    if alpha is not None:
        assert alpha[:, 30:].max() == 0 and alpha[:, :30].min() == 1


def test_a_profile_of_srgb_changes_nothing():
    data = encode(photo(64), "PNG", icc_profile=ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")).tobytes())  # fmt: skip
    assert difference(read(data).rgb, photo(64)) == 0


@pytest.mark.parametrize(
    "broken",
    [
        b"x",
        b"\0" * 200,
        b"short",
        profile("adobe")[:200],
        profile("adobe").replace(b"RGB ", b"CMYK"),
    ],
)
def test_broken_profiles_are_ignored(broken):
    assert difference(read(encode(photo(64), "PNG", icc_profile=broken)).rgb, photo(64)) == 0


def test_a_profile_that_is_too_large_is_refused():
    compressed = zlib.compress(profile("adobe") + bytes(MAX_PROFILE_BYTES))
    data = encode(photo(64), "PNG")
    at = data.index(b"IDAT") - 4
    data = data[:at] + chunk(b"iCCP", b"k\0\0" + compressed) + data[at:]
    with pytest.raises(PictureError):  # by Pillow's limit of 1 MB
        read(data)
    large = profile("adobe") + bytes(MAX_PROFILE_BYTES)
    parts = [large[i : i + 65_000] for i in range(0, len(large), 65_000)]
    blocks = b"".join(
        b"\xff\xe2"
        + struct.pack(">H", len(part) + 16)
        + b"ICC_PROFILE\0"
        + bytes([number, len(parts)])
        + part
        for number, part in enumerate(parts, 1)
    )
    with pytest.raises(PictureError, match="colour profile has over 4 MB"):
        read(jpeg_with(blocks))


# --- transparency --------------------------------------------------------------------------------


def test_the_glass_of_a_table_belongs_to_it():
    alpha = decode_image(open_image(FILES / "glass_table.png")).alpha
    rows, columns = np.nonzero(np.asarray(Image.open(FILES / "glass_table.png"))[..., 3])
    assert alpha_box(alpha) == (
        columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    )  # fmt: skip


def test_a_16_bit_grey_with_a_transparent_level_keeps_its_cut_out():
    assert alpha_box(decode_image(open_image(FILES / "gray16_trns.png")).alpha) == (16, 16, 48, 48)


def transparent_png(depth: int, color_type: int, background: int, foreground: int) -> bytes:
    """A 64 x 64 PNG, the middle in the foreground's level, the background's level transparent."""
    channels = 3 if color_type == 2 else 1
    bits = {True: f"{foreground:0{depth}b}" * channels, False: f"{background:0{depth}b}" * channels}
    rows = b""
    for y in range(64):
        text = "".join(bits[16 <= x < 48 and 16 <= y < 48] for x in range(64))
        rows += b"\0" + int(text, 2).to_bytes(len(text) // 8)
    head = struct.pack(">IIBBBBB", 64, 64, depth, color_type, 0, 0, 0)
    level = struct.pack(">H", background) * channels
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(name, data)
        for name, data in [
            (b"IHDR", head), (b"tRNS", level), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("depth", "color_type", "background", "foreground"),
    [(1, 0, 1, 0), (2, 0, 2, 1), (4, 0, 11, 3), (8, 0, 200, 30), (16, 0, 40_000, 300),
     (8, 2, 200, 30), (16, 2, 40_000, 300)],
)  # fmt: skip
def test_transparent_colours_of_each_depth_are_a_mask(depth, color_type, background, foreground):
    image, alpha = read(transparent_png(depth, color_type, background, foreground))[:2]
    assert alpha_box(alpha) == (16, 16, 48, 48)
    assert image.getpixel((2, 2)) == (255, 255, 255) and image.getpixel((32, 32))[0] < 100


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "La", "RGBa", "P"])
def test_masks_survive_each_mode(mode):
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((150, 90, 60, 255), (16, 16, 48, 48))
    converted = image.convert("LA").convert(mode) if mode in ("La", "LA") else image.convert(mode)
    assert alpha_box(decode_image(converted).alpha) == (16, 16, 48, 48)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JPEG2000"])
def test_masks_survive_each_format(file_format):
    image = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    image.paste((150, 90, 60, 255), (16, 16, 48, 48))
    assert np.allclose(alpha_box(read(encode(image, file_format)).alpha), (16, 16, 48, 48), atol=1)


def bmp_with_alpha(alpha: int) -> bytes:
    """A 32-bit BMP of the photograph with bit fields and one alpha for all pixels."""
    image = photo(64).copy()
    image.putalpha(alpha)
    pixels = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGRA")
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<IiiHHIIiiII", 108, 64, 64, 1, 32, 3, len(pixels), 0, 0, 0, 0)
    head += masks + bytes(52)
    return b"BM" + struct.pack("<IHHI", 122 + len(pixels), 0, 0, 122) + head + pixels


def test_alpha_that_is_0_everywhere_is_no_alpha():
    assert Image.open(BytesIO(bmp_with_alpha(0))).mode == "RGBA"
    clear = photo(64).copy()
    clear.putalpha(0)
    for data in (
        bmp_with_alpha(0),
        encode(clear, "PNG"),
        encode(clear, "WEBP", lossless=True, exact=True),
    ):
        image, alpha = read(data)[:2]
        assert alpha is None and difference(image, photo(64)) < 1
    with pytest.raises(PictureError, match="fully transparent"):
        read(encode(Image.new("RGBA", (64, 64), (9, 9, 9, 0)), "PNG"))


# --- frames --------------------------------------------------------------------------------------

EMPTY = {
    "white": Image.new("RGBA", (64, 64), "white"),
    "clear": Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
    "black": Image.new("RGBA", (64, 64), "black"),
}


def test_an_animation_that_begins_white_shows_its_object():
    image = decode_image(open_image(FILES / "white_first.gif")).rgb
    assert np.asarray(image).std() > 20


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_first_frame_that_shows_something_counts(file_format, empty, count):
    frames = [EMPTY[empty]] * count + [photo(64).convert("RGBA")] * 2
    # another duration for each: writers join equal frames
    options = (
        {} if file_format == "TIFF" else {"duration": [100 + 10 * i for i in range(len(frames))]}
    )
    data = encode(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    assert difference(read(data).rgb, photo(64)) < 12


def test_an_animation_without_any_object_is_its_first_frame():
    frames = [EMPTY["white"], EMPTY["black"]]
    data = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert np.asarray(read(data).rgb).min() > 250


# --- JPEG files with more behind the first picture -----------------------------------------------


def test_a_motion_photo_is_its_photo():
    image = decode_image(open_image(FILES / "motion_small.jpg")).rgb
    assert image.size == (256, 256)


def test_what_lies_behind_a_jpeg_counts_for_no_limit():
    jpeg = KINDS["jpeg"]
    video = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\x08" * 10_000 + b"Exif\0\0" * 100
    for data in (jpeg + video, KINDS["jpeg-mpo"] * 60, jpeg + bytes(MAX_FILE_BYTES)):
        assert difference(read(data).rgb, photo(64)) < 6


def test_thumbnails_inside_exif_count_for_no_limit():
    thumbnail = b"\xff\xd8" + b"\xff\xda\0\x02" * 1000 + b"Exif\0\0" * 20 + b"\xff\xd9"
    segment = b"\xff\xed" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    assert difference(read(jpeg_with(segment)).rgb, photo(64)) < 12


def test_scans_of_the_first_picture_count():
    assert jpeg_structure(many_scans(60)).scans > MAX_JPEG_SCANS
    # segments between the scans, and markers without a length inside them, hide none
    scans = many_scans(1)
    hidden = scans[:-2] + (b"\xff\x02\xff\xfe\0\x04\0\0\xff\xda\0\x02") * 60 + scans[-2:]
    with pytest.raises(PictureError, match="too many pieces"):
        open_image(BytesIO(hidden))
