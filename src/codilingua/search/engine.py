"""A query in; ranked hits out.

What is typed as a code is looked up as a code (:mod:`codilingua.catalog`); all else is embedded, ranked
(:mod:`codilingua.search.ranking`) and, where its language gains by it, ranked again by a model that reads
query and code together (:mod:`codilingua.search.reranker`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key, looks_like_code
from codilingua.errors import UsageError
from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.search.filters import EVERYTHING, Filters, Outlines
from codilingua.search.index import Index
from codilingua.search.language import LanguageGuess
from codilingua.search.profiles import DEPTH, Profile, Profiles
from codilingua.search.query import check_query, shorten
from codilingua.search.ranking import Ranked, Scope, blend, everything, rank, restricted
from codilingua.search.reranker import Reranker
from codilingua.search.rereading import reread
from codilingua.types import LANGUAGES, Concept, Hit, Kind

MAX_LIMIT = 1000
_BELOW = 0.5
"""Score of the codes under one that was typed in; that one has 1."""
_TOLD = 0.8
"""Probability from which a guessed language is believed: 98 of 100 such guesses are right."""
_READING = 0.2
"""Share of the reranker in the relevance of texts of any kind. Of ten titles, one of them right, it finds
that one for 76 of 100 development queries by itself, cosines for 95, and both so for more."""
_REMEMBERED = 256
"""Texts whose guessed language is kept."""
_BLOCK = 64
_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z] ?- ?[A-Z][0-9][0-9A-Z]", re.ASCII)
# Digits to the end, or X and A as placeholders and 7th characters go: no gene or vitamin reads so.
_CODE_TAIL = re.compile(r"[0-9XA]{1,3}[0-9A-Z]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Request:
    limit: int
    scope: Scope
    lang: str | None
    rerank: bool


@dataclass(frozen=True, slots=True)
class _Engines:
    encoder: Encoder
    reranker: Reranker | None
    threads: int


class Search:
    """An opened search. May be shared by threads."""

    def __init__(
        self,
        catalog: Catalog,
        encoder: Encoder,
        index: Index,
        threads: int | None = None,
        profiles: Profiles | None = None,
        languages: LanguageGuess | None = None,
        reranker: Reranker | None = None,
        depth: int = DEPTH,
    ) -> None:
        """
        :param threads: processor cores for the vector search; None for all.
        :param profiles: how each language is ranked; None for the untuned base's. Where no profile looks at
            the vectors, nothing is embedded.
        :param languages: what guesses the language of a query; None where all are ranked alike.
        :param reranker: None where the first stage has the last word.
        :param depth: codes that the reranker reads, 1-20.
        """
        self.catalog = catalog
        self._encoder = encoder
        self._index = index
        self._threads = threads or os.cpu_count() or 1
        self._profiles = profiles or Profiles()
        # A server asks for the language of a query beside the search, so it is guessed once for both.
        self._guess = lru_cache(_REMEMBERED)(languages.guess) if languages is not None else None
        self._reranker = reranker
        self._depth = depth
        known = (self._profiles.default, *self._profiles.languages.values())
        self._embeds = any(profile.dense > 0 for profile in known)
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

    def __call__(
        self,
        query: str,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        lang: str | None = None,
        rerank: bool = True,
    ) -> list[Hit]:
        """Search for one query.

        :param limit: how many hits at the most, 1-1000.
        :param lang: language of the query, ISO 639-1, as the front-end knows it; None to guess it.
        :param rerank: False leaves the last word to the first stage, which is several times faster.
        :return: the best hits, best first; equal scores in the order of the book.
        :raises QueryError: when the text cannot be searched.
        :raises UnknownCode: when the query is written as a code and there is no such code.
        :raises FilterError: when a filter selects nothing that exists.
        """
        return self.batch([query], limit, filters, lang, rerank)[0]

    def batch(
        self,
        queries: Sequence[str],
        limit: int = 10,
        filters: Filters = EVERYTHING,
        lang: str | None = None,
        rerank: bool = True,
    ) -> list[list[Hit]]:
        """Search for many queries: the same hits as one by one, in a fraction of the time.

        :return: one list of hits a query, in the order of the queries.
        :raises UsageError: as for one query, before anything is searched; names the query's number.
        """
        if isinstance(queries, str):
            raise UsageError(f"a batch takes a list of queries: give [{shorten(queries)!r}]")
        if not 1 <= limit <= MAX_LIMIT:
            raise UsageError(f"limit is {limit}: give a whole number from 1 to {MAX_LIMIT}")
        if lang is not None and lang not in LANGUAGES:
            raise UsageError(f"lang is {lang!r}: give one of {', '.join(LANGUAGES)}, or none to guess it")
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
        found = self._search_all(list(texts.values()), _Request(limit, scope, lang, rerank))
        for number, hits in zip(texts, found, strict=True):
            answers[number] = hits
        return answers

    def _search_all(self, texts: Sequence[str], request: _Request) -> list[list[Hit]]:
        """Blocks of texts side by side, each on one core: that wastes less than one text on all cores."""
        if len(texts) <= _BLOCK:
            together = _Engines(self._encoder, self._reranker, self._threads)
            return self._search(texts, request, together) if texts else []
        serial = _Engines(
            self._encoder.serial() if self._embeds else self._encoder,
            self._reranker.serial() if self._reranker is not None else None,
            1,
        )
        # Neighbours in length share a block, so that little of what is encoded is padding.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]

        def search(block: Sequence[int]) -> list[list[Hit]]:
            return self._search([texts[number] for number in block], request, serial)

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

    def language(self, text: str) -> str | None:
        """The language (ISO 639-1) that a query is ranked in where none is given; None where no guess of
        it is sure enough to be believed.
        """
        if self._guess is None:
            return None
        guessed, probability = self._guess(text)
        return guessed if probability >= _TOLD else None

    def rereads(self, lang: str | None) -> bool:
        """Whether the reranker has a say in queries of a language; None for one that is not known."""
        return self._reranker is not None and self._profiles.of(lang).rerank > 0

    @property
    def encoder(self) -> Encoder:
        """What makes the sentence vectors that a search compares."""
        return self._encoder

    def relevance(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """How well texts of any kind answer a query: how near they are in meaning and, where there is a
        reranker, what it makes of them. That one alone knows candidates worded as the search words them, and
        errs where a text is another, so it has a small share.

        :return: float64 [texts], 0-1, comparable within the query.
        """
        asked = self._encoder.encode([query], QUERY)[0]
        near = (1 + (self._encoder.encode(texts, PASSAGE) @ asked).astype(np.float64)) / 2
        if self._reranker is not None:
            read = self._reranker.scores([(query, text) for text in texts])
            near = (1 - _READING) * near + _READING * self._profiles.default.squash(read)
        shares: NDArray[np.float64] = np.clip(near, 0, 1)
        return shares

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

    def _search(self, texts: Sequence[str], request: _Request, engines: _Engines) -> list[list[Hit]]:
        profiles = [self._profile(text, request.lang) for text in texts]
        unread = np.empty((len(texts), 0), np.float32)
        embedded = engines.encoder.encode(texts, QUERY) if self._embeds else unread
        # A hit's confidence depends on its rivals, so those are looked at whatever the limit is.
        most = max(request.limit, DEPTH)
        ranked = rank(self._index, request.scope, texts, embedded, profiles, most, engines.threads)
        if engines.reranker is not None and request.rerank:
            ranked = self._rerank(texts, ranked, profiles, engines.reranker)
        shown = [some[: request.limit] for some in ranked]
        concepts = self.catalog.at({int(self._index.places[best.row]) for some in shown for best in some})
        answers = []
        for some, profile in zip(ranked, profiles, strict=True):
            confidences = profile.confidences([best.score for best in some])[: request.limit]
            worth = [(confidence, profile.threshold) for confidence in confidences]
            hits = zip(some, worth, strict=False)
            answers.append([self._ranked_hit(concepts, best, *worth) for best, worth in hits])
        return answers

    def _profile(self, text: str, lang: str | None) -> Profile:
        return self._profiles.of(self.language(text) if lang is None else lang)

    def _rerank(
        self,
        texts: Sequence[str],
        ranked: list[list[Ranked]],
        profiles: Sequence[Profile],
        reranker: Reranker,
    ) -> list[list[Ranked]]:
        """The best codes of each text in the order of both stages; what stands below them stays below."""
        gated = [
            some[: self._depth] if profile.rerank > 0 else []
            for some, profile in zip(ranked, profiles, strict=True)
        ]
        scores = reread(self.catalog, self._index, reranker, texts, gated)
        return [
            blend(some, own, profile) if len(own) else some
            for some, own, profile in zip(ranked, scores, profiles, strict=True)
        ]

    def _ranked_hit(
        self, concepts: dict[int, Concept], best: Ranked, confidence: float | None, threshold: float
    ) -> Hit:
        place = int(self._index.places[best.row])
        hit = _hit(concepts[place], self._index.number(best.row), best.score)
        return (
            hit if confidence is None else replace(hit, confidence=confidence, sure=confidence >= threshold)
        )

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
