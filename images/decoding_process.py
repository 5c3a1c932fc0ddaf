"""Decodes untrusted pictures in a child process that can be killed.

    decoder = Decoder()                       # starts the child; the page does so once
    rgb, alpha = decoder.decode(data)         # bytes of a file -> upright RGB picture and its mask
    decoder.close()

The child has a memory limit (RLIMIT_AS, where the system has it) and a time limit, and imports
neither torch nor Gradio. A picture that exceeds a limit costs its sender one sentence: the child is
killed and a new one starts for the next picture. The pixels travel through pipes as plain bytes, so
that nothing that the child writes is interpreted in the server.
"""

import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import PictureError
from images.untrusted import MAX_PIXELS

ROOT = Path(__file__).parents[1]
TIME_LIMIT_S = 5.0  # for one picture, reading and decoding
START_LIMIT_S = 60.0  # for the child to be ready, on a machine under load
BYTES_PER_PIXEL = 12  # RGB, RGBA, the mask in float32 and a copy of one of them
EXTRA_BYTES = 50_000_000  # for the file itself and Pillow's buffers
READY, DECODED, REFUSED, FAILED = b"R", b"D", b"E", b"F"
HEADER = struct.Struct("<II?")  # width, height, whether a mask follows
LENGTH = struct.Struct("<Q")
TOO_EXPENSIVE = "The picture takes too much time or memory to decode; save it again as PNG or JPEG."


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
    ):
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self._lock = threading.Lock()
        self._child: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Starts the child where none runs and does not wait until it is ready."""
        with self._lock:
            self._start()

    def decode(self, data: bytes) -> tuple[Image.Image, np.ndarray | None]:
        """Returns the upright RGB picture of a file and the mask of its alpha channel.

        Parameters
        ----------
        data : bytes
            The content of the file.

        Returns
        -------
        rgb : PIL.Image.Image
            8-bit RGB, without the metadata of the file.
        alpha : (H, W) float32 or None
            Opacity from 0 to 1 where the file is a cut-out.

        Raises
        ------
        PictureError
            The file is no picture that can be used, or exceeds a limit.
        """
        with self._lock:
            self._start()
            try:
                return self._exchange(data)
            except (OSError, EOFError, TimeoutError) as error:
                self._kill()
                self._start()  # the next picture finds a warm child
                raise PictureError(TOO_EXPENSIVE) from error

    def close(self) -> None:
        """Ends the child."""
        with self._lock:
            self._kill()

    def _start(self) -> None:
        if self._child is not None and self._child.poll() is None:
            return
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "images.decoding_process", str(self.memory_limit)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._ready = False

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child.stdin.close()
            self._child.stdout.close()
            self._child = None

    def _exchange(self, data: bytes) -> tuple[Image.Image, np.ndarray | None]:
        if not self._ready:
            self._read(1, time.monotonic() + START_LIMIT_S)
            self._ready = True
        deadline = time.monotonic() + self.time_limit
        self._write(LENGTH.pack(len(data)) + data, deadline)
        status = self._read(1, deadline)
        if status != DECODED:
            (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
            sentence = self._read(min(length, 2000), deadline).decode("utf-8", "replace")
            if status == REFUSED:
                raise PictureError(sentence)
            raise EOFError(sentence)
        width, height, masked = HEADER.unpack(self._read(HEADER.size, deadline))
        if width * height > MAX_PIXELS:
            raise EOFError("the child returned more pixels than a picture may have")
        pixels = self._read(width * height * 3, deadline)
        rgb = Image.frombuffer("RGB", (width, height), pixels, "raw", "RGB", 0, 1)
        if not masked:
            return rgb, None
        alpha = np.frombuffer(self._read(width * height, deadline), np.uint8)
        return rgb, alpha.reshape(height, width).astype(np.float32) / 255

    def _read(self, count: int, deadline: float) -> bytearray:
        """Exactly `count` bytes from the child; TimeoutError or EOFError otherwise."""
        buffer = bytearray(count)
        view, descriptor = memoryview(buffer), self._child.stdout.fileno()
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
            size = os.readv(descriptor, [view])
            if size == 0:
                raise EOFError("the child ended")
            view = view[size:]
        return buffer

    def _write(self, data: bytes, deadline: float) -> None:
        """All bytes to the child; a child that stops reading runs into the deadline."""
        view, descriptor = memoryview(data), self._child.stdin.fileno()
        os.set_blocking(descriptor, False)
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [descriptor], [], left)[1]:
                raise TimeoutError
            view = view[os.write(descriptor, view) :]


def limit_memory(extra: int) -> None:
    """Limits the address space of this process to what it has now plus `extra` bytes."""
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


def serve(memory_limit: int) -> None:
    """Runs in the child: decodes what comes through stdin until stdin is closed."""
    from io import BytesIO

    from images.preprocessing import decode_image
    from images.untrusted import open_image

    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a print of a library must not get among the pixels
    limit_memory(memory_limit)
    sink.write(READY)
    sink.flush()
    while length := source.read(LENGTH.size):
        data = source.read(LENGTH.unpack(length)[0])
        try:
            rgb, alpha = decode_image(open_image(BytesIO(data)))
            sink.write(DECODED + HEADER.pack(*rgb.size, alpha is not None))
            sink.write(rgb.tobytes())
            if alpha is not None:
                sink.write((alpha * 255).round().astype(np.uint8).tobytes())
        except PictureError as error:
            _refuse(sink, REFUSED, str(error))
        except MemoryError:
            _refuse(sink, REFUSED, TOO_EXPENSIVE)
        sink.flush()


def _refuse(sink, status: bytes, sentence: str) -> None:
    text = sentence.encode()
    sink.write(status + LENGTH.pack(len(text)) + text)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
