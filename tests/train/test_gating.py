"""Fitted into assets: what is written, that a search opens it and ranks as was promised, and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.errors import AssetError, UsageError
from codilingua.search.profiles import open_profiles
from codilingua.train.examples import TrainingSet
from codilingua.train.gate import Fitted
from codilingua.train.gating import fit_gate, results
from codilingua.train.gold import DevelopmentSet
from codilingua.types import Judgement


def quiet(_: str) -> object:
    return lambda *_: None


@pytest.fixture(scope="module")
def sets(tiny_set: TrainingSet) -> list[DevelopmentSet]:
    phrases = tiny_set.phrases
    rows = [
        Judgement(text, (tiny_set.relatives.codes[code],), lang)
        for text, code, lang in zip(phrases.texts, phrases.codes.tolist(), phrases.langs, strict=True)
    ]
    return [
        DevelopmentSet(f"toy-{lang}", lang, tuple(row for row in rows if row.lang == lang))
        for lang in ("en", "es", "fr")
    ]


@pytest.fixture(scope="module")
def gated(
    tiny_folder: Path, sets: list[DevelopmentSet], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Assets, Fitted, Path]:
    """The small assets, fitted anew, and the folder of the report."""
    import shutil

    folder = tmp_path_factory.mktemp("gated")
    assets = Assets(Path(shutil.copytree(tiny_folder, folder / "assets")))
    report = folder / "new" / "report"
    return assets, fit_gate(assets, sets, quiet, report, 1), report  # type: ignore[arg-type]


def test_the_profiles_are_written_and_opened_again(gated: tuple[Assets, Fitted, Path]) -> None:
    assets, fitted, _ = gated
    assets.verify()
    assert open_profiles(assets.ranking) == fitted.profiles
    assert set(fitted.profiles.languages) == {"en", "es", "fr"}


def test_a_search_ranks_as_was_promised(
    gated: tuple[Assets, Fitted, Path], sets: list[DevelopmentSet]
) -> None:
    """R@1 and R@5 of the last step are what a search over the fitted assets reaches."""
    assets, fitted, _ = gated
    promised = {
        name: (first, five) for name, step, _, first, five in fitted.rows if step == fitted.rows[-1][1]
    }
    with open_search(assets.folder, 1) as search:
        for one in sets:
            answers = search.batch([judgement.query for judgement in one.judgements], 5, lang=one.lang)
            gold = [judgement.codes[0] for judgement in one.judgements]
            first = [code == hits[0].code for code, hits in zip(gold, answers, strict=True)]
            five = [code in [hit.code for hit in hits] for code, hits in zip(gold, answers, strict=True)]
            reached = (sum(first) / len(gold), sum(five) / len(gold))
            assert reached == pytest.approx(promised[one.name])
            assert all(hits[0].confidence is not None for hits in answers)


def test_the_report_is_the_results(gated: tuple[Assets, Fitted, Path]) -> None:
    _, fitted, report = gated
    written = json.loads((report / "results.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(results(fitted)))


def test_results_say_what_was_done(gated: tuple[Assets, Fitted, Path]) -> None:
    _, fitted, _ = gated
    said = json.loads(json.dumps(results(fitted)))
    assert set(said) == {"steps", "profiles", "calibration_error", "coverage"}
    assert [(row["set"], row["step"], row["queries"]) for row in said["steps"]] == [
        row[:3] for row in fitted.rows
    ]
    for row, (_, _, _, first, five) in zip(said["steps"], fitted.rows, strict=True):
        assert (row["R@1"], row["R@5"]) == pytest.approx((first, five), abs=5e-5)
    languages = {"default", *fitted.profiles.languages}
    assert set(said["profiles"]) == set(said["calibration_error"]) == set(said["coverage"]) == languages
    for lang, values in said["profiles"].items():
        profile = fitted.profiles.default if lang == "default" else fitted.profiles.languages[lang]
        assert values == {name: getattr(profile, name) for name in values}
        assert set(values) == {"dense", "floor", "prior", "rerank", "threshold"}
        curve = said["coverage"][lang]
        assert 0 < len(curve) < 24
        assert curve[0]["coverage"] == 1


def test_assets_without_a_reranker(tiny_copy: Path, sets: list[DevelopmentSet]) -> None:
    assets = Assets(tiny_copy)
    assets.reranker.unlink()
    assets.reseal()
    fitted = fit_gate(assets, sets, quiet, threads=1)  # type: ignore[arg-type]
    assert {row[1] for row in fitted.rows} == {"untuned weights", "first stage", "+ prior of use"}
    assert open_profiles(assets.ranking) == fitted.profiles


def test_what_is_refused(tiny_copy: Path, sets: list[DevelopmentSet], tmp_path: Path) -> None:
    assets = Assets(tiny_copy)
    before = assets.ranking.read_bytes()
    with pytest.raises(UsageError, match="no development query to fit on"):
        fit_gate(assets, [], quiet, threads=1)  # type: ignore[arg-type]
    assert assets.ranking.read_bytes() == before
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(UsageError, match=r"cannot be written .* choose another --report"):
        fit_gate(assets, sets[:1], quiet, tmp_path / "taken", 1)  # type: ignore[arg-type]
    assets.vectors.write_bytes(b"damaged")
    with pytest.raises(AssetError, match=r"vectors\.npy: damaged"):
        fit_gate(assets, sets, quiet, threads=1)  # type: ignore[arg-type]
