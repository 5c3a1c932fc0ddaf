"""Memory that stays with the process after visitors' work is done."""

import ctypes
import sys

M_ARENA_MAX = -8  # of glibc's malloc.h
ARENAS = 2  # one image at a time is worked on, so more arenas are not faster


def limit_malloc_arenas() -> None:
    """Let all threads allocate from two malloc arenas; call before any thread starts.

    By default glibc makes up to 8 arenas a core. Every request runs in threads of its own, and an
    arena keeps the most memory that was ever allocated from it.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt:
            mallopt(M_ARENA_MAX, ARENAS)
