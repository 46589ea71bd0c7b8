"""From file to catalog: new ones, added titles, and imports that must leave nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.sources import Columns, ImportRequest, ImportSummary, import_catalog
from codilingua.catalog.sources.importer import detect
from codilingua.errors import AssetError, SourceError, UsageError
from codilingua.types import Concept, Label, Status

DATA = Path(__file__).parents[2] / "data" / "sources"
SPANISH = Columns(code="código", title="descripción", parent="padre", billable="facturable")


def spanish(out: Path, **more: object) -> ImportRequest:
    fields = {"columns": SPANISH, "name": "CIE-10-ES", "edition": "Edición", "lang": "es"} | more
    return ImportRequest(DATA / "cie10es.csv", out, **fields)  # type: ignore[arg-type]


def concepts(path: Path) -> dict[str, Concept]:
    with Catalog.open(path) as catalog:
        return {concept.code: concept for concept in catalog}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    import_catalog(spanish(tmp_path / "base.db", system="http://example.org/fhir/cie-10"))
    return tmp_path / "base.db"


def add(base: Path, source: Path, **more: object) -> ImportSummary:
    return import_catalog(ImportRequest(source, base.with_name("more.db"), add_to=base, **more))  # type: ignore[arg-type]


def titles(base: Path, text: str) -> Path:
    path = base.with_name("titles.csv")
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_becomes_a_catalog(tmp_path: Path) -> None:
    summary = import_catalog(spanish(tmp_path / "my.db", licence="open"))
    assert summary.statuses == {Status.BILLABLE: 3, Status.NEEDS_CHILD: 2, Status.HEADING: 4}
    assert (summary.format, summary.added, summary.left_out) == ("csv", None, ())
    with Catalog.open(tmp_path / "my.db") as catalog:
        assert catalog.info == summary.info
        assert (catalog.info.edition, catalog.info.source, catalog.info.licence) == (
            "2026",
            "cie10es.csv",
            "open",
        )
        assert [concept.code for concept in catalog][:5] == ["1", "A00-A09", "A00", "A00.0", "A00.9"]
        assert catalog.get("e119").title == "Diabetes mellitus tipo 2 sin complicaciones"
        assert catalog.get("a000").chapter == "1"


@pytest.mark.parametrize(
    ("file", "name", "lang", "codes"),
    [
        ("icd10gm.xml", "ICD-10-GM", "de", 9),
        ("cim10.xml", "CIM-10", "fr", 2),
        ("codesystem.json", "CIE-10, muestra", "es", 2),
    ],
)
def test_claml_and_fhir_say_themselves_what_they_are(
    tmp_path: Path, file: str, name: str, lang: str, codes: int
) -> None:
    summary = import_catalog(ImportRequest(DATA / file, tmp_path / "my.db"))
    assert (summary.info.name, summary.info.lang) == (name, lang)
    with Catalog.open(tmp_path / "my.db") as catalog:
        assert len(catalog) == codes


def test_a_catalog_written_as_fhir_comes_back_as_it_was(tmp_path: Path) -> None:
    """A catalog written out as FHIR and read again holds the same concepts."""
    import_catalog(ImportRequest(DATA / "codesystem.json", tmp_path / "one.db"))
    before = concepts(tmp_path / "one.db")
    raw = [
        {
            "code": concept.code,
            "display": concept.title,
            "definition": " ".join(concept.notes.remarks),
            "designation": [
                {"language": label.lang, "use": {"code": label.role}, "value": label.text}
                for label in concept.labels
            ],
            "property": [
                {"code": "kind", "valueCode": concept.kind.value},
                *([{"code": "parent", "valueCode": concept.parent}] if concept.parent else []),
            ],
        }
        for concept in reversed(before.values())
    ]
    resource = {"resourceType": "CodeSystem", "name": "n", "version": "1", "language": "es", "concept": raw}
    (tmp_path / "two.json").write_text(json.dumps(resource), encoding="utf-8")
    import_catalog(ImportRequest(tmp_path / "two.json", tmp_path / "two.db"))
    assert concepts(tmp_path / "two.db") == before


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.XML", "<x", "claml"),
        ("a.json", "x", "fhir"),
        ("a.tsv", "x", "csv"),
        ("a.dat", "\ufeff <ClaML/>", "claml"),
        ("a.dat", ' {"a"', "fhir"),
        ("a.txt", "code;title", "csv"),
    ],
)
def test_the_format_is_found_by_extension_then_content(
    tmp_path: Path, name: str, text: str, form: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert detect(tmp_path / name) == form


def test_titles_are_added_each_with_its_origin_and_only_once(base: Path) -> None:
    summary = add(base, DATA / "titles_ca.csv", origin="official", lang="ca")
    assert summary.added == {("ca", "official"): 2, ("ca", "machine"): 1, ("ca", "who-derived"): 1}
    assert summary.left_out[0].reason == "texts that the code has already"
    assert summary.left_out[0].examples == ("E11.9",)
    after = concepts(base.with_name("more.db"))
    assert after["E11.9"].labels == (
        Label("Diabetis mellitus tipus 2 sense complicacions", "ca", "title", "who-derived"),
        Label("Diabetis tipus 2", "ca", "synonym", "machine"),
    )
    assert after["E11"].labels == (Label("Diabetis mellitus tipus 2", "ca", "title", "official"),)
    before = concepts(base)
    assert {code: (c.title, c.parent, c.status) for code, c in after.items()} == {
        code: (c.title, c.parent, c.status) for code, c in before.items()
    }


def test_adding_never_changes_what_the_catalog_is(base: Path) -> None:
    summary = add(base, DATA / "cim10.xml", origin="who-derived", lang="fr", skip_unknown=True)
    with Catalog.open(base) as catalog:
        assert summary.info == catalog.info
    assert summary.added == {("fr", "who-derived"): 2}
    left = {entry.reason: entry.examples for entry in summary.left_out}
    assert left["codes that the catalog does not have"] == ("I",)


def test_fhir_designations_can_be_added(base: Path) -> None:
    summary = add(base, DATA / "codesystem.json", origin="official", lang="it", skip_unknown=True)
    assert summary.added == {("it", "official"): 2}


def test_a_stronger_origin_replaces_a_weaker_one_and_never_the_reverse(base: Path) -> None:
    add(base, titles(base, "code,title\nA00,Còlera\n"), origin="machine", lang="ca")
    more = base.with_name("more.db")
    request = ImportRequest(
        base.with_name("titles.csv"), more, add_to=more, origin="official", lang="ca", force=True
    )
    assert import_catalog(request).added == {}
    assert concepts(more)["A00"].labels[0].origin == "official"
    weaker = ImportRequest(
        base.with_name("titles.csv"), more, add_to=more, origin="machine", lang="ca", force=True
    )
    import_catalog(weaker)
    assert concepts(more)["A00"].labels == (Label("Còlera", "ca", "title", "official"),)


def test_a_second_name_in_the_catalog_s_own_language_is_a_synonym(base: Path) -> None:
    add(base, titles(base, "code,title\nA00,Enfermedad colérica\nA00,Cólera\n"), origin="machine", lang="es")
    labels = concepts(base.with_name("more.db"))["A00"].labels
    assert labels == (Label("Enfermedad colérica", "es", "synonym", "machine"),)


def test_unknown_codes_are_an_error_or_counted(base: Path) -> None:
    path = titles(base, "code,title\nA00,Còlera\nZ99.9,x\nZ99.8,y\n")
    with pytest.raises(SourceError, match=r"no code Z99\.9") as caught:
        add(base, path, origin="machine", lang="ca")
    assert caught.value.line == 3
    assert not base.with_name("more.db").exists()
    (left,) = add(base, path, origin="machine", lang="ca", skip_unknown=True).left_out
    assert (left.count, left.examples) == (2, ("Z99.9", "Z99.8"))


def test_official_titles_of_another_edition_or_system_are_refused(base: Path) -> None:
    path = titles(base, "code,title,edition\nA00,Còlera,2024\n")
    with pytest.raises(UsageError, match="edition '2024' are not official in CIE-10-ES '2026'"):
        add(base, path, origin="official", lang="ca")
    assert add(base, path, origin="who-derived", lang="ca").added == {("ca", "who-derived"): 1}
    other = base.with_name("other.json")
    other.write_text(
        (DATA / "codesystem.json").read_text("utf-8").replace("example.org", "example.com"), "utf-8"
    )
    with pytest.raises(UsageError, match=r"http://example.com/fhir/cie-10 are not official in CIE-10-ES"):
        add(base, other, origin="official", lang="it", skip_unknown=True, force=True)


def test_a_supplement_adds_and_is_no_catalog(base: Path) -> None:
    path = base.with_name("supplement.json")
    resource = {
        "resourceType": "CodeSystem",
        "language": "it",
        "content": "supplement",
        "supplements": "http://example.org/fhir/cie-10|2026",
        "concept": [{"code": "A00", "designation": [{"language": "it", "value": "Colera"}]}],
    }
    path.write_text(json.dumps(resource), encoding="utf-8")
    assert add(base, path, origin="official").added == {("it", "official"): 1}
    with pytest.raises(SourceError, match="--add-to"):
        import_catalog(ImportRequest(path, base.with_name("new.db"), name="x", edition="1"))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"name": None}, "does not say its name: pass --name"),
        ({"name": None, "edition": None}, "pass --name and --edition"),
        ({"lang": "Spanish"}, "--lang 'Spanish' is not a language tag"),
        ({"skip_unknown": True}, "--add-to only"),
        ({"format": "fhir"}, "columns and --delimiter go with csv only"),
        ({"out": DATA}, "is a folder"),
        ({"out": DATA / "nowhere" / "my.db"}, "does not exist"),
        ({"out": DATA / "cie10es.csv", "force": True}, "is the file to import"),
    ],
)
def test_a_request_that_cannot_be_served_says_what_to_change(
    tmp_path: Path, more: dict[str, object], reason: str
) -> None:
    request = spanish(**({"out": tmp_path / "my.db"} | more))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=reason):
        import_catalog(request)
    assert list(tmp_path.iterdir()) == []


def test_titles_need_an_origin_and_a_base(base: Path) -> None:
    path = titles(base, "code,title\nA00,Còlera\n")
    with pytest.raises(UsageError, match="pass --origin"):
        add(base, path, lang="ca")
    with pytest.raises(UsageError, match="--name does not go with --add-to"):
        add(base, path, lang="ca", origin="machine", name="mine")
    with pytest.raises(AssetError, match=r"nothing\.db"):
        import_catalog(
            ImportRequest(path, base.with_name("m.db"), add_to=base.with_name("nothing.db"), lang="ca")
        )
    with pytest.raises(SourceError, match="no title in it"):
        add(base, titles(base, "code,title,language\nA00,Còlera,ca\n"), lang="it", origin="machine")


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "my.db"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="--force"):
        import_catalog(spanish(out))
    assert out.read_text(encoding="utf-8") == "mine"
    import_catalog(spanish(out, force=True))
    assert len(concepts(out)) == 9


def test_a_wrong_file_leaves_nothing_behind_and_nothing_changed(tmp_path: Path) -> None:
    source, out = tmp_path / "codes.csv", tmp_path / "my.db"
    rows = (DATA / "cie10es.csv").read_text(encoding="utf-8")
    source.write_text(rows + "E11.9;Otra vez;E11;2026;sí\n", encoding="utf-8")
    request = ImportRequest(source, out, columns=SPANISH, name="x", edition="1", lang="es")
    with pytest.raises(SourceError, match=r"code E11\.9 comes twice in es: first at line 10") as caught:
        import_catalog(request)
    assert caught.value.line == 11
    assert list(tmp_path.iterdir()) == [source]
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(SourceError, match="comes twice"):
        import_catalog(
            ImportRequest(source, out, columns=SPANISH, name="x", edition="1", lang="es", force=True)
        )
    assert out.read_text(encoding="utf-8") == "mine"
