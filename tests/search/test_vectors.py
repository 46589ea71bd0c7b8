"""The exact search against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.search.vectors import _TILE, VectorIndex, _quantise, pack

SURFACES = 3 * _TILE + 123
"""Not a whole number of tiles."""


def unit(count: int, seed: int, dimensions: int = 384) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def index() -> VectorIndex:
    return VectorIndex.unpack(pack(unit(SURFACES, seed=1)))


QUERIES = unit(5, seed=2)


def products(index: VectorIndex, queries: NDArray[np.float32]) -> NDArray[np.int64]:
    return _quantise(queries).astype(np.int64) @ index.matrix.T.astype(np.int64)


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
    index = VectorIndex.unpack(pack(unit(7, seed=3)))
    for queries in (QUERIES[:1], QUERIES):
        rows = index.nearest(queries, 100)
        assert [sorted(row) for row in rows.tolist()] == [list(range(7))] * len(queries)


def test_a_last_tile_smaller_than_the_count() -> None:
    index = VectorIndex.unpack(pack(unit(_TILE + 3, seed=4)))
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


@pytest.mark.parametrize("dimensions", [64, 192, 384])
def test_cosines(dimensions: int) -> None:
    vectors, query = unit(300, 6, dimensions), unit(1, 7, dimensions)[0]
    index = VectorIndex.unpack(pack(vectors))
    rows = np.array([0, 17, 299])
    kept = index.matrix * (0.3352 / np.sqrt(dimensions) / 2)
    np.testing.assert_allclose(index.cosines(query, rows), kept[rows] @ query, atol=1e-6)
    # The error of 16 levels is a hundredth of a component's variance, spread over the dimensions.
    apart = index.cosines(query, np.arange(300)) - vectors @ query
    assert np.sqrt(np.mean(apart**2)) < 0.12 / np.sqrt(dimensions)


# On disk.


def test_each_byte_is_two_components() -> None:
    packed = np.arange(256, dtype=np.uint8).reshape(2, 128)
    matrix = VectorIndex.unpack(packed).matrix
    assert matrix.dtype == np.int8
    assert matrix.shape == (2, 256)
    assert set(matrix.ravel().tolist()) == set(range(-15, 16, 2))
    # Byte 0x2F: level 15, then level 2.
    assert matrix[0, 2 * 0x2F : 2 * 0x2F + 2].tolist() == [15, -11]


@pytest.mark.parametrize("dimensions", [2, 64, 192, 384])
def test_packed_and_unpacked_is_within_half_a_level(dimensions: int) -> None:
    step = 0.3352 / np.sqrt(dimensions)
    vectors = unit(100, 5, dimensions).clip(-7.5 * step, 7.5 * step)
    packed = pack(vectors)
    assert packed.dtype == np.uint8
    assert packed.shape == (100, dimensions // 2)
    kept = VectorIndex.unpack(packed).matrix * (step / 2)
    np.testing.assert_allclose(kept, vectors, atol=step / 2 + 1e-6)


def test_what_is_kept_is_packed_the_same_again() -> None:
    packed = pack(unit(50, 8))
    kept = VectorIndex.unpack(packed).matrix.astype(np.float32) * np.float32(0.3352 / np.sqrt(384) / 2)
    np.testing.assert_array_equal(pack(kept), packed)


def test_components_out_of_range_have_the_last_level() -> None:
    packed = pack(np.array([[1.0, -1.0] + [0.0] * 62], np.float32))
    assert VectorIndex.unpack(packed).matrix[0, :2].tolist() == [15, -15]


@pytest.mark.parametrize("dimensions", [64, 192, 384, 1024])
def test_the_step_is_the_best_one(dimensions: int) -> None:
    """A tenth more or less, and what is kept of a normal component is further from it."""
    vectors = unit(2000, 9, dimensions)
    kept = VectorIndex.unpack(pack(vectors)).matrix * (0.3352 / np.sqrt(dimensions) / 2)
    error = np.mean((kept - vectors) ** 2)
    for factor in (0.9, 1.1):
        # Scaled vectors in unscaled steps are vectors in a step of the inverse scale.
        other = VectorIndex.unpack(pack(vectors / np.float32(factor))).matrix
        other = other * (factor * 0.3352 / np.sqrt(dimensions) / 2)
        assert error < np.mean((other - vectors) ** 2)


@pytest.mark.parametrize("dimensions", [64, 192, 384, 1024])
def test_a_query_is_as_good_as_not_clipped(dimensions: int) -> None:
    queries = unit(1000, 10, dimensions)
    step = 4.8 / 127 / np.sqrt(dimensions)
    apart = np.abs(_quantise(queries) * step - queries)
    # Of a normal distribution, 1.6 components in a million lie beyond 4.8 standard deviations.
    assert np.mean(apart > step / 2 + 1e-6) < 1e-5
    assert apart.max() < 1 / np.sqrt(dimensions)


@pytest.mark.parametrize(
    "packed",
    [
        np.zeros((3, 192), np.int8),
        np.zeros((3, 192), np.float32),
        np.zeros(192, np.uint8),
        np.zeros((3, 96, 2), np.uint8),
    ],
)
def test_another_form_is_refused(packed: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="not bytes of two"):
        VectorIndex.unpack(packed)
