"""``codilingua feedback export``: what coders said, as files, as an operator types it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `serve` is not installed")

from typer.testing import CliRunner

from codilingua.cli.feedback import app
from codilingua.evaluate.testsets.judgements import read_judgements
from codilingua.search.engine import Search
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback
from codilingua.train.examples import read_training_set

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_folder: Path) -> str:
    named = f"sqlite:///{tmp_path / 'codilingua.db'}"
    monkeypatch.delenv("CODILINGUA_CONFIG", raising=False)
    monkeypatch.setenv("CODILINGUA_DATABASE", named)
    monkeypatch.setenv("CODILINGUA_ASSETS", str(tiny_folder))
    said = [
        Feedback("angina de pecho", "I20.9", "right", lang="es"),
        Feedback("angina de pecho", "I20.9", "chosen", lang="es"),
        Feedback("pressão alta", "I10", "chosen", lang="pt"),
        Feedback("hip fracture", "S72.001A", "right", lang="en"),
        Feedback("hip fracture", "I10", "wrong", lang="en"),
        Feedback("hip fracture", "Q99.9", "right", lang="en"),
    ]
    with Store.open(named) as store:
        for hours, one in enumerate(said):
            store.add_feedback(
                Feedback(one.query, one.code, one.verdict, lang=one.lang, at=NOON + timedelta(hours=hours))
            )
    return named


def typed(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def done(*arguments: str | Path) -> Any:
    result = typed(*arguments)
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result


def refused(*arguments: str | Path) -> str:
    result = typed(*arguments)
    assert result.exit_code
    assert result.stdout == ""
    message = str(result.exception)
    assert "\n" not in message
    return message


@pytest.mark.usefixtures("url")
def test_a_test_set(tmp_path: Path, tiny: Search) -> None:
    out = tmp_path / "feedback.tsv"
    result = done("--out", out)
    assert result.stdout == f"{out}: rows 3, of verdicts 4\n"
    assert result.stderr == "left out of 6 verdicts: not in this catalog 1, wrong 1\n"
    sets = {found.lang: found for found in read_judgements(out, tiny.catalog)}
    assert set(sets) == {"es", "pt", "en"}
    assert all(not found.bad_rows for found in sets.values())
    assert sets["en"].judgements[0].codes == ("S72.001",)
    assert sets["es"].judgements[0].slices["count"] == "2"


@pytest.mark.usefixtures("url")
def test_training_pairs(tmp_path: Path, tiny: Search) -> None:
    out = tmp_path / "pairs.tsv"
    assert done("--form", "pairs", "--out", out).stdout == f"{out}: rows 3, of verdicts 4\n"
    assert read_training_set(tiny.catalog, [out]).phrases.texts == (
        "angina de pecho",
        "pressão alta",
        "hip fracture",
    )


@pytest.mark.usefixtures("url")
def test_everything(tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    assert done("--form", "raw", "--out", out).stdout == f"{out}: verdicts 6\n"
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["verdict"] for row in rows] == ["right", "chosen", "chosen", "right", "wrong", "right"]


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    ("period", "verdicts"),
    [
        (["--since", "2026-03-04"], 6),
        (["--since", "2026-03-05"], 0),
        (["--since", "2026-03-04T14:00"], 4),
        (["--since", "2026-03-04T14:00+01:00"], 5),
        (["--until", "2026-03-04"], 0),
        (["--since", "2026-03-04T13:00Z", "--until", "2026-03-04T15:00Z"], 2),
    ],
)
def test_a_period(tmp_path: Path, period: list[str], verdicts: int) -> None:
    out = tmp_path / "all.jsonl"
    if not verdicts:
        assert refused("--form", "raw", "--out", out, *period).endswith("there is nothing to put into it")
        assert not out.exists()
    else:
        assert done("--form", "raw", "--out", out, *period).stdout == f"{out}: verdicts {verdicts}\n"


def test_what_is_refused(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert refused("--out", out, "--form", "csv") == "--form 'csv': give evaluation, pairs or raw"
    assert refused("--out", out, "--since", "soon") == "--since 'soon' is no date: give it as 2026-01-31"
    none = tmp_path / "none.db"
    assert (
        refused("--out", out, "--database", f"sqlite:///{none}")
        == f"{none}: there is no such file: name the database of the server"
    )
    assert not out.exists()
    assert not none.exists()
    out.write_text("mine")
    for form in ("evaluation", "pairs", "raw"):
        result = typed("--out", out, "--form", form)
        assert result.exit_code
        assert str(result.exception).startswith(f"{out}: there already")
    assert out.read_text() == "mine"
    done("--out", out, "--force")
    assert out.read_text("utf-8").startswith("query\t")
    assert url.endswith("codilingua.db")


def test_feedback_that_may_only_be_read_is_exported(url: str, tmp_path: Path) -> None:
    (tmp_path / "codilingua.db").chmod(0o400)
    done("--out", tmp_path / "out", "--database", url)


def test_without_a_command_there_is_help() -> None:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "export" in result.stdout
