"""Real picture files with random damage, read again and again.

    python tests/images/fuzz_pictures.py --inputs 200000 --seed 1

ends with what came out, how long the slowest took and how much memory stayed; or with the file that
was neither a picture nor a sentence, written beside. The test of the same name does it with
Hypothesis, which makes such a file small.
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
from core.errors import PictureError
from images.preprocessing import crop_square, decode_image
from images.untrusted import open_image
from tests.images.hostile_files import checked, real_files
from tests.network.hub_client import is_one_sentence

HANG = 5.0  # s
FILES = real_files(24)
# values at which sizes, counts and offsets overflow or turn negative
EDGES = [bytes([b]) * n for b in (0, 1, 0x7F, 0x80, 0xFF) for n in (1, 2, 4)]
EDGES += [b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x01", b"\x01\x00", b"\xff\xda"]
WAYS = ("write", "insert", "repeat", "remove", "cut off", "join")


def mutate(data: bytes, way: str, place: float, piece: bytes, length: int, other: str) -> bytes:
    """One damage at a place, a share of the file: with `piece`, over `length` bytes, or the rest
    of the file `other`, as the way of it needs."""
    at = int(place * len(data))
    return {
        "write": data[:at] + piece + data[at + len(piece) :],
        "insert": data[:at] + piece + data[at:],
        "repeat": data[: at + length] + data[at:],
        "remove": data[:at] + data[at + length :],
        "cut off": data[:at],
        "join": data[:at] + FILES[other][at:],
    }[way]


def check(data: bytes) -> str:
    """ "picture" or "refused"; AssertionError, or whatever is raised, for anything else."""
    try:
        picture, mask = decode_image(open_image(BytesIO(data)))
    except PictureError as error:
        assert is_one_sentence(str(error)), str(error)
        return "refused"
    assert picture.mode == "RGB" and not crop_square(picture, (0, 0, 16, 16), 8).info
    assert mask is None or (mask.shape == picture.size[::-1] and 0 <= mask.min() <= mask.max() <= 1)
    return "picture"


def damaged_file(rng: random.Random) -> bytes:
    data = rng.choice(list(FILES.values()))
    for _ in range(rng.randint(1, 4)):
        piece = rng.choice(EDGES) if rng.random() < 0.5 else rng.randbytes(rng.randint(1, 16))
        length, other = rng.randint(1, 300), rng.choice(list(FILES))
        data = mutate(data, rng.choice(WAYS), rng.random(), piece, length, other)
    # checksums that fit again let a reader go on to the damage
    return checked(data) if data.startswith(b"\x89PNG") and rng.random() < 0.5 else data


def run(inputs: int, seed: int) -> tuple[Counter, float]:
    """Outcomes, and the seconds of the slowest input."""
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
    run(args.inputs // 10, args.seed + 1_000_000)  # what memory is used at all
    before, start = process.memory_info().rss, time.process_time()
    outcomes, slowest = run(args.inputs, args.seed)
    grown = (process.memory_info().rss - before) / 1e6
    print(
        f"{args.inputs} inputs of seed {args.seed}: {dict(outcomes)}, none else; slowest "
        f"{slowest * 1000:.0f} ms, {time.process_time() - start:.0f} s in all, "
        f"{grown:+.1f} MB of memory"
    )
    assert slowest < HANG


if __name__ == "__main__":
    main()
