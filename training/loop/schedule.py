"""When to learn how fast, and when to stop: one schedule over steps, time and several calls.

Progress runs from 0 to 1 and is the larger of step / steps and time / time budget, so that a run
with a time budget always reaches the end of its cosine, whatever the machine's speed. Time counts
from when the first steps are through: they compile for minutes, which would cool the rate. The time
trained is part of the resumable state: three calls of nine minutes with `--minutes-total 25` are
one schedule.
"""

import math
import time

import torch
from accelerate.utils import broadcast

# The end of a call is kept free for its last validation and checkpoint.
RESERVE_SECONDS = 25.0
RESERVE_SHARE = 0.1  # of the call, where that is shorter than RESERVE_SECONDS
FIRST_STEPS = 10  # in which everything is compiled
READ_EVERY = 10  # steps between clock readings where several processes must agree


class Progress:
    """Step and time of a run, counted over all of its calls; checkpointed by Accelerate.

    steps : planned optimizer steps, or None
    minutes : wall clock of this call, from `began` (time.monotonic) on, or None
    minutes_total : wall clock of all calls together, or None for this call's alone
    """

    def __init__(
        self,
        steps: int | None = None,
        minutes: float | None = None,
        minutes_total: float | None = None,
        began: float | None = None,
    ):
        if steps is None and minutes is None and minutes_total is None:
            raise ValueError("A run needs an end: give --steps or --minutes.")
        self.steps = steps
        self.began = time.monotonic() if began is None else began
        self.call_seconds = usable_seconds(minutes)
        self.total_seconds = usable_seconds(minutes_total or minutes)
        self.step = 0
        self.seconds_before = 0.0  # of the calls before this one
        self.reading = 0.0  # seconds of this call when the clock was last read
        self.prepared = 0.0  # seconds until the run's first steps were through

    def read_clock(self, device: torch.device | None = None, processes: int = 1) -> None:
        """Reads the time; processes all take the first one's, or their learning rates part."""
        if processes > 1 and self.step % READ_EVERY:
            return
        self.reading = time.monotonic() - self.began
        if processes > 1:
            shared = torch.tensor([self.reading], dtype=torch.float32, device=device)
            self.reading = float(broadcast(shared))
        if self.step <= FIRST_STEPS:
            self.prepared = self.seconds

    @property
    def seconds(self) -> float:
        """Of all calls, as last read."""
        return self.seconds_before + self.reading

    @property
    def value(self) -> float:
        """How much of the schedule is done, 0 to 1."""
        by_step = self.step / self.steps if self.steps else 0.0
        return min(1.0, max(by_step, self._by_time()))

    def _by_time(self) -> float:
        if not self.total_seconds:
            return 0.0
        left = self.total_seconds - self.prepared
        return (self.seconds - self.prepared) / left if left > 0 else 1.0

    @property
    def complete(self) -> bool:
        return self.value >= 1.0

    @property
    def call_is_over(self) -> bool:
        """True when the run is complete or this call has used its time."""
        return self.complete or (self.call_seconds is not None and self.reading > self.call_seconds)

    def state_dict(self) -> dict:
        # a fresh reading that is not kept: only the first process saves, and all must stay alike
        return {
            "step": self.step,
            "seconds": self.seconds_before + time.monotonic() - self.began,
            "prepared": self.prepared,
        }

    def load_state_dict(self, state: dict) -> None:
        self.step, self.seconds_before = state["step"], state["seconds"]
        self.prepared = state["prepared"]


def usable_seconds(minutes: float | None) -> float | None:
    """Time for training in a call of `minutes`, the reserve for its end taken off."""
    if minutes is None:
        return None
    return minutes * 60 - min(RESERVE_SECONDS, RESERVE_SHARE * minutes * 60)


def learning_rate(peak: float, progress: Progress, warmup: int, final: float, kind: str) -> float:
    """Linear warm-up over `warmup` steps, then "cosine" down to peak * final, or "constant"."""
    rising = min(1.0, (progress.step + 1) / warmup) if warmup else 1.0
    if kind == "constant":
        return peak * rising
    falling = final + (1 - final) * 0.5 * (1 + math.cos(math.pi * progress.value))
    return peak * min(rising, falling)
