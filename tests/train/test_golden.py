"""The encoder that ships against vectors of its fp32 model, made by ``tests/data/make_golden.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from codilingua.artifacts import Assets
from codilingua.search.encoder import QUERY, Encoder

GOLDEN = Path(__file__).parents[1] / "data" / "golden.npz"


def test_the_shipped_encoder_is_close_to_its_fp32_model() -> None:
    with np.load(GOLDEN) as golden:
        texts, expected = golden["texts"].tolist(), golden["vectors"].astype(np.float32)
    shipped = Assets.shipped()
    vectors = Encoder(shipped.encoder, shipped.tokenizer).encode(texts, QUERY)
    cosines = dict(zip(texts, (vectors * expected).sum(axis=1).tolist(), strict=True))
    assert {text: cosine for text, cosine in cosines.items() if cosine <= 0.96} == {}


def test_the_golden_texts_differ() -> None:
    """A model that embeds everything alike would be close to anything."""
    with np.load(GOLDEN) as golden:
        vectors = golden["vectors"].astype(np.float32)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, 0)
    assert np.median(likeness) < 0.9
