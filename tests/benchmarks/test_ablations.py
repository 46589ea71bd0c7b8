"""The runs of the ablation, and their report: its arithmetic, and that it never hides what is missing."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ablations.pictures import ABLATIONS, CURVE, curve_lines, draw
from benchmarks.ablations.report import read_scores, render, write
from benchmarks.ablations.run import clinical_pairs, register_sets, run_all, settings, toml
from benchmarks.ablations.summary import Scored, difference, share, summarise
from benchmarks.ablations.variants import HALF, REGISTERS, WHOLE, Variant, variants
from codilingua.errors import MissingExtra, UsageError
from codilingua.train.config import BiencoderConfig, read_config
from codilingua.types import LANGUAGES

needs_matplotlib = pytest.mark.skipif(
    find_spec("matplotlib") is None, reason="matplotlib is not installed; the extra bench brings it"
)

Scores = dict[str, list[dict[str, Any]]]

NAMES = (
    *(f"dev-{lang}" for lang in sorted(LANGUAGES)),
    *("codiesp", "disease-ontology-en", "disease-ontology-es", "distemist"),
    *("hpo-en", "hpo-es", "hpo-fr", "hpo-pt"),
)
QUERIES = 400


def lang_of(name: str) -> str:
    return name[-2:] if name[-2:] in LANGUAGES and "-" in name else "es"


def sets(r5: float, **others: float) -> list[dict[str, Any]]:
    """All sets with one value; ``others`` are sets with another."""
    values = {name: others.get(name.replace("-", "_"), r5) for name in NAMES}
    return [
        {
            "name": name,
            "lang": lang_of(name),
            "queries": QUERIES,
            "r1": round(value / 2, 4),
            "r5": value,
            "mrr10": round(0.7 * value, 4),
            "category": min(1.0, round(1.1 * value, 4)),
        }
        for name, value in values.items()
    ]


@pytest.fixture
def scores() -> Scores:
    """All variants; the shares rise, hard negatives gain in CodiEsp alone, everything else stays as it is."""
    made = {variant.name: sets(0.6) for variant in variants()}
    made |= {"share-10": sets(0.4), "share-25": sets(0.5), "share-50": sets(0.56)}
    made["hard"] = sets(0.6, codiesp=0.72)
    made["no-shorthand"] = sets(0.5, codiesp=0.41)
    return made


def entry(results: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for each in results["variants"] if each["name"] == name)
    return dict(found)


def rows(report: str, first: str) -> list[list[str]]:
    """The cells of every table row that begins with this cell."""
    lines = [line.strip("| ").split(" | ") for line in report.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] == first]


def scored(r5: float, queries: int = QUERIES) -> Scored:
    return Scored("dev-es", "es", queries, r5 / 2, r5, r5 / 2, r5)


def test_a_difference_and_its_width() -> None:
    found = difference([scored(0.6), scored(0.5, 100)], [scored(0.5), scored(0.3, 100)], "r5")
    assert found.value == pytest.approx(0.15)
    variance = (0.24 + 0.25) / 400 + (0.25 + 0.21) / 100
    assert found.half == pytest.approx(1.96 * math.sqrt(variance) / 2, abs=1e-5)
    assert difference([scored(0.5)], [scored(0.5)], "r5").value == 0
    assert difference([scored(0.5)], [scored(0.51)], "r5").value == pytest.approx(-0.01)


def test_as_wide_as_what_chance_does() -> None:
    """Two runs of binomial draws: 95 of 100 of their differences lie within the half width."""
    import numpy as np

    drawn = np.random.default_rng(2).binomial(QUERIES, [[0.6], [0.5]], (2, 4000)) / QUERIES
    half = difference([scored(0.6)], [scored(0.5)], "r5").half
    assert np.mean(np.abs(drawn[0] - drawn[1] - 0.1) <= half) == pytest.approx(0.95, abs=0.015)


def test_only_the_same_sets_are_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        difference([scored(0.6)], [], "r5")


def test_results_hold_means_and_differences(scores: Scores) -> None:
    results = summarise(variants(), scores)
    assert results["groups"]["factory"] == [f"dev-{lang}" for lang in sorted(LANGUAGES)]
    assert results["groups"]["terms"][:2] == ["disease-ontology-en", "disease-ontology-es"]
    whole = entry(results, WHOLE)
    assert (whole["against"], whole["missing"], whole["share"]) == (None, False, 100)
    assert whole["means"]["factory"] == {"r1": 0.3, "r5": 0.6, "mrr10": 0.42, "category": 0.66}
    assert "differences" not in whole
    hard = entry(results, "hard")
    assert hard["against"] == "more"
    assert hard["differences"]["codiesp"]["r5"]["value"] == pytest.approx(0.12)
    assert hard["differences"]["factory"]["r5"]["value"] == 0
    assert entry(results, "share-25")["differences"]["terms"]["r5"]["value"] == pytest.approx(-0.1)
    assert [one["name"] for one in hard["sets"]] == list(NAMES)
    assert results["command"].startswith("python -m benchmarks.ablations")
    json.dumps(results, allow_nan=False)


def of_register(name: str, r5: float) -> list[dict[str, Any]]:
    return [
        {**one, "name": one["name"].replace("dev-", f"register-{name}-")}
        for one in sets(r5)
        if one["name"].startswith("dev-")
    ]


def test_a_register_left_out_is_looked_at_in_each_register(scores: Scores) -> None:
    scores[HALF] += [*of_register("lay", 0.5), *of_register("typo", 0.4)]
    scores["no-lay"] += [*of_register("lay", 0.3), *of_register("typo", 0.41)]
    results = json.loads(json.dumps(summarise(variants(), scores)))
    changes = entry(results, "no-lay")["differences"]
    assert changes["lay"]["r5"]["value"] == pytest.approx(-0.2)
    assert changes["typo"]["r5"]["value"] == pytest.approx(0.01)
    # What it stands against itself has none: it is compared in what both were scored on.
    assert "lay" not in entry(results, HALF)["differences"]
    assert "lay" not in entry(results, "no-typo")["differences"]
    assert results["groups"]["lay"] == sorted(f"register-lay-{lang}" for lang in LANGUAGES)
    *_, row = rows(render(results), "`no-lay`")[:2]
    assert row == ["`no-lay`", f"`{HALF}`", "—", "—", "—", "**-20.0 ± 2.7**", "+1.0 ± 2.8", "—"]


def test_the_sets_of_the_registers(tmp_path: Path) -> None:
    paths = register_sets(tmp_path)
    assert [path.stem for path in paths] == [f"register-{name}" for name in REGISTERS]
    read = [line for path in paths for line in path.read_text("utf-8").splitlines()[1:]]
    whole = Path("data/pairs/dev.tsv").read_text("utf-8").splitlines()
    assert sorted(read) == sorted(whole[1:])
    assert all(path.read_text("utf-8").startswith(whole[0] + "\n") for path in paths)


def test_the_share_of_a_run() -> None:
    found = {variant.name: share(variant) for variant in variants()}
    curve = {name: percent for name, percent in found.items() if percent is not None}
    assert curve == {WHOLE: 100, "share-10": 10, "share-25": 25, "share-50": 50}
    # Half of the pairs once has half the steps, so it is no point of the curve.
    assert found[HALF] is None


def test_the_report(scores: Scores) -> None:
    report = render(json.loads(json.dumps(summarise(variants(), scores))))
    factory, people = rows(report, "25 %")
    assert factory == ["25 %", "0.250", "0.500", "0.350", *["0.500"] * 6]
    assert people == ["25 %", "0.250", "0.500", "0.550", "0.250", "0.500", *["0.500"] * 6]
    change, *_ = rows(report, "`hard`")
    # 1.96 √((0.72·0.28 + 0.6·0.4) / 400) is 0.065.
    assert change[:3] == ["`hard`", "a second round with hard negatives", "`more`"]
    assert change[4] == "+0.0 ± 2.8"
    assert change[7] == "**+12.0 ± 6.5**"
    assert f"]({CURVE})" in report
    assert f"]({ABLATIONS})" in report
    assert "Missing" not in report
    assert "`hard`, a second round with hard negatives: CodiEsp R@5 +12.0 ± 6.5 points" in report
    assert (
        "`no-shorthand`, register `shorthand` left out: factory R@5 -10.0 ± 2.8; CodiEsp R@5 -19.0" in report
    )
    assert "The other 11 of 13 are not told apart" in report
    for word in ("dense", "no trigrams", "no reranker", "differences", "conservative", "seed"):
        assert word in report


def test_languages_stand_in_their_own_columns() -> None:
    values = {f"dev_{lang}": 0.30 + 0.01 * place for place, lang in enumerate(LANGUAGES)}
    report = render(summarise(variants(), {WHOLE: sets(0.6, **values, hpo_fr=0.77)}))
    factory, people = rows(report, "100 %")
    header = next(line for line in report.splitlines() if line.startswith("| pairs"))
    assert header.endswith(" | ".join(f"{name} R@5" for name in LANGUAGES.values()) + " |")
    assert factory[4:] == ["0.300", "0.310", "0.320", "0.330", "0.340", "0.350"]
    assert people[-2:] == ["0.770", "0.600"]


def test_what_is_missing_is_said(scores: Scores) -> None:
    few = {name: scores[name] for name in ("share-10", "share-25", "hard", "no-lay")}
    results = summarise(variants(), few)
    assert [each["name"] for each in results["variants"] if not each["missing"]] == list(few)
    report = render(results)
    assert "**Missing**: 13 of 17 runs have not been scored: `whole` (all pairs, once)" in report
    (change,) = (cells for cells in rows(report, "`hard`") if "±" in "".join(cells) or "missing" in cells[3])
    assert change[3] == "`more` is missing"
    assert "No run has another one to stand against yet" in report
    assert f"]({CURVE})" in report
    assert f"]({ABLATIONS})" not in report


def test_none_of_the_curve(scores: Scores) -> None:
    report = render(summarise(variants(), {"hard": scores["hard"], "more": scores["more"]}))
    assert "None of these runs has been scored" in report
    assert rows(report, "`hard`")[0][7] == "**+12.0 ± 6.5**"


def test_nothing_gained_is_said() -> None:
    report = render(summarise(variants(), {WHOLE: sets(0.6), "no-across": sets(0.605)}))
    assert "No run differs from the one it stands against by more than the interval" in report


@needs_matplotlib
def test_files_are_written_and_written_anew(scores: Scores, tmp_path: Path) -> None:
    out = tmp_path / "new" / "ablations"
    write(out, variants(), scores)
    assert sorted(path.name for path in out.iterdir()) == [ABLATIONS, CURVE, "report.md", "results.json"]
    content = json.loads((out / "results.json").read_text("utf-8"))
    assert (out / "report.md").read_text("utf-8") == render(content)
    for name in (ABLATIONS, CURVE):
        head = (out / name).read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        assert min(struct.unpack(">II", head[16:])) > 500
    # A picture that the numbers no longer carry does not stay.
    write(out, variants(), {"share-10": scores["share-10"]})
    assert sorted(path.name for path in out.iterdir()) == ["report.md", "results.json"]


@needs_matplotlib
def test_the_same_scores_give_the_same_pictures(scores: Scores, tmp_path: Path) -> None:
    results = summarise(variants(), scores)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = draw(results, tmp_path / "a"), draw(results, tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.skipif(find_spec("matplotlib") is not None, reason="matplotlib is installed")
def test_without_matplotlib_the_numbers_are_kept(scores: Scores, tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match="bench"):
        write(tmp_path, variants(), scores)
    assert (tmp_path / "report.md").is_file()


def test_the_lines_of_the_curve(scores: Scores) -> None:
    entries = [entry(summarise(variants(), scores), f"share-{percent}") for percent in (10, 25, 50)]
    lines = curve_lines(entries, "r5")
    assert list(lines) == [*LANGUAGES, "codiesp"]
    assert lines["codiesp"] == [(10, 0.4), (25, 0.5), (50, 0.56)]


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ({}, "no variant has been scored"),
        ({WHOLE: []}, "whole: no set was scored"),
        ({WHOLE: [{"name": "dev-es"}]}, "whole: not as codilingua train score writes it"),
        ({WHOLE: [{**sets(0.6)[0], "queries": 0}]}, "set dev-ca has no query"),
        ({WHOLE: [{**sets(0.6)[0], "r5": 1.2}]}, "a mean outside 0-1"),
        ({WHOLE: [{**sets(0.6)[0], "mrr10": math.nan}]}, "a mean outside 0-1"),
        ({WHOLE: [{**sets(0.6)[0], "r1": "0.5"}]}, "whole: not as codilingua train score writes it"),
        (
            {WHOLE: sets(0.6), "half": [{**sets(0.6)[0], "queries": 7}, *sets(0.6)[1:]]},
            "half has 7 queries in set dev-ca, whole 400: they do not compare",
        ),
        ({WHOLE: sets(0.6), "half": sets(0.6)[:-1]}, "half has 0 queries in set hpo-pt"),
    ],
)
def test_what_is_refused(damage: Scores, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=complaint) as refused:
        write(tmp_path / "out", variants(), damage)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(scores: Scores, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match=r"--out .*file.*cannot be written"):
        write(tmp_path / "file" / "out", variants(), scores)


def test_each_run_has_a_name_and_what_it_needs_before_it() -> None:
    seen: list[str] = []
    for variant in variants():
        assert variant.name not in seen
        for needed in (variant.against, variant.base, variant.model):
            assert needed is None or needed in seen
        assert variant.base is not None or not variant.mined
        seen.append(variant.name)


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.name)
def test_every_config_is_a_right_one(variant: Variant, tmp_path: Path) -> None:
    corpus = tmp_path / "codiesp"
    corpus.mkdir()
    (corpus / "train.tsv").write_text('document\tcode\tmention\nd1\tI10\t"HTA\nd1\tI10\t"HTA\n', "utf-8")
    path = tmp_path / "config.toml"
    path.write_text(toml(settings(variant, tmp_path, tmp_path)), "utf-8")
    config = read_config(path, BiencoderConfig)
    assert config.temperature == 0.03
    assert config.optimiser.batch == 512
    assert (config.layers is None) == (variant.base is not None)
    assert (config.mined is not None) == variant.mined
    assert len(config.data.pairs) == (3 if variant.clinical else 2)
    plain = replace(variant, top={}, data={}, optimiser={}, base=None, mined=False, clinical=False)
    same = settings(variant, tmp_path, tmp_path) == settings(plain, tmp_path, tmp_path)
    # A run differs in its config from the whole, or in nothing but what it is scored with.
    assert same == (variant.name == WHOLE)


def test_clinical_pairs_are_each_there_once(tmp_path: Path) -> None:
    (tmp_path / "codiesp").mkdir()
    written = 'document\tcode\tmention\nd1\ti10\t"HTA\nd2\ti10\t"HTA\nd1\tr07.9\tdolor "a punta"\n'
    (tmp_path / "codiesp" / "train.tsv").write_text(written, "utf-8")
    path = clinical_pairs(tmp_path, tmp_path)
    assert path.read_text("utf-8").splitlines() == [
        "query\tcodes\tlang\tregister",
        '"HTA\ti10\tes\tclinical',
        'dolor "a punta"\tr07.9\tes\tclinical',
    ]


def test_scores_are_read_as_they_are_written() -> None:
    """The form is the one of ``codilingua train score``."""
    pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
    from codilingua.train.scoring import SetScore

    written = asdict(SetScore("dev-es", "es", 400, 0.3, 0.6, 0.4, 0.7))
    assert Scored(**written) == Scored("dev-es", "es", 400, 0.3, 0.6, 0.4, 0.7)


@needs_matplotlib
def test_what_the_results_hold_is_not_run_again(scores: Scores, tmp_path: Path) -> None:
    write(tmp_path, variants(), scores)
    known = read_scores(tmp_path)
    assert known == scores
    said: list[str] = []
    again = dict(run_all(variants(), known, tmp_path / "nowhere", tmp_path / "work", said.append))
    assert again == scores
    assert not said


def test_without_a_report_nothing_is_known(tmp_path: Path) -> None:
    assert read_scores(tmp_path) == {}
