"""A whole evaluation over small assets: everything it tells, and nothing that it must not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.errors import CodilinguaError, SourceError, UsageError
from codilingua.evaluate.reporting.output import ERRORS, REPORT, RESULTS, to_text, write, write_report
from codilingua.evaluate.reporting.report import render
from codilingua.evaluate.request import Request
from codilingua.evaluate.run import Evaluation, evaluate

ROWS = """query\tcodes\tlang\tlevel\tgroup\tkind
multiple fractures of ribs\tS22.49XA|S22.4\ten\t\tnote 1\tbones
Multiple  fractures of RIBS\tS22.41\ten\t\tnote 2\tbones
hip problem of oneone\tS72.1\ten\t\tnote 2\tbones
high blood pressure twotwo\tI10\ten\t\tnote 3\theart
old infarction threethree\tI25\ten\tcategory\tnote 3\theart
hipertensión fourfour\tI10\tes\t\tnota 1\theart
caída fivefive\tW01.0\tes\t\tnota 2\t
rotura de costillas sixsix\tS22.49XA\tes\t\tnota 2\tbones
codigo retirado sevenseven\tI21.Z\tes\t\tnota 3\theart
sin codigo eighteight\tZZZ\tes\t\tnota 3\theart
"""
MARKS = ("oneone", "twotwo", "threethree", "fourfour", "fivefive", "sixsix", "sevenseven", "eighteight")
"""Words that stand in the queries and nowhere else."""
TOP = """
    schema kind run date commit modified command machine versions catalog pool depth seeds resamples
    permutations ours baseline languages chapters sets systems unavailable languages_table macro parallel
    curves tests moves error_classes errors leakage scores
"""


def quiet(_: str) -> Callable[[int, int], None]:
    return lambda *_: None


@pytest.fixture(scope="module")
def request_of(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Request:
    folder = tmp_path_factory.mktemp("evaluation")
    # Without the reranker, so that one of the systems cannot be opened.
    assets = Assets(shutil.copytree(tiny_folder, folder / "assets"))
    assets.reranker.unlink()
    assets.reseal()
    (folder / "mine.tsv").write_text(ROWS, "utf-8")
    (folder / "seen.tsv").write_text("text\tcode\tgroup\nhipertension FOURFOUR\tI10\tnota 1\n", "utf-8")
    return Request(
        data=(folder / "mine.tsv",),
        systems=("codilingua-lexical", "codilingua", "codilingua-reranked"),
        assets=assets.folder,
        variants=("typo", "no-accents"),
        training=(folder / "seen.tsv",),
        out=folder / "results" / "first",
        cache=folder / "cache",
        resamples=100,
        permutations=100,
        timed=3,
        threads=1,
        command="codilingua evaluate --data mine.tsv",
    )


@pytest.fixture(scope="module")
def done(request_of: Request) -> Evaluation:
    evaluation = evaluate(request_of, quiet)
    assert request_of.out is not None
    write(evaluation, request_of.out)
    return evaluation


def test_everything_is_there(done: Evaluation) -> None:
    results = done.results
    assert list(results) == TOP.split()
    assert results["kind"] == "evaluation"
    assert (results["ours"], results["baseline"]) == ("codilingua-gated", "codilingua-lexical")
    assert results["run"] == "first"
    assert results["languages"] == ["en", "es"]
    (unavailable,) = results["unavailable"]
    assert unavailable["name"] == "codilingua-reranked"
    assert "no reranker in these assets" in unavailable["reason"]
    assert results["seeds"] == {"bootstrap": 1, "permutation": 2, "variants": 3, "errors": 4}
    assert results["chapters"]["9"] == "Diseases of the circulatory system"
    for system in results["systems"]:
        assert (system["codes"], system["cost"]["timed"], system["cost"]["threads"]) == (50, 3, 1)
        assert system["cost"]["peak_bytes"] > system["cost"]["disk_bytes"] > 0
    assert json.loads(to_text(results)) == results


def test_what_was_scored_and_what_not(done: Evaluation) -> None:
    english, spanish = done.results["sets"]
    assert (english["name"], english["lang"], english["level"]) == ("mine-en", "en", "exact")
    assert (english["rows"], english["scored"], english["unique"], english["documents"]) == (5, 5, 4, 3)
    assert english["verbatim"] == 1
    assert (spanish["rows"], spanish["scored"], spanish["not_scored"], spanish["retired"]) == (5, 4, 1, 1)
    assert [row["line"] for row in spanish["bad_rows"]] == [11]
    assert list(spanish["files"]) == ["mine.tsv"]


def test_every_view_level_and_slice(done: Evaluation) -> None:
    scores = done.results["scores"]
    keys = {(one["set"], one["view"], one["by"], one["value"], one["level"]) for one in scores}
    assert len(scores) == 2 * len(keys)
    for level in ("exact", "descendant", "category", "hierarchical"):
        for view in ("unique", "rows"):
            assert ("mine-en", view, "all", "all", level) in keys
    assert {"kind", "chapter", "mention", "code", "variant"} <= {by for _, _, by, _, _ in keys}
    assert ("mine-es", "unique", "mention", "seen", "exact") in keys
    assert ("mine-es", "unique", "variant", "no-accents", "exact") in keys
    queries = {
        (one["set"], one["view"], one["level"]): one["queries"] for one in scores if one["by"] == "all"
    }
    assert queries["mine-en", "unique", "exact"] == 3
    assert queries["mine-en", "rows", "exact"] == 4
    assert queries["mine-en", "rows", "category"] == 5
    # A retired code is scored, and nobody can find it.
    assert queries["mine-es", "unique", "exact"] == 4
    assert all(
        0 <= number <= 1 for one in scores for numbers in one["measures"].values() for number in numbers
    )


def test_leakage_is_counted(done: Evaluation) -> None:
    found = {one["set"]: one for one in done.results["leakage"]}
    assert (found["mine-es"]["exact_queries"], found["mine-es"]["documents"]) == (1, 1)
    assert (found["mine-en"]["exact_queries"], found["mine-en"]["documents"]) == (0, 0)
    assert found["mine-es"]["training"] == "seen.tsv"


def test_no_query_is_written_but_to_the_errors(done: Evaluation, request_of: Request) -> None:
    assert request_of.out is not None
    folder = request_of.out
    errors = (folder / ERRORS).read_text("utf-8")
    assert (folder / ".gitignore").read_text() == "errors.tsv\n"
    assert done.results["errors"]
    assert len(errors.splitlines()) == len(done.results["errors"]) + 1
    files = [path for path in (*folder.iterdir(), *request_of.cache.rglob("*")) if path.is_file()]
    assert {RESULTS, REPORT, "rankings.jsonl"} <= {path.name for path in files}
    for path in files:
        found = [mark for mark in MARKS if mark in path.read_bytes().decode("utf-8", "replace").lower()]
        assert bool(found) is (path.name == ERRORS), (path, found)


def test_report_and_leaderboard_are_made_of_the_results(done: Evaluation, request_of: Request) -> None:
    assert request_of.out is not None
    assert "codilingua-gated" in render(done.results)
    report = request_of.out / REPORT
    before = report.read_text("utf-8")
    report.unlink()
    written = write_report(request_of.out)
    assert report.read_text("utf-8") == before
    assert request_of.out.parent / "LEADERBOARD.md" in [path.resolve() for path in written]
    with pytest.raises(UsageError, match="no results"):
        write_report(request_of.out.parent)


def test_the_same_again_and_nothing_is_ranked(done: Evaluation, request_of: Request) -> None:
    def refuse(task: str) -> Callable[[int, int], None]:
        assert "codilingua" not in task or "reranked" in task, task
        return quiet(task)

    again = evaluate(request_of, refuse).results
    assert {**again, "date": ""} == {**done.results, "date": ""}


def test_the_reranker_is_compared_where_there_is_one(request_of: Request, tiny_folder: Path) -> None:
    stages = ("codilingua-prior", "codilingua-reranked", "codilingua-gated")
    simple = replace(request_of, systems=stages, assets=tiny_folder, variants=(), training=(), out=None)
    results = evaluate(simple, quiet).results
    assert [one["name"] for one in results["systems"]] == list(stages)
    assert results["unavailable"] == []
    first, reranked, gated = (one["cost"]["disk_bytes"] for one in results["systems"])
    assert first < reranked == gated


def test_pool_gold_is_easier(done: Evaluation, request_of: Request) -> None:
    gold = evaluate(
        replace(request_of, pool="gold", systems=("codilingua-lexical",), variants=()), quiet
    ).results
    assert gold["pool"] == "gold"
    english, spanish = gold["sets"]
    # S22.49, S22.4, S22.41, S72.1, I10, and all of I25, which is gold as a category.
    assert english["pool_codes"] > 6
    assert spanish["pool_codes"] == 3
    for name, most in (("mine-en", english["pool_codes"]), ("mine-es", 3)):
        found = _headline(gold, name)
        assert found["R@10"][0] >= _headline(done.results, name)["R@10"][0]
        assert most < 50


def _headline(results: dict[str, object], name: str) -> dict[str, list[float]]:
    for one in results["scores"]:  # type: ignore[attr-defined]
        key = (one["system"], one["set"], one["view"], one["by"], one["level"])
        if key == ("codilingua-lexical", name, "unique", "all", "exact"):
            return dict(one["measures"])
    raise AssertionError


def test_no_system_at_all(request_of: Request) -> None:
    with pytest.raises(CodilinguaError, match="no system can run here: codilingua-reranked: "):
        evaluate(replace(request_of, systems=("codilingua-reranked",)), quiet)


def test_only_bad_rows(request_of: Request, tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text("query\tcodes\tlang\nx\tZZZ\ten\n", "utf-8")
    with pytest.raises(SourceError, match=r"bad\.tsv:2: no row can be scored: "):
        evaluate(replace(request_of, data=(tmp_path / "bad.tsv",)), quiet)


def test_a_bad_row_does_not_give_its_text_away(request_of: Request, tmp_path: Path) -> None:
    rows = "query\tcodes\tlang\nok\tI10\ten\nI10\tx\tpatient of ninenine\n"
    (tmp_path / "shifted.tsv").write_text(rows, "utf-8")
    simple = replace(
        request_of, data=(tmp_path / "shifted.tsv",), systems=("codilingua-lexical",), training=()
    )
    results = evaluate(replace(simple, variants=()), quiet).results
    assert sum(one["not_scored"] for one in results["sets"]) == 1
    assert "ninenine" not in to_text(results)


def test_two_sets_of_one_name(request_of: Request, tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_text(ROWS, "utf-8")
    with pytest.raises(UsageError, match="two test sets are called 'mine-en'"):
        evaluate(replace(request_of, data=(*request_of.data, tmp_path / "mine.tsv")), quiet)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"data": ()}, "nothing to evaluate on"),
        ({"data": (Path("none.tsv"),)}, "none.tsv: no such file"),
        ({"corpora": ("nonsense",)}, "no corpus 'nonsense'"),
        ({"systems": ("nonsense",)}, "'nonsense' does not exist"),
        ({"systems": ()}, "no system is named"),
        ({"pool": "all"}, "no pool 'all'"),
        ({"variants": ("shouted",)}, "no variant 'shouted'"),
        ({"ours": "bm25"}, "--ours bm25 is not among"),
        ({"baseline": "bm25"}, "--baseline bm25 is not among"),
        ({"resamples": 0}, "--resamples is 0"),
    ],
)
def test_a_request_that_cannot_be_served(request_of: Request, changed: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        evaluate(replace(request_of, **changed), quiet)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
