"""Time limits: of one step of the network, and of the end of the server."""

import contextvars
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field

from core.errors import UserError
from webapp.server.limits import Limits

DRAIN_SECONDS = 30.0  # for open requests; Gradio takes up to 5 s more
QUIET_SECONDS = 0.5  # a page fetches its model a moment after the event that names it
STEP_THREAD = "step"  # name of the threads that run the network
# So many steps given up within STUCK_SECONDS end the process, to be started afresh.
MAX_STUCK, STUCK_SECONDS = 3, 600.0
BUSY = "The server is busy; try again in a minute."

logger = logging.getLogger(__name__)


class StepTimeout(UserError):
    """A step that took too long; the message says what to do."""


@dataclass
class ServerState:
    """State that the guard, the time limits and the end of the server share."""

    closing: threading.Event = field(default_factory=threading.Event)  # the server has to end
    failed: bool = False  # it ends because it cannot go on; the exit status is then 1
    open: int = 0  # requests that are being answered, streams of events included


class TimeLimit:
    """Run a step in a thread of its own, and wait for it only so long.

    Python cannot end a thread: one that is stuck keeps its memory, and perhaps a core, until it
    returns. After MAX_STUCK of them within STUCK_SECONDS the process ends with status 1.

    Parameters
    ----------
    seconds : float
        Longest time that a step may take.
    state : ServerState, optional
        Told when the process has to end.
    observe : callable, optional
        Is given the name of each step and its seconds.
    """

    def __init__(
        self,
        seconds: float = Limits().step_seconds,
        state: ServerState | None = None,
        observe: Callable[[str, float], object] = lambda name, seconds: None,
    ) -> None:
        self.seconds, self.state, self.observe = seconds, state or ServerState(), observe
        self.stuck: deque[float] = deque()  # times at which steps were given up
        self.turn = threading.Semaphore()  # one step at a time, whichever way it came

    def __call__(self, step: Callable, *args, name: str = "step"):
        """Return what the step returns, or raise what it raises.

        Parameters
        ----------
        step : callable
            Is called with the arguments.
        name : str
            Name of the step among the metrics.

        Raises
        ------
        StepTimeout
            If the step takes longer than the limit.
        """
        deadline = time.monotonic() + self.seconds
        if not self.turn.acquire(timeout=self.seconds):
            raise StepTimeout(BUSY)
        began = time.monotonic()
        try:
            return self._run(deadline - began, step, args)
        finally:
            self.turn.release()
            self.observe(name, time.monotonic() - began)

    def _run(self, seconds: float, step: Callable, args: tuple):
        outcome: Future = Future()
        # Gradio keeps the session in the context, for the progress bar.
        context = contextvars.copy_context()

        def run() -> None:
            try:
                outcome.set_result(context.run(step, *args))
            except BaseException as error:
                # Gradio's frames and the error refer to each other: a picture among the variables
                # of the step would stay until the garbage collector's next full round.
                traceback.clear_frames(error.__traceback__)
                outcome.set_exception(error)

        threading.Thread(target=run, name=STEP_THREAD, daemon=True).start()
        try:
            return outcome.result(max(seconds, 0))
        except FutureTimeout:
            if outcome.done():  # the step itself raised a TimeoutError
                raise
            self.give_up()
            raise StepTimeout(
                f"This took longer than {self.seconds:g} s and was given up; "
                "try again, or try a smaller picture."
            ) from None

    def give_up(self) -> None:
        """Count a step or a job that was given up; too many of them end the process."""
        now = time.monotonic()
        self.stuck.append(now)
        while self.stuck[0] < now - STUCK_SECONDS:
            self.stuck.popleft()
        logger.warning("A step or job was given up; %d lately", len(self.stuck))
        if len(self.stuck) >= MAX_STUCK:
            logger.error("%d steps were given up within minutes: the server ends", len(self.stuck))
            self.state.failed = True
            self.state.closing.set()


def close_on_signals(state: ServerState) -> None:
    """Let SIGTERM, SIGHUP and Ctrl-C set `state.closing` instead of ending the process.

    Call it in the main thread before the server answers: a signal before that loses jobs.
    """
    hang_up = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
    for name in (signal.SIGTERM, signal.SIGINT, hang_up):
        signal.signal(name, lambda *_: state.closing.set())


def serve_until_signal(demo, state: ServerState) -> int:
    """Wait for a signal of `close_on_signals`, let open requests end, close the server.

    Parameters
    ----------
    demo : gradio.Blocks
        The launched app.
    state : ServerState
        Its `closing` event ends the wait as a signal does.

    Returns
    -------
    int
        Exit status of the process.
    """
    while not state.closing.wait(1):  # Windows ignores Ctrl-C in a wait without a timeout
        pass
    logger.info("The server ends")
    _drain(state)
    demo.close(verbose=False)
    return int(state.failed)


def end_process(status: int) -> None:
    """End the process with the status, whatever still runs.

    Python's own exit would abort in the middle of torch's work, and would wait for the threads of a
    film that was given up.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _drain(state: ServerState) -> None:
    """Wait until no request was open for QUIET_SECONDS, at most DRAIN_SECONDS."""
    busy = time.monotonic()
    deadline = busy + DRAIN_SECONDS
    while (now := time.monotonic()) < min(deadline, busy + QUIET_SECONDS):
        if state.open:
            busy = now
        time.sleep(0.02)
