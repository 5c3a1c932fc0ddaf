"""Image files for tests: valid ones of each format, and hostile ones that cost time or memory.

python tests/images/hostile_files.py     # seconds and megabytes that each hostile file costs
"""

import json
import os
import resource
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from images.untrusted import register_heif  # noqa: E402

MAX_CPU_SECONDS = 30  # for one hostile file
MAX_MEMORY = 8_000_000_000  # bytes; protects the machine that runs the measurement


def photo(side: int) -> Image.Image:
    """A small real photograph, RGB."""
    return Image.open(ROOT / "examples" / "bed.jpg").convert("RGB").resize((side, side))


def encode(image: Image.Image, file_format: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def real_files(side: int) -> dict[str, bytes]:
    """The same photograph in each kind of file that is accepted."""
    register_heif()
    rgb = photo(side)
    grey, cut_out, turned = rgb.convert("L"), rgb.copy(), rgb.transpose(Image.Transpose.ROTATE_90)
    cut_out.putalpha(Image.new("L", rgb.size, 255))
    deep_grey = grey.convert("I").point(lambda v: v * 257).convert("I;16")
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was rotated
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    moving = {"save_all": True, "append_images": [turned, grey.convert("RGB")]}
    return {
        "png": encode(rgb, "PNG", icc_profile=profile),
        "png-alpha": encode(cut_out, "PNG"),
        "png-palette": encode(rgb.quantize(256), "PNG"),
        "png-16-bit": encode(deep_grey, "PNG"),
        "png-grey": encode(grey, "PNG"),
        "png-moving": encode(rgb, "PNG", **moving),
        "jpeg": encode(rgb, "JPEG", quality=95, icc_profile=profile, comment=b"hello"),
        "jpeg-turned": encode(turned, "JPEG", quality=95, exif=exif),
        "jpeg-progressive": encode(rgb, "JPEG", quality=95, progressive=True),
        "jpeg-grey": encode(grey, "JPEG", quality=95),
        "jpeg-cmyk": encode(rgb.convert("CMYK"), "JPEG", quality=95),
        "jpeg-mpo": encode(rgb, "MPO", quality=95, **moving),
        "gif": encode(rgb, "GIF"),
        "gif-moving": encode(rgb, "GIF", **moving),
        "bmp": encode(rgb, "BMP"),
        "bmp-palette": encode(rgb.quantize(256), "BMP"),
        "webp": encode(rgb, "WEBP", quality=95),
        "webp-alpha": encode(cut_out, "WEBP", lossless=True),
        "webp-moving": encode(rgb, "WEBP", quality=95, **moving),
        "tiff": encode(rgb, "TIFF"),
        "tiff-deflate": encode(rgb, "TIFF", compression="tiff_deflate"),
        "tiff-16-bit-grey": encode(
            grey.convert("I").point(lambda v: v * 257).convert("I;16"), "TIFF"
        ),
        "tiff-pages": encode(rgb.copy(), "TIFF", save_all=True, append_images=[photo(side)]),
        "avif": encode(rgb, "AVIF", quality=90),
        "avif-alpha": encode(cut_out, "AVIF", quality=90),
        "heic": encode(rgb, "HEIF", quality=90),
        "heic-alpha": encode(cut_out, "HEIF", quality=90),
        "jpeg2000": encode(rgb, "JPEG2000"),
        "jpeg2000-alpha": encode(cut_out, "JPEG2000"),
    }


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with a correct checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def fix_checksums(png: bytes) -> bytes:
    """A damaged PNG with correct checksums, so that a reader gets to the damage."""
    parts, at = [png[:8]], 8
    while at + 8 <= len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        parts.append(chunk(png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += 12 + size
    return b"".join(parts)


def png_with(chunks: bytes, place: bytes = b"IDAT") -> bytes:
    """A small photograph with extra chunks before the first IDAT, or before IEND."""
    data = encode(photo(64), "PNG")
    at = data.index(place) - 4
    return data[:at] + chunks + data[at:]


def jpeg_with(segments: bytes) -> bytes:
    """A small photograph with extra segments at the start."""
    data = encode(photo(64), "JPEG")
    return data[:2] + segments + data[2:]


def gif_with(blocks: bytes) -> bytes:
    """A small photograph with extra blocks before the image."""
    data = encode(photo(64), "GIF")
    at = data.index(b",\0\0\0\0")  # the first image
    return data[:at] + blocks + data[at:]


def shared_exif(size: int) -> bytes:
    """EXIF whose entries all refer to the same data: copies of them are quadratic in its size."""
    count = min(65_535, size // 24)
    shared = size - 12 * count - 14
    entries = (struct.pack("<HHII", tag, 7, shared, 14 + 12 * count) for tag in range(count))
    head = b"II*\0" + struct.pack("<IH", 8, count)
    return head + b"".join(entries) + b"\0\0\0\0" + bytes(shared)


def jpeg_exif(size: int) -> bytes:
    """A small photograph with `shared_exif` in several blocks."""
    exif = shared_exif(size)
    parts = [b"Exif\0\0" + exif[i : i + 65_000] for i in range(0, size, 65_000)]
    return jpeg_with(b"".join(b"\xff\xe1" + struct.pack(">H", len(p) + 2) + p for p in parts))


def many_scans(count: int) -> bytes:
    """A 49 megapixel JPEG that repeats its last scan of 75 bytes."""
    data = encode(Image.new("RGB", (7000, 7000), (100, 90, 80)), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * count + data[-2:]


def run_length_bmp() -> bytes:
    """A BMP of 15 megapixels in runs of one pixel."""
    side, runs = 3900, b"\x01\x05" * 7_800_000
    sizes = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + sizes + bytes(1024) + runs


def tiff_with(entries: list[tuple[int, int, int, int]], padding: int = 0) -> bytes:
    """A grey TIFF of 64 x 64 pixels whose directory has more entries (tag, type, count, value)."""
    basic = [(256, 3, 1, 64), (257, 3, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    table = sorted({tag: (tag, *rest) for tag, *rest in basic}.values()) + entries
    directory = struct.pack("<H", len(table))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in table) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(padding)


def jpeg_in_tiff() -> bytes:
    """A TIFF of 49 megapixels in one JPEG strip."""
    return encode(Image.new("RGB", (7000, 7000)), "TIFF", compression="jpeg")


def deflated(megabytes: int) -> bytes:
    """Compressed zeros."""
    return zlib.compress(bytes(megabytes * 1_000_000), 9)


def white_frames(count: int) -> bytes:
    """A GIF of 2 megapixels whose frames are all white."""
    data = encode(Image.new("L", (1400, 1400), 255), "GIF")
    frame = data[data.index(b",\0\0\0\0") : -1]
    return data[: data.index(b",\0\0\0\0")] + frame * count + data[-1:]


HOSTILE_FILES: dict[str, Callable[[], bytes]] = {
    "PNG of 1.3 million empty chunks": lambda: png_with(chunk(b"prVt", b"") * 1_300_000),
    "PNG of 1.3 million empty chunks after its pixels": lambda: png_with(
        chunk(b"prVt", b"") * 1_300_000, b"IEND"
    ),
    "PNG, a zTXt of 500 MB": lambda: png_with(chunk(b"zTXt", b"k\0\0" + deflated(500))),
    "PNG, an iTXt of 500 MB": lambda: png_with(chunk(b"iTXt", b"k\0\1\0\0\0" + deflated(500))),
    "PNG, an ICC profile of 500 MB": lambda: png_with(chunk(b"iCCP", b"k\0\0" + deflated(500))),
    "PNG, 60 zTXt of 1 MB": lambda: png_with(
        b"".join(chunk(b"zTXt", b"k%d\0\0" % i + deflated(1)) for i in range(60))
    ),
    "PNG, a text of 15 MB": lambda: png_with(chunk(b"tEXt", b"k\0" + b"a" * 15_000_000)),
    "PNG, EXIF of 3 MB that repeats itself": lambda: png_with(
        chunk(b"eXIf", shared_exif(3_000_000))
    ),
    "JPEG, EXIF of 3 MB that repeats itself, in 47 blocks": lambda: jpeg_exif(3_000_000),
    "JPEG of 4 million empty comments": lambda: jpeg_with(b"\xff\xfe\0\x02" * 4_000_000),
    "JPEG of 4 million empty APP5": lambda: jpeg_with(b"\xff\xe5\0\x02" * 4_000_000),
    "JPEG, 16 million fill bytes": lambda: jpeg_with(b"\xff" * 16_000_000),
    "JPEG, 49 megapixels, 300 more scans": lambda: many_scans(300),
    "GIF, a comment in blocks of 255": lambda: gif_with(
        b"!\xfe" + (b"\xff" + b"c" * 255) * 62_000 + b"\0"
    ),
    "GIF, a comment in blocks of 1": lambda: gif_with(b"!\xfe" + b"\x01c" * 8_000_000 + b"\0"),
    "GIF of 3 million comments": lambda: gif_with(b"!\xfe\x01c\0" * 3_000_000),
    "BMP in runs of one pixel": run_length_bmp,
    "TIFF of 4 million strips": lambda: tiff_with([(273, 4, 4_000_000, 200)], 16_000_000),
    "TIFF, 3,000 values that share 15 MB": lambda: tiff_with(
        [(40_000 + i, 7, 15_000_000, 50_000) for i in range(3000)], 15_200_000
    ),
    "TIFF, a directory of 60,000 entries": lambda: tiff_with([(40_000, 3, 1, 0)] * 60_000, 1000),
    "TIFF, one strip of JPEG": jpeg_in_tiff,
    "JPEG 2000 of 19 megapixels": lambda: encode(Image.new("RGB", (4400, 4400)), "JPEG2000"),
    "JPEG 2000 of 49 megapixels": lambda: encode(Image.new("L", (7000, 7000)), "JPEG2000"),
    "AVIF of 49 megapixels": lambda: encode(Image.new("RGB", (7000, 7000)), "AVIF", speed=10),
    "GIF of 3,000 white frames": lambda: white_frames(3000),
}


def measure_costs(read: Callable[[BytesIO], object]) -> Iterator[tuple[str, float, float, str]]:
    """Yield name, CPU seconds, MB and outcome of reading each file, in a child process."""
    for name, make in HOSTILE_FILES.items():
        data = make()
        output, report = os.pipe()
        if not os.fork():
            resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
            os.write(report, json.dumps(_cost(read, data)).encode())
            os._exit(0)
        os.close(report)
        answer = os.read(output, 10_000)
        os.wait()
        os.close(output)
        stopped = (float(MAX_CPU_SECONDS), float("nan"), "did not end")
        yield (name, *(json.loads(answer) if answer else stopped))


def _cost(read: Callable, data: bytes) -> tuple[float, float, str]:
    """CPU seconds, MB and outcome of reading a file."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        read(BytesIO(data))
        outcome = "read"
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # KiB
    return time.process_time() - start, grown / 1024, outcome


def _pillow_alone(file: BytesIO) -> None:
    """Read a file without the limits of `images.untrusted`."""
    from PIL import ImageOps

    ImageOps.exif_transpose(Image.open(file)).convert("RGB")


def main() -> None:
    from images.preprocessing import decode_image
    from images.untrusted import open_image

    with_limits = {
        row[0]: row for row in measure_costs(lambda file: decode_image(open_image(file)))
    }
    print("| file | Pillow alone | with the limits |\n|---|---|---|")
    for name, seconds, grown, outcome in measure_costs(_pillow_alone):
        alone = f"{seconds:.1f} s, {grown:.0f} MB" if outcome == "read" else outcome
        _, seconds, grown, outcome = with_limits[name]
        ends = "read" if outcome == "read" else "refused"
        print(f"| {name} | {alone} | {ends}, {seconds:.2f} s, {grown:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
