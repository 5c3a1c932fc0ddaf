"""The child process that decodes untrusted pictures, and what it says to the server.

`images.decoding_process` starts it and sends it files. It imports neither torch nor Gradio.
"""

import math
import os
import struct
import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from core.errors import PictureError
from images.preprocessing import DecodedImage, decode_image
from images.untrusted import open_image

# A larger picture is made smaller in the child: 50 megapixels take 540 MB of the server while it
# reads them. Phones write 12 and 24 megapixels.
MAX_SENT_PIXELS = 25_000_000
BAND_ROWS = 256  # sent at once
READY, DECODED, REFUSED = b"R", b"D", b"E"
# width, height, width and height of the whole picture, focal length (NaN: not known), whether a
# mask follows
HEADER = struct.Struct("<IIIId?")
LENGTH = struct.Struct("<Q")
TOO_EXPENSIVE = "The picture takes too much time or memory to decode; save it again as PNG or JPEG."

# Environment of the child. It decodes untrusted bytes: passwords and tokens stay in the server.
VARIABLES = (
    "PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "LARGEST_FILE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
)
# One thread; and, with glibc, each large block is given back to the system when it is freed: by
# default a block of 16 MB may stay behind among others, 4 bytes a pixel in all.
SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "8000000",  # bytes
    "MALLOC_TRIM_THRESHOLD_": "32000000",  # bytes; smaller pictures reuse the memory of the last
}


def child_environment() -> dict[str, str]:
    """Return the environment of the child: what it needs of the server's, and SETTINGS."""
    return {name: os.environ[name] for name in VARIABLES if name in os.environ} | SETTINGS


def limit_memory(extra: int) -> None:
    """Limit the address space of this process to what it has now plus `extra` bytes."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # macOS: no way to ask, and RLIMIT_AS is not enforced there
        return
    limit = pages * resource.getpagesize() + extra
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for name in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):  # it writes no files
        resource.setrlimit(name, (0, 0))


def serve(memory_limit: int) -> None:
    """Decode, in the child, what comes through stdin until stdin is closed."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a print of a library must not get among the pixels
    limit_memory(memory_limit)
    sink.write(READY)
    sink.flush()
    while length := source.read(LENGTH.size):
        data = source.read(LENGTH.unpack(length)[0])
        try:
            _send(sink, [decode_image(open_image(BytesIO(data)), MAX_SENT_PIXELS)])
        except PictureError as error:
            _refuse(sink, REFUSED, str(error))
        except MemoryError:
            _refuse(sink, REFUSED, TOO_EXPENSIVE)
        sink.flush()


def _send(sink, images: list[DecodedImage]) -> None:
    """Write the pixels of the list's image, and free them: the server takes as much meanwhile."""
    image = images.pop()
    (width, height), alpha, full_size = image.rgb.size, image.alpha, image.full_size
    focal = math.nan if image.focal is None else image.focal
    sink.write(DECODED + HEADER.pack(width, height, *full_size, focal, alpha is not None))
    for top in range(0, height, BAND_ROWS):  # a copy of the largest picture is 75 MB
        bottom = min(top + BAND_ROWS, height)
        sink.write(image.rgb.crop((0, top, width, bottom)).tobytes())
    del image
    if alpha is not None:
        for top in range(0, height, BAND_ROWS):
            sink.write((alpha[top : top + BAND_ROWS] * 255).round().astype(np.uint8).tobytes())


def _refuse(sink, status: bytes, sentence: str) -> None:
    text = sentence.encode()
    sink.write(status + LENGTH.pack(len(text)) + text)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
