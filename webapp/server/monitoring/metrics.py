"""Figures of the server for Prometheus: /metrics with METRICS=1, or on the port METRICS_PORT.

    metrics = Metrics()
    metrics.jobs.labels("/generate", "done").inc()
    metrics.text()                                   # what Prometheus reads

They hold no addresses, names or files of visitors.
"""

import os
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from core.errors import UserError
from webapp.server.process.environment import port_problem

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 180)  # upper ends of the histograms' buckets


class Metrics:
    """Counters and histograms of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # resident memory, processor time, descriptors
        self.jobs = Counter(
            "furniture_jobs",
            "Jobs that ended. Outcomes: done, refused (a sentence), failed (a bug), left.",
            ["endpoint", "outcome"],
            registry=self.registry,
        )
        self.job_seconds = self._histogram("furniture_job_seconds", "Time of a job", "endpoint")
        self.queue_wait = self._histogram("furniture_queue_wait_seconds", "Time in the queue")
        self.steps = self._histogram(
            "furniture_step_seconds", "Time of one use of the network or the decoder", "step"
        )
        self.refusals = Counter(
            "furniture_refusals", "Requests refused", ["reason"], registry=self.registry
        )

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=SECONDS, registry=self.registry)

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for when Prometheus reads it."""
        Gauge(f"furniture_{name}", text, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """Return all figures in Prometheus' format."""
        return generate_latest(self.registry)


def serve_metrics(metrics: Metrics, host: str) -> None:
    """Serve the figures on the port METRICS_PORT, if it is set.

    Raises
    ------
    UserError
        If METRICS_PORT is no port, or is taken.
    """
    text = os.environ.get("METRICS_PORT")
    if not text:
        return
    if problem := port_problem(text, "METRICS_PORT"):
        raise UserError(problem)
    try:
        start_http_server(int(text), host, metrics.registry)
    except OSError as error:
        raise UserError(
            f"METRICS_PORT {text} on {host} cannot be used ({error.strerror}); choose another."
        ) from error
