"""A folder to work in; the numbers of each scene of the server's life out."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.serving.load import load, mixed, searches
from benchmarks.serving.server import Server, running
from codilingua.search.opening import open_search

Say = Callable[[str], None]
Numbers = dict[str, Any]

FIRST_CLIENTS, RERANKED_CLIENTS, SOAK_CLIENTS = 8, 4, 4
_SAMPLES_A_SECOND = 1.0
_WARM_UP = 5.0
_STARTS = 5


def in_process(phrases: Sequence[str], seconds: float, rerank: bool) -> Numbers:
    """The engine itself: one call after the other, and all at once, on all cores."""
    search = open_search()
    for phrase in phrases[:20]:
        search(phrase, rerank=rerank)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        search(phrases[len(times) % len(phrases)], rerank=rerank)
        times.append(time.perf_counter() - began)
    began = time.perf_counter()
    search.batch(phrases, rerank=rerank)
    batch = len(phrases) / (time.perf_counter() - began)
    search.close()
    p50, p95 = np.percentile(times, (50, 95)) * 1000
    return {"rate": len(times) / sum(times), "p50": p50, "p95": p95, "batch_rate": batch}


def loaded(phrases: Sequence[str], seconds: float, folder: Path, workers: int) -> dict[str, Numbers]:
    """First stage with 8 clients, reranked with 4, on one server."""
    with running(folder, "--workers", str(workers)) as server:
        load(server.url, searches(phrases, rerank=True), 4, min(_WARM_UP, seconds), folder)
        first = load(server.url, searches(phrases, rerank=False), FIRST_CLIENTS, seconds, folder)
        reranked = load(server.url, searches(phrases, rerank=True), RERANKED_CLIENTS, seconds, folder)
        return {"first": asdict(first), "reranked": asdict(reranked), "memory": {"bytes": server.memory()}}


def started(folder: Path) -> Numbers:
    """Seconds from launch until it is ready, several times."""
    times = []
    for _ in range(_STARTS):
        with running(folder) as server:
            times.append(server.start_seconds)
    return {"median": float(np.median(times)), "worst": max(times), "starts": len(times)}


def soaked(phrases: Sequence[str], seconds: float, folder: Path) -> Numbers:
    """Mixed traffic at full rate; the memory every second."""
    with running(folder) as server:
        load(server.url, mixed(phrases), SOAK_CLIENTS, max(_WARM_UP, seconds / 5), folder)
        samples: list[int] = []
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(1 / _SAMPLES_A_SECOND):
                samples.append(server.memory())

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            done = load(server.url, mixed(phrases), SOAK_CLIENTS, seconds, folder)
        finally:
            stop.set()
            watching.join()
    fifth = max(1, len(samples) // 5)
    first, last = float(np.mean(samples[:fifth])), float(np.mean(samples[-fifth:]))
    return asdict(done) | {"memory_first": first, "memory_last": last, "growth": last / first - 1}


def killed(phrases: Sequence[str], seconds: float, folder: Path) -> Numbers:
    """Two workers, one of them killed under load: how many requests were lost, and whether it came back."""
    with running(folder, "--workers", "2") as server:
        before = server.workers()
        victim = before[0]
        timer = threading.Timer(seconds / 2, os.kill, (victim, signal.SIGKILL))
        timer.start()
        done = load(server.url, searches(phrases, rerank=False), FIRST_CLIENTS, seconds, folder)
        timer.join()
        after = _until_replaced(server, victim)
    return asdict(done) | {
        "clients": FIRST_CLIENTS,
        "workers_before": len(before),
        "workers_after": len(after),
    }


def _until_replaced(server: Server, victim: int) -> list[int]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        workers = [number for number in server.workers() if number != victim]
        if len(workers) > 1:
            return workers
        time.sleep(0.1)
    return [number for number in server.workers() if number != victim]


def all_scenes(
    phrases: Sequence[str], seconds: float, soak: float, folder: Path, say: Say
) -> dict[str, Numbers]:
    """Every scene, the two sides of a comparison one right after the other."""
    numbers: dict[str, Numbers] = {}
    say("in-process, first stage")
    numbers["in_process_first"] = in_process(phrases, seconds, rerank=False)
    say("in-process, reranked")
    numbers["in_process_reranked"] = in_process(phrases, seconds, rerank=True)
    for workers in (1, 2):
        say(f"served by {workers}")
        for name, values in loaded(phrases, seconds, folder, workers).items():
            numbers[f"served_{workers}_{name}"] = values
    say("starts")
    numbers["start"] = started(folder)
    say("a worker killed under load")
    numbers["killed"] = killed(phrases, seconds, folder)
    say(f"mixed traffic for {soak:g} s")
    numbers["mixed"] = soaked(phrases, soak, folder)
    return numbers
