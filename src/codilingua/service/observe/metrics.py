"""Counts and times of requests in; Prometheus' text form out.

With several workers each writes to a folder that all share (``PROMETHEUS_MULTIPROC_DIR``), and any of them
answers for all.
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 1, 2, 5, 10, 30)


class Metrics:
    """The measures of one application."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "codilingua_requests",
            "Answered requests.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "codilingua_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=registry
        )
        self._waiting = Gauge(
            "codilingua_waiting_texts",
            "Texts that wait to be searched.",
            multiprocess_mode="livesum",
            registry=registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. ``route`` is the pattern that its path fits."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, waiting: int) -> bytes:
        """:param waiting: texts that wait in this worker."""
        self._waiting.set(waiting)
        if not os.environ.get(MULTIPROCESS):
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return generate_latest(shared)
