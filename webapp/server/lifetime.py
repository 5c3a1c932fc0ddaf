"""How long things may take: a step of a visitor's model, and the end of the server."""

import contextvars
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from webapp.server.guard import Traffic
from webapp.server.limits import Limits

DRAIN_SECONDS = 4.0  # for answers under way; Gradio takes up to 5 s more, Docker kills after 10 s
QUIET_SECONDS = 0.5  # a page fetches its model a moment after it has been told of it
STEP = "step"  # name of the threads that run the network
MOST_STUCK = 3  # steps that never ended; then a fresh process serves better


class StepTimeout(RuntimeError):
    """A step that took too long; one sentence that says what to do."""


class Patience:
    """Runs a step in a thread of its own and waits so many seconds for it.

    Python cannot end a thread: one that is stuck keeps its memory, and perhaps a core, until it
    returns. After the third the process ends itself, with status 1, to be started afresh.
    """

    def __init__(self, seconds: float = Limits().step_seconds, traffic: Traffic | None = None):
        self.seconds, self.traffic, self.stuck = seconds, traffic or Traffic(), 0

    def __call__(self, step, *args):
        """What the step returns or raises; StepTimeout when that takes too long."""
        outcome: Future = Future()
        context = contextvars.copy_context()  # Gradio keeps the visitor in it, for progress

        def run():
            try:
                outcome.set_result(context.run(step, *args))
            except BaseException as error:
                outcome.set_exception(error)

        threading.Thread(target=run, name=STEP, daemon=True).start()
        try:
            return outcome.result(self.seconds)
        except NotYet:
            if outcome.done():  # the step's own
                raise
            self._give_up()
            raise StepTimeout(
                f"This took longer than {self.seconds:g} s and was given up; "
                "try again, or try a smaller picture."
            ) from None

    def _give_up(self) -> None:
        self.stuck += 1
        print(f"A step was given up after {self.seconds:g} s; {self.stuck} so far", file=sys.stderr)
        if self.stuck >= MOST_STUCK:
            self.traffic.failed = True
            self.traffic.closing.set()


def serve_until_told(demo, traffic: Traffic) -> int:
    """Wait for SIGTERM or Ctrl-C, let answers under way end, close; the process's exit status."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: traffic.closing.set())
    while not traffic.closing.wait(1):  # Windows heeds no Ctrl-C in an endless wait
        pass
    _drain(traffic)
    demo.close(verbose=False)
    status = int(traffic.failed)
    if any(thread.name == STEP for thread in threading.enumerate()):
        sys.stderr.flush()
        os._exit(status)  # Python's own end would abort in the middle of torch's work
    return status


def _drain(traffic: Traffic) -> None:
    """Until no request has been open for a moment, or the time is up."""
    busy = time.monotonic()
    deadline = busy + DRAIN_SECONDS
    while (now := time.monotonic()) < min(deadline, busy + QUIET_SECONDS):
        if traffic.open:
            busy = now
        time.sleep(0.02)
