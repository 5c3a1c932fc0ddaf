"""Occupancy grids of many pieces, each compressed on its own.

    grids = GridStore.pack([coverage > 0.5, ...])
    grids.read([7, 19])                      # (2, 32768) float32

Most pieces are mirror images of themselves, so that half of their grid is stored.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from furniture.occupancy import coverage

SIDE = 32  # cells
# Coverage above which a cell is solid. The network learned grids that were pooled by maximum from
# 128 cells: a cell is solid if the surface reaches 3/8 of a cell from its centre (IoU of the first
# piece of a bank of 12,000 on 45 dev photos: .451 instead of .437 at 0.5).
SOLID = 0.125
LEVEL = 9  # of zlib
WHOLE, MIRRORED = 0, 1  # first byte of an entry: all of x, or its lower half
DICTIONARY_GRIDS = 24  # typical grids that zlib may refer to; more do not fit into its window


def solid_cells(rows: np.ndarray) -> np.ndarray:
    """Returns the solid cells (32, 32, 32) bool of the primitives of a piece."""
    return coverage(rows, SIDE) > SOLID


@dataclass(frozen=True)
class GridStore:
    """Grids of N pieces as bits."""

    data: np.ndarray  # uint8, compressed grids one behind the other
    offsets: np.ndarray  # (N + 1,) int32
    dictionary: np.ndarray  # uint8, see zlib's `zdict`

    @classmethod
    def pack(cls, bits: Sequence[np.ndarray]) -> "GridStore":
        """Returns the store of some grids.

        Parameters
        ----------
        bits : sequence of (4096,) uint8
            `np.packbits` of a grid (32, 32, 32) bool.
        """
        plain = [_plain(row) for row in bits]
        step = max(len(plain) // DICTIONARY_GRIDS, 1)
        dictionary = b"".join(plain[::step][:DICTIONARY_GRIDS])[-32768:]
        blobs = []
        for row in plain:
            packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, 9, zdict=dictionary)
            blobs.append(packer.compress(row) + packer.flush())
        offsets = np.cumsum([0, *map(len, blobs)]).astype(np.int32)
        data = np.frombuffer(b"".join(blobs), np.uint8)
        return cls(data, offsets, np.frombuffer(dictionary, np.uint8))

    def __len__(self) -> int:
        """Number of grids."""
        return len(self.offsets) - 1

    def read(self, indices: Iterable[int]) -> np.ndarray:
        """Returns some grids.

        Parameters
        ----------
        indices : iterable of int

        Returns
        -------
        (M, 32, 32, 32) float32
            0 or 1.
        """
        dictionary = self.dictionary.tobytes()
        rows = [self._unpack(int(i), dictionary) for i in indices]
        return np.stack(rows).astype(np.float32)

    def _unpack(self, index: int, dictionary: bytes) -> np.ndarray:
        blob = self.data[self.offsets[index] : self.offsets[index + 1]].tobytes()
        plain = np.frombuffer(zlib.decompressobj(-15, zdict=dictionary).decompress(blob), np.uint8)
        grid = np.unpackbits(plain[1:]).reshape(-1, SIDE, SIDE)
        return grid if plain[0] == WHOLE else np.concatenate([grid, grid[::-1]])


def _plain(bits: np.ndarray) -> bytes:
    """An entry before compression."""
    grid = np.unpackbits(bits).reshape(SIDE, SIDE, SIDE)
    half = grid[: SIDE // 2]
    if np.array_equal(half, grid[: SIDE // 2 - 1 : -1]):
        return bytes([MIRRORED]) + np.packbits(half).tobytes()
    return bytes([WHOLE]) + bits.tobytes()
