"""Generalist or specific: runs that do not compare are refused, and the sentences follow the numbers."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generalist.__main__ import main
from benchmarks.generalist.gains import difference, summarise
from benchmarks.generalist.groups import ENGLISH, MULTILINGUAL, SPECIFIC, WORDS, kind
from benchmarks.generalist.pictures import GAINS, LANGUAGES, RANKS, draw, shown
from benchmarks.generalist.reading import check_same_queries, read_run
from benchmarks.generalist.report import render
from benchmarks.generalist.verdict import gain, verdict
from codilingua.errors import SourceError, UsageError

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "results" / "generalist"

needs_matplotlib = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="matplotlib is not installed; the extra bench brings it"
)

Content = dict[str, Any]
Damage = Callable[[Content], object]

HALF = 0.03
"""Half width of every interval here: of a difference it is √2 times that, 4.2 points."""

SETS = {"names-en": "en", "mentions-es": "es"}

# System → R@1, R@5, R@20 in English and in Spanish. R@3 and R@10 lie half way.
PEERS = {
    "codilingua-fused": ((0.10, 0.20, 0.30), (0.10, 0.20, 0.30)),
    "e5-small": ((0.50, 0.60, 0.70), (0.30, 0.40, 0.50)),
    "e5-small@all": ((0.50, 0.62, 0.72), (0.34, 0.46, 0.54)),
    "minilm": ((0.60, 0.70, 0.80), (0.20, 0.30, 0.40)),
    "minilm@all": ((0.58, 0.69, 0.79), (0.24, 0.34, 0.44)),
    "bm25": ((0.30, 0.40, 0.50), (0.05, 0.10, 0.12)),
}
OURS = {
    "codilingua-gated": ((0.50, 0.72, 0.80), (0.44, 0.66, 0.72)),
    "codilingua-prior": ((0.50, 0.71, 0.80), (0.42, 0.66, 0.72)),
    "codilingua-fused": ((0.56, 0.72, 0.80), (0.44, 0.64, 0.70)),
    "codilingua-dense": ((0.55, 0.70, 0.78), (0.42, 0.62, 0.70)),
    "codilingua-lexical": ((0.40, 0.50, 0.60), (0.20, 0.30, 0.40)),
}


def line(first: float, five: float, twenty: float) -> list[float]:
    """R@1 to R@20, straight between the three."""
    rising = [first + (five - first) * step / 4 for step in range(5)]
    return [round(value, 6) for value in (*rising, *(five + (twenty - five) * k / 15 for k in range(1, 16)))]


def measures(values: list[float]) -> dict[str, list[float]]:
    """With an interval, as the evaluation writes them."""
    return {f"R@{k}": [values[k - 1], values[k - 1] - HALF, values[k - 1] + HALF] for k in (1, 3, 5, 10)}


def content(run: str, ours: str, systems: Mapping[str, Any]) -> Content:
    """What the evaluation of these systems on both sets writes, as far as it is read here."""
    lines = {
        (name, lang): line(*values)
        for name, both in systems.items()
        for lang, values in zip(("en", "es"), both, strict=True)
    }
    means = {
        name: [sum(pair) / 2 for pair in zip(lines[name, "en"], lines[name, "es"], strict=True)]
        for name in systems
    }
    common = {"writer": "people", "level": "exact"}
    return {
        "schema": 1,
        "kind": "evaluation",
        **{"run": run, "date": "2026-11-27 00:51 UTC", "commit": "c0ffee" * 6, "modified": False},
        **{"command": f"codilingua evaluate --out results/{run}", "pool": "catalog", "depth": 20},
        "catalog": {"name": "ICD-10-CM", "edition": "April 2026", "codes": 46881},
        "ours": ours,
        "baseline": None,
        "languages": list(SETS.values()),
        "sets": [
            {
                **{"name": name, "lang": lang, **common, "files": {"terms.tsv": f"sha of {name}"}},
                **{"rows": 110, "scored": 105, "unique": 100, "pool_codes": 46881},
            }
            for name, lang in SETS.items()
        ],
        "systems": [
            {
                **{
                    "name": name,
                    "surfaces": "all",
                    "title": name.title(),
                    "about": "",
                    "texts": 1000 + place,
                },
                "identity": f"{name} 1",
            }
            for place, name in enumerate(systems)
        ],
        "unavailable": [{"name": "sapbert-xlmr", "reason": "no network"}],
        "macro": [{"system": name, **common, "measures": measures(means[name])} for name in systems],
        "languages_table": [
            {"system": name, "lang": lang, "sets": [of], **common, "measures": measures(lines[name, lang])}
            for name in systems
            for of, lang in SETS.items()
        ],
        "curves": [
            {"system": name, "lang": lang, "level": "exact", "R": values}
            for (name, lang), values in lines.items()
        ],
        "scores": [
            {
                **{
                    "system": name,
                    "set": of,
                    "view": "unique",
                    "by": "all",
                    "value": "all",
                    "level": "exact",
                },
                "measures": measures(lines[name, lang]),
            }
            for name in systems
            for of, lang in SETS.items()
        ],
        "leakage": [{"training": "train.tsv", "set": "names-en", "exact_share": 0.25}],
    }


@pytest.fixture
def contents() -> dict[str, Content]:
    return {
        "ours": content("ranker", "codilingua-gated", OURS),
        "peers": content("dev", "codilingua-fused", PEERS),
        "synthetic": content("synthetic", "codilingua-gated", OURS),
    }


@pytest.fixture
def summed(contents: dict[str, Content], tmp_path: Path) -> Callable[..., Content]:
    """The content of ``results.json``, of the three runs after some damage to one."""

    def make(**damages: Damage) -> Content:
        runs = []
        for name, each in contents.items():
            changed = copy.deepcopy(each)
            if name in damages:
                damages[name](changed)
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(changed), "utf-8")
            runs.append(read_run(path))
        return dict(json.loads(json.dumps(summarise(*runs), allow_nan=False)))

    return make


@pytest.fixture
def results(summed: Callable[..., Content]) -> Content:
    return summed()


def better(systems: Mapping[str, tuple[float, float, float]]) -> Damage:
    """Other values of these systems, the same in every language."""

    def change(content_: Content) -> None:
        for name, values in systems.items():
            new = line(*values)
            for row in content_["curves"]:
                if row["system"] == name:
                    row["R"] = new
            for table in ("macro", "languages_table", "scores"):
                for row in content_[table]:
                    if row["system"] == name:
                        row["measures"] = measures(new)

    return change


def rows(report: str, *first: str) -> list[list[str]]:
    lines = [each.strip("| ").split(" | ") for each in report.splitlines() if each.startswith("| ")]
    return [cells for cells in lines if tuple(cells[: len(first)]) == first]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("codilingua-gated", SPECIFIC),
        ("e5-small@all", MULTILINGUAL),
        ("mpnet@official", ENGLISH),
        ("bm25", WORDS),
        ("somebody-elses", None),
    ],
)
def test_the_kind_of_a_system(name: str, expected: str | None) -> None:
    assert kind(name) == expected


def test_who_is_compared_with_whom(results: Content) -> None:
    assert results["ours"] == "codilingua-gated"
    # Of two runs of an encoder the one over all texts, as ours; English: the best in English.
    assert (results["untuned"], results["generalist"], results["english"]) == (
        "e5-small@all",
        "e5-small@all",
        "minilm",
    )
    assert results["compared"] == ["codilingua-gated", "codilingua-fused", "codilingua-dense"]
    # Ours as the peers' run had it, an older build, is not shown.
    names = [each["name"] for each in results["systems"]]
    assert len(names) == len(set(names)) == 10
    (fused,) = (
        row for row in results["scores"] if (row["system"], row["lang"]) == ("codilingua-fused", "en")
    )
    assert fused["R@5"][0] == 0.72


def test_a_difference_of_values_with_intervals() -> None:
    found = difference([0.5, 0.47, 0.53], [0.3, 0.26, 0.34])
    assert found == {"value": 0.2, "half": pytest.approx(0.05)}


def test_gains_by_language_and_rank(results: Content) -> None:
    found = gain(results, "codilingua-gated", "e5-small@all", "es")
    assert found["R@5"] == {"value": 0.2, "half": pytest.approx(HALF * math.sqrt(2), abs=1e-6)}
    assert found["R@1"]["value"] == pytest.approx(0.1)
    assert found["R"][0] == pytest.approx(0.1)
    assert found["R"][-1] == pytest.approx(0.18)
    mean = gain(results, "codilingua-gated", "e5-small@all", "macro")
    assert mean["R@5"]["value"] == pytest.approx((0.1 + 0.2) / 2)
    assert mean["R"][4] == pytest.approx((0.1 + 0.2) / 2)
    with pytest.raises(KeyError):
        gain(results, "codilingua-gated", "bm25", "es")


def test_every_query_stands_at_one_rank(results: Content) -> None:
    for row in results["ranks"]:
        assert sum(row["shares"].values()) == pytest.approx(1, abs=1e-5)
    (spanish,) = (
        row for row in results["ranks"] if (row["system"], row["lang"]) == ("codilingua-gated", "es")
    )
    assert spanish["shares"] == pytest.approx(
        {"1": 0.44, "2-5": 0.22, "6-10": 0.02, "11-20": 0.04, "beyond 20": 0.28}
    )
    for row in results["gains"]:
        assert sum(row["shares"].values()) == pytest.approx(0, abs=1e-5)


def test_three_sentences(results: Content) -> None:
    who, where, rank = verdict(results)
    assert who == (
        "Specific: in the mean of 2 languages codilingua-gated has a right code among its first five for "
        "69.0 % of the queries, the best generalist, e5-small@all, for 54.0 % (+15.0 ± 4.2 points); of "
        "vectors alone, codilingua-dense has +12.0 ± 4.2 against e5-small@all, the encoder that it was "
        "trained from."
    )
    assert "over e5-small@all goes from +10.0 ± 4.2 points in English to +20.0 ± 4.2 in Spanish" in where
    assert "over minilm, of the encoders made for English the best in English, from +2.0 ± 4.2" in where
    assert where.endswith("not told apart: English against minilm.")
    assert "is +5.0 ± 4.2 points at rank 1, +15.0 ± 4.2 within five and +13.0 within twenty" in rank
    assert "its largest part is made at ranks 2 to 5" in rank
    assert "clearly behind in English (minilm, -10.0 ± 4.2)" in rank
    assert rank.endswith("(codilingua-fused) the gain at rank 1 is +8.0 ± 4.2.")


@pytest.mark.parametrize(
    ("values", "opening", "place"),
    [
        ((0.55, 0.56, 0.57), "Neither is told apart", "at rank 1;"),
        ((0.30, 0.40, 0.50), "Generalist: ", "there is none;"),
        ((0.42, 0.54, 0.80), "Neither is told apart", "its largest part is made beyond rank 5;"),
        ((0.90, 0.95, 0.96), "Specific: ", "its largest part is made at rank 1;"),
    ],
)
def test_the_sentences_follow_the_numbers(
    summed: Callable[..., Content], values: tuple[float, float, float], opening: str, place: str
) -> None:
    change = better({"codilingua-gated": values})
    who, _, rank = verdict(summed(ours=change))
    assert who.startswith(opening)
    assert place in rank
    assert ("no language" in rank) == (values[0] > 0.56)


def test_the_best_generalist_may_be_another_than_the_base(summed: Callable[..., Content]) -> None:
    results = summed(peers=better({"minilm@all": (0.7, 0.8, 0.9)}))
    assert (results["untuned"], results["generalist"], results["english"]) == (
        "e5-small@all",
        "minilm@all",
        "minilm@all",
    )
    assert verdict(results)[0].startswith("Generalist: ")
    pairs = [(row["system"], row["against"], row["lang"]) for row in results["gains"]]
    assert len(pairs) == len(set(pairs)) == 3 * 2 * 3
    render(results)


def test_the_report(results: Content) -> None:
    report = render(results)
    assert "the same 200 distinct queries of 2 sets, over the same 46,881 codes of ICD-10-CM" in report
    for sentence in verdict(results):
        assert sentence in report
    title = "made for this task (ours)"
    five, first = rows(report, "codilingua-gated", title)
    assert five[2:] == ["**0.690** [0.660, 0.720]", "**0.720** [0.690, 0.750]", "**0.660** [0.630, 0.690]"]
    assert first[3] == "0.500 [0.470, 0.530]"
    (ranks,) = rows(report, "Spanish", "codilingua-gated")
    assert ranks[2:] == ["44.0", "22.0", "2.0", "4.0", "28.0"]
    (gains,) = rows(report, "codilingua-gated", "minilm", "English")
    assert gains[3:] == ["**-10.0 ± 4.2**", "-4.0 ± 4.2", "+2.0 ± 4.2", "+1.3 ± 4.2", "+0.0"]
    (by_set,) = rows(report, "names-en")
    assert by_set[1:4] == ["100", "25 %", "0.500"]
    (other,) = rows(report, "mentions-es")
    assert other[2] == "—"
    assert "largest on mentions-es (+20.0 points) and smallest on names-en (+10.0)" in report
    assert "changes mean R@1 by -4.0 points on people's text and -4.0 points on the factory's" in report
    assert "(sapbert-xlmr) could not be fetched" in report
    assert "25 to 25 %" in report


def test_what_is_left_out_is_said(summed: Callable[..., Content]) -> None:
    def more(content_: Content) -> None:
        content_["sets"].append({**content_["sets"][0], "name": "trial-it", "lang": "it"})
        for table in ("systems", "macro", "languages_table", "scores", "curves"):
            key = "name" if table == "systems" else "system"
            named = [row for row in content_[table] if row[key] == "bm25"]
            content_[table] += [{**row, key: "somebody-elses"} for row in named]

    results = summed(peers=more)
    assert results["left_out"] == {"systems": ["somebody-elses"], "sets": ["trial-it"]}
    report = render(results)
    assert "Left out, of no known kind: somebody-elses." in report
    assert "Left out, not in both runs: trial-it." in report


def test_stages_that_did_not_run(summed: Callable[..., Content]) -> None:
    def fewer(content_: Content) -> None:
        gone = ("codilingua-fused", "codilingua-dense", "codilingua-prior")
        for table in ("systems", "macro", "languages_table", "scores", "curves"):
            key = "name" if table == "systems" else "system"
            content_[table] = [row for row in content_[table] if row[key] not in gone]

    results = summed(ours=fewer)
    assert results["compared"] == ["codilingua-gated"]
    assert "vectors alone" not in verdict(results)[0]
    assert verdict(results)[2].endswith("(minilm, -10.0 ± 4.2).")
    # Of the factory's phrases they did run.
    assert "changes mean R@1 by -4.0 points on the factory's phrases." in render(results)


def change_set(key: str, value: object) -> Damage:
    return lambda content_: content_["sets"][0].__setitem__(key, value)


def drop(name: str) -> Damage:
    def change(content_: Content) -> None:
        content_["systems"] = [each for each in content_["systems"] if not each["name"].startswith(name)]

    return change


def short_curves(content_: Content) -> None:
    for row in content_["curves"]:
        row["R"] = row["R"][:10]


def other_sets(content_: Content) -> None:
    for row in content_["languages_table"]:
        if row["lang"] == "es":
            row["sets"] = [*row["sets"], "more-es"]


def renamed(content_: Content) -> None:
    for each in content_["sets"]:
        each["name"] = f"new-{each['name']}"


@pytest.mark.parametrize(
    ("which", "damage", "complaint"),
    [
        ("peers", change_set("unique", 99), "unique of set names-en: 100 in .*ours.json, 99 in .*peers.json"),
        ("peers", change_set("scored", 104), "scored of set names-en"),
        ("peers", change_set("files", {"terms.tsv": "another"}), "files of set names-en"),
        ("peers", change_set("level", "category"), "level of set names-en"),
        ("peers", lambda c: c["catalog"].__setitem__("edition", "October"), "catalog: .*April.*October"),
        ("peers", lambda c: c.__setitem__("pool", "gold"), "pool: 'catalog' in .*'gold'"),
        ("peers", other_sets, "sets of language es"),
        ("peers", renamed, "no set in common"),
        ("peers", drop("e5-small"), "peers.json: e5-small did not run"),
        ("peers", drop("minilm"), "an encoder made for English did not run"),
        ("ours", drop("codilingua-gated"), "ours.json: codilingua-gated did not run"),
        ("ours", short_curves, "no R@1 to R@20 of codilingua-gated in en"),
        ("synthetic", lambda c: c["systems"][0].__setitem__("identity", "2"), "identity of codilingua-gated"),
        ("synthetic", lambda c: c["catalog"].__setitem__("codes", 7), "catalog"),
    ],
)
def test_runs_that_do_not_compare(
    summed: Callable[..., Content], which: str, damage: Damage, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint) as refused:
        summed(**{which: damage})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda c: c.__setitem__("kind", "bench"), "no results of an evaluation"),
        (lambda c: c.__setitem__("schema", 2), "schema 2"),
        (lambda c: c.__setitem__("depth", 10), "depth is 10, not 20"),
        (lambda c: c.pop("curves"), "curves is missing"),
        (lambda c: c.pop("sets"), "not whole"),
    ],
)
def test_files_that_are_no_whole_results(
    summed: Callable[..., Content], damage: Damage, complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint):
        summed(ours=damage)


def test_the_order_of_sets_is_ours(contents: dict[str, Content], tmp_path: Path) -> None:
    contents["peers"]["sets"].reverse()
    for name in ("ours", "peers"):
        (tmp_path / f"{name}.json").write_text(json.dumps(contents[name]), "utf-8")
    ours, peers = (read_run(tmp_path / f"{name}.json") for name in ("ours", "peers"))
    assert check_same_queries(ours, peers) == list(SETS)


def test_who_is_in_the_picture(results: Content) -> None:
    assert shown(results) == {
        SPECIFIC: [f"codilingua-{stage}" for stage in ("gated", "prior", "fused", "dense", "lexical")],
        MULTILINGUAL: ["e5-small@all"],
        ENGLISH: ["minilm@all"],
        WORDS: ["bm25"],
    }


@needs_matplotlib
def test_the_pictures(results: Content, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    paths = draw(results, tmp_path)
    assert [path.name for path in paths] == [LANGUAGES, RANKS, GAINS]
    for path in paths:
        head = path.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert min(struct.unpack(">II", head[16:])) > 400
    again = draw(results, tmp_path / "again")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]


@needs_matplotlib
def test_the_command(
    contents: dict[str, Content], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--out", str(tmp_path / "new" / "out")]
    for name, each in contents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(each), "utf-8")
        words += [f"--{name}", str(tmp_path / f"{name}.json")]
    assert main(words) == 0
    out = tmp_path / "new" / "out"
    assert capsys.readouterr().out.strip() == str(out / "report.md")
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [GAINS, LANGUAGES, RANKS, "report.md", "results.json"]
    )
    written = json.loads((out / "results.json").read_text("utf-8"))
    assert (out / "report.md").read_text("utf-8") == render(written)
    digest = hashlib.sha256((tmp_path / "peers.json").read_bytes()).hexdigest()
    assert written["sources"]["peers"]["sha256"] == digest


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--peers", "nowhere.json"], 1, "nowhere.json"),
        (["--peers", "{folder}/not.json"], 1, "is no JSON object"),
        (["--peers", "{folder}/peers.json"], 2, "they do not compare"),
        (["--out", "{folder}/not.json/out"], 1, "choose another --out"),
    ],
)
def test_the_command_says_what_is_wrong(
    contents: dict[str, Content],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    status: int,
    complaint: str,
) -> None:
    (tmp_path / "not.json").write_text("[]", "utf-8")
    given = {"--out": str(tmp_path / "out")}
    for name, each in contents.items():
        (tmp_path / f"good-{name}.json").write_text(json.dumps(each), "utf-8")
        given[f"--{name}"] = str(tmp_path / f"good-{name}.json")
    contents["peers"]["pool"] = "gold"
    (tmp_path / "peers.json").write_text(json.dumps(contents["peers"]), "utf-8")
    given |= {words[0]: words[1].format(folder=tmp_path)}
    assert main([word for pair in given.items() for word in pair]) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert complaint in told.err
    assert told.err.count("\n") == 1


@pytest.mark.skipif(not COMMITTED.is_dir(), reason="no results beside the tests")
def test_the_committed_report_is_of_the_committed_runs() -> None:
    results = json.loads((COMMITTED / "results.json").read_text("utf-8"))
    assert (COMMITTED / "report.md").read_text("utf-8") == render(results)
    for source in results["sources"].values():
        digest = hashlib.sha256((ROOT / source["path"]).read_bytes()).hexdigest()
        assert source["sha256"] == digest, f"{source['path']} is newer: run {results['command']}"
