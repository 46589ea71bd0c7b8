"""Phrases answered together by warm contestants; queries a second of each, and the ratio."""

from __future__ import annotations

import statistics
import sys
from contextlib import ExitStack

from benchmarks.measured import Group, Number, Setting
from benchmarks.peers import SENTENCE_TRANSFORMERS, open_peer
from benchmarks.phrases import SEED, sample
from benchmarks.processes import Worker

_WARM = 64
_NOTE = """{count} phrases as one list, drawn as above with seed {seed}; the contestants take turns, and the
median of their turns counts ({rounds} each). codilingua answers with `Search.batch`; the peer embeds in
batches of 32 and scores 64 queries at a time."""


def measure_batches(setting: Setting) -> Group:
    """The measurement."""
    phrases = sample(setting.scale.batch)
    rounds = setting.scale.rounds
    with ExitStack() as stack:
        workers = {"codilingua": stack.enter_context(Worker("codilingua"))}
        if setting.peers is not None:
            peer = open_peer(SENTENCE_TRANSFORMERS, setting.peers, many=True)
            workers[SENTENCE_TRANSFORMERS] = stack.enter_context(peer)
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for worker in workers.values():
            worker.batch(phrases[:_WARM])
        for number in range(rounds):
            print(f"  {len(phrases)} phrases, round {number + 1} of {rounds}", file=sys.stderr)
            for name, worker in workers.items():
                seconds[name].append(worker.batch(phrases))
    rates = {name: len(phrases) / statistics.median(taken) for name, taken in seconds.items()}
    numbers = [Number(f"batch.{name}", name, rate, "queries/s") for name, rate in rates.items()]
    if SENTENCE_TRANSFORMERS in rates:
        ratio = rates["codilingua"] / rates[SENTENCE_TRANSFORMERS]
        numbers.append(Number("batch.ratio", "codilingua ÷ sentence-transformers", ratio, "×"))
    return Group(
        "batch",
        "Batches",
        _NOTE.format(count=len(phrases), seed=SEED, rounds=rounds),
        tuple(numbers),
    )
