"""Concurrent requests in; their hits out, searched in small batches off the event loop.

One thread searches, on all cores, and takes up to :data:`PIECE` waiting texts that were asked for alike.
Nothing waits for a batch to fill: a lone request starts at once, and under load batches fill by themselves.
Two such threads would be slower: they wait for each other, and the event loop for both, as one interpreter
runs one thread at a time. The queue is bounded: what does not fit is refused, so that the rest is answered in
time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.errors import CodilinguaError
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.types import Concept, Hit

PIECE = 16
"""Texts that are searched at once: more would keep the others waiting, fewer would waste the encoder."""

_READ_AGAIN_PIECE = 4
"""The same where the reranker reads; that takes ten times as long."""

_REMEMBERED = 8192
"""Concepts that are kept decoded: those that hits show again and again."""

_WORKERS_ASIDE = 4
"""Threads for what is not a search: reading cards, keeping feedback."""

P = ParamSpec("P")
R = TypeVar("R")


class Busy(CodilinguaError):
    """More is asked for than can be answered in time. ``retry_after`` is in seconds."""

    def __init__(self, waiting: int, retry_after: int = 1) -> None:
        super().__init__(f"{waiting} texts are waiting already: try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Wish:
    """What all texts of a batch are asked with."""

    limit: int
    filters: Filters
    lang: str | None
    rerank: bool

    @property
    def piece(self) -> int:
        return _READ_AGAIN_PIECE if self.rerank else PIECE


@dataclass(slots=True)
class _Job:
    wish: _Wish
    texts: Sequence[str]
    answer: asyncio.Future[list[list[Hit]]] = field(repr=False)


class Engine:
    """An opened search for an event loop. :meth:`close` waits for what is being searched."""

    def __init__(self, search: Search, queue_limit: int) -> None:
        """:param queue_limit: texts that may wait, 1 or more."""
        self.catalog: Catalog = search.catalog
        self.encoder: Encoder = search.encoder
        self.queue_limit = queue_limit
        self._search = search
        self._pool = ThreadPoolExecutor(1, "search")
        self._aside = ThreadPoolExecutor(_WORKERS_ASIDE, "aside")
        self._jobs: deque[_Job] = deque()
        self._idle = True
        self._waiting = 0
        self.concept: Callable[[str], Concept] = lru_cache(_REMEMBERED)(search.catalog.get)

    @property
    def waiting(self) -> int:
        """Texts that are not being searched yet."""
        return self._waiting

    def check(self, query: str) -> None:
        """As :meth:`Search.check`."""
        self._search.check(query)

    def language(self, text: str) -> str | None:
        """As :meth:`Search.language`."""
        return self._search.language(text)

    def rereads(self, lang: str | None) -> bool:
        """As :meth:`Search.rereads`."""
        return self._search.rereads(lang)

    async def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        lang: str | None = None,
        rerank: bool = True,
    ) -> list[list[Hit]]:
        """As :meth:`Search.batch`.

        :raises UsageError: as there, before anything is searched.
        :raises Busy: when the queue is full.
        """
        for query in queries:
            self._search.check(query)
        if self._waiting + len(queries) > self.queue_limit:
            raise Busy(self._waiting)
        wish = _Wish(limit, filters, lang, rerank)
        loop = asyncio.get_running_loop()
        jobs = [
            _Job(wish, queries[start : start + wish.piece], loop.create_future())
            for start in range(0, len(queries), wish.piece)
        ]
        self._jobs.extend(jobs)
        self._waiting += len(queries)
        self._start(loop)
        try:
            return [hits for job in jobs for hits in await job.answer]
        finally:
            # Of a request that was given up, or of which one piece failed: nobody waits for the rest.
            for job in jobs:
                job.answer.cancel()

    async def embed(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        """float32 [texts, dimensions], rows of length one.

        :param prefix: of the encoder, for queries or for passages.
        """
        parts = [
            await self._between(self.encoder.encode, texts[start : start + PIECE], prefix)
            for start in range(0, len(texts), PIECE)
        ]
        return np.concatenate(parts)

    async def relevance(self, query: str, documents: Sequence[str]) -> NDArray[np.float64]:
        """float64 [documents], 0-1, comparable within the query."""
        parts = [
            await self._between(self._search.relevance, query, documents[start : start + PIECE])
            for start in range(0, len(documents), PIECE)
        ]
        return np.concatenate(parts)

    async def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Run what blocks, and is no search, in a thread aside."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, lambda: function(*arguments, **named))

    def close(self) -> None:
        """Finish what is being searched, refuse the rest, and give the catalog's file back."""
        self._pool.shutdown(cancel_futures=True)
        self._aside.shutdown(cancel_futures=True)
        self._search.close()

    async def _between(self, function: Callable[..., R], *arguments: Any) -> R:
        """Between the searches, by the same bounded queue."""
        if self._waiting >= self.queue_limit:
            raise Busy(self._waiting)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        finally:
            self._waiting -= 1

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._idle and (batch := self._take()):
            self._idle = False
            running = loop.run_in_executor(self._pool, self._run, batch)
            running.add_done_callback(lambda done: self._finished(loop, batch, done))

    def _take(self) -> list[_Job]:
        """The job that waits longest, and what else was asked for alike, up to a piece."""
        batch: list[_Job] = []
        left: deque[_Job] = deque()
        room = 0
        while self._jobs:
            job = self._jobs.popleft()
            if job.answer.done():
                self._waiting -= len(job.texts)
            elif not batch:
                batch.append(job)
                room = job.wish.piece - len(job.texts)
            elif job.wish == batch[0].wish and len(job.texts) <= room:
                batch.append(job)
                room -= len(job.texts)
            else:
                left.append(job)
        self._jobs = left
        self._waiting -= sum(len(job.texts) for job in batch)
        return batch

    def _run(self, batch: Sequence[_Job]) -> list[list[Hit]]:
        wish = batch[0].wish
        texts = [text for job in batch for text in job.texts]
        return self._search.batch(texts, wish.limit, wish.filters, wish.lang, wish.rerank)

    def _finished(
        self, loop: asyncio.AbstractEventLoop, batch: Sequence[_Job], done: asyncio.Future[list[list[Hit]]]
    ) -> None:
        self._idle = True
        error = None if done.cancelled() else done.exception()
        start = 0
        for job in batch:
            end = start + len(job.texts)
            if job.answer.done():
                pass
            elif done.cancelled():
                job.answer.cancel()
            elif error is not None:
                job.answer.set_exception(error)
            else:
                job.answer.set_result(done.result()[start:end])
            start = end
        self._start(loop)
