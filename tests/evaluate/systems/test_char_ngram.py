"""Character trigrams: what they forgive, and the cosine by hand."""

from __future__ import annotations

from collections import Counter
from math import log, sqrt

import numpy as np
import pytest

from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.evaluate.systems.char_ngram import CharNgram

pytest.importorskip("sklearn")

ROWS = [
    ("A10", "Pneumonia"),
    ("A10", "Infection of the lung"),
    ("A11", "Pneumothorax"),
    ("B20", "Fracture of wrist"),
    ("B21", "Wrist of fracture"),
    ("B22", "Gastritis"),
]


@pytest.fixture(scope="module")
def system() -> CharNgram:
    codes = tuple(dict.fromkeys(code for code, _ in ROWS))
    places = np.array([codes.index(code) for code, _ in ROWS], np.int64)
    return CharNgram(Candidates(codes, tuple(text for _, text in ROWS), places, "official"))


def trigrams(text: str) -> Counter[str]:
    padded = [f" {word} " for word in text.lower().split()]
    return Counter(word[start : start + 3] for word in padded for start in range(len(word) - 2))


def cosine(query: str, text: str) -> float:
    counted = [trigrams(text) for _, text in ROWS]

    def vector(text: str) -> dict[str, float]:
        known = {gram: n for gram, n in trigrams(text).items() if any(gram in other for other in counted)}
        frequency = {gram: sum(gram in other for other in counted) for gram in known}
        weights = {gram: n * (log((1 + len(ROWS)) / (1 + frequency[gram])) + 1) for gram, n in known.items()}
        length = sqrt(sum(weight**2 for weight in weights.values()))
        return {gram: weight / length for gram, weight in weights.items()}

    one, other = vector(query), vector(text)
    return sum(weight * other.get(gram, 0.0) for gram, weight in one.items())


@pytest.mark.parametrize("query", ["pneumonia", "pnuemonia", "lung infection", "gastric wrist"])
def test_scores_are_cosines(system: CharNgram, query: str) -> None:
    codes, scores = system.rank([query], 20)
    expected: dict[str, float] = {}
    for code, text in ROWS:
        expected[code] = max(expected.get(code, 0.0), cosine(query, text))
    assert dict(zip(codes[0], scores[0], strict=True)) == pytest.approx(
        {code: score for code, score in expected.items() if score > 0}, abs=2e-6
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [("PNEUMONIA", "A10"), ("pnemonia", "A10"), ("gastrits", "B22"), ("lung infecton", "A10")],
)
def test_what_it_forgives(system: CharNgram, query: str, code: str) -> None:
    assert system.rank([query], 20).codes[0][0] == code


def test_the_order_of_words_counts_for_nothing_and_ties_stand_by_the_book(system: CharNgram) -> None:
    codes, scores = system.rank(["wrist fracture of"], 20)
    assert codes[0][:2] == ["B20", "B21"]
    assert scores[0][:2] == [1.0, 1.0]
    assert system.rank(["wrist fracture of"], 1).codes == [["B20"]]


def test_nothing_shared_finds_nothing(system: CharNgram) -> None:
    queries = ["", " ", "qq", "ألم", "xyz", "\udc80"]
    assert system.rank(queries, 20) == Ranking([[]] * len(queries), [[]] * len(queries))


def test_many_queries_as_one_by_one(system: CharNgram) -> None:
    queries = [text[number % 3 :] for number in range(25) for _, text in ROWS]
    together = system.rank(queries, 4)
    assert together.codes == [system.rank([query], 4).codes[0] for query in queries]


def test_what_it_is(system: CharNgram) -> None:
    assert system.identity.startswith("scikit-learn ")
    assert 0 < system.disk_bytes < 10_000
