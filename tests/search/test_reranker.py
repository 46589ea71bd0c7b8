"""Pairs of query and candidate: how they are joined and cut, and what the small reranker says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from codilingua.artifacts import Assets
from codilingua.errors import AssetError
from codilingua.search.reranker import (
    MAX_TOKENS,
    Pair,
    Reranker,
    candidate_text,
    join_pairs,
    padded,
    pair_tokenizer,
)

BEGIN, END = 0, 2

QUERIES = ["hip fracture", "ictus", "dolor al pit després d'un esforç", "IAM", "x" * 2000, "😀", "7", ""]
CANDIDATES = [
    "Fracture of unspecified part of neck of femur / hip fracture",
    "Cerebral infarction, unspecified / stroke / Cerebral infarction",
    "Angina pectoris",
    "Fall " * 200,
    "",
]
PAIRS: list[Pair] = [(query, candidate) for query in QUERIES for candidate in CANDIDATES]
"""More than two batches, of very different lengths."""


@pytest.fixture(scope="module")
def reranker(tiny_folder: Path) -> Reranker:
    assets = Assets(tiny_folder)
    return Reranker(assets.reranker, assets.tokenizer, 2)


@pytest.fixture(scope="module", params=["tiny", "shipped"])
def tokenizer(request: pytest.FixtureRequest, tiny_folder: Path) -> Tokenizer:
    assets = Assets(tiny_folder) if request.param == "tiny" else Assets.shipped()
    return pair_tokenizer(Tokenizer.from_file(str(assets.tokenizer)))


def ids_of(tokenizer: Tokenizer, text: str) -> list[int]:
    """All the tokens of a text, without those at its ends."""
    whole = Tokenizer.from_str(tokenizer.to_str())
    whole.no_truncation()
    ids: list[int] = whole.encode(text, add_special_tokens=False).ids
    return ids


# How pairs are joined.


def test_a_pair_is_joined_with_a_mark_between(tokenizer: Tokenizer) -> None:
    (joined,) = join_pairs(tokenizer, [("hip fracture", "Angina pectoris")])
    query, candidate = ids_of(tokenizer, "hip fracture"), ids_of(tokenizer, "Angina pectoris")
    assert joined == [BEGIN, *query, END, *candidate, END]


def test_pairs_keep_their_places(tokenizer: Tokenizer) -> None:
    joined = join_pairs(tokenizer, PAIRS)
    assert joined == [join_pairs(tokenizer, [pair])[0] for pair in PAIRS]
    assert join_pairs(tokenizer, []) == []


@pytest.mark.parametrize("most", [8, 20, MAX_TOKENS])
def test_a_long_query_gets_half_and_a_candidate_the_rest(tokenizer: Tokenizer, most: int) -> None:
    asked, title = "fracture of hip " * 50, "angina " * 80
    query, candidate = ids_of(tokenizer, asked), ids_of(tokenizer, title)
    (joined,) = join_pairs(tokenizer, [(asked, title)], most)
    half = most // 2
    assert joined == [BEGIN, *query[: half - 2], END, *candidate[: most - half - 1], END]
    assert len(joined) == most
    # A query of few words leaves the candidate more than half, not the other way round.
    short = ids_of(tokenizer, "7")
    (joined,) = join_pairs(tokenizer, [("7", title)], most)
    assert joined == [BEGIN, *short, END, *candidate[: most - len(short) - 3], END]
    (joined,) = join_pairs(tokenizer, [(asked, "7")], most)
    assert joined == [BEGIN, *query[: half - 2], END, *short, END]


def test_nothing_is_cut_off_that_fits(tokenizer: Tokenizer) -> None:
    pair = ("ictus", "angina pectoris with spasm of a coronary artery")
    query, candidate = (ids_of(tokenizer, text) for text in pair)
    whole = [BEGIN, *query, END, *candidate, END]
    exact = len(whole)
    assert exact >= 2 * (len(query) + 2)
    for most in (exact, exact + 1, MAX_TOKENS):
        assert join_pairs(tokenizer, [pair], most) == [whole]
    assert join_pairs(tokenizer, [pair], exact - 1) == [[*whole[: exact - 2], END]]


def test_padded() -> None:
    ids, mask = padded([[5], [5, 6, 7], [8, 9]])
    assert ids.dtype == mask.dtype == np.int64
    assert ids.tolist() == [[5, 0, 0], [5, 6, 7], [8, 9, 0]]
    assert mask.tolist() == [[1, 0, 0], [1, 1, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("title", "surface", "above", "text"),
    [
        ("Angina", "dolor", "Heart", "Angina / dolor / Heart"),
        ("Angina", "Angina", "Heart", "Angina / Heart"),
        ("Angina", "dolor", None, "Angina / dolor"),
        ("Angina", "Angina", None, "Angina"),
        ("Angina", "Heart", "Heart", "Angina / Heart"),
        ("Angina", "dolor", "Angina", "Angina / dolor"),
    ],
)
def test_a_candidate_is_title_surface_and_title_above_each_once(
    title: str, surface: str, above: str | None, text: str
) -> None:
    assert candidate_text(title, surface, above) == text


# What the model says.


def test_one_number_a_pair(reranker: Reranker) -> None:
    scores = reranker.scores(PAIRS)
    assert scores.shape == (len(PAIRS),)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert reranker.scores([]).shape == (0,)


def test_a_pair_scores_the_same_whatever_is_beside_it(reranker: Reranker) -> None:
    together = reranker.scores(PAIRS)
    alone = np.concatenate([reranker.scores([pair]) for pair in PAIRS])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    backwards = reranker.scores(PAIRS[::-1])[::-1]
    np.testing.assert_allclose(together, backwards, atol=1e-4)
    assert np.std(alone) > 0.1


def test_query_and_candidate_both_count(reranker: Reranker) -> None:
    plain, other_query, other_candidate = reranker.scores(
        [("hip fracture", "Angina pectoris"), ("ictus", "Angina pectoris"), ("hip fracture", "Fall")]
    )
    assert abs(plain - other_query) > 0.01
    assert abs(plain - other_candidate) > 0.01


def test_what_is_cut_off_does_not_count(reranker: Reranker) -> None:
    long = "fracture " * 100
    first, second, third = reranker.scores(
        [(long + "hip", "Angina"), (long + "ictus", "Angina"), ("ictus " + long, "Angina")]
    )
    assert first == pytest.approx(second, abs=1e-4)
    assert abs(first - third) > 0.01
    first, second = reranker.scores([("ictus", long + "hip"), ("ictus", long + "ictus")])
    assert first == pytest.approx(second, abs=1e-4)


def test_one_core_scores_the_same(reranker: Reranker) -> None:
    serial = reranker.serial()
    assert serial is reranker.serial() is serial.serial()
    np.testing.assert_allclose(serial.scores(PAIRS), reranker.scores(PAIRS), atol=1e-4)


@pytest.mark.parametrize("name", ["reranker.onnx", "tokenizer.json", "words.bin"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x07garbage" * 50, None])
def test_a_wrong_file_is_named_in_one_line(tiny_copy: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (tiny_copy / name).unlink()
    else:
        (tiny_copy / name).write_bytes(content)
    assets = Assets(tiny_copy)
    with pytest.raises(
        AssetError, match=r"the reranker cannot be loaded .*; install codilingua again"
    ) as caught:
        Reranker(assets.reranker, assets.tokenizer)
    assert str(tiny_copy) in str(caught.value)
    assert "\n" not in str(caught.value)
