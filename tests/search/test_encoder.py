"""Texts to vectors, with the small encoder and the one that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.errors import AssetError
from codilingua.search.encoder import PASSAGE, QUERY, Encoder

TEXTS = [
    "hip fracture",
    "ictus",
    "dolor al pit després d'un esforç",
    "douleur",
    "IAM",
    "x" * 2000,
    "😀",
    "7",
    "",
] * 8
"""More than two batches, of very different lengths."""


@pytest.fixture(scope="module", params=["tiny", "shipped"])
def encoder(request: pytest.FixtureRequest, tiny_folder: Path) -> Encoder:
    assets = Assets(tiny_folder) if request.param == "tiny" else Assets.shipped()
    return Encoder(assets.encoder, assets.tokenizer, threads=2)


def test_shape_and_length(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS, QUERY)
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([], QUERY).shape == (0, encoder.dimensions)


def test_a_text_embeds_alike_alone_and_in_a_batch_in_its_place(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS, QUERY)
    alone = np.concatenate([encoder.encode([text], QUERY) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_different_texts_embed_differently(encoder: Encoder) -> None:
    first, second = encoder.encode(["hip fracture", "ictus"], QUERY)
    assert first @ second < 0.999


def test_the_prefix_counts(encoder: Encoder) -> None:
    (asked,), (searched,) = encoder.encode(["ictus"], QUERY), encoder.encode(["ictus"], PASSAGE)
    assert asked @ searched < 0.9999


def test_case_does_not_count(encoder: Encoder) -> None:
    lower, upper = encoder.encode(["fractura de maluc", "FRACTURA DE MALUC"], QUERY)
    np.testing.assert_array_equal(lower, upper)


def test_one_core_embeds_the_same(encoder: Encoder) -> None:
    serial = encoder.serial()
    assert serial is encoder.serial() is serial.serial()
    np.testing.assert_allclose(serial.encode(TEXTS, QUERY), encoder.encode(TEXTS, QUERY), atol=1e-5)


def test_a_very_long_word_is_cut_not_refused(encoder: Encoder) -> None:
    assert encoder.encode(["ab" * 50_000], QUERY).shape == (1, encoder.dimensions)


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x07garbage" * 50, None])
def test_a_wrong_file_is_named_in_one_line(tiny_copy: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (tiny_copy / name).unlink()
    else:
        (tiny_copy / name).write_bytes(content)
    assets = Assets(tiny_copy)
    with pytest.raises(AssetError, match="the encoder cannot be loaded") as caught:
        Encoder(assets.encoder, assets.tokenizer)
    assert str(tiny_copy) in str(caught.value)
    assert "\n" not in str(caught.value)
