"""Variants: what changes, what must not, that they are paired, and that nothing but the text decides."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import codilingua.evaluate.testsets.variants as variants
from codilingua.errors import UsageError
from codilingua.evaluate.testsets.variants import COLUMN, LONG, VARIANTS, derive, original_of, vary
from codilingua.text import fold
from codilingua.types import LANGUAGES, Judgement

SEED = 3
TABLE = Path(variants.__file__).with_name("abbreviations.tsv")


def judgement(query: str, line: int, lang: str = "es", group: str | None = "doc") -> Judgement:
    return Judgement(query, ("I10",), lang, group=group, slices={"kind": "EXACT"}, line=line)


def edits(one: str, other: str) -> int:
    """Damerau-Levenshtein distance, neighbours swapped at the most once."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        rows.append([i])
        for j, b in enumerate(other, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]


QUERIES = [
    "asma",
    "cefalea tensional",
    "fractura de cadera derecha",
    "Neumonía",
    "lumbalgia crónica sin ciática",
    "GASTROENTERITIS",
    "piel seca",
    "dolor de muelas",
]


@pytest.mark.parametrize("seed", range(40))
def test_typos_are_one_or_two_slips_in_long_words_alone(seed: int) -> None:
    for query in QUERIES:
        typed = vary(query, "typo", "es", seed)
        assert typed is not None
        letters = sum(character.isalpha() for character in query)
        before, after = query.split(), typed.split()
        assert len(before) == len(after)
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        longer = sum(len(word) > 3 for word in before)
        assert len(changed) == min(2 if letters >= LONG else 1, longer)
        for old, new in changed:
            assert len(old) > 3
            assert new[0] == old[0]
            assert edits(old, new) == 1


def test_all_four_kinds_of_slip_occur_and_replaced_letters_are_neighbours() -> None:
    found: Counter[str] = Counter()
    for seed in range(400):
        new = vary("trombosis", "typo", "es", seed)
        assert new is not None
        if len(new) == 9 and sorted(new) == sorted("trombosis"):
            found["swapped"] += 1
        elif len(new) == 9:
            ((old, typed),) = [(a, b) for a, b in zip("trombosis", new, strict=True) if a != b]
            assert (
                typed in {"r": "etdf", "o": "iplk", "m": "njk", "b": "vngh", "s": "adwexz", "i": "uojk"}[old]
            )
            found["neighbour"] += 1
        else:
            found["doubled" if len(new) == 10 else "omitted"] += 1
    assert set(found) == {"swapped", "neighbour", "doubled", "omitted"}
    assert min(found.values()) > 60


def test_french_keys_are_not_the_spanish_ones() -> None:
    def replaced(lang: str) -> set[str]:
        typed = {vary("baaaa", "typo", lang, seed) for seed in range(300)}
        return {letter for new in typed if new and len(new) == 5 for letter in new[1:]} - {"a"}

    assert replaced("fr") == set("zq")
    assert replaced("es") == replaced("pt-BR") == set("qwsz")


@pytest.mark.parametrize("query", ["tos", "B12 27", "EPOC", "DM2", "VIH +", "T84.5", ""])
def test_short_words_numbers_and_acronyms_get_no_typo(query: str) -> None:
    assert vary(query, "typo", "es", SEED) is None


@pytest.mark.parametrize(
    ("lang", "query", "typed"),
    [
        ("es", "Niño con náuseas", "Nino con nauseas"),
        ("es", "CEFALEA CRÓNICA", "CEFALEA CRONICA"),
        ("pt", "lesão na cabeça", "lesao na cabeca"),
        ("ca", "fibril·lació, pell", "fibril.lacio, pell"),
        ("fr", "Œdème du cœur", "Oedeme du coeur"),
        ("fr", "brûlure 2º degré", "brulure 2º degre"),
        ("es", "nin\u0303o", "nino"),
    ],
)
def test_accents_come_off(lang: str, query: str, typed: str) -> None:
    assert vary(query, "no-accents", lang, SEED) == typed


@pytest.mark.parametrize("query", ["asma", "2º grado", "m² · µg", ""])
def test_where_there_is_no_accent_there_is_no_variant(query: str) -> None:
    assert vary(query, "no-accents", "es", SEED) is None


@pytest.mark.parametrize(
    ("lang", "query", "typed"),
    [
        ("en", "severe chronic obstructive pulmonary disease", "severe COPD"),
        ("en", "Post-traumatic stress disorder", "PTSD"),
        ("es", "Hipertension  ARTERIAL mal controlada", "HTA mal controlada"),
        ("es", "diabetes mellitus tipo 2 con insuficiencia cardiaca", "DM2 con IC"),
        ("es", "insuficiencia cardíaca congestiva", "ICC"),
        ("ca", "síndrome d’apnea obstructiva del son", "SAOS"),
        ("ca", "fibril·lació auricular", "FA"),
        ("it", "riacutizzazione di broncopneumopatia cronica ostruttiva", "riacutizzazione di BPCO"),
        ("pt", "doença pulmonar obstrutiva crónica", "DPOC"),
        ("pt-BR", "infarto agudo do miocárdio", "IAM"),
        ("fr", "oedème aigu du poumon", "OAP"),
        ("fr", "(hypertension artérielle)", "(HTA)"),
    ],
)
def test_phrases_become_their_abbreviations(lang: str, query: str, typed: str) -> None:
    assert vary(query, "abbreviated", lang, SEED) == typed


@pytest.mark.parametrize(
    ("lang", "query"),
    [
        ("es", "HTA"),
        ("es", "insuficiencia, cardíaca"),
        ("es", "hipertensión. Arterial"),
        ("es", "prediabetes mellitusoide"),
        ("en", "hipertensión arterial"),
        ("de", "arterielle Hypertonie"),
    ],
)
def test_other_text_is_not_abbreviated(lang: str, query: str) -> None:
    assert vary(query, "abbreviated", lang, SEED) is None


def test_the_table_of_abbreviations_is_sound() -> None:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    keys = [(row["lang"], fold(row["phrase"])) for row in rows]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys, key=lambda key: list(LANGUAGES).index(key[0]))
    for lang in LANGUAGES:
        own = [row for row in rows if row["lang"] == lang]
        assert len({row["abbreviation"] for row in own}) >= 25
        for row in own:
            assert row["phrase"] == row["phrase"].strip()
            assert 1 < len(row["abbreviation"]) <= 5
            assert row["abbreviation"].isupper()
            assert vary(row["phrase"], "abbreviated", lang, SEED) == row["abbreviation"]


def test_each_variant_stands_beside_its_original() -> None:
    rows = [judgement(query, line, group=f"doc {line}") for line, query in enumerate(QUERIES, 2)]
    rows.append(judgement("NEUMONIA", 99))
    derived = derive(rows, VARIANTS, SEED)
    by_query = {row.query: row for row in rows}
    counts = Counter(row.slices[COLUMN] for row in derived)
    assert counts["typo"] == len(QUERIES)
    assert counts["no-accents"] == 2
    assert "abbreviated" not in counts
    for kind in ("typo", "no-accents"):
        changed = [row for row in derived if row.slices[COLUMN] == kind]
        originals = [row for row in derived if row.slices[COLUMN] == original_of(kind)]
        for one, other in zip(changed, originals, strict=True):
            source = by_query[other.query]
            assert one.query == vary(other.query, kind, "es", SEED)
            assert one.codes == other.codes == source.codes
            assert (one.line, one.group) == (other.line, other.group) == (source.line, source.group)
            assert set(one.slices) == set(other.slices) == {COLUMN}


def test_a_sample_is_as_large_as_asked_for_and_hangs_on_the_texts_alone() -> None:
    rows = [judgement(f"hallazgo número {number}", number) for number in range(200)]
    derived = derive(rows, ("no-accents",), SEED, sample=30)
    assert len(derived) == 60
    lines = {row.line for row in derived}
    assert lines != set(range(30))
    moved = derive([*reversed(rows), judgement("tos", 500)], ("no-accents",), SEED, sample=30)
    assert {row.line for row in moved} == lines
    fewer = derive(rows[1:], ("no-accents",), SEED, sample=30)
    assert len({row.line for row in fewer} - lines) <= 1
    assert {row.line for row in derive(rows, ("no-accents",), SEED + 1, sample=30)} != lines


def test_variants_are_the_same_in_every_process_and_python() -> None:
    expected = ["fractura de cadsra", "lmbalgia"]
    module = "codilingua.evaluate.testsets.variants"
    script = f"from {module} import vary; print(vary('fractura de cadera', 'typo', 'es', 3))"
    source = str(Path(variants.__file__).parents[3])
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": source, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout.decode()
        for seed in ("1", "2")
    }
    assert printed == {f"{vary('fractura de cadera', 'typo', 'es', 3)}\n"}
    # Written down, so that a Python that draws other numbers is noticed.
    assert [vary("fractura de cadera", "typo", "es", 3), vary("lumbalgia", "typo", "es", 3)] == expected


def test_requests_that_cannot_be_served() -> None:
    with pytest.raises(UsageError, match="no variant 'typos': choose from typo, no-accents, abbreviated"):
        derive([], ("typos",), SEED)
    with pytest.raises(UsageError, match="sample of 0"):
        derive([], ("typo",), SEED, sample=0)
    assert derive([], VARIANTS, SEED) == ()
