"""The exact search against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.search.vectors import _TILE, STEP, VectorIndex, quantise

SURFACES = 3 * _TILE + 123
"""Not a whole number of tiles."""


def unit(count: int, seed: int, dimensions: int = 384) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def index() -> VectorIndex:
    return VectorIndex(quantise(unit(SURFACES, seed=1)))


QUERIES = unit(5, seed=2)


def products(index: VectorIndex, queries: NDArray[np.float32]) -> NDArray[np.int64]:
    return quantise(queries).astype(np.int64) @ index.matrix.T.astype(np.int64)


@pytest.mark.parametrize("count", [1, 10, 100])
def test_exact_against_brute_force(index: VectorIndex, count: int) -> None:
    rows = index.nearest(QUERIES, count)
    assert rows.shape == (len(QUERIES), count)
    assert rows.dtype == np.int64
    expected = products(index, QUERIES)
    found = np.take_along_axis(expected, rows, axis=1)
    # Rows with equal products may stand for one another; their products may not.
    np.testing.assert_array_equal(found, -np.sort(-expected, axis=1)[:, :count])
    assert all(len(set(row)) == count for row in rows.tolist())


def test_one_query_and_many_find_the_same(index: VectorIndex) -> None:
    """One query passes over the whole matrix, many pass over it in tiles."""
    together = index.nearest(QUERIES, 50)
    expected = products(index, QUERIES)
    for number in range(len(QUERIES)):
        alone = index.nearest(QUERIES[number : number + 1], 50)[0]
        np.testing.assert_array_equal(expected[number][alone], expected[number][together[number]])


def test_more_asked_for_than_there_is() -> None:
    index = VectorIndex(quantise(unit(7, seed=3)))
    for queries in (QUERIES[:1], QUERIES):
        rows = index.nearest(queries, 100)
        assert [sorted(row) for row in rows.tolist()] == [list(range(7))] * len(queries)


def test_a_last_tile_smaller_than_the_count() -> None:
    index = VectorIndex(quantise(unit(_TILE + 3, seed=4)))
    rows = index.nearest(QUERIES, 20)
    expected = products(index, QUERIES)
    np.testing.assert_array_equal(
        np.take_along_axis(expected, rows, axis=1), -np.sort(-expected, axis=1)[:, :20]
    )


@pytest.mark.parametrize("queries", [QUERIES, QUERIES[:1]])
def test_nothing_to_search(index: VectorIndex, queries: NDArray[np.float32]) -> None:
    assert index.subset(np.empty(0, np.int64)).nearest(queries, 10).shape == (len(queries), 0)


def test_threads_change_nothing(index: VectorIndex) -> None:
    np.testing.assert_array_equal(
        index.nearest(QUERIES, 10, threads=1), index.nearest(QUERIES, 10, threads=2)
    )


def test_a_subset_finds_what_the_whole_finds_there(index: VectorIndex) -> None:
    rows = np.arange(5, SURFACES, 7)
    found = rows[index.subset(rows).nearest(QUERIES, 10)]
    expected = products(index, QUERIES)
    best = -np.sort(-expected[:, rows], axis=1)[:, :10]
    np.testing.assert_array_equal(np.take_along_axis(expected, found, axis=1), best)


def test_cosines(index: VectorIndex) -> None:
    rows = np.array([0, 17, SURFACES - 1])
    expected = unit(SURFACES, seed=1)[rows] @ QUERIES[0]
    np.testing.assert_allclose(index.cosines(QUERIES[0], rows), expected, atol=2e-3)


def test_rounding_is_within_half_a_step_and_clips() -> None:
    vectors = unit(100, seed=5).clip(-127 * STEP, 127 * STEP)
    np.testing.assert_allclose(quantise(vectors) * STEP, vectors, atol=STEP / 2 + 1e-7)
    assert quantise(np.array([[1.0, -1.0, 0.0]], np.float32)).tolist() == [[127, -127, 0]]
