"""A job on standard input in; rankings and what they cost, in the job's folder, out.

    python -m codilingua.evaluate.answers.worker prepare|serve < job.json

Every system runs in a process of its own, so that its memory is its own and its crash is its own. It
is started twice: to *prepare*, which opens it, so that whatever it embeds is in the cache; then to
*serve*, which opens it from there, times it, and ranks. Standard output carries JSON lines:
``{"task", "done", "total"}`` while it works, ``{"failed": "why"}`` or ``{"finished": true}`` at the end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from codilingua.catalog.catalog import Catalog
from codilingua.errors import CodilinguaError
from codilingua.evaluate.answers.jobs import Job, Ranked, Workplace, digest
from codilingua.evaluate.systems import Opening, SystemSpec, open_system
from codilingua.evaluate.systems.base import System
from codilingua.evaluate.systems.candidates import read_candidates

CHUNK = 64
"""Queries ranked between two writes: what a run that is broken off loses at the most."""

WARM_UP = 20
"""Queries before those that are timed: the first ones pay for what is loaded on use."""

_MILLISECONDS = 1000
_KIBIBYTE = 1024
_REASON = 300
"""Characters of a reason that are kept."""

_TELLING = 4
"""Characters of a query from which on it may tell something of somebody."""


def prepare(job: Job, tell: Callable[[str, int, int], None]) -> System:
    """Open the system of a job and keep what it says of itself."""
    workplace = Workplace(Path(job.folder))
    with Catalog.open(Path(job.catalog)) as catalog:
        candidates = read_candidates(catalog, job.surfaces, job.pool)
    opening = Opening(
        assets=Path(job.assets) if job.assets else None,
        cache=Path(job.cache),
        threads=job.threads,
        progress=lambda done, total: tell("embedding", done, total),
    )
    system = open_system(SystemSpec(job.system, job.surfaces), candidates, opening)
    facts = {
        "identity": system.identity,
        "codes": len(candidates.codes),
        "texts": len(candidates.texts),
        "disk_bytes": system.disk_bytes,
    }
    if workplace.system() != facts:
        workplace.forget()
        workplace.keep_system(facts)
    return system


def serve(job: Job, tell: Callable[[str, int, int], None]) -> None:
    """Time the system where its time is not known yet, and rank what is not ranked yet."""
    system = prepare(job, tell)
    workplace = Workplace(Path(job.folder))
    workplace.repair()
    sample = timed_sample(job)
    cost = workplace.cost()
    if cost is None or cost["sample"] != digest("\n".join(sample)):
        tell("timing", 0, len(sample))
        before = 0 if cost is None else cost["peak_bytes"]
        cost = _time(system, job, sample)
        # Timed again, for another sample, it may have nothing left to rank: that takes less memory.
        cost["peak_bytes"] = max(cost["peak_bytes"], before)
        workplace.keep_cost(cost)
    keys = {digest(query): query for query in job.queries}
    known = workplace.read(keys)
    left = [query for key, query in keys.items() if key not in known]
    for start in range(0, len(left), CHUNK):
        tell("ranking", start, len(left))
        chunk = left[start : start + CHUNK]
        workplace.append(chunk, _rank(system, chunk, job.depth))
    tell("ranking", len(left), len(left))
    workplace.keep_cost({**cost, "peak_bytes": max(cost["peak_bytes"], _peak_bytes())})


def timed_sample(job: Job) -> list[str]:
    """The queries to time, drawn from all by the job's seed: equal for every system of a run."""
    count = min(job.timed, len(job.queries))
    return random.Random(job.seed).sample(sorted(job.queries), count)


def _time(system: System, job: Job, sample: Sequence[str]) -> dict[str, Any]:
    for query in sample[:WARM_UP]:
        system.rank([query], job.depth)
    times = []
    for query in sample:
        began = time.perf_counter()
        system.rank([query], job.depth)
        times.append(_MILLISECONDS * (time.perf_counter() - began))
    return {
        "median_ms": float(np.median(times)) if times else None,
        "p95_ms": float(np.percentile(times, 95)) if times else None,
        "timed": len(times),
        "sample": digest("\n".join(sample)),
        "disk_bytes": system.disk_bytes,
        "peak_bytes": _peak_bytes(),
    }


def _rank(system: System, queries: Sequence[str], depth: int) -> list[Ranked]:
    ranking = system.rank(queries, depth)
    return [
        Ranked(tuple(codes), tuple(scores))
        for _, codes, scores in zip(queries, ranking.codes, ranking.scores, strict=True)
    ]


def _peak_bytes() -> int:
    """The most memory that this process held at one time."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Linux counts the parent's memory into ru_maxrss of a child that it started; not so here.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * _KIBIBYTE
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else _KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _failure(error: Exception, job: Job) -> str:
    """One line for people; the traceback goes to the log, which the parent set up as standard error."""
    message = " ".join(str(error).split())
    if any(query in str(error) for query in job.queries if len(query) >= _TELLING):
        # A library may put the text that it chokes on into its message. Clinical text goes nowhere.
        message = "its message is withheld: it holds a query"
    if isinstance(error, CodilinguaError):
        return message
    chain: BaseException | None = error
    while chain is not None:
        # Without the messages, which may hold a query as well.
        print(type(chain).__name__, file=sys.stderr)
        print("".join(traceback.format_tb(chain.__traceback__)), file=sys.stderr)
        chain = chain.__cause__ or chain.__context__
    print(f"{type(error).__name__}: {message}", file=sys.stderr, flush=True)
    return f"{type(error).__name__}: {message[:_REASON]} (see {Workplace(Path(job.folder)).log})"


def main() -> None:
    """Read the job, do the step that the command line names, and say how it ended."""
    # Ctrl-C reaches the whole group of processes; here it ends the process without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    channel = _channel()
    job = Job.parse(json.loads(sys.stdin.buffer.read()))
    steps: dict[str, Callable[..., object]] = {"prepare": prepare, "serve": serve}

    def send(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    try:
        steps[sys.argv[1]](job, lambda task, done, total: send({"task": task, "done": done, "total": total}))
    except BrokenPipeError:
        os._exit(1)  # whoever asked is gone
    except Exception as error:
        send({"failed": _failure(error, job)})
        sys.exit(1)
    send({"finished": True})


def _channel() -> TextIO:
    """Standard output for messages alone: what libraries print goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


if __name__ == "__main__":
    main()
