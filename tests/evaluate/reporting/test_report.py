"""The report of the made-up run in ``tests/data/evaluation``, whole and with parts missing."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import UsageError
from codilingua.evaluate.reporting.report import render
from codilingua.evaluate.reporting.report.markdown import (
    best_in_bold,
    megabytes,
    milliseconds,
    probability,
    signed,
    spread,
    table,
)

EXAMPLE = Path(__file__).parents[2] / "data" / "evaluation" / "results.json"
Content = dict[str, Any]


@pytest.fixture
def results() -> Content:
    return dict(json.loads(EXAMPLE.read_text("utf-8")))


def section(report: str, heading: str) -> str:
    """From a heading to the next of its rank or higher."""
    rank = heading.index(" ")
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{rank}}} |\Z)", report, re.MULTILINE | re.DOTALL
    )
    assert found, f"no {heading!r} in the report"
    return found[1]


def row(text: str, *starts: str) -> list[str]:
    """The cells of the first row that begins with these."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[: len(starts)] == list(starts):
            return cells
    raise AssertionError(f"no row {starts} in\n{text}")


def macro(
    results: Content, system: str, measure: str, level: str = "exact", writer: str = "people"
) -> list[float]:
    for each in results["macro"]:
        if (each["system"], each["level"], each["writer"]) == (system, level, writer):
            return list(each["measures"][measure])
    raise AssertionError


def test_the_pool_is_named_in_the_first_lines(results: Content) -> None:
    first = render(results).splitlines()[:3]
    assert "Pool of candidates: **catalog**" in first[2]
    results["pool"] = "gold"
    assert "**gold**: only codes that occur in the sets" in render(results).splitlines()[2]


def test_headline_table(results: Content) -> None:
    text = section(render(results), "## Languages by systems")
    assert row(text, "system") == ["system", "macro", "English", "Spanish"]
    ours = row(text, "codilingua-fused")
    value, low, high = macro(results, "codilingua-fused", "R@5")
    assert ours[1] == f"**{value:.3f} [{low:.3f}, {high:.3f}]**"
    # English: the baseline is best, and ours is not told apart from it.
    assert row(text, "minilm")[2].startswith("**")
    assert ours[2].endswith("≈")
    assert not ours[2].startswith("**")
    # Spanish: what is told apart bears no mark.
    assert ours[3].startswith("**")
    assert not row(text, "minilm")[3].endswith("≈")


def test_every_measure_has_a_table(results: Content) -> None:
    text = section(render(results), "## Languages by systems")
    for measure in ("R@5", "R@1", "MRR@10", "MAP@10", "nDCG@10", "F1@1"):
        after = text.split(f"**{measure}**", 1)[1]
        assert f"{macro(results, 'bm25', measure)[0]:.3f}" in row(after, "bm25")[1]


def test_levels_stand_side_by_side(results: Content) -> None:
    text = section(render(results), "### R@5 at four levels of credit")
    assert row(text, "system") == ["system", "exact", "descendant", "category", "hierarchical"]
    levels = ("exact", "descendant", "category", "hierarchical")
    assert row(text, "bm25")[1:] == [f"{macro(results, 'bm25', 'R@5', level)[0]:.3f}" for level in levels]


def test_what_a_machine_wrote_is_apart(results: Content) -> None:
    report = render(results)
    text = section(report, "## Sets that a machine wrote")
    assert "mean of written-es" in text
    value = macro(results, "minilm", "R@5", writer="machine")[0]
    assert row(text, "minilm")[1].startswith(f"{value:.3f}")
    assert "written-es" not in section(report, "## Languages by systems")


def test_nothing_is_called_worse_whose_interval_includes_0(results: Content) -> None:
    report = render(results)
    assert "English: codilingua-fused is not told apart from minilm" in report
    assert "Spanish: codilingua-fused is better than minilm: +" in report
    for test in results["tests"]:
        test |= {"difference": -test["difference"], "low": -test["high"], "high": -test["low"]}
    assert "Spanish: codilingua-fused is worse than minilm: -" in render(results)
    for test in results["tests"]:
        test |= {"low": -0.5, "high": 0.5}
    report = render(results)
    assert "is worse than" not in report
    assert "is better than" not in report


def test_english_centric_systems_outside_english(results: Content) -> None:
    text = section(render(results), "## English-centric systems outside English")
    spanish = next(
        each["measures"]["R@5"][0]
        for each in results["languages_table"]
        if (each["system"], each["lang"], each["level"], each["writer"])
        == ("minilm", "es", "exact", "people")
    )
    cells = row(text, "minilm", "Spanish")
    assert cells[2].startswith(f"{spanish:.3f} [")
    test = next(each for each in results["tests"] if (each["against"], each["lang"]) == ("minilm", "es"))
    assert f"p = {test['p_holm']:.3f}" in cells[-1]
    assert "against codilingua-fused: not told apart in English; lower in Spanish." in text
    assert not re.search(r"^\| codilingua", text, re.MULTILINE)


def test_what_a_language_costs_on_the_same_things(results: Content) -> None:
    assert "### The same things" not in render(results)
    results["parallel"] = [
        {
            "system": system,
            "lang": "es",
            "set": "x-es",
            "against": "x-en",
            "level": "exact",
            "measure": "R@5",
            "groups": 1200,
            "english": [0.6, 0.5, 0.7],
            "value": [value, 0.1, 0.5],
            "difference": [value - 0.6, -0.4, -0.2],
        }
        for system, value in (("codilingua-fused", 0.55), ("minilm", 0.3))
    ]
    text = section(render(results), "### The same things in English and in another language")
    assert "| system | x-es, 1,200 in both |" in text
    assert row(text, "minilm")[1] == "0.600 → 0.300, -0.300 [-0.400, -0.200]"
    assert row(text, "bm25")[1] == "—"
    # What was made for English stands first.
    assert text.index("| minilm") < text.index("| codilingua-fused")


def test_sets_say_what_was_not_scored(results: Content) -> None:
    text = section(render(results), "## What was measured on")
    assert row(text, "clinic-es")[4:9] == ["240", "239", "1", "180", "20"]
    assert "Not scored, 1 row: line 17: no category of the catalog in 'ZZ1'." in text
    assert "Nobody, made-up texts (es); CC0" in text


def test_unique_beside_rows(results: Content) -> None:
    text = section(render(results), "### Unique queries beside all rows")
    unique, rows = (
        next(
            each["measures"]["R@5"][0]
            for each in results["scores"]
            if (each["system"], each["set"], each["view"], each["by"], each["level"])
            == ("minilm", "clinic-es", view, "all", "exact")
        )
        for view in ("unique", "rows")
    )
    assert row(text, "minilm")[2] == f"{unique:.3f} / {rows:.3f}"


def test_slices(results: Content) -> None:
    text = section(render(results), "## Slices")
    variants = section(text, "### By variant")
    assert variants.index("sampled original") < variants.index("typo")
    assert row(variants, "clinic-es", "typo")[2] == "60"
    assert "**" in "".join(row(variants, "clinic-es", "typo"))
    for by in ("surface", "code", "words"):
        assert f"### By {by}\n" in text
    assert "### By chapter" not in text


def test_a_column_of_many_values_is_cut(results: Content) -> None:
    some = next(each for each in results["scores"] if each["by"] == "words")
    results["scores"] += [{**some, "by": "ward", "value": f"ward {n}", "queries": n} for n in range(30)]
    text = section(render(results), "### By ward")
    assert "ward 29" in text
    assert "ward 17 " not in text
    assert "Not shown: 18 smaller slices." in text


def test_worst_chapters(results: Content) -> None:
    for each in results["scores"]:
        if each["by"] == "chapter" and each["value"] == "6":
            each["queries"] = 9
    results["chapters"] = {"4": "Made-up diseases"}
    text = section(render(results), "## The worst chapters of codilingua-fused")
    found = re.findall(r"^\| (\d+) \|.*\| ([\d.]+) \| [\d.]+ \|$", text, re.MULTILINE)
    assert [float(value) for _, value in found] == sorted(float(value) for _, value in found)
    assert "6" not in [chapter for chapter, _ in found], "18 queries are too few"
    assert row(text, "4")[1] == "Made-up diseases"
    own = [each for each in results["scores"] if (each["by"], each["value"]) == ("chapter", "4")]
    own = [each for each in own if each["system"] == "codilingua-fused"]
    pooled = sum(each["queries"] * each["measures"]["R@5"][0] for each in own) / sum(
        each["queries"] for each in own
    )
    assert row(text, "4")[4] == f"{pooled:.3f}"


def test_mistakes(results: Content) -> None:
    text = section(render(results), "## Mistakes")
    assert "correct" not in row(text, "language")
    counts = next(
        each["counts"]
        for each in results["error_classes"]
        if (each["system"], each["lang"]) == ("bm25", "es")
    )
    wrong = sum(number for name, number in counts.items() if name != "correct")
    cells = row(text, "Spanish", "bm25")
    assert cells[3] == str(wrong)
    assert f"{counts['sibling']} ({100 * counts['sibling'] / wrong:.0f} %)" in cells
    assert len(re.findall(r"^\| clinic-es:\d+ \|", text, re.MULTILINE)) == 50
    assert "`errors.tsv`" in text
    assert "X10.1 Contact with a hot tap" in row(text, f"clinic-es:{results['errors'][0]['line']}")[1]


def test_bars_and_line_ends_in_titles_do_not_break_the_table(results: Content) -> None:
    results["errors"][0]["gold_titles"] = ["one | two\nthree"]
    assert "X10.1 one \\| two three |" in render(results)


def test_cost_and_method(results: Content) -> None:
    report = render(results)
    cells = row(section(report, "## Cost beside quality"), "bm25")
    assert cells[4:] == ["1.90", "2.66", "9.0", "260", "2"]
    text = section(report, "## How it was measured")
    assert "200 resamples" in text
    assert "bootstrap 1, permutation 2, variants 3, errors 4" in text
    assert row(text, "numpy") == ["numpy", "2.4.6"]
    assert row(text, "commit") == ["commit", "0123456789"]
    assert "hf:no-hub: no model hub can be reached from here" in section(report, "## Systems")


def test_leakage(results: Content) -> None:
    cells = row(section(render(results), "## Leakage"), "kept.tsv", "clinic-en")
    assert cells[2:] == ["4 (2 %)", "9 (5 %)", "0 of 20"]


def test_pictures_are_shown_where_they_were_drawn(results: Content) -> None:
    assert "](curves.png)" not in render(results)
    report = render(results, ["curves.png"])
    assert "](curves.png)" in report
    assert "](moves.png)" not in report


def drop(*names: str) -> Callable[[Content], None]:
    def change(results: Content) -> None:
        for name in names:
            results[name] = []

    return change


def no_baseline(results: Content) -> None:
    without(results, "minilm")
    results["baseline"] = None


def without_ours(results: Content) -> None:
    without(results, "codilingua-fused")


def without(results: Content, system: str) -> None:
    """As if it could not run."""
    results["systems"] = [each for each in results["systems"] if each["name"] != system]
    results["unavailable"].append({"name": system, "reason": "not installed"})
    for part in ("scores", "languages_table", "macro", "curves", "tests", "moves", "error_classes", "errors"):
        results[part] = [
            each for each in results[part] if system not in (each["system"], each.get("against"))
        ]


def keep_sets(results: Content, *names: str) -> None:
    langs = {each["lang"] for each in results["sets"] if each["name"] in names}
    writers = {each["writer"] for each in results["sets"] if each["name"] in names}
    results["sets"] = [each for each in results["sets"] if each["name"] in names]
    results["languages"] = [lang for lang in results["languages"] if lang in langs]
    for part in ("scores", "error_classes", "errors", "leakage"):
        results[part] = [each for each in results[part] if each["set"] in names]
    for part in ("languages_table", "curves", "moves", "tests"):
        results[part] = [each for each in results[part] if each["lang"] in langs]
    for part in ("languages_table", "macro"):
        results[part] = [each for each in results[part] if each["writer"] in writers]


def one_language(results: Content) -> None:
    keep_sets(results, "clinic-es")


def machine_alone(results: Content) -> None:
    keep_sets(results, "written-es")
    results["tests"] = results["moves"] = []


def categories_alone(results: Content) -> None:
    keep_sets(results, "ward-es")
    for part in ("languages_table", "macro"):
        results[part] = [each for each in results[part] if each["level"] in ("category", "hierarchical")]


def no_intervals(results: Content) -> None:
    for part in ("scores", "languages_table", "macro"):
        for each in results[part]:
            each["measures"] = {measure: value[:1] for measure, value in each["measures"].items()}
    for test in results["tests"]:
        test |= {"low": None, "high": None}


def no_cost(results: Content) -> None:
    for each in results["systems"]:
        each["cost"] = None


MISSING = {
    "leakage": drop("leakage"),
    "tests": drop("tests"),
    "errors": drop("errors", "error_classes"),
    "one language": one_language,
    "baseline": no_baseline,
    "ours": without_ours,
    "people": machine_alone,
    "exact codes": categories_alone,
    "intervals": no_intervals,
    "cost": no_cost,
}


@pytest.mark.parametrize("change", MISSING.values(), ids=MISSING)
def test_what_is_missing_is_left_out(results: Content, change: Callable[[Content], None]) -> None:
    whole = render(copy.deepcopy(results))
    change(results)
    report = render(results)
    assert report != whole
    assert "None" not in report
    assert not re.search(r"\bnan\b", report)
    for line in report.splitlines():
        assert line.count("|") != 1
    assert "## How it was measured" in report


def test_machine_alone_says_so(results: Content) -> None:
    machine_alone(results)
    report = render(results)
    assert "People wrote none of the sets." in report
    assert "(all sets were written by a machine)" in report
    assert "## Sets that a machine wrote" not in report


def test_categories_alone_are_the_headline(results: Content) -> None:
    categories_alone(results)
    assert "**R@5**, level category, unique queries" in render(results)


def test_a_language_without_exact_codes_is_named(results: Content) -> None:
    for part in ("languages_table", "curves", "moves", "tests"):
        results[part] = [
            each
            for each in results[part]
            if each["lang"] != "es" or each["level"] in ("category", "hierarchical")
        ]
    assert "No set with codes at this level: Spanish" in render(results)


def test_no_overlap_was_looked_for(results: Content) -> None:
    results["leakage"] = []
    assert "No training file was named" in section(render(results), "## Leakage")


@pytest.mark.parametrize(("key", "value"), [("kind", "benchmark"), ("kind", None), ("schema", 99)])
def test_other_results_are_refused(results: Content, key: str, value: object) -> None:
    results[key] = value
    with pytest.raises(UsageError, match=re.escape(repr(value))):
        render(results)


def test_cells() -> None:
    assert signed(-0.0001) == "+0.000"
    assert spread([0.5]) == "0.500"
    assert spread(None) == "—"
    assert probability(0.0001) == "p < 0.001"
    assert probability(0.25) == "p = 0.250"
    assert milliseconds(1234.5) == "1,234"
    assert megabytes(512_300_000) == "512"
    assert table(["a", "b"], [["x|y", "1"]]).splitlines() == ["| a | b |", "| --- | ---: |", "| x\\|y | 1 |"]


def test_equal_at_three_decimals_are_both_best() -> None:
    shown = best_in_bold([[0.50004, 0.5, None, 0.4]], [["0.500", "0.500", "—", "0.400"]])
    assert shown == [["**0.500**", "**0.500**", "—", "0.400"]]
