"""Splits, verdicts, terms and use: what becomes of pairs and texts once they are sifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.curate.files import read_pairs, table
from codilingua.curate.filters.wording import Detect, detector
from codilingua.curate.splits import SPLITS, Splits, split
from codilingua.curate.terms import curate_terms
from codilingua.curate.use import curate_use
from codilingua.curate.verdicts import precision, settle
from codilingua.errors import SourceError
from codilingua.near import NearTexts
from codilingua.synth.answers import Verdict
from codilingua.synth.raw import Judged, Term
from codilingua.types import Pair

MakePair = Callable[..., Pair]
WORDS = (
    *("acute", "chronic", "renal", "hepatic", "cardiac", "lung", "bone", "skin"),
    *("nerve", "blood", "old", "new", "left", "upper", "lower", "deep"),
)


@pytest.fixture(scope="module")
def many() -> list[Pair]:
    """Some 2,000 pairs of 200 codes, some of them nearly the same."""
    pairs = []
    for code in range(200):
        for number in range(10):
            first, second = WORDS[(code + number) % 16], WORDS[(code * 7 + number * 3) % 16]
            text = f"{first} {second} disease of kind {chr(97 + code % 26)}{chr(97 + code // 26)}{number}"
            lang = ("en", "es", "fr")[number % 3]
            pairs.append(Pair(text, f"C{code}", lang, "note", "phrases", "r", "m", "v", "d"))
            if number == 0:
                near = text.replace("disease", "diseases")
                pairs.append(Pair(near, f"C{code}", "es", "note", "phrases", "r", "m", "v", "d"))
    return pairs


@pytest.fixture(scope="module")
def divided(many: list[Pair]) -> Splits:
    return split(many)


def test_nothing_is_lost(many: list[Pair], divided: Splits) -> None:
    out = [*divided.train, *divided.dev, *divided.test, *(found.pair for found in divided.dropped)]
    assert Counter(pair.id for pair in out) == Counter(pair.id for pair in many)


def test_a_tenth_of_the_codes_is_held_out_whole(divided: Splits) -> None:
    assert 10 <= len(divided.unseen) <= 32
    trained = {pair.code for pair in divided.train}
    assert trained.isdisjoint(divided.unseen)
    held = {pair.code for pair in (*divided.dev, *divided.test)}
    assert divided.unseen - held == set()
    dev, test = ({pair.code for pair in part} & divided.unseen for part in (divided.dev, divided.test))
    assert dev
    assert test
    assert not dev & test


def test_a_twentieth_of_the_others(many: list[Pair], divided: Splits) -> None:
    seen = [pair for pair in many if pair.code not in divided.unseen]
    held = [pair for pair in (*divided.dev, *divided.test) if pair.code not in divided.unseen]
    assert 0.02 < len(held) / len(seen) < 0.09


def test_no_near_duplicate_crosses(divided: Splits) -> None:
    near_test = NearTexts([pair.text for pair in divided.test])
    near_dev = NearTexts([pair.text for pair in divided.dev])
    for pair in divided.train:
        assert near_test.find(pair.text) is None
        assert near_dev.find(pair.text) is None
    for pair in divided.dev:
        assert near_test.find(pair.text) is None


def test_splits_are_decided_by_the_pair_alone(many: list[Pair], divided: Splits) -> None:
    assert split(list(reversed(many))).unseen == divided.unseen
    without = split([pair for pair in many if pair.code != "C5"])

    def places(splits: Splits) -> dict[str, str]:
        return {pair.id: name for name in SPLITS for pair in getattr(splits, name)}

    before, after = places(divided), places(without)
    both = before.keys() & after.keys()
    assert sum(before[one] != after[one] for one in both) / len(both) < 0.01
    assert split(many, "another salt").unseen != divided.unseen


def judged(row: str, verdict: str, topic: str = "review", code: str = "", text: str = "") -> Judged:
    return Judged(Verdict(row, verdict, code, text, "because"), topic, "judge", "v", "d")


def test_verdicts(pair: MakePair, catalog: Catalog) -> None:
    kept, wrong, odd, bad, other = (pair(text, "I10") for text in ("uno", "dos", "tres", "cuatro", "cinco"))
    said = [
        judged(kept.id, "drop"),
        judged(kept.id, "keep"),
        judged(wrong.id, "recode", code="I15.9"),
        judged(odd.id, "rewrite", "test", text="tres más"),
        judged(bad.id, "drop"),
        judged("000000000000", "drop"),
    ]
    # A row that was written twice was read once.
    settled = settle([kept, wrong, odd, bad, other, bad], said, catalog)
    assert [(one.text, one.code) for one in settled.pairs] == [
        ("uno", "I10"),
        ("dos", "I15.9"),
        ("tres más", "I10"),
        ("cinco", "I10"),
    ]
    assert [(found.reason, found.detail) for found in settled.rejected] == [("judge: drop", "because")] * 2
    assert settled.counts == {"review": {"keep": 1, "recode": 1, "drop": 2}, "test": {"rewrite": 1}}
    assert {kept.id, wrong.id, settled.pairs[1].id} <= settled.settled
    assert other.id not in settled.settled


def test_a_mended_row_may_be_judged_again(pair: MakePair, catalog: Catalog) -> None:
    row = pair("fractura de cadera dcha", "S72.002")
    mended = pair("fractura de cadera dcha", "S72.001")
    first = judged(row.id, "recode", code="s72.001A")
    settled = settle([row], [first], catalog)
    assert settled.pairs == [mended]
    assert settled.settled == {row.id, mended.id}
    again = settle([row], [first, judged(mended.id, "drop", "test")], catalog)
    assert again.pairs == []
    assert [found.pair for found in again.rejected] == [mended]
    assert again.counts == {"review": {"recode": 1}, "test": {"drop": 1}}
    # Two judges who send a row to and fro come to an end.
    back = settle([row], [first, judged(mended.id, "recode", code="S72.002")], catalog)
    assert back.pairs == [row]


def test_precision_counts_rows_as_they_stood(pair: MakePair, catalog: Catalog) -> None:
    rows = [pair("uno", "I10"), pair("dos", "I10"), pair("tres", "I10"), pair("un", "I10", "fr")]
    said = [
        judged(rows[0].id, "keep", "precision"),
        judged(rows[1].id, "recode", "precision", code="I15.9"),
        judged(rows[2].id, "drop", "review"),
        judged(rows[3].id, "keep", "precision"),
    ]
    found = precision(settle([*rows, rows[0]], said, catalog).read)
    assert found.rows == {"es": 2, "fr": 1}
    assert found.right == {"es": 1, "fr": 1}
    assert [one.text for one, _ in found.misses] == ["dos"]


@pytest.fixture(scope="module")
def detect() -> Detect:
    return detector()


def test_terms(catalog: Catalog, detect: Detect) -> None:
    def term(code: str, text: str, lang: str = "es", request: str = "r") -> Term:
        return Term(code, lang, text, request, "m", "v", "d")

    good = [
        term("I10", "hipertensión esencial (primaria)"),
        term("I10", "hypertension essentielle", "fr"),
        term("R31", "hematuria"),
        term("M16.11", "artrosis primaria unilateral, cadera derecha"),
        term("A09", "gastroenteritis y colitis infecciosas, sin especificar"),
    ]
    bad = [
        (term("I10", "hipertensión arterial"), "second term"),
        (term("I15.9", "Hipertensión esencial (primaria)"), "same as another code"),
        (term("M16.12", "artrosis primaria unilateral, cadera derecha"), "contradiction: side"),
        (term("Q99.99", "nada"), "unknown code"),
        (term("S72.001A", "fractura"), "unknown code"),
        (term("J18.9", "neumonía", "gl"), "unknown language"),
        (term("J45", ""), "length"),
        (term("J44.9", "..."), "length"),
        (term("J44.1", "A"), "length"),
        (term("A82", "Rabies"), "copied title"),
        (term("K35", "acute appendicitis with the peritoneum"), "wrong language"),
    ]
    result = curate_terms([*good, *(one for one, _ in bad)], catalog, detect)
    assert list(result.kept) == good
    assert [(found.term, found.reason) for found in result.rejected] == bad


def test_one_foreign_term_is_a_term_of_medicine(catalog: Catalog, detect: Detect) -> None:
    rest = (
        "cólera",
        "fiebre tifoidea",
        "salmonelosis",
        "shigelosis",
        "amebiasis",
        "tuberculosis",
        "peste",
        "muermo",
    )
    codes = ("A00", "A01", "A02", "A03", "A06", "A15", "A20", "A24")
    own = [Term(code, "es", text, "r", "m", "v", "d") for code, text in zip(codes, rest, strict=True)]
    latin = Term("L88", "es", "pyoderma gangrenosum", "r", "m", "v", "d")
    more = [
        Term(f"A2{place}", "es", text, "r", "m", "v", "d")
        for place, text in ((5, "sodoku"), (7, "leptospirosis"))
    ]
    assert curate_terms([*own, *more, latin], catalog, detect).rejected == ()
    (finding,) = curate_terms([*own[:2], latin], catalog, detect).rejected
    assert (finding.term, finding.reason) == (latin, "copied title")


def test_a_category_may_share_its_term_with_a_code_below(catalog: Catalog, detect: Detect) -> None:
    terms = [Term(code, "es", "miopía", "r", "m", "v", "d") for code in ("H52.1", "H52.10")]
    assert len(curate_terms(terms, catalog, detect).kept) == 2


def test_use(catalog: Catalog) -> None:
    tiers = {"S72.001A": 1, "S72.001": 2, "I10": 0, "S72": 0, "X": 1, "I20.1": 3}
    defaults = [
        ("es", "HTA", "I10"),
        ("es", "hta", "I10"),
        ("es", "HTA", "I15.9"),
        ("fr", "HTA", "I10"),
        ("es", "rara", "X"),
        ("gl", "HTA", "I10"),
    ]
    use = curate_use(tiers, defaults, catalog)
    assert use.tiers == {"I10": 0, "S72.001": 1}
    assert list(use.tiers) == ["I10", "S72.001"]
    assert use.defaults == (("es", "HTA", "I10"), ("fr", "HTA", "I10"))
    assert use.rejected == {
        "tier: not a complete code": 2,
        "default: not a complete code": 2,
        "default: another code is given more often": 1,
    }


def test_files_of_pairs(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pairs.tsv"
    header = ("query", "codes", "lang", "register", "way", "request", "model", "version", "date")
    table(path, header, [("HTA", "I10", "es", "note", "practice", "r", "m", "v", "d")])
    assert read_pairs(path) == [Pair("HTA", "I10", "es", "note", "practice", "r", "m", "v", "d")]
    path.write_text("query\tcodes\nHTA\tI10\n", "utf-8")
    with pytest.raises(SourceError, match="no column 'lang'"):
        read_pairs(path)
