"""A query in; ranked hits out.

Text is searched twice, by sentence vectors and by trigrams. The best surfaces of both searches are
given one score, ``DENSE_WEIGHT`` times the scaled cosine of the vectors plus the rest times the cosine
of the trigrams, and a code scores what its best surface scores. Equal scores stand in the order of the
book. What is typed as a code is looked up as a code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key, looks_like_code
from codilingua.errors import UsageError
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.filters import EVERYTHING, Filters, Outlines
from codilingua.search.index import Index
from codilingua.search.query import check_query, shorten
from codilingua.search.vectors import VectorIndex
from codilingua.types import Concept, Hit, Kind

DENSE_WEIGHT = 0.65
"""Share of the sentence vectors in a score; chosen on the development sets (``results/LOG.md``)."""

COSINE_FLOOR = 0.78
"""Cosine that counts as no likeness: multilingual-e5 puts unrelated texts about here."""

MAX_LIMIT = 1000
_CANDIDATES = 100
_FAINT = 0.2
"""Trigram scores below this share of the best one are no candidates."""
_BELOW = 0.5
"""Score of the codes under one that was typed in; that one has 1."""
_DECIMALS = 4
_BLOCK = 32
_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z] ?- ?[A-Z][0-9][0-9A-Z]", re.ASCII)
# Digits to the end, or X and A as placeholders and 7th characters go: no gene or vitamin reads so.
_CODE_TAIL = re.compile(r"[0-9XA]{1,3}[0-9A-Z]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The surfaces to search: ``rows`` int64 [kept], None for all, and their vectors."""

    rows: NDArray[np.int64] | None
    vectors: VectorIndex


class Search:
    """An opened search. May be shared by threads."""

    def __init__(self, catalog: Catalog, encoder: Encoder, index: Index, threads: int | None = None) -> None:
        """
        :param threads: processor cores for the vector search; None for all.
        """
        self.catalog = catalog
        self._encoder = encoder
        self._index = index
        self._threads = threads or os.cpu_count() or 1
        self._outlines: Outlines | None = None
        self._everything = _Scope(None, index.vectors)
        # A front-end sends the same filters again and again; a scope is up to the index in size, so one.
        self._last_scope: tuple[Filters, _Scope] = (EVERYTHING, self._everything)

    def __call__(self, query: str, limit: int = 10, filters: Filters = EVERYTHING) -> list[Hit]:
        """Search for one query.

        :param limit: how many hits at the most, 1-1000.
        :return: the best hits, best first; equal scores in the order of the book.
        :raises QueryError: when the text cannot be searched.
        :raises UnknownCode: when the query is written as a code and there is no such code.
        :raises FilterError: when a filter selects nothing that exists.
        """
        return self.batch([query], limit, filters)[0]

    def batch(
        self, queries: Sequence[str], limit: int = 10, filters: Filters = EVERYTHING
    ) -> list[list[Hit]]:
        """Search for many queries: the same hits as one by one, in a fraction of the time.

        :return: one list of hits a query, in the order of the queries.
        :raises UsageError: as for one query, before anything is searched; names the query's number.
        """
        if isinstance(queries, str):
            raise UsageError(f"a batch takes a list of queries: give [{shorten(queries)!r}]")
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"limit is {limit}: give a whole number from 1 to {MAX_LIMIT}")
        scope = self._scope(filters)
        texts: dict[int, str] = {}
        answers: list[list[Hit]] = [[] for _ in queries]
        for number, query in enumerate(queries):
            try:
                text, concept = self._understand(query)
            except UsageError as error:
                if len(queries) == 1:
                    raise
                raise type(error)(f"query {number + 1} of {len(queries)}: {error}") from error
            if concept is None:
                texts[number] = text
            else:
                answers[number] = self._code_hits(concept, limit, filters)
        found = self._search_all(list(texts.values()), limit, scope)
        for number, hits in zip(texts, found, strict=True):
            answers[number] = hits
        return answers

    def _search_all(self, texts: Sequence[str], limit: int, scope: _Scope) -> list[list[Hit]]:
        """Blocks of texts side by side, each on one core: that wastes less than one text on all cores."""
        if len(texts) <= _BLOCK:
            return self._search(texts, limit, scope, self._encoder, self._threads) if texts else []
        encoder = self._encoder.serial()
        pool = ThreadPoolExecutor(self._threads)
        try:
            blocks = [texts[start : start + _BLOCK] for start in range(0, len(texts), _BLOCK)]
            found = pool.map(lambda block: self._search(block, limit, scope, encoder, 1), blocks)
            return [hits for block in found for hits in block]
        finally:
            pool.shutdown(cancel_futures=True)

    def check(self, query: str) -> None:
        """Raise what a search for this query would raise, without searching.

        :raises QueryError: when the text cannot be searched.
        :raises UnknownCode: when the query is written as a code and there is no such code.
        """
        self._understand(query)

    def _understand(self, query: str) -> tuple[str, Concept | None]:
        text = check_query(query)
        return text, self._as_code(text)

    def _as_code(self, text: str) -> Concept | None:
        """The concept that the text names by its code or range; None where the text is no code."""
        if _RANGE.fullmatch(text.upper()):
            return self.catalog.get(text)
        if not looks_like_code(text):
            return None
        concept = self.catalog.find(text)
        if concept is not None or not self._is_meant_as_code(text):
            return concept
        return self.catalog.get(text)

    def _is_meant_as_code(self, text: str) -> bool:
        key = code_key(text)
        return "." in text or (_CODE_TAIL.fullmatch(key[3:]) is not None and key[:3] in self.catalog)

    def _code_hits(self, concept: Concept, limit: int, filters: Filters) -> list[Hit]:
        """The code itself, then what is under it, in the order of the book."""
        if concept.kind is Kind.EXPANSION:
            # Complete by itself, so only where it stands counts, and that is where its code stands.
            place = replace(filters, billable=False, leaves=False)
            return [_hit(concept, 0, 1.0)] if self._passes(concept.parent or "", place) else []
        family = [concept, *self.catalog.descendants(concept)]
        codes = [node for node in family if node.kind is Kind.CODE and self._passes(node.code, filters)]
        return [_hit(code, 0, 1.0 if code is concept else _BELOW) for code in codes[:limit]]

    def _passes(self, code: str, filters: Filters) -> bool:
        return not filters or code_key(code) in self._outline().keys(filters)

    def _search(
        self, texts: Sequence[str], limit: int, scope: _Scope, encoder: Encoder, threads: int
    ) -> list[list[Hit]]:
        embedded = encoder.encode(texts, QUERY)
        nearest = scope.vectors.nearest(embedded, max(_CANDIDATES, 2 * limit), threads)
        ranked = [
            self._rank(text, vector, rows, limit, scope)
            for text, vector, rows in zip(texts, embedded, nearest, strict=True)
        ]
        concepts = self.catalog.at({int(self._index.places[row]) for best in ranked for row, _ in best})
        return [[self._row_hit(concepts, row, score) for row, score in best] for best in ranked]

    def _rank(
        self, text: str, vector: NDArray[np.float32], nearest: NDArray[np.int64], limit: int, scope: _Scope
    ) -> list[tuple[int, float]]:
        """The best surface of each of the best codes, as (row, score)."""
        lexical = self._index.lexical.scores(text)
        lexical_here = lexical if scope.rows is None else lexical[scope.rows]
        candidates = np.union1d(nearest, _largest(lexical_here, len(nearest)))
        rows = candidates if scope.rows is None else scope.rows[candidates]
        dense = (self._index.vectors.cosines(vector, rows) - COSINE_FLOOR) / (1 - COSINE_FLOOR)
        scores = DENSE_WEIGHT * np.clip(dense, 0, 1) + (1 - DENSE_WEIGHT) * lexical[rows]
        # Rounded, so that the last bits of a float decide no order; then the book does: rows rise with it.
        scores = np.round(scores.astype(np.float64), _DECIMALS)
        order = np.lexsort((rows, -scores))
        places = self._index.places[rows[order]]
        _, firsts = np.unique(places, return_index=True)
        chosen = order[np.sort(firsts)[:limit]]
        return [(int(rows[i]), float(scores[i])) for i in chosen]

    def _row_hit(self, concepts: dict[int, Concept], row: int, score: float) -> Hit:
        place = self._index.places[row]
        # The needle has the haystack's type: with any other, NumPy would copy the haystack.
        first = int(np.searchsorted(self._index.places, place))
        return _hit(concepts[int(place)], row - first, score)

    def _scope(self, filters: Filters) -> _Scope:
        if not filters:
            return self._everything
        last, scope = self._last_scope
        if last != filters:
            kept = self._outline().select(filters)
            rows = np.flatnonzero(kept[self._index.places])
            scope = _Scope(rows, self._index.vectors.subset(rows))
            self._last_scope = (filters, scope)
        return scope

    def _outline(self) -> Outlines:
        if self._outlines is None:
            self._outlines = Outlines(self.catalog)
        return self._outlines


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Places of the ``count`` largest scores, in no order; faint ones are left out."""
    # Selection slows down manyfold among equals, and most scores are 0 or as good as that.
    places = np.flatnonzero(scores > _FAINT * scores.max(initial=0))
    if count < len(places):
        places = places[np.argpartition(scores[places], len(places) - count)[-count:]]
    return places


def _hit(concept: Concept, surface: int, score: float) -> Hit:
    matched = concept.surfaces[surface]
    return Hit(
        code=concept.code,
        title=concept.title,
        score=score,
        surface=matched.text,
        surface_lang=matched.lang,
        origin=matched.origin,
        status=concept.status,
        chapter=concept.chapter,
        completions=concept.completions,
    )
