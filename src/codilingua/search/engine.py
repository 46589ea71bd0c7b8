"""A query in; ranked hits out.

What is typed as a code is looked up as a code (:mod:`codilingua.catalog`); all else is embedded and
ranked (:mod:`codilingua.search.ranking`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key, looks_like_code
from codilingua.errors import UsageError
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.filters import EVERYTHING, Filters, Outlines
from codilingua.search.index import Index
from codilingua.search.query import check_query, shorten
from codilingua.search.ranking import DENSE_WEIGHT, Ranked, Scope, everything, rank, restricted
from codilingua.types import Concept, Hit, Kind

MAX_LIMIT = 1000
_BELOW = 0.5
"""Score of the codes under one that was typed in; that one has 1."""
_BLOCK = 64
_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z] ?- ?[A-Z][0-9][0-9A-Z]", re.ASCII)
# Digits to the end, or X and A as placeholders and 7th characters go: no gene or vitamin reads so.
_CODE_TAIL = re.compile(r"[0-9XA]{1,3}[0-9A-Z]?", re.ASCII)


class Search:
    """An opened search. May be shared by threads."""

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder,
        index: Index,
        threads: int | None = None,
        dense_weight: float = DENSE_WEIGHT,
    ) -> None:
        """
        :param threads: processor cores for the vector search; None for all.
        :param dense_weight: as :func:`~codilingua.search.ranking.rank` takes it; at 0 nothing is embedded.
        :raises UsageError: when ``dense_weight`` is not within 0-1.
        """
        if not 0 <= dense_weight <= 1:
            raise UsageError(f"dense_weight is {dense_weight}: give a number from 0 to 1")
        self.catalog = catalog
        self._encoder = encoder
        self._index = index
        self._threads = threads or os.cpu_count() or 1
        self._dense_weight = dense_weight
        self._outlines: Outlines | None = None
        self._everything = everything(index)
        # A front-end sends the same filters again and again; a scope is up to the index in size, so one.
        self._last_scope: tuple[Filters, Scope] = (EVERYTHING, self._everything)

    def close(self) -> None:
        """Give the catalog's file back. Searching afterwards raises ValueError."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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

    def _search_all(self, texts: Sequence[str], limit: int, scope: Scope) -> list[list[Hit]]:
        """Blocks of texts side by side, each on one core: that wastes less than one text on all cores."""
        if len(texts) <= _BLOCK:
            return self._search(texts, limit, scope, self._encoder, self._threads) if texts else []
        encoder = self._encoder.serial() if self._dense_weight else self._encoder
        # Neighbours in length share a block, so that little of what is encoded is padding.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]

        def search(block: Sequence[int]) -> list[list[Hit]]:
            return self._search([texts[number] for number in block], limit, scope, encoder, 1)

        answers: list[list[Hit]] = [[] for _ in texts]
        pool = ThreadPoolExecutor(self._threads)
        try:
            for block, found in zip(blocks, pool.map(search, blocks), strict=True):
                for number, hits in zip(block, found, strict=True):
                    answers[number] = hits
        finally:
            pool.shutdown(cancel_futures=True)
        return answers

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
        self, texts: Sequence[str], limit: int, scope: Scope, encoder: Encoder, threads: int
    ) -> list[list[Hit]]:
        unread = np.empty((len(texts), 0), np.float32)
        embedded = encoder.encode(texts, QUERY) if self._dense_weight else unread
        ranked = rank(self._index, scope, texts, embedded, limit, threads, self._dense_weight)
        concepts = self.catalog.at({int(self._index.places[best.row]) for some in ranked for best in some})
        return [[self._ranked_hit(concepts, best) for best in some] for some in ranked]

    def _ranked_hit(self, concepts: dict[int, Concept], best: Ranked) -> Hit:
        place = int(self._index.places[best.row])
        return _hit(concepts[place], self._index.number(best.row), best.score)

    def _scope(self, filters: Filters) -> Scope:
        if not filters:
            return self._everything
        last, scope = self._last_scope
        if last != filters:
            scope = restricted(self._index, self._outline().select(filters))
            self._last_scope = (filters, scope)
        return scope

    def _outline(self) -> Outlines:
        if self._outlines is None:
            self._outlines = Outlines(self.catalog)
        return self._outlines


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
