"""The leaderboard over folders of runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import SourceError
from codilingua.evaluate.reporting.leaderboard import leaderboard
from codilingua.evaluate.reporting.output import write_report

EXAMPLE = Path(__file__).parents[2] / "data" / "evaluation" / "results.json"
ROOT = Path(__file__).parents[3]


def add_run(root: Path, name: str, **changed: Any) -> dict[str, Any]:
    content = {**json.loads(EXAMPLE.read_text("utf-8")), "run": name, **changed}
    (root / name).mkdir()
    (root / name / "results.json").write_text(json.dumps(content), "utf-8")
    return content


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"
    ]


def test_a_run_and_its_best_baseline(tmp_path: Path) -> None:
    content = add_run(tmp_path, "first")
    header, _, ours, baseline = rows(leaderboard(tmp_path))
    assert ours[:5] == [
        "[first](first/report.md)",
        "2026-01-31 12:00 UTC",
        "0123456789",
        "catalog",
        "codilingua-fused",
    ]
    macro = {
        each["system"]: each["measures"]
        for each in content["macro"]
        if (each["writer"], each["level"]) == ("people", "exact")
    }
    for place, measure in ((5, "R@1"), (6, "R@5"), (7, "MRR@10")):
        assert ours[place] == f"{macro['codilingua-fused'][measure][0]:.3f}"
        assert baseline[place] == f"{macro['minilm'][measure][0]:.3f}"
    assert baseline[4] == "best baseline: minilm"
    assert header[8:10] == ["English R@5", "Spanish R@5"]
    assert ours[10:13] == ["6.90", "55", "210"]
    assert ours[13] == "clinic-en, clinic-es, ward-es"


def test_newest_first_and_changes_are_told(tmp_path: Path) -> None:
    add_run(tmp_path, "a", date="2026-01-01 09:00 UTC")
    add_run(tmp_path, "b", date="2026-03-01 09:00 UTC", modified=True)
    add_run(tmp_path, "c", date="2026-02-01 09:00 UTC")
    found = [row for row in rows(leaderboard(tmp_path))[2:] if row[0]]
    assert [row[0][1] for row in found] == ["b", "c", "a"]
    assert found[0][2] == "0123456789, with changes"


def test_our_other_stages_are_no_baselines(tmp_path: Path) -> None:
    content = json.loads(EXAMPLE.read_text("utf-8"))
    text = json.dumps(content).replace('"minilm"', '"codilingua-dense"')
    add_run(tmp_path, "first", **json.loads(text))
    assert "best baseline: bm25" in leaderboard(tmp_path)


def test_languages_of_all_runs_are_columns(tmp_path: Path) -> None:
    add_run(tmp_path, "both")
    add_run(tmp_path, "one", languages=["en"])
    table = rows(leaderboard(tmp_path))
    assert len({len(row) for row in table}) == 1


def test_ours_may_not_have_run(tmp_path: Path) -> None:
    add_run(tmp_path, "first", ours="codilingua-reranked")
    table = rows(leaderboard(tmp_path))
    assert table[2][4] == "codilingua-reranked did not run"
    assert len({len(row) for row in table}) == 1


def test_results_of_benchmarks_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "results.json").write_text('{"schema": 1, "macro": []}', "utf-8")
    assert "No run yet." in leaderboard(tmp_path)
    for path in (ROOT / "results").glob("*/results.json"):
        if "kind" not in json.loads(path.read_text("utf-8")):
            assert f"({path.parent.name}/report.md)" not in leaderboard(ROOT / "results")


def test_a_report_in_a_folder_of_results_renews_it(tmp_path: Path) -> None:
    root = tmp_path / "results"
    root.mkdir()
    add_run(root, "first")
    assert write_report(root / "first")[-1] == root / "LEADERBOARD.md"
    assert (root / "LEADERBOARD.md").read_text("utf-8") == leaderboard(root)
    elsewhere = tmp_path / "first"
    (root / "first").rename(elsewhere)
    assert tmp_path / "LEADERBOARD.md" not in write_report(elsewhere)


@pytest.mark.parametrize("content", ["{", "[]", '{"kind": "evaluation", "schema": 99}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "results.json").write_text(content, "utf-8")
    with pytest.raises(SourceError, match=r"results\.json: .*measure again"):
        leaderboard(tmp_path)
