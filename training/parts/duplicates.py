"""Near-duplicates among pieces: grids that overlap by more than a limit."""

import numpy as np

MAX_OVERLAP = 0.95  # intersection over union with a kept piece of the same category


class DuplicateFilter:
    """Keeps the grids of one category and refuses near-duplicates of them."""

    def __init__(self, capacity: int) -> None:
        self._words = np.empty((capacity, 512), np.uint64)  # 32,768 cells each
        self._volumes = np.empty(capacity, np.int64)
        self._count = 0

    def add(self, bits: np.ndarray) -> bool:
        """Keeps a grid unless it nearly equals a kept one.

        Parameters
        ----------
        bits : (4096,) uint8
            `np.packbits` of the grid.

        Returns
        -------
        bool
            Whether the grid is new.
        """
        words = bits.view(np.uint64)
        volume = int(np.bitwise_count(words).sum())
        kept = self._volumes[: self._count]
        # the overlap is at most the smaller volume divided by the larger one
        near = np.flatnonzero((kept > MAX_OVERLAP * volume) & (kept * MAX_OVERLAP < volume))
        shared = np.bitwise_count(self._words[near] & words).sum(axis=1, dtype=np.int64)
        if np.any(shared > MAX_OVERLAP * (kept[near] + volume - shared)):
            return False
        self._words[self._count], self._volumes[self._count] = words, volume
        self._count += 1
        return True
