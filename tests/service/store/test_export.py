"""What coders said becomes files that the other stages read as they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.curate.files import read_pairs
from codilingua.errors import UsageError
from codilingua.evaluate.testsets.judgements import read_judgements
from codilingua.search.engine import Search
from codilingua.service.store.export import agree, export_evaluation, export_pairs, export_raw
from codilingua.service.store.values import Feedback
from codilingua.train.examples import read_training_set

DAY = datetime(2026, 5, 6, 23, 59, tzinfo=UTC)


def said(query: str, code: str, verdict: str = "right", lang: str | None = "es", **more: object) -> Feedback:
    return Feedback(query, code, verdict, lang=lang, at=DAY, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def catalog(tiny: Search) -> Catalog:
    return tiny.catalog


SAID = [
    said("dolor  torácico\t<b>", "I20.9"),
    said("dolor torácico <b>", "I20.9", "chosen"),
    said("dolor torácico <b>", "i209", ranker="r7"),
    said("dolor torácico <b>", "I21.9"),
    said("chest pain", "I20.9", "chosen", "en"),
    said("rotura de cadera", "S72.001A"),
]


def test_the_tiny_catalog_has_these_codes(catalog: Catalog) -> None:
    for code in ("I10", "I20.9", "I21.9", "S72.001", "I25"):
        assert catalog.find(code) is not None


def test_the_evaluation_reads_it(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "feedback.tsv"
    assert export_evaluation(path, agree(SAID, catalog).pairs, force=False) == 3
    spanish, english = read_judgements(path, catalog)
    assert (spanish.lang, english.lang) == ("es", "en")
    assert spanish.bad_rows == english.bad_rows == ()
    chest, hip = spanish.judgements
    assert (chest.query, chest.codes, chest.level) == ("dolor torácico <b>", ("I20.9", "I21.9"), "exact")
    assert dict(chest.slices) == {"verdict": "right", "count": "4"}
    assert (hip.query, hip.codes) == ("rotura de cadera", ("S72.001",))
    (pain,) = english.judgements
    assert dict(pain.slices) == {"verdict": "chosen", "count": "1"}


def test_training_reads_the_pairs(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    assert export_pairs(path, agree(SAID, catalog).pairs, force=False) == 4
    phrases = read_training_set(catalog, [path]).phrases
    assert phrases.texts == (
        "dolor torácico <b>",
        "dolor torácico <b>",
        "chest pain",
        "rotura de cadera",
    )
    assert phrases.langs == ("es", "es", "en", "es")
    pairs = read_pairs(path)
    assert {(pair.model, pair.register, pair.way, pair.date) for pair in pairs} == {
        ("people", "note", "practice", "2026-05-06")
    }
    assert [pair.request for pair in pairs] == [SAID[0].id, SAID[3].id, SAID[4].id, SAID[5].id]
    header, *rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    data = Path(__file__).parents[3] / "data" / "pairs" / "train.tsv"
    with data.open(encoding="utf-8") as file:
        assert header == [*file.readline().rstrip("\n").split("\t"), "count"]
    assert [row[-1] for row in rows] == ["3", "1", "1", "1"]
    # The evaluation reads pairs as well.
    assert sum(len(found.judgements) for found in read_judgements(path, catalog)) == 4


def left(feedback: Sequence[Feedback], catalog: Catalog) -> tuple[list[tuple[str, str]], dict[str, int]]:
    agreement = agree(feedback, catalog)
    assert agreement.read == len(feedback)
    pairs = [(pair.text, pair.concept.code) for pair in agreement.pairs]
    counted = sum(pair.count for pair in agreement.pairs)
    assert counted + sum(agreement.left_out.values()) == len(feedback)
    return pairs, dict(agreement.left_out)


def test_what_is_wrong_is_left_out(catalog: Catalog) -> None:
    wrong = [said("tos", "I10", "wrong"), said("tos", "I10", "wrong")]
    assert left(wrong, catalog) == ([], {"wrong": 2})
    contested = [said("tos", "I10"), said("tos", "I10", "wrong")]
    assert left(contested, catalog) == ([], {"contested": 2})
    outvoted = [*contested, said("tos", "I10", "chosen")]
    assert left(outvoted, catalog) == ([("tos", "I10")], {"wrong": 1})
    elsewhere = [said("tos", "I10", lang="ca"), said("tos", "I10", "wrong")]
    assert left(elsewhere, catalog) == ([("tos", "I10")], {"wrong": 1})


def test_what_cannot_be_used_is_left_out(catalog: Catalog) -> None:
    rows = [
        said("tos", "Q99.9"),
        said("tos", "9"),
        said("tos", "no code"),
        said("tos", "I10", lang=None),
        said("tos", "I10", lang="de"),
        said("i10", "I10"),
        said(" \0 ", "I10"),
        said("HTA", "I10", lang=None, ui="es"),
    ]
    assert left(rows, catalog) == (
        [("HTA", "I10")],
        {"not in this catalog": 3, "without a language": 2, "the query is a code": 1, "no text": 1},
    )


def test_everything_as_it_was_said(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    rows = [*SAID, said("tos", "Q99.9", "wrong", None, rank=2, shown=("A", "B"), key="ehr", catalog="c")]
    assert export_raw(path, iter(rows), force=False) == len(rows)
    read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [
        Feedback(**{**row, "at": datetime.fromisoformat(row["at"]), "shown": tuple(row["shown"])})
        for row in read
    ] == rows


def test_the_owner_alone_reads_the_file(catalog: Catalog, tmp_path: Path) -> None:
    pairs = agree(SAID, catalog).pairs
    export_evaluation(tmp_path / "a", pairs, force=False)
    export_pairs(tmp_path / "b", pairs, force=False)
    export_raw(tmp_path / "c", SAID, force=False)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == dict.fromkeys(
        "abc", "0o600"
    )


def test_a_file_that_is_there_stays(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "kept.tsv"
    path.write_text("mine")
    pairs = agree(SAID, catalog).pairs
    with pytest.raises(UsageError, match="there already: choose another name, or overwrite it with --force"):
        export_evaluation(path, pairs, force=False)
    assert path.read_text() == "mine"
    with pytest.raises(UsageError, match="nothing to put into it"):
        export_evaluation(path, [], force=True)
    assert path.read_text() == "mine"
    assert export_evaluation(path, pairs, force=True) == 3
    assert path.read_text("utf-8").startswith("query\tcodes\tlang\t")
    with pytest.raises(UsageError, match="not a file"):
        export_evaluation(tmp_path, pairs, force=True)
    with pytest.raises(UsageError, match="cannot be written"):
        export_evaluation(tmp_path / "none" / "x.tsv", pairs, force=False)
    assert [one.name for one in tmp_path.iterdir()] == ["kept.tsv"]


def test_the_last_day_is_told(catalog: Catalog, tmp_path: Path) -> None:
    later = replace(SAID[4], at=datetime(2026, 6, 1, tzinfo=UTC))
    export_pairs(tmp_path / "x", agree([later, SAID[4]], catalog).pairs, force=False)
    (pair,) = read_pairs(tmp_path / "x")
    assert pair.date == "2026-06-01"
