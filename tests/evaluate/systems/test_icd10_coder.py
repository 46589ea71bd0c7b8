"""The codes of icd10-coder as those of the candidates."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates, read_candidates
from codilingua.evaluate.systems.icd10_coder import Icd10Coder
from codilingua.search.engine import Search

coder = pytest.importorskip("icd10_coder.coder")


def pool(*codes: str) -> Candidates:
    return Candidates(codes, codes, np.arange(len(codes)), "titles", frozenset(codes))


@pytest.fixture(scope="module")
def whole(shipped: Search) -> Icd10Coder:
    return Icd10Coder(read_candidates(shipped.catalog, "titles"))


def answered(query: str, limit: int) -> list[str]:
    """What the package itself answers."""
    with closing(coder.get_conn(coder.CM_DB)) as connection:
        return [row[0] for row in coder.cm_search(connection, query, limit)]


def test_the_exact_name_comes_first(whole: Icd10Coder) -> None:
    codes, scores = whole.rank(["essential (primary) hypertension"], 4)
    assert codes[0][0] == "I10"
    assert scores == [[1.0, 1 / 2, 1 / 3, 1 / 4]]


def test_the_order_is_the_package_s_own(whole: Icd10Coder) -> None:
    own = answered("hypertension", 50)
    known = set(whole.rank(["hypertension"], 1000).codes[0])
    assert whole.rank(["hypertension"], 10).codes == [[code for code in own if code in known][:10]]


def test_7th_characters_come_off_and_each_code_stands_once(whole: Icd10Coder) -> None:
    own = answered("fracture of one rib", 200)
    assert sum(code.startswith("S22.3") and len(code) == 8 for code in own) > 5
    codes = whole.rank(["fracture of one rib"], 20).codes[0]
    assert len(codes) == len(set(codes)) == 20
    assert not any(len(code) == 8 for code in codes if code.startswith("S"))
    assert "S22.31" in codes


@pytest.mark.parametrize(
    ("written", "meant"),
    [("S22.31XA", "S22.31"), ("T14.8XXA", "T14.8"), ("S72.001A", "S72.001"), ("X30.XXXA", "X30")],
)
def test_placeholders_come_off(written: str, meant: str) -> None:
    with closing(sqlite3.connect(coder.CM_DB)) as connection:
        (name,) = connection.execute(
            "SELECT long_name FROM cm_codes WHERE code_dot = ?", (written,)
        ).fetchone()
    assert Icd10Coder(pool("I10", meant)).rank([name], 1).codes == [[meant]]


def test_more_are_asked_for_where_the_pool_leaves_few() -> None:
    own = answered("fracture", 100_000)
    places = [place for place, code in enumerate(own) if code.startswith("S52.592")]
    assert min(places) > 160
    assert Icd10Coder(pool("S52.592", "I10")).rank(["fracture"], 20).codes == [["S52.592"]]


def test_a_longer_answer_begins_with_the_shorter_one() -> None:
    for query in ("fracture", "chronic kidney disease", "pain in left knee", "type 2 diabetes"):
        longest = answered(query, 20_000)
        for limit in (1, 20, 160, 1280):
            assert longest[:limit] == answered(query, limit)


def test_codes_that_the_catalog_lacks_are_left_out(shipped: Search, whole: Icd10Coder) -> None:
    codes = {concept.code for concept in shipped.catalog}
    queries = ["pneumonia", "fracture of femur", "poisoning by aspirin", "obesity", "lymphoma"]
    for found in whole.rank(queries, 200).codes:
        assert found
        assert set(found) <= codes


def test_what_finds_nothing(whole: Icd10Coder) -> None:
    queries = ["", "  ", "qwxyz", "ألم", '"', "a\x00b", "\udc80", "%", "NEAR("]
    ranking = whole.rank(queries, 20)
    assert [len(codes) for codes in ranking.codes[:5]] == [0] * 5
    assert len(ranking.codes) == len(ranking.scores) == len(queries)
    assert whole.rank([], 20) == Ranking([], [])


def test_what_it_is(whole: Icd10Coder) -> None:
    assert whole.identity.startswith("icd10-coder ")
    assert whole.disk_bytes > 20_000_000
