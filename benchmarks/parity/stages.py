"""Encoders, the shipped index and a set of queries in; the rank of every gold code at every stage out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parity.measures import Ranks, gold_rank, rank_in
from benchmarks.parity.sets import QuerySet
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, UsageError
from codilingua.evaluate.systems.embeddings import TextEncoder, embed
from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.search.engine import Search
from codilingua.search.ranking import CANDIDATES
from codilingua.search.vectors import VectorIndex
from codilingua.types import Kind

_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Every surface of every code, as the shipped index numbers them.

    ``codes`` is int64 [surfaces], rising: the number of each surface's code; ``official`` is bool
    [surfaces]; ``numbers`` gives the number of a code.
    """

    texts: tuple[str, ...]
    codes: NDArray[np.int64]
    official: NDArray[np.bool_]
    numbers: dict[str, int]

    def rows(self, queries: QuerySet) -> NDArray[np.int64]:
        """Rows to search for a set: those that no machine wrote, where it is made of machine-made labels."""
        everything = np.arange(len(self.texts))
        return everything[self.official] if queries.group == "labels" else everything


def read_surfaces(catalog: Catalog, indexed: int) -> Surfaces:
    """:param indexed: surfaces in the shipped index.

    :raises AssetError: when the catalog has another number of surfaces.
    """
    concepts = [concept for concept in catalog if concept.kind is Kind.CODE]
    found = [(number, surface) for number, concept in enumerate(concepts) for surface in concept.surfaces]
    if len(found) != indexed:
        raise AssetError(f"the catalog has {len(found):,} surfaces, the index {indexed:,}: build both anew")
    return Surfaces(
        texts=tuple(surface.text for _, surface in found),
        codes=np.array([number for number, _ in found]),
        official=np.array([surface.origin != "machine" for _, surface in found]),
        numbers={concept.code: number for number, concept in enumerate(concepts)},
    )


def float_stage(
    encoder: TextEncoder, surfaces: Surfaces, sets: Sequence[QuerySet], cache: Path
) -> dict[str, Ranks]:
    """Exact search in float32, queries and surfaces by the same encoder.

    :return: ranks by name of the set, as of all stages.
    """
    vectors = _embed(encoder, surfaces.texts, PASSAGE, cache)
    return {
        queries.name: _float_ranks(_embed(encoder, queries.queries, QUERY, cache), vectors, surfaces, queries)
        for queries in sets
    }


def index_stage(
    encoder: TextEncoder, matrix: NDArray[np.int8], surfaces: Surfaces, sets: Sequence[QuerySet], cache: Path
) -> dict[str, Ranks]:
    """The vector half of a shipped search: the 4-bit rows nearest, scored with the unrounded query.

    :param matrix: int8 [surfaces, dimensions], of the shipped :class:`VectorIndex`.
    """
    return {
        queries.name: _index_ranks(_embed(encoder, queries.queries, QUERY, cache), matrix, surfaces, queries)
        for queries in sets
    }


def search_stage(search: Search, sets: Sequence[QuerySet], limit: int) -> dict[str, Ranks]:
    """The shipped search whole, as a user meets it; a query that it refuses finds nothing."""
    found = {}
    for queries in sets:
        answers = zip(_answers(search, queries.queries, limit), queries.golds, strict=True)
        found[queries.name] = [[rank_in(codes, gold) for gold in golds] for codes, golds in answers]
    return found


def _embed(encoder: TextEncoder, texts: Sequence[str], prefix: str, cache: Path) -> NDArray[np.float32]:
    """Embed through the cache, with a count on a terminal."""
    if not sys.stderr.isatty():
        return embed(encoder, texts, prefix, cache)

    def show(done: int, total: int) -> None:
        print(f"\r  {prefix}{done:,} of {total:,}", end="", file=sys.stderr, flush=True)

    vectors = embed(encoder, texts, prefix, cache, show)
    print(file=sys.stderr)
    return vectors


def _answers(search: Search, queries: Sequence[str], limit: int) -> Iterator[list[str]]:
    """The codes found for each query, best first."""
    fine = [_is_fine(search, query) for query in queries]
    found = iter(search.batch([query for query, kept in zip(queries, fine, strict=True) if kept], limit))
    for kept in fine:
        yield [hit.code for hit in next(found)] if kept else []


def _is_fine(search: Search, query: str) -> bool:
    try:
        search.check(query)
    except UsageError:
        return False
    return True


def _float_ranks(
    asked: NDArray[np.float32], vectors: NDArray[np.float32], surfaces: Surfaces, queries: QuerySet
) -> Ranks:
    rows = surfaces.rows(queries)
    codes = surfaces.codes[rows]
    searched = vectors[rows].T
    ranks = []
    for start in range(0, len(asked), _BLOCK):
        scores = asked[start : start + _BLOCK] @ searched
        for row, golds in zip(scores, queries.golds[start : start + _BLOCK], strict=True):
            ranks.append([gold_rank(row, codes, surfaces.numbers[gold]) for gold in golds])
    return ranks


def _index_ranks(
    asked: NDArray[np.float32], matrix: NDArray[np.int8], surfaces: Surfaces, queries: QuerySet
) -> Ranks:
    rows = surfaces.rows(queries)
    codes = surfaces.codes[rows]
    index = VectorIndex(matrix[rows])
    ranks = []
    for vector, near, golds in zip(asked, index.nearest(asked, CANDIDATES), queries.golds, strict=True):
        # In the order of the book, which decides between equal scores.
        candidates = np.sort(near)
        scores = index.cosines(vector, candidates)
        ranks.append([gold_rank(scores, codes[candidates], surfaces.numbers[gold]) for gold in golds])
    return ranks
