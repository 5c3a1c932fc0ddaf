"""A child process decodes untrusted pictures: same pixels; a child that dies is replaced."""

import builtins
import os
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureError
from core.masks import alpha_box
from images import decoding_child
from images.decoding_child import TOO_EXPENSIVE, limit_memory
from images.decoding_process import ROOT, Decoder
from images.preprocessing import decode_image
from images.untrusted import open_image
from tests.images.hostile_files import HOSTILE_FILES, encode, real_files

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS")
SLOW_MACHINE_S = 60.0


@pytest.fixture(scope="module")
def decoder():
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    return real_files(64)


@pytest.mark.parametrize("kind", real_files(16))
def test_the_pixels_are_those_of_a_decoding_in_this_process(decoder, photos, kind):
    expected, actual = decode_image(open_image(BytesIO(photos[kind]))), decoder.decode(photos[kind])
    assert np.array_equal(np.asarray(actual.rgb), np.asarray(expected.rgb))
    assert (actual.alpha is None) == (expected.alpha is None)
    assert not actual.rgb.info


def test_a_cut_out_keeps_its_mask(decoder):
    image = Image.new("RGBA", (40, 60), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (10, 10, 30, 50))
    image.putpixel((0, 0), (200, 0, 0, 77))
    data = encode(image, "PNG")
    expected, actual = decode_image(open_image(BytesIO(data))), decoder.decode(data)
    assert np.array_equal(actual.alpha, expected.alpha)
    assert np.array_equal(np.asarray(actual.rgb), np.asarray(expected.rgb))


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_hostile_file_is_a_picture_or_a_sentence(decoder, photos, name):
    try:
        decoder.decode(HOSTILE_FILES[name]())
    except PictureError as error:
        assert str(error).endswith(".")
    assert decoder.decode(photos["png"])


def test_truncated_files_are_sentences(decoder, photos):
    for kind in ("png", "jpeg", "webp", "gif", "bmp"):
        for share in (0.01, 0.3, 0.9):
            data = photos[kind][: int(len(photos[kind]) * share)]
            try:
                decoder.decode(data)  # some formats decode what is there
            except PictureError as error:
                assert str(error).endswith(".") and str(error) != TOO_EXPENSIVE
    with pytest.raises(PictureError):
        decoder.decode(b"")


def test_a_child_that_was_killed_is_replaced(photos):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(photos["png"])
    first = decoder._child.pid
    os.kill(first, getattr(signal, "SIGKILL", signal.SIGTERM))
    decoder._child.wait()
    assert decoder.decode(photos["png"]) and decoder._child.pid != first
    decoder.close()


def test_a_child_that_dies_at_work_costs_one_sentence(photos, monkeypatch):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(photos["png"])
    answer = decoder._answer
    monkeypatch.setattr(decoder, "_answer", lambda: decoder._child.kill() or answer())
    decoder._child.send_signal(getattr(signal, "SIGSTOP", signal.SIGTERM))
    with pytest.raises(PictureError, match="save it again"):
        decoder.decode(photos["png"])
    monkeypatch.undo()
    assert decoder.decode(photos["png"])
    decoder.close()


def test_a_picture_that_takes_too_long_is_given_up(photos):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(photos["png"])
    decoder.time_limit = 0.05
    decoder._child.send_signal(getattr(signal, "SIGSTOP", signal.SIGTERM))
    start = time.monotonic()
    with pytest.raises(PictureError, match="too much time"):
        decoder.decode(photos["png"])
    assert time.monotonic() - start < SLOW_MACHINE_S
    decoder.time_limit = SLOW_MACHINE_S
    assert decoder.decode(photos["png"])
    decoder.close()


@LINUX
def test_a_picture_that_takes_too_much_memory_is_given_up(photos):
    decoder = Decoder(time_limit=SLOW_MACHINE_S, memory_limit=60_000_000)
    with pytest.raises(PictureError):
        decoder.decode(encode(Image.new("L", (7000, 7000)), "PNG"))
    assert decoder.decode(photos["png"])
    decoder.close()


@LINUX
def test_the_largest_picture_fits(photos):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    image = Image.new("RGBA", (7000, 7000), (9, 9, 9, 255))
    image.paste((0, 0, 0, 0), (0, 0, 7000, 1000))
    decoded = decoder.decode(encode(image, "PNG", compress_level=1))
    assert decoded.rgb.size == decoded.alpha.shape == (3500, 3500)
    assert decoded.full_size == (7000, 7000) and decoded.scale == 2
    assert alpha_box(decoded.alpha) == (0, 500, 3500, 3500)
    decoder.close()


def test_threads_take_turns(decoder, photos):
    sizes, kinds = {}, ["png", "jpeg", "jpeg-turned", "gif"] * 3

    def decode(number: int) -> None:
        sizes[number] = decoder.decode(photos[kinds[number]]).rgb.size

    threads = [threading.Thread(target=decode, args=(number,)) for number in range(len(kinds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SLOW_MACHINE_S)
    assert list(sizes.values()) == [(64, 64)] * len(kinds)


@LINUX
def test_the_child_has_no_secret_and_no_torch(photos, monkeypatch):
    monkeypatch.setenv("GRADIO_AUTH", "me:secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(photos["png"])
    process = Path(f"/proc/{decoder._child.pid}")
    assert b"secret" not in (process / "environ").read_bytes()
    libraries = (process / "maps").read_text()
    assert "numpy" in libraries and "torch" not in libraries
    decoder.close()


def test_a_child_whose_server_is_gone_ends(photos):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    decoder.decode(photos["png"])
    decoder._child.stdin.close()
    assert decoder._child.wait(SLOW_MACHINE_S) == 0
    decoder._child.stdout.close()
    decoder._child = None


def test_systems_without_the_limit_decode_all_the_same(monkeypatch):
    load = builtins.__import__

    def no_resource(name, *args, **named):
        if name == "resource":
            raise ImportError
        return load(name, *args, **named)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", no_resource)
        limit_memory(1)  # Windows
    with monkeypatch.context() as patch:
        patch.setattr(decoding_child, "Path", lambda path: Path("/nowhere"))
        limit_memory(1)  # macOS
    assert bytearray(10_000_000)


def test_nonsense_of_a_child_is_not_believed(photos, monkeypatch):
    decoder = Decoder(time_limit=SLOW_MACHINE_S)
    script = "import sys; sys.stdout.write('RD' + chr(127) * 9); sys.stdout.flush(); input()"
    real, command = subprocess.Popen, [sys.executable, "-c", script]
    monkeypatch.setattr(subprocess, "Popen", lambda _, **named: real(command, **named))
    with pytest.raises(PictureError, match="save it again"):
        decoder.decode(photos["png"])
    monkeypatch.undo()
    decoder.close()
    assert decoder.decode(photos["png"])
    decoder.close()


def test_the_folder_of_the_module_is_the_root_of_the_project():
    assert (ROOT / "images" / "decoding_child.py").is_file()
