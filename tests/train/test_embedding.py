"""Vectors of texts in torch: each its own, in the order of the texts, however they are batched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")

from codilingua.train.bases import Base, load_base  # noqa: E402
from codilingua.train.devices import Machine  # noqa: E402
from codilingua.train.embedding import embed  # noqa: E402
from codilingua.train.examples import TrainingSet  # noqa: E402
from codilingua.train.model import SentenceEncoder  # noqa: E402

pytestmark = pytest.mark.build

CPU = Machine(torch.device("cpu"), half=False)


@pytest.fixture(scope="module")
def base(saved_base: Path) -> Base:
    return load_base(str(saved_base))


@pytest.fixture(scope="module")
def texts(tiny_set: TrainingSet) -> list[str]:
    """More than a batch of them, of lengths that are not in order, one too long, one of no letter."""
    return [*tiny_set.surfaces, "x " * 400, "", *tiny_set.phrases.texts]


def test_as_one_by_one(base: Base, texts: list[str]) -> None:
    vectors = embed(base, texts, CPU)
    assert vectors.shape == (len(texts), 32)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    model = SentenceEncoder(base.bert).eval()
    for text, vector in zip(texts[::9], vectors[::9], strict=True):
        encoding = base.tokenizer.encode(text)
        with torch.inference_mode():
            alone = model(torch.tensor([encoding.ids]), torch.tensor([encoding.attention_mask])).numpy()[0]
        np.testing.assert_allclose(vector, alone, atol=1e-5)


def test_the_same_text_has_the_same_vector_anywhere(base: Base, texts: list[str]) -> None:
    forth, back = embed(base, texts, CPU), embed(base, texts[::-1], CPU)
    np.testing.assert_allclose(forth, back[::-1], atol=1e-5)
    assert np.unique(forth.round(4), axis=0).shape[0] > 0.9 * len(set(texts))


def test_it_tells_how_far_it_is(base: Base, texts: list[str]) -> None:
    assert len(texts) > 256
    told: list[tuple[int, int]] = []
    embed(base, texts, CPU, lambda done, of: told.append((done, of)))
    assert told == [(256, len(texts)), (len(texts), len(texts))]


def test_no_texts(base: Base) -> None:
    assert embed(base, [], CPU).shape == (0, 32)
