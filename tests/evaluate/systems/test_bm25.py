"""BM25 against its formula, and what it makes of words."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.bm25 import Bm25
from codilingua.evaluate.systems.candidates import Candidates

pytest.importorskip("bm25s")

ROWS = [
    ("A10", "Fever of the valley"),
    ("A10", "Valley fever, chronic"),
    ("A11", "Chronic cough"),
    ("B20", "Fracture of the left wrist"),
    ("B21", "Fracture of the right wrist"),
    ("B22", "Fever"),
]


def candidates(rows: list[tuple[str, str]]) -> Candidates:
    codes = tuple(dict.fromkeys(code for code, _ in rows))
    places = np.array([codes.index(code) for code, _ in rows], np.int64)
    return Candidates(codes, tuple(text for _, text in rows), places, "official")


@pytest.fixture(scope="module")
def system() -> Bm25:
    return Bm25(candidates(ROWS))


def test_the_formula(system: Bm25) -> None:
    lengths = [2, 3, 2, 3, 3, 1]
    average = sum(lengths) / len(lengths)

    def score(frequencies: list[int], length: int) -> float:
        weights = [log(1 + (len(ROWS) - df + 0.5) / (df + 0.5)) for df in frequencies]
        return sum(weight / (1 + 1.5 * (0.25 + 0.75 * length / average)) for weight in weights)

    ranking = system.rank(["chronic FEVER"], 20)
    assert ranking.codes == [["A10", "A11", "B22"]]
    # "fever" stands in three texts, "chronic" in two; the best text of A10 has both.
    assert ranking.scores == [pytest.approx([score([3, 2], 3), score([2], 2), score([3], 1)], abs=1e-5)]


def test_stop_words_and_unknown_words_find_nothing(system: Bm25) -> None:
    queries = ["of the", "", "  ", "x", "fiebre", "ألم", "\udc80", "the of with"]
    assert system.rank(queries, 20) == Ranking([[]] * len(queries), [[]] * len(queries))


def test_unknown_words_do_not_stand_in_the_way(system: Bm25) -> None:
    assert system.rank(["fiebre fever of the zebra"], 20) == system.rank(["fever"], 20)


def test_equal_scores_stand_in_the_order_of_the_book(system: Bm25) -> None:
    assert system.rank(["wrist fracture"], 20).codes == [["B20", "B21"]]
    assert system.rank(["wrist fracture"], 1).codes == [["B20"]]
    assert system.rank(["right wrist fracture"], 20).codes == [["B21", "B20"]]


def test_many_queries_as_one_by_one(system: Bm25) -> None:
    queries = [text for _, text in ROWS] * 30
    together = system.rank(queries, 3)
    assert together.codes == [system.rank([query], 3).codes[0] for query in queries]
    assert together.scores == [system.rank([query], 3).scores[0] for query in queries]


def test_what_it_is(system: Bm25) -> None:
    assert system.identity.startswith("bm25s ")
    assert Bm25(candidates(ROWS[:2])).disk_bytes < system.disk_bytes < 10_000
