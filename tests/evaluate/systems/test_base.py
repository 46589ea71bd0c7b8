"""Surface scores → codes: the best surface counts, ties stand in the order of the book."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.evaluate.systems.base import best_codes
from codilingua.evaluate.systems.candidates import Candidates, read_candidates
from codilingua.evaluate.systems.dense import DenseSystem

CANDIDATES = Candidates(
    codes=("A00", "A01", "A02", "A03"),
    texts=("cholera", "vibrio", "typhoid", "salmonella", "shigella"),
    places=np.array([0, 0, 1, 2, 3]),
    surfaces="all",
)


def rows(*scores: list[float]) -> np.ndarray:
    return np.array(scores, np.float32)


def test_a_code_scores_what_its_best_surface_scores() -> None:
    ranking = best_codes(rows([0.1, 0.9, 0.5, 0.2, 0.3]), CANDIDATES, 3)
    assert ranking.codes == [["A00", "A01", "A03"]]
    assert ranking.scores == [pytest.approx([0.9, 0.5, 0.3])]


def test_ties_stand_in_the_order_of_the_book_also_at_the_end() -> None:
    ranking = best_codes(rows([0.2, 0.2, 0.5, 0.2, 0.2]), CANDIDATES, 2)
    assert ranking.codes == [["A01", "A00"]]
    # The last bits of a float make no difference.
    ranking = best_codes(rows([0.5, 0.1, 0.5 + 1e-8, 0.1, 0.1]), CANDIDATES, 1)
    assert ranking.codes == [["A00"]]


def test_what_scores_nothing_is_no_answer() -> None:
    ranking = best_codes(rows([0, 0, 0.4, 0, -0.2], [0, 0, 0, 0, 0]), CANDIDATES, 5)
    assert ranking.codes == [["A01"], []]
    assert ranking.scores[1] == []


def test_against_a_plain_sort() -> None:
    chance = np.random.default_rng(7)
    places = np.sort(chance.integers(0, 40, 300))
    _, places = np.unique(places, return_inverse=True)
    codes = tuple(f"C{number:02}" for number in range(places.max() + 1))
    candidates = Candidates(codes, ("",) * 300, places, "all")
    scores = np.round(chance.random((20, 300)), 1).astype(np.float32)
    for row, found in zip(scores, best_codes(scores, candidates, 12).codes, strict=True):
        best = {code: max(row[places == place]) for place, code in enumerate(codes)}
        expected = sorted((code for code in codes if best[code] > 0), key=lambda code: (-best[code], code))
        assert found == expected[:12]


class PlaceEncoder:
    """Texts as unit vectors: the number in the text names the dimension."""

    identity = "places"

    def __init__(self) -> None:
        self.prefixes: list[str] = []

    def encode(self, texts: list[str], prefix: str) -> np.ndarray:
        self.prefixes.append(prefix)
        return np.eye(8, dtype=np.float32)[[int(text[-1]) for text in texts]]


def test_the_dense_system_embeds_surfaces_by_the_cache_and_queries_never(tmp_path: Path) -> None:
    candidates = Candidates(("A", "B"), ("s1", "s2", "s3"), np.array([0, 0, 1]), "all")
    encoder = PlaceEncoder()
    system = DenseSystem(encoder, candidates, tmp_path, 100, "q: ", "p: ")
    assert system.disk_bytes == 100 + 3 * 8 * 4
    for _ in range(2):
        assert system.rank(["ask 3", "ask 2", "ask 7"], 5).codes == [["B"], ["A"], []]
    assert encoder.prefixes == ["p: ", "q: ", "q: "]
    again = PlaceEncoder()
    other = DenseSystem(again, candidates, tmp_path, 100, "q: ", "p: ")
    assert again.prefixes == []
    assert other.identity == system.identity != DenseSystem(again, candidates, tmp_path, 1).identity


@pytest.fixture(scope="module")
def catalog(tiny_folder: Path) -> Catalog:
    return Catalog.open(Assets(tiny_folder).catalog)


def test_surfaces_nest(catalog: Catalog) -> None:
    titles, official, everything = (
        read_candidates(catalog, "titles"),
        read_candidates(catalog, "official"),
        read_candidates(catalog, "all"),
    )
    assert titles.codes == official.codes == everything.codes
    assert len(titles.codes) == len(catalog) == len(titles.texts)
    assert set(titles.texts) < set(official.texts) <= set(everything.texts)


def test_a_pool_keeps_its_codes_alone(catalog: Catalog) -> None:
    whole = read_candidates(catalog, "titles")
    some = whole.codes[3:6]
    kept = read_candidates(catalog, "titles", [*some, "Q99.9999"])
    assert kept.codes == some
    assert kept.texts == whole.texts[3:6]
    with pytest.raises(UsageError, match="no code is left"):
        read_candidates(catalog, "titles", ["Q99.9999"])
