"""``codilingua catalog import``: options reach the request, the summary is printed, errors pass through."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from codilingua.catalog.catalog import Catalog
from codilingua.cli.catalog import app
from codilingua.errors import SourceError, UsageError

DATA = Path(__file__).parents[2] / "data" / "sources"
CSV = ["--code", "código", "--title", "descripción", "--parent", "padre", "--billable", "facturable"]
OWN = ["--name", "CIE-10-ES", "--edition", "edición", "--lang", "es"]


def run(*args: object) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, ["import", *map(str, args)])
    return result.exit_code, result.output, result.exception


def test_a_catalog_is_made_then_gets_titles(tmp_path: Path) -> None:
    base, more = tmp_path / "base.db", tmp_path / "more.db"
    code, output, _ = run(DATA / "cie10es.csv", "--out", base, *CSV, *OWN)
    assert code == 0
    assert "CIE-10-ES 2026" in output
    assert "3  billable" in output
    code, output, _ = run(
        DATA / "titles_ca.csv", "--add-to", base, "--origin", "who-derived", "--lang", "ca", "--out", more
    )
    assert code == 0
    assert "labels in ca, who-derived (3 new)" in output
    assert "left out 1  texts that the code has already: E11.9" in output
    with Catalog.open(more) as catalog:
        assert catalog.get("E11").labels[0].origin == "who-derived"


def test_claml_and_fhir_need_no_options(tmp_path: Path) -> None:
    _, output, _ = run(DATA / "icd10gm.xml", "--out", tmp_path / "gm.db")
    assert "5 codes come from the file's modifiers." in output
    _, output, _ = run(DATA / "codesystem.json", "--out", tmp_path / "fhir.db")
    assert "http://example.org/fhir/cie-10" in output


def test_errors_pass_through_for_the_main_program_to_word(tmp_path: Path) -> None:
    _, _, error = run(DATA / "cie10es.csv", "--out", tmp_path / "my.db", *OWN)
    assert isinstance(error, SourceError)
    _, _, error = run(DATA / "cie10es.csv", "--out", tmp_path / "my.db", *CSV)
    assert isinstance(error, UsageError)
    assert "pass --lang" in str(error)
    _, _, error = run(DATA / "cie10es.csv", "--out", tmp_path / "my.db", *CSV, "--lang", "es")
    assert isinstance(error, UsageError)
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_kind_of_option() -> None:
    _, output, _ = run("--help")
    for word in ("--add-to", "--skip-unknown", "--delimiter", "--origin", "--format"):
        assert word in output
