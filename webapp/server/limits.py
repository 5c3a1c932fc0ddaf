"""Limits on what visitors may use of the machine; each has an environment variable."""

import os
from dataclasses import dataclass, field, fields

from images.untrusted import MAX_FILE_BYTES, max_file_bytes


def _limit(default: int, env: str):
    """Return a dataclass field whose value the environment variable `env` sets."""
    return field(default=default, metadata={"env": env})


@dataclass(frozen=True)
class Limits:
    """Limits of the server; KEEP_SECONDS=600, for example, sets `keep_seconds`."""

    # A session ends this long after its last change; files go when they are as old.
    keep_seconds: int = _limit(3600, "KEEP_SECONDS")
    sweep_seconds: int = _limit(300, "SWEEP_SECONDS")  # between two removals of old files
    # Detecting or predicting takes half a second on a laptop.
    step_seconds: int = _limit(60, "STEP_SECONDS")
    # One event of the page or call of the API, with the files that it writes; *Many photos* as a
    # whole. A film takes 8 s on two cores, fifty photos 20 s.
    job_seconds: int = _limit(180, "JOB_SECONDS")
    # Waiting events, about 15 s on two cores; further ones are told that the queue is full.
    max_queue: int = _limit(64, "LONGEST_QUEUE")
    # Sessions in memory: 0.45 MB with one model. When a model had no texture and took 0.29 MB,
    # the process grew by 2 % of its 1.1 GB from the 50th session to the 120th; 5 % are allowed.
    most_visitors: int = _limit(120, "MOST_VISITORS")
    # Sessions of one client. A class of 30 behind one router opens two pages each.
    sessions_per_client: int = _limit(60, "SESSIONS_PER_CLIENT")
    # Calls and uploads from one client; dragging a slider sends six a second. A class of 30 in
    # which everyone makes four models and changes settings sends about 900.
    posts_per_minute: int = _limit(1200, "POSTS_PER_MINUTE")
    # All requests of one client, of 1 ms each; the page itself counts as 20 and loads 120 files. A
    # class of 30 opens its pages at once; a client that goes on so takes a tenth of a core.
    requests_per_minute: int = _limit(6000, "REQUESTS_PER_MINUTE")
    # Open connections; a browser holds up to six. FORWARDED_ALLOW_IPS have no limit of their own.
    connections_per_client: int = _limit(50, "CONNECTIONS_PER_CLIENT")
    max_connections: int = _limit(1000, "MAX_CONNECTIONS")
    max_file_bytes: int = _limit(MAX_FILE_BYTES, "LARGEST_FILE")
    # Bytes of all files in one request: fifty photos of a phone.
    largest_upload: int = _limit(256_000_000, "LARGEST_UPLOAD")
    # Bytes of all visitors' files; above it uploads are refused.
    most_disk: int = _limit(4_000_000_000, "MOST_DISK")

    # Resident bytes of the process, above which /readyz is 503. On a GPU it takes 3 GB.
    most_memory: int = _limit(4_000_000_000, "MOST_MEMORY")

    @classmethod
    def from_environment(cls) -> "Limits":
        """Return the limits that the environment sets, and defaults for the others.

        Raises
        ------
        ValueError
            If a value is not a whole number above zero; the message is one sentence.
        """
        if "*" in os.environ.get("FORWARDED_ALLOW_IPS", "").split(","):
            raise ValueError(
                "FORWARDED_ALLOW_IPS is '*', so that every client could choose its address; "
                "give the addresses or networks of the proxies."
            )
        variables = {item.name: item.metadata["env"] for item in fields(cls)}
        del variables["max_file_bytes"]  # images.untrusted reads it, also for convert.py
        values = {
            name: _whole_number(env) for name, env in variables.items() if os.environ.get(env)
        }
        return cls(max_file_bytes=max_file_bytes(), **values)


def _whole_number(env: str) -> int:
    text = os.environ[env]
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{env} is {text!r}; give a whole number above zero.")
    return int(text)
