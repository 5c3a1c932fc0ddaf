"""Memory that stays with the process after visitors' work is done."""

import ctypes
import sys
import threading
import time

M_ARENA_MAX = -8  # of glibc's malloc.h
TRIM_SECONDS = 10.0  # between two returns of free memory to the system; one takes milliseconds
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


def start_trimming() -> None:
    """Return free memory to the system now and then, in a thread.

    glibc gives back only what is free at the end of an arena; films and models leave holes.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return

    def run() -> None:
        while True:
            time.sleep(TRIM_SECONDS)
            trim(0)

    threading.Thread(target=run, daemon=True, name="trim").start()
