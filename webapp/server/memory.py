"""How much memory stays with the process once visitors' work is done."""

import ctypes
import sys

M_ARENA_MAX = -8  # of glibc's malloc.h
HEAPS = 2  # more do not make it faster: one picture at a time is worked on


def share_heaps() -> None:
    """Have all threads take memory from two heaps; called before there are any threads.

    By itself glibc gives them up to 8 for each core. Every visit runs in threads of its own, and
    each heap they came by keeps the most that was ever taken from it.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt:
            mallopt(M_ARENA_MAX, HEAPS)
