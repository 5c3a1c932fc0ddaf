"""Learning rate and end of a run: one schedule over steps, time and several calls.

The share of the schedule that is done is the larger of step / steps and time / time budget. A run
with a time budget therefore completes its cosine on any machine. Time counts from the end of the
first steps, because compilation takes minutes in which the rate would fall. The trained time is
part of the resumable state: three calls of nine minutes with `--minutes-total 25` are one schedule.
"""

import math
import time

import torch
from accelerate.utils import broadcast

from core.errors import UserError

RESERVE_SECONDS = 25.0  # at the end of a call, for the last validation and checkpoint
RESERVE_SHARE = 0.1  # of the call's time, if that is shorter than RESERVE_SECONDS
FIRST_STEPS = 10  # steps in which everything is compiled
READ_EVERY = 10  # steps between clock readings of several processes, which must be synchronised


class Progress:
    """Step and time of a run over all of its calls; Accelerate saves it with the state.

    Parameters
    ----------
    steps : int, optional
        Planned optimizer steps.
    minutes : float, optional
        Wall clock of this call.
    minutes_total : float, optional
        Wall clock of all calls together; the default is `minutes`.
    start_time : float, optional
        time.monotonic() at the start of the call; the default is now.

    Raises
    ------
    UserError
        If neither steps nor minutes are given.
    """

    def __init__(
        self,
        steps: int | None = None,
        minutes: float | None = None,
        minutes_total: float | None = None,
        start_time: float | None = None,
    ):
        if steps is None and minutes is None and minutes_total is None:
            raise UserError("A run needs an end: give --steps or --minutes.")
        self.steps = steps
        self.start_time = time.monotonic() if start_time is None else start_time
        self.call_seconds = usable_seconds(minutes)
        self.total_seconds = usable_seconds(minutes_total or minutes)
        self.step = 0
        self.seconds_before = 0.0  # of the earlier calls
        self.elapsed = 0.0  # seconds of this call at the last clock reading
        self.compile_seconds = 0.0  # seconds of the run until its first steps were done

    def read_clock(self, device: torch.device | None = None, processes: int = 1) -> None:
        """Reads the time; all processes use the first one's, so that their rates stay equal."""
        if processes > 1 and self.step % READ_EVERY:
            return
        self.elapsed = time.monotonic() - self.start_time
        if processes > 1:
            shared = torch.tensor([self.elapsed], dtype=torch.float32, device=device)
            self.elapsed = float(broadcast(shared))
        if self.step <= FIRST_STEPS:
            self.compile_seconds = self.seconds

    @property
    def seconds(self) -> float:
        """Time of all calls at the last clock reading."""
        return self.seconds_before + self.elapsed

    @property
    def share(self) -> float:
        """Share of the schedule that is done, 0 to 1."""
        by_step = self.step / self.steps if self.steps else 0.0
        return min(1.0, max(by_step, self._share_by_time()))

    def _share_by_time(self) -> float:
        """Share of the time budget that is used, 0 without a budget."""
        if not self.total_seconds:
            return 0.0
        budget = self.total_seconds - self.compile_seconds
        return (self.seconds - self.compile_seconds) / budget if budget > 0 else 1.0

    @property
    def complete(self) -> bool:
        """True at the end of the schedule."""
        return self.share >= 1.0

    @property
    def call_is_over(self) -> bool:
        """True if the run is complete or this call has used its time."""
        return self.complete or (self.call_seconds is not None and self.elapsed > self.call_seconds)

    def seconds_left(self, seconds_a_step: float) -> float:
        """Returns the time to the end of the schedule or of this call at the present speed."""
        left = [math.inf]
        if self.steps:
            left.append((self.steps - self.step) * seconds_a_step)
        if self.total_seconds:
            left.append(self.total_seconds - self.seconds)
        if self.call_seconds:
            left.append(self.call_seconds - self.elapsed)
        return max(0.0, min(left))

    def state_dict(self) -> dict:
        """Returns the state to save."""
        # a new clock reading that is not stored: only the first process saves, and `elapsed` must
        # stay equal in all processes
        return {
            "step": self.step,
            "seconds": self.seconds_before + time.monotonic() - self.start_time,
            "prepared": self.compile_seconds,
        }

    def load_state_dict(self, state: dict) -> None:
        """Continues an earlier call."""
        self.step, self.seconds_before = state["step"], state["seconds"]
        self.compile_seconds = state["prepared"]


def usable_seconds(minutes: float | None) -> float | None:
    """Returns the training time of a call of `minutes`, without the reserve at its end."""
    if minutes is None:
        return None
    return minutes * 60 - min(RESERVE_SECONDS, RESERVE_SHARE * minutes * 60)


def learning_rate(peak: float, progress: Progress, warmup: int, final: float, kind: str) -> float:
    """Returns the learning rate of the next step.

    Parameters
    ----------
    peak : float
        Highest rate.
    progress : Progress
        Step and share of the schedule.
    warmup : int
        Steps of the linear rise at the start.
    final : float
        Share of `peak` at the end of the cosine.
    kind : str
        "cosine", or "constant" after the warm-up.
    """
    rising = min(1.0, (progress.step + 1) / warmup) if warmup else 1.0
    if kind == "constant":
        return peak * rising
    falling = final + (1 - final) * 0.5 * (1 + math.cos(math.pi * progress.share))
    return peak * min(rising, falling)
