"""The projection: at right angles, kinder to inner products than chance, and better once it was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

from codilingua.search.encoder import QUERY  # noqa: E402
from codilingua.train.bases import load_base  # noqa: E402
from codilingua.train.biencoder import contrast  # noqa: E402
from codilingua.train.devices import Machine  # noqa: E402
from codilingua.train.embedding import embed  # noqa: E402
from codilingua.train.examples import TrainingSet  # noqa: E402
from codilingua.train.model import SentenceEncoder  # noqa: E402
from codilingua.train.projection import fit_projection, principal_axes  # noqa: E402

pytestmark = pytest.mark.build

Matrix = NDArray[np.float32]
HIDDEN, KEPT = 48, 12


def unit(vectors: NDArray[np.floating]) -> Matrix:
    made: Matrix = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    """Of unequal spread, about a mean that is not zero: as sentence vectors are."""
    chance = np.random.default_rng(0)
    return unit(chance.normal(0.3, 1 / np.sqrt(np.arange(1, HIDDEN + 1)), (500, HIDDEN)))


def lost(vectors: Matrix, projection: Matrix) -> float:
    """Mean square by which inner products change."""
    projected = vectors @ projection
    return float(np.square(vectors @ vectors.T - projected @ projected.T).mean())


def test_columns_stand_at_right_angles(vectors: Matrix) -> None:
    axes = principal_axes(vectors, KEPT, 1)
    assert axes.shape == (HIDDEN, KEPT)
    assert axes.dtype == np.float32
    np.testing.assert_allclose(axes.T @ axes, np.eye(KEPT), atol=1e-5)


def test_inner_products_are_kept_better_than_by_chance(vectors: Matrix) -> None:
    ours = lost(vectors, principal_axes(vectors, KEPT, 1))
    chance = np.random.default_rng(1)
    for _ in range(5):
        theirs, _ = np.linalg.qr(chance.normal(size=(HIDDEN, KEPT)))
        assert ours < 0.2 * lost(vectors, theirs.astype(np.float32))
    assert lost(vectors, principal_axes(vectors, HIDDEN, 1)) < 1e-10


def test_components_carry_alike(vectors: Matrix) -> None:
    """Straight principal axes fall off, and 4 bits each would suit few of them."""
    _, axes = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    uneven, even = (
        np.square(vectors @ matrix).mean(axis=0)
        for matrix in (axes[:, -KEPT:], principal_axes(vectors, KEPT, 1))
    )
    assert even.max() / even.min() < 0.5 * uneven.max() / uneven.min()
    assert even.sum() == pytest.approx(uneven.sum(), rel=1e-4)


def test_the_same_seed_gives_the_same_axes(vectors: Matrix) -> None:
    once = principal_axes(vectors, KEPT, 1)
    np.testing.assert_array_equal(once, principal_axes(vectors, KEPT, 1))
    assert np.abs(once - principal_axes(vectors, KEPT, 2)).max() > 0.1


# Trained.


@pytest.fixture(scope="module")
def coded(tiny_set: TrainingSet) -> tuple[Matrix, Matrix]:
    """Vectors whose small components tell the codes apart, and whose large ones do not."""
    chance = np.random.default_rng(2)
    codes = chance.normal(size=(len(tiny_set.relatives.codes), HIDDEN // 2))

    def made(numbers: NDArray[np.int64]) -> Matrix:
        noise = 2 * chance.normal(size=(len(numbers), HIDDEN // 2))
        return unit(np.c_[codes[numbers], noise])

    return made(tiny_set.phrases.codes), made(tiny_set.surface_codes)


def loss(data: TrainingSet, phrases: Matrix, surfaces: Matrix, projection: Matrix) -> float:
    rows = [data.surfaces_of(code)[0] for code in data.phrases.codes.tolist()]
    related = torch.from_numpy(data.relatives.mask(data.phrases.codes.tolist(), data.phrases.codes, {}))
    asked, found = (torch.from_numpy(unit(part @ projection)) for part in (phrases, surfaces[rows]))
    return float(contrast(asked, found, related, 0.03))


def test_training_tells_codes_apart(tiny_set: TrainingSet, coded: tuple[Matrix, Matrix]) -> None:
    numbers = np.arange(len(tiny_set.phrases))
    start = principal_axes(coded[1], KEPT, 3)
    fitted = fit_projection(tiny_set, numbers, *coded, KEPT, 3)
    assert fitted.shape == (HIDDEN, KEPT)
    assert fitted.dtype == np.float32
    assert loss(tiny_set, *coded, fitted) < loss(tiny_set, *coded, start)


def test_training_is_deterministic(tiny_set: TrainingSet, coded: tuple[Matrix, Matrix]) -> None:
    numbers = np.arange(0, len(tiny_set.phrases), 2)
    once, again, other = (
        fit_projection(tiny_set, numbers, coded[0][numbers], coded[1], KEPT, seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()


def test_the_encoder_applies_it(saved_base: Path) -> None:
    """Inside the model it gives what it gives outside."""
    base = load_base(str(saved_base))
    texts = [QUERY + text for text in ("hip fracture", "ictus", "dolor de pecho al subir escaleras")]
    plain = embed(base, texts, Machine(torch.device("cpu"), half=False))
    projection = principal_axes(plain, 2, 1)
    model: Callable[..., object] = SentenceEncoder(base.bert, projection).eval()
    for text, vector in zip(texts, plain, strict=True):
        encoding = base.tokenizer.encode(text)
        with torch.inference_mode():
            inside = model(torch.tensor([encoding.ids]), torch.tensor([encoding.attention_mask])).numpy()[0]  # type: ignore[attr-defined]
        expected = vector @ projection
        np.testing.assert_allclose(inside, expected / np.linalg.norm(expected), atol=1e-5)
