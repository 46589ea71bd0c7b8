"""Phrases answered together by warm contestants; queries a second of each, and the ratio."""

from __future__ import annotations

import statistics
import sys
from contextlib import ExitStack

from benchmarks.measured import Group, Number, Setting
from benchmarks.peers import SENTENCE_TRANSFORMERS, open_peer
from benchmarks.phrases import SEED, sample
from benchmarks.processes import Worker
from benchmarks.reranked import DEPTHS, NAME, reranked_workers

_WARM = 64
_NOTE = """{count} phrases as one list, drawn as above with seed {seed}; the contestants take turns, and the
median of their turns counts ({rounds} each). codilingua answers with `Search.batch`; the peer embeds in
batches of 32 and scores 64 queries at a time."""
_RERANKED = " Reranked are {count} phrases, the {depth} best codes of each, in every language."
_DEPTH = DEPTHS[0]


def measure_batches(setting: Setting) -> Group:
    """The measurement."""
    phrases = {"codilingua": sample(setting.scale.batch)}
    rounds = setting.scale.rounds
    note = _NOTE.format(count=len(phrases["codilingua"]), seed=SEED, rounds=rounds)
    with ExitStack() as stack:
        workers = {"codilingua": stack.enter_context(Worker("codilingua"))}
        if setting.peers is not None:
            peer = open_peer(SENTENCE_TRANSFORMERS, setting.peers, many=True)
            workers[SENTENCE_TRANSFORMERS] = stack.enter_context(peer)
            phrases[SENTENCE_TRANSFORMERS] = phrases["codilingua"]
        for worker in reranked_workers(stack, _DEPTH).values():
            workers[NAME] = worker
            phrases[NAME] = sample(setting.scale.reranked)
            note += _RERANKED.format(count=len(phrases[NAME]), depth=_DEPTH)
        seconds: dict[str, list[float]] = {name: [] for name in workers}
        for name, worker in workers.items():
            worker.batch(phrases[name][:_WARM])
        for number in range(rounds):
            print(f"  {len(phrases['codilingua'])} phrases, round {number + 1} of {rounds}", file=sys.stderr)
            for name, worker in workers.items():
                seconds[name].append(worker.batch(phrases[name]))
    rates = {name: len(phrases[name]) / statistics.median(taken) for name, taken in seconds.items()}
    titles = {NAME: f"codilingua, best {_DEPTH} codes reranked"}
    numbers = [
        Number(f"batch.{name}", titles.get(name, name), rate, "queries/s") for name, rate in rates.items()
    ]
    if SENTENCE_TRANSFORMERS in rates:
        ratio = rates["codilingua"] / rates[SENTENCE_TRANSFORMERS]
        numbers.append(Number("batch.ratio", "codilingua ÷ sentence-transformers", ratio, "×"))
    return Group("batch", "Batches", note, tuple(numbers))
