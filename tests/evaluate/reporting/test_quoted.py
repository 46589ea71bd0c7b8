"""Which numbers of a document are claims, and which claims the results support."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codilingua.evaluate.reporting.quoted import unsupported_numbers
from codilingua.evaluate.reporting.quoted.claims import find_claims

EXAMPLE = Path(__file__).parents[2] / "data" / "evaluation" / "results.json"
CONTENT = json.loads(EXAMPLE.read_text("utf-8"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the evaluation and a benchmark."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "dev").mkdir()
    (folder / "dev" / "results.json").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    (folder / "bench").mkdir()
    bench = {
        "groups": [
            {"numbers": [{"value": 6.745, "unit": "ms"}, {"value": 4.844, "unit": "×"}]},
            {"numbers": [{"value": 0.5793, "unit": "s"}, {"value": 202.28, "unit": "MB"}]},
        ],
        "macro": {"change": {"R@5": {"mean": -0.031, "low": -0.51}}, "scores": {"R@5": 0.4831}},
        "likeness": {"value": 0.9977, "unit": ""},
    }
    (folder / "bench" / "results.json").write_text(json.dumps(bench), "utf-8")
    return folder


def measured(system: str, lang: str, measure: str, level: str = "exact", writer: str = "people") -> float:
    rows = CONTENT["macro"] if lang == "macro" else CONTENT["languages_table"]
    for row in rows:
        about = (row["system"], row.get("lang", "macro"), row["level"], row["writer"])
        if about == (system, lang, level, writer):
            return float(row["measures"][measure][0])
    raise AssertionError


@pytest.mark.parametrize(
    "text",
    [
        "An R@5 of 0.508.",
        "it finds .51 of them",
        "1.000 of all",
        "R@1 is 0.5",
        "in 6.7 ms",
        "4.8 × faster",
        "5x faster",
        "3 times smaller",
        "202 MB of memory",
        "38 % of the queries",
        "it loses 0.03 points",
        "| system | ms |\n| --- | --- |\n| ours | 7 |",
        "between 0.32-0.36",
        "p < 0.001",
    ],
)
def test_claims(text: str) -> None:
    assert find_claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "Version 0.12 and v0.15, numpy>=0.20, release 0.1.0.",
        "E11.9, S22.49XA, A00-A09 and I20.0",
        "On 2026-11-22 at 23:59.",
        "arXiv 2401.01234, doi 10.5281/zenodo.3837305",
        "46,881 codes in 22 chapters, 560 names",
        "`R@5 0.508` and [a page](docs/0.508.md)",
        "https://example.org/0.508/x",
        "<!-- 0.508\n0.509 -->",
        "```text\nR@5 0.508\n```",
        "95 % bootstrap intervals",
        "a matrix of 384 × 12",
        "asked 3 times a day, in the 1990s",
        "half a second on Python 3.11",
        "the Apache licence 2.0",
    ],
)
def test_no_claims(text: str) -> None:
    assert find_claims(text) == []


def test_lines_are_told(root: Path) -> None:
    text = "# Title\n\n<!-- a\ncomment -->\nOne line,\nthen R@5 0.999.\n\n| R@5 |\n| --- |\n| 0.998 |\n"
    assert unsupported_numbers(text, root) == [(6, "0.999"), (10, "0.998")]


def test_the_headline_needs_no_words(root: Path) -> None:
    value = measured("codilingua-fused", "macro", "R@5")
    assert unsupported_numbers(f"R@5 is {value:.3f}, that is {100 * value:.0f} %.", root) == []
    assert unsupported_numbers(f"R@5 is {value + 0.002:.3f}.", root) != []


def test_few_invented_numbers_pass(root: Path) -> None:
    """The run holds some thousand numbers; those that fit the words are few."""
    text = "\n\n".join(f"In Spanish R@5 is 0.{n:03d}." for n in range(1000))
    failed = {number for _, number in unsupported_numbers(text, root)}
    passed = [f"0.{n:03d}" for n in range(1000) if f"0.{n:03d}" not in failed]
    assert passed == [f"{measured('codilingua-fused', 'es', 'R@5'):.3f}"]


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("In Spanish, minilm has R@1 {}.", ("minilm", "es", "R@1")),
        ("all-MiniLM-L6-v2 reaches an MRR of {} in English.", ("minilm", "en", "MRR@10")),
        ("The macro-average of R@10 is {}.", ("codilingua-fused", "macro", "R@10")),
        ("R@5 by category is {} in Spanish.", ("codilingua-fused", "es", "R@5", "category")),
        (
            "R@5 on what a machine wrote in Spanish: {}.",
            ("codilingua-fused", "es", "R@5", "exact", "machine"),
        ),
    ],
)
def test_words_say_what_a_number_is_of(root: Path, words: str, about: tuple[str, ...]) -> None:
    assert unsupported_numbers(words.format(f"{measured(*about):.3f}"), root) == []


def test_the_number_of_something_else_fails(root: Path) -> None:
    spanish, english = (measured("bm25", lang, "R@5") for lang in ("es", "en"))
    assert unsupported_numbers(f"bm25 has R@5 {spanish:.3f} in Spanish.", root) == []
    assert unsupported_numbers(f"bm25 has R@5 {english:.3f} in Spanish.", root) != []
    assert unsupported_numbers(f"bm25 has R@1 {spanish:.3f} in Spanish.", root) != []
    assert unsupported_numbers(f"codilingua-fused has R@5 {spanish:.3f} in Spanish.", root) != []


def test_tables(root: Path) -> None:
    def text(first: float, second: float) -> str:
        return (
            "R@5:\n\n| language | Codilingua | minilm |\n| --- | --- | --- |\n"
            f"| **es** | **{first:.3f}** | {second:.3f} |\n"
        )

    ours, other = (measured(name, "es", "R@5") for name in ("codilingua-fused", "minilm"))
    assert unsupported_numbers(text(ours, other), root) == []
    assert unsupported_numbers(text(other, ours), root) == [(5, f"{other:.3f}"), (5, f"{ours:.3f}")]


def test_intervals_differences_and_p(root: Path) -> None:
    row = next(
        each
        for each in CONTENT["tests"]
        if (each["against"], each["lang"], each["measure"]) == ("minilm", "es", "R@5")
    )
    text = "In Spanish, R@5 is {difference:.3f} above minilm [{low:.3f}, {high:.3f}], p = {p_holm:.3f}."
    assert unsupported_numbers(text.format(**row), root) == []
    assert unsupported_numbers(text.format(**{**row, "p_holm": row["p_holm"] + 0.5}), root) != []
    assert unsupported_numbers("In Spanish, R@5 is higher than with minilm, p < 0.001.", root) != []
    assert unsupported_numbers(f"In Spanish, R@5 is {row['low']:.3f} higher than with minilm.", root) != []


def test_slices_have_to_be_named(root: Path) -> None:
    value = next(
        each["measures"]["R@5"][0]
        for each in CONTENT["scores"]
        if (each["system"], each["set"], each["value"]) == ("minilm", "clinic-es", "typo")
    )
    assert unsupported_numbers(f"On clinic-es with a typo, minilm has R@5 {value:.3f}.", root) == []
    assert unsupported_numbers(f"On clinic-es, minilm has R@5 {value:.3f}.", root) != []


def test_cost(root: Path) -> None:
    assert unsupported_numbers("A query takes 6.9 ms; minilm takes 11 ms and 920 MB.", root) == []
    assert unsupported_numbers("A query takes 11 ms.", root) != []
    assert (
        unsupported_numbers("A query takes 6.75 ms, 4.8 × faster, 579 ms and 202 MB when fresh.", root) == []
    )
    assert unsupported_numbers("It is 5.8 × faster, in 201 MB.", root) == [(1, "5.8 ×"), (1, "201 MB")]
    assert unsupported_numbers("It loses 0.03 points.", root) == []


def test_what_is_no_evaluation_has_to_be_cited(root: Path) -> None:
    text = "R@5 is 0.483 with a cosine of 0.998."
    assert len(unsupported_numbers(text, root)) == 2
    cited = "R@5 is 0.483 ([bench](results/bench/report.md)). The mean cosine is 0.998."
    assert unsupported_numbers(cited, root) == [(1, "0.998")], "a cosine is no R@5"
    assert unsupported_numbers("R@5 is 0.483.\n\nThe cosine is 0.998 (`results/bench/`).", root) == []


def test_a_citation_limits_the_search_to_its_section(root: Path) -> None:
    value = measured("codilingua-fused", "macro", "R@5")
    text = f"R@5 {value:.3f} (`results/bench/`).\n\n## Other\n\nR@5 {value:.3f}.\n"
    assert unsupported_numbers(text, root) == [(1, f"{value:.3f}")]


def test_nothing_measured_supports_nothing(tmp_path: Path) -> None:
    assert unsupported_numbers("Plain words.", tmp_path) == []
    assert unsupported_numbers("R@5 0.508.", tmp_path) == [(1, "0.508")]
