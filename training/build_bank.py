"""Builds the bank of pieces that furniture made of parts is searched in.

    python -m training.build_bank --count 100000 --out checkpoint/pieces.npz
    python -m training.build_bank --count 500 --processes 1 --out /tmp/pieces.npz   # small machine

Draws pieces of the generators evenly over designs, drops near-duplicates (grids of 32 cells that
overlap by more than 95 % with a kept piece of the same category) and writes parameters, grids and
codes. About 8 ms of processor time a piece.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from tqdm import tqdm

from core.categories import CATEGORIES
from pipeline.parts.bank import PieceBank, weights_id
from pipeline.parts.codes import GridEncoder
from pipeline.parts.grids import GridStore
from pipeline.parts.parameters import ParameterTable
from training.console.command_line import argument_parser
from training.parts.duplicates import DuplicateFilter
from training.parts.sampling import DrawnPiece, design_chances, draw_pieces

STRETCH = 100  # draws of one task
CHUNK = 1000  # pieces that are encoded at once; the encoder is converted once for each chunk
FIT_PIECES = 4000  # pieces whose principal components are computed; more change nothing
MAX_DRAWS = 10  # draws for each wanted piece, after which the designs are exhausted


def main(arguments: list[str] | None = None) -> None:
    """Builds and writes a bank."""
    parser = argument_parser("build_bank", __doc__)
    add = parser.add_argument
    add("--count", type=int, default=100_000, help="pieces")
    add("--out", default="checkpoint/pieces.npz", help="file")
    add("--model", help="weights that the bank belongs to (default: those of the application)")
    add("--seed", type=int, default=20, help="number of the sequence that is drawn from")
    add("--processes", type=int, default=os.cpu_count(), help="processes")
    args = parser.parse_args(arguments)
    from voxel_model import load_model

    weights = weights_id(load_model(args.model, "cpu"))
    pieces = select_pieces(args.count, args.seed, args.processes)
    bank = make_bank(pieces, weights)
    path = bank.save(args.out)
    shares = Counter(CATEGORIES[piece.category] for piece in pieces)
    designs = Counter((piece.category, piece.design) for piece in pieces)
    print(f"{path}: {len(bank)} pieces of {len(designs)} designs, {path.stat().st_size:,} bytes")
    print(", ".join(f"{name} {count}" for name, count in sorted(shares.items())))


def select_pieces(count: int, seed: int, processes: int) -> list[DrawnPiece]:
    """Returns `count` pieces without near-duplicates, fewer if the designs are exhausted."""
    filters = {number: DuplicateFilter(count) for number in range(len(CATEGORIES))}
    pieces: list[DrawnPiece] = []
    chances = design_chances(seed)
    with tqdm(total=count, unit="piece", mininterval=10) as bar:
        for piece in _stream(seed, chances, count * MAX_DRAWS, processes):
            if filters[piece.category].add(piece.bits):
                pieces.append(piece)
                bar.update()
                if len(pieces) == count:
                    break
    # neighbours of one design compress better
    return sorted(pieces, key=lambda piece: (piece.category, piece.design))


def _stream(seed: int, chances: dict, limit: int, processes: int) -> Iterator[DrawnPiece]:
    """Pieces in the order of their numbers, whatever the number of processes."""
    stretches = [range(start, start + STRETCH) for start in range(0, limit, STRETCH)]
    work = partial(draw_pieces, seed, chances=chances)
    with ProcessPoolExecutor(processes) as pool:
        ahead = 4 * processes
        waiting = [pool.submit(work, stretch) for stretch in stretches[:ahead]]
        try:
            for number in range(len(stretches)):
                yield from waiting.pop(0).result()
                if number + ahead < len(stretches):
                    waiting.append(pool.submit(work, stretches[number + ahead]))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def make_bank(pieces: list[DrawnPiece], weights: str) -> PieceBank:
    """Returns the bank of some pieces, codes computed from all of them."""
    step = max(len(pieces) // FIT_PIECES, 1)
    encoder = GridEncoder.fit(np.stack([piece.pooled for piece in pieces[::step]]))
    codes = [
        encoder.encode(np.stack([piece.pooled for piece in pieces[start : start + CHUNK]]))
        for start in range(0, len(pieces), CHUNK)
    ]
    bits = [piece.bits for piece in pieces]
    return PieceBank(
        parameters=ParameterTable.pack([piece.choices for piece in pieces]),
        grids=GridStore.pack(bits),
        encoder=encoder,
        codes=np.concatenate(codes),
        categories=np.array([piece.category for piece in pieces], np.uint8),
        volumes=np.array([np.unpackbits(row).sum() for row in bits], np.uint16),
        weights=weights,
    )


if __name__ == "__main__":
    main()
