"""Valid image files with random damage.

    python tests/images/fuzz_pictures.py --inputs 200000 --seed 1

prints the outcomes, the longest time and the memory that was not freed. An input that raises
anything but a PictureError with one sentence is written to a file. `test_fuzz_pictures.py` does the
same with Hypothesis, which reduces such an input.
"""

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from io import BytesIO
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.stress.report import is_one_sentence
from core.errors import PictureError
from images.preprocessing import crop_square, decode_image
from images.untrusted import open_image
from tests.images.hostile_files import fix_checksums, real_files

MAX_SECONDS = 5.0  # for one input
FILES = real_files(24)
# values at which sizes, counts and offsets overflow or become negative
EDGE_VALUES = [bytes([b]) * n for b in (0, 1, 0x7F, 0x80, 0xFF) for n in (1, 2, 4)]
EDGE_VALUES += [b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x01", b"\x01\x00", b"\xff\xda"]
DAMAGES = ("write", "insert", "repeat", "remove", "cut off", "join")


def mutate(data: bytes, damage: str, place: float, piece: bytes, length: int, other: str) -> bytes:
    """Damage a file at a place (0 to 1 of its length).

    The damages write or insert `piece`, repeat or remove `length` bytes, or end with another file.
    """
    at = int(place * len(data))
    return {
        "write": data[:at] + piece + data[at + len(piece) :],
        "insert": data[:at] + piece + data[at:],
        "repeat": data[: at + length] + data[at:],
        "remove": data[:at] + data[at + length :],
        "cut off": data[:at],
        "join": data[:at] + FILES[other][at:],
    }[damage]


def check(data: bytes) -> str:
    """Return "picture" or "refused"; raise for any other outcome."""
    try:
        image, mask = decode_image(open_image(BytesIO(data)))[:2]
    except PictureError as error:
        assert is_one_sentence(str(error)), str(error)
        return "refused"
    assert image.mode == "RGB" and not crop_square(image, (0, 0, 16, 16), 8).info
    assert mask is None or (mask.shape == image.size[::-1] and 0 <= mask.min() <= mask.max() <= 1)
    return "picture"


def damaged_file(rng: random.Random) -> bytes:
    """A valid file with one to four damages."""
    data = rng.choice(list(FILES.values()))
    for _ in range(rng.randint(1, 4)):
        piece = rng.choice(EDGE_VALUES) if rng.random() < 0.5 else rng.randbytes(rng.randint(1, 16))
        length, other = rng.randint(1, 300), rng.choice(list(FILES))
        data = mutate(data, rng.choice(DAMAGES), rng.random(), piece, length, other)
    # with correct checksums a reader gets to the damage
    return fix_checksums(data) if data.startswith(b"\x89PNG") and rng.random() < 0.5 else data


def run(inputs: int, seed: int) -> tuple[Counter, float]:
    """Return the outcomes and the seconds of the slowest input."""
    rng, outcomes, slowest = random.Random(seed), Counter(), 0.0
    for _ in range(inputs):
        data, start = damaged_file(rng), time.perf_counter()
        try:
            outcomes[check(data)] += 1
        except BaseException:
            Path(f"fuzz-{seed}.bin").write_bytes(data)
            raise
        slowest = max(slowest, time.perf_counter() - start)
    return outcomes, slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    process = psutil.Process()
    run(args.inputs // 10, args.seed + 1_000_000)  # warm up the memory
    before, start = process.memory_info().rss, time.process_time()
    outcomes, slowest = run(args.inputs, args.seed)
    grown = (process.memory_info().rss - before) / 1e6
    print(
        f"{args.inputs} inputs of seed {args.seed}: {dict(outcomes)}, none else; slowest "
        f"{slowest * 1000:.0f} ms, {time.process_time() - start:.0f} s in all, "
        f"{grown:+.1f} MB of memory"
    )
    assert slowest < MAX_SECONDS


if __name__ == "__main__":
    main()
