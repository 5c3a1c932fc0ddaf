"""Decodes untrusted pictures in a child process that can be killed.

    decoder = Decoder()
    decoder.start()                           # so that the first picture finds a warm child
    image = decoder.decode(data)              # bytes of a file: upright RGB picture and its mask
    decoder.close()

The child has a time limit and, on Linux, a memory limit (RLIMIT_AS); macOS does not enforce it and
Windows has none. It imports neither torch nor Gradio. A picture that exceeds a limit costs its
sender one sentence: the child is killed, and a new one starts for the next picture. The pixels
travel through pipes as plain bytes, so that the server interprets nothing that the child writes.
"""

import math
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import PictureError
from images.decoding_child import (
    BAND_ROWS,
    DECODED,
    HEADER,
    LENGTH,
    REFUSED,
    TOO_EXPENSIVE,
    child_environment,
)
from images.focal_length import MAX_SHARE, MIN_SHARE
from images.preprocessing import DecodedImage, ReducedImage
from images.untrusted import MAX_PIXELS

ROOT = Path(__file__).parents[1]
TIME_LIMIT_S = 5.0  # for one picture, reading and decoding
START_LIMIT_S = 60.0  # for the child to be ready, on a machine under load
# A cut-out takes 4 for RGBA, 4 for RGB and 1 for alpha, then 4 for the mask in place of the first.
# The decoders of some formats need more: images.untrusted has lower limits for their pixels.
BYTES_PER_PIXEL = 12
EXTRA_BYTES = 50_000_000  # for the file itself and Pillow's buffers
PIPE_BYTES = 1 << 20
MAX_SENTENCE = 2000  # bytes


class Decoder:
    """One child process that decodes one picture at a time; safe to use from several threads.

    Parameters
    ----------
    time_limit : float
        Seconds for one picture.
    memory_limit : int
        Bytes that the child may take beyond those of its start.
    """

    def __init__(
        self,
        time_limit: float = TIME_LIMIT_S,
        memory_limit: int = BYTES_PER_PIXEL * MAX_PIXELS + EXTRA_BYTES,
    ) -> None:
        self.time_limit, self.memory_limit = time_limit, memory_limit
        self._lock = threading.Lock()
        self._child: subprocess.Popen | None = None
        self._watch: threading.Thread | None = None  # kills the child when its time is over
        self._changed = threading.Condition()
        self._due: float | None = None  # time at which the child is killed

    def start(self) -> None:
        """Start the child where none runs; return before it is ready."""
        with self._lock:
            self._start()

    def decode(self, data: bytes) -> DecodedImage:
        """Return the upright RGB picture of a file and the mask of its alpha channel.

        Parameters
        ----------
        data : bytes
            The content of the file.

        Returns
        -------
        DecodedImage
            8-bit RGB without the metadata of the file, the opacity of a cut-out, and the focal
            length.

        Raises
        ------
        PictureError
            If the file is no picture that can be used, or exceeds a limit.
        """
        with self._lock:
            self._start()
            try:
                return self._exchange(data)
            except PictureError:
                raise
            except (OSError, EOFError, ValueError) as error:  # ValueError: it wrote nonsense
                self._kill()
                self._start()  # the next picture finds a warm child
                raise PictureError(TOO_EXPENSIVE) from error

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._kill()

    def _start(self) -> None:
        if self._child is not None and self._child.poll() is None and not self._expired:
            return
        self._kill()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "images.decoding_child", str(self.memory_limit)],
            cwd=ROOT,
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries write there about the pictures of visitors
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the server, which then closes the pipes
        )
        self._ready = self._expired = False
        for pipe in (self._child.stdin, self._child.stdout):
            _widen(pipe)

    def _kill(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        with suppress(OSError):  # bytes that the child did not read
            self._child.stdin.close()
        self._child.stdout.close()
        self._child = None

    def _exchange(self, data: bytes) -> DecodedImage:
        if not self._ready:
            with self._deadline(START_LIMIT_S):
                self._read(1)
            self._ready = True
        with self._deadline(self.time_limit):
            view = memoryview(LENGTH.pack(len(data)) + data)
            while view:
                view = view[self._child.stdin.write(view) :]
            return self._answer()

    def _answer(self) -> DecodedImage:
        status = self._read(1)
        if status != DECODED:
            (length,) = LENGTH.unpack(self._read(LENGTH.size))
            sentence = self._read(min(length, MAX_SENTENCE)).decode("utf-8", "replace")
            if status == REFUSED:
                raise PictureError(sentence)
            raise EOFError("the child answered nonsense")
        width, height, *full_size, focal, masked = HEADER.unpack(self._read(HEADER.size))
        if not (0 < width * height <= MAX_PIXELS and 0 < math.prod(full_size) <= MAX_PIXELS):
            raise EOFError("the child returned more pixels than a picture may have")
        is_known = MIN_SHARE <= focal <= MAX_SHARE  # False for NaN
        image = DecodedImage(self._read_rgb(width, height), None, focal if is_known else None)
        if masked:
            image = image._replace(alpha=self._read_alpha(width, height))
        if (width, height) != tuple(full_size):
            image = ReducedImage(*image)
            image.full_size = tuple(full_size)
        return image

    def _read_rgb(self, width: int, height: int) -> Image.Image:
        """Return the picture; bands of rows need no second copy of it."""
        rgb = Image.new("RGB", (width, height))
        for top in range(0, height, BAND_ROWS):
            size = (width, min(BAND_ROWS, height - top))
            band = self._read(math.prod(size) * 3)
            rgb.paste(Image.frombuffer("RGB", size, band, "raw", "RGB", 0, 1), (0, top))
        return rgb

    def _read_alpha(self, width: int, height: int) -> np.ndarray:
        """Return the mask, (height, width) float32."""
        alpha = np.empty((height, width), np.float32)
        for top in range(0, height, BAND_ROWS):
            band = alpha[top : top + BAND_ROWS]
            band[:] = np.frombuffer(self._read(band.size), np.uint8).reshape(band.shape)
            band /= 255
        return alpha

    def _read(self, count: int) -> bytearray:
        """Return exactly `count` bytes from the child; EOFError if it ended."""
        buffer = bytearray(count)
        view = memoryview(buffer)
        while view:
            size = self._child.stdout.readinto(view)
            if not size:
                raise EOFError("the child ended")
            view = view[size:]
        return buffer

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the child after so many seconds; reads and writes then end with an error.

        A thread that waits needs no `select`, which Windows has for sockets only, and which fails
        for descriptors above 1023.
        """
        if self._watch is None:
            self._watch = threading.Thread(target=self._kill_late_children, daemon=True)
            self._watch.start()
        with self._changed:
            self._due = time.monotonic() + seconds
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due = None

    def _kill_late_children(self) -> None:
        with self._changed:
            while True:
                left = self._due - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    self._expired, self._due = True, None  # it may have answered by now
                    self._child.kill()
                else:
                    self._changed.wait(left)


def _widen(pipe) -> None:
    """Let the pipe hold 1 MB where the system can: fewer turns between the two processes."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except (ImportError, AttributeError, OSError):  # not Linux, or the user has many pipes
        return
