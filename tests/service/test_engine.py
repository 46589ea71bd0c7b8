"""Micro-batching: the answers are the search's own, in order, whatever is asked for side by side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codilingua.errors import FilterError, QueryError, UnknownCode
from codilingua.search.encoder import QUERY
from codilingua.search.engine import Search
from codilingua.search.filters import Filters
from codilingua.search.opening import open_search
from codilingua.service.engine import PIECE, Busy, Engine
from codilingua.types import Hit

Run = Callable[[Callable[[Engine], Coroutine[Any, Any, Any]]], Any]
PHRASES = [
    f"{word} {side}"
    for word in ("cholera", "fracture", "fever", "typhoid")
    for side in ("left", "acute", "1")
]


@pytest.fixture
def with_engine(tiny_folder: Path) -> Run:
    """Run a coroutine with an engine."""

    def run(work: Callable[[Engine], Coroutine[Any, Any, Any]], queue_limit: int = 100) -> Any:
        async def inside() -> Any:
            engine = Engine(open_search(tiny_folder, threads=1), queue_limit)
            try:
                return await work(engine)
            finally:
                engine.close()

        return asyncio.run(inside())

    return run


def test_concurrent_requests_get_what_the_search_gives(with_engine: Run, tiny: Search) -> None:
    async def ask(engine: Engine) -> list[list[list[Hit]]]:
        return await asyncio.gather(*(engine.search([phrase], limit=3) for phrase in PHRASES))

    found = with_engine(ask)
    assert [one[0] for one in found] == [tiny(phrase, limit=3) for phrase in PHRASES]


def test_a_large_request_is_cut_and_put_together_again(with_engine: Run, tiny: Search) -> None:
    many = (PHRASES * 4)[: 2 * PIECE + 5]
    found = with_engine(lambda engine: engine.search(many, limit=2, rerank=False))
    assert found == tiny.batch(many, limit=2, rerank=False)


def test_different_wishes_are_not_mixed(with_engine: Run, tiny: Search) -> None:
    async def ask(engine: Engine) -> list[list[list[Hit]]]:
        return await asyncio.gather(
            engine.search(["fever"], limit=1),
            engine.search(["fever"], limit=4),
            engine.search(["fever"], limit=4, filters=Filters(leaves=True)),
        )

    one, four, leaves = with_engine(ask)
    assert one == [tiny("fever", limit=1)]
    assert four == [tiny("fever", limit=4)]
    assert leaves == [tiny("fever", limit=4, filters=Filters(leaves=True))]


@pytest.mark.parametrize(
    ("query", "error"),
    [("", QueryError), ("漢字", QueryError), ("A99.9999", UnknownCode), ("x" * 2001, QueryError)],
)
def test_what_cannot_be_searched_is_said_and_leaves_no_trace(
    with_engine: Run, query: str, error: type[Exception]
) -> None:
    async def ask(engine: Engine) -> int:
        with pytest.raises(error):
            await engine.search(["fever", query])
        return engine.waiting

    assert with_engine(ask) == 0


def test_a_wrong_filter_fails_its_own_request_alone(with_engine: Run) -> None:
    async def ask(engine: Engine) -> list[Any]:
        return await asyncio.gather(
            engine.search(["fever"], filters=Filters(chapters=("99",))),
            engine.search(["fever"], limit=1),
            return_exceptions=True,
        )

    wrong, right = with_engine(ask)
    assert isinstance(wrong, FilterError)
    assert len(right[0]) == 1


def test_a_full_queue_refuses_and_recovers(tiny_folder: Path) -> None:
    async def ask() -> None:
        search = open_search(tiny_folder, threads=1)
        engine = Engine(search, queue_limit=2)
        begun, go_on = threading.Event(), threading.Event()

        def block() -> None:
            begun.set()
            go_on.wait(30)

        holding = asyncio.create_task(engine._between(block))
        await asyncio.to_thread(begun.wait, 30)
        waiting = asyncio.create_task(engine.search(["fever"]))
        await asyncio.sleep(0)
        with pytest.raises(Busy, match="waiting"):
            await engine.search(["fever", "cholera"])
        go_on.set()
        await holding
        assert len(await waiting) == 1
        assert engine.waiting == 0
        assert len(await engine.search(["fever", "cholera"])) == 2
        engine.close()

    asyncio.run(ask())


def test_a_request_that_is_given_up_is_not_searched(tiny_folder: Path) -> None:
    async def ask() -> None:
        engine = Engine(open_search(tiny_folder, threads=1), queue_limit=8)
        begun, go_on = threading.Event(), threading.Event()

        def block() -> None:
            begun.set()
            go_on.wait(30)

        holding = asyncio.create_task(engine._between(block))
        await asyncio.to_thread(begun.wait, 30)
        first = asyncio.create_task(engine.search(["fever"], limit=2))
        second = asyncio.create_task(engine.search(["cholera"], limit=3))
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        await holding
        assert await first
        with pytest.raises(asyncio.CancelledError):
            await second
        assert engine.waiting == 0
        assert await engine.search(["typhoid"])
        engine.close()

    asyncio.run(ask())


def test_vectors_have_length_one_whatever_the_batch(with_engine: Run) -> None:
    async def ask(engine: Engine) -> tuple[Any, Any]:
        many = await engine.embed(PHRASES * 2, QUERY)
        return many, await engine.embed([PHRASES[3]], QUERY)

    many, one = with_engine(ask)
    assert many.shape == (2 * len(PHRASES), one.shape[1])
    np.testing.assert_allclose(np.linalg.norm(many, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(many[3], one[0], atol=1e-5)


def test_relevance_is_within_0_and_1(with_engine: Run) -> None:
    scores = with_engine(lambda engine: engine.relevance("fever", PHRASES))
    assert scores.shape == (len(PHRASES),)
    assert ((scores >= 0) & (scores <= 1)).all()
