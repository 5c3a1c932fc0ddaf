"""How much of the machine visitors may take; safe defaults, each with an environment variable."""

import os
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limits:
    """Each is set by the variable of its name in capitals, e.g. KEEP_SECONDS=600."""

    keep_seconds: int = 3600  # a visitor's models, files and session stay so long unused
    left_seconds: int = 300  # and so long after the page was closed: a phone closes it for a while
    sweep_seconds: int = 300  # between two rounds that remove what is older
    step_seconds: int = 60  # finding or predicting takes half a second on a laptop
    longest_queue: int = 64  # half a minute of waiting on two cores; more are told it is full
    # Sessions in memory: 0.29 MB with one model, 1.7 with the six that a visit remembers, fused or
    # not. From the 50th to the 120th the process grows by 2 % of its 1.1 GB, and may by 5.
    most_visitors: int = 120
    posts_per_minute: int = 600  # of one address: a slider that is dragged sends six a second
    largest_file: int = 16_000_000  # bytes
    largest_upload: int = 256_000_000  # bytes of all files sent at once: fifty photos of a phone
    most_disk: int = 4_000_000_000  # bytes of all visitors' files; then no more are taken

    @classmethod
    def from_environment(cls) -> "Limits":
        """ValueError, one sentence, for a value that is no whole number above zero."""
        names = [field.name for field in fields(cls) if field.name.upper() in os.environ]
        return cls(**{name: _whole(name.upper()) for name in names})


def _whole(name: str) -> int:
    text = os.environ[name]
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} is {text!r}; give a whole number above zero.")
    return int(text)
