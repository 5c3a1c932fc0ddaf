"""Jobs: their figures, and one deadline for a whole job.

A job is one event of the queue, from the first function that runs for it to the files that it
writes. Undocumented in Gradio, and replaced here: `Queue.process_events` and `Queue.send_message`.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine

from gradio.server_messages import ProcessCompletedMessage

from webapp.server.access.clients import client_of
from webapp.server.monitoring.metrics import Metrics
from webapp.server.process.lifetime import StepTimeout
from webapp.server.storage.results import ResultFiles


class JobWatch:
    """Counts the jobs of the queue.

    Parameters
    ----------
    queue : gradio.queueing.Queue
        The queue; two of its methods are wrapped.
    metrics : Metrics
        Receives the figures.
    results : ResultFiles
        Told of the files of each answer.
    """

    def __init__(self, queue, metrics: Metrics, results: ResultFiles) -> None:
        self.metrics, self.results = metrics, results
        self.process, self.send = queue.process_events, queue.send_message
        self.outcomes: dict[str, str] = {}  # of the running jobs, by event id
        queue.process_events, queue.send_message = self.process_events, self.send_message
        metrics.watch("queue_length", "Jobs that wait in the queue", lambda: len(queue))
        metrics.watch("running_jobs", "Jobs that run", lambda: len(self.outcomes))

    async def process_events(self, events: list, batch: bool, begin_time: float, fn) -> None:
        """Run a job as Gradio's method does."""
        began = time.monotonic()
        for event in events:
            self.outcomes[event._id] = "left"  # unless an answer is sent
            self.metrics.queue_wait.observe(began - event.enqueue_time)
        try:
            await self.process(events, batch, begin_time, fn)
        finally:
            seconds, endpoint = time.monotonic() - began, endpoint_name(fn)
            for event in events:
                self.metrics.jobs.labels(endpoint, self.outcomes.pop(event._id)).inc()
                self.metrics.job_seconds.labels(endpoint).observe(seconds)

    def send_message(self, event, message) -> None:
        """Note the outcome and the files, and send the message as Gradio's method does."""
        if event._id in self.outcomes and isinstance(message, ProcessCompletedMessage):
            self.outcomes[event._id] = outcome(message)
        if output := getattr(message, "output", None):
            self.results.add(client_of(event.request), output)
        return self.send(event, message)


def endpoint_name(fn) -> str:
    """Return the name of an endpoint, such as /generate, or of an event of the page."""
    return f"/{fn.api_name}" if fn.api_visibility == "public" else f"page {fn.name}"


def outcome(message: ProcessCompletedMessage) -> str:
    """Return "done", "refused" if the visitor reads a sentence, or "failed" after a bug."""
    if message.success:
        return "done"
    return "refused" if (message.output or {}).get("error") else "failed"


class JobLimit:
    """Waits for a job only so long.

    The thread of a job that is given up runs on, as Python cannot end it.

    Parameters
    ----------
    seconds : float
        Longest time of a job; of a job that answers in steps, the longest time of a step.
    on_late : callable
        Called when a job is given up.
    """

    def __init__(self, seconds: float, on_late: Callable[[], object]) -> None:
        self.seconds, self.on_late = seconds, on_late

    async def __call__(self, job: Coroutine):
        """Return what the job returns, or raise what it raises.

        Raises
        ------
        StepTimeout
            If the job takes too long.
        """
        task = asyncio.ensure_future(job)
        try:
            done, _ = await asyncio.wait({task}, timeout=self.seconds)
        except asyncio.CancelledError:  # the visitor left
            task.cancel()
            raise
        if done:
            return task.result()
        task.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody asks
        self.on_late()
        raise StepTimeout(
            f"This took longer than {self.seconds:g} s and was given up; choose simpler options."
        )
