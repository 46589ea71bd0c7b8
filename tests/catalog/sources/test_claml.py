"""ClaML: hierarchy, rubrics, modifiers, and XML that is wrong or hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.catalog.sources.assemble import assemble
from codilingua.catalog.sources.claml import read_claml
from codilingua.errors import SourceError
from codilingua.types import Concept, Kind, Label, Status

DATA = Path(__file__).parents[2] / "data" / "sources"
HEAD = '<ClaML version="2.0.0"><Meta name="lang" value="en"/><Title name="X" version="1"/>'


def write(folder: Path, body: str, head: str = HEAD) -> Path:
    path = folder / "book.xml"
    path.write_text(f"{head}{body}</ClaML>", encoding="utf-8")
    return path


def rubric(text: str, kind: str = "preferred") -> str:
    return f'<Rubric kind="{kind}"><Label>{text}</Label></Rubric>'


@pytest.fixture(scope="module")
def german() -> dict[str, Concept]:
    path = DATA / "icd10gm.xml"
    return {concept.code: concept for concept in assemble(path, read_claml(path).drafts, "de")}


def test_the_head_says_name_edition_system_and_language() -> None:
    content = read_claml(DATA / "icd10gm.xml")
    assert (content.name, content.edition, content.lang) == ("ICD-10-GM", "2026", "de")
    assert content.system == "urn:oid:1.2.276.0.76.5.999"


def test_chapters_follow_the_top_level_sort_and_children_the_subclasses(german: dict[str, Concept]) -> None:
    assert [code for code, concept in german.items() if concept.kind is Kind.CHAPTER] == ["I", "IV"]
    assert german["A00-A09"].children == ("A00", "A01")
    assert [german[code].kind for code in ("I", "A00-A09", "A00.9")] == ["chapter", "section", "code"]
    assert german["A00.9"].chapter == "I"


def test_rubrics_become_title_labels_and_notes(german: dict[str, Concept]) -> None:
    diabetes = german["E11"]
    assert diabetes.title == "Diabetes mellitus, Typ 2"
    assert diabetes.labels == (
        Label("Nicht primär insulinabhängiger Diabetes mellitus", "de", "synonym", "official"),
        Label("Diabetes: Altersdiabetes", "de", "inclusion", "official"),
    )
    assert diabetes.notes.excludes2 == ("Gestationsdiabetes (O24.-)",)
    assert german["A00"].notes.remarks == ("Meldepflichtig. Siehe Gesetz.",)
    assert german["IV"].notes.includes == ("Krankheiten der Drüsen",)
    assert german["IV"].labels == ()


def test_modifiers_make_codes_in_the_order_of_the_modifier(german: dict[str, Concept]) -> None:
    assert german["E11"].children == ("E11.2", "E11.9")
    assert german["E11"].status is Status.NEEDS_CHILD
    assert german["E11.21"].title == "Diabetes mellitus, Typ 2: Mit Nierenkomplikationen: Entgleist"
    assert german["E11.21"].status is Status.BILLABLE
    assert german["E11.2"].labels == (
        Label("Diabetische Nephropathie (N08.3*)", "de", "inclusion", "official"),
    )


def test_a_modifier_value_is_not_used_after_what_excludes_it(german: dict[str, Concept]) -> None:
    assert german["E11.9"].children == ("E11.90",)
    assert german["E11.2"].children == ("E11.20", "E11.21")


def test_what_is_not_read_is_told() -> None:
    left = {entry.reason: entry.examples for entry in read_claml(DATA / "icd10gm.xml").left_out}
    assert left == {
        "rubrics of kind 'modifierlink' are not read": ("E11",),
        "modifiers whose values do not fit the code": ("A01 by S13M40_5",),
    }


def test_modifiers_pass_down_unless_excluded_and_take_only_the_valid_values(tmp_path: Path) -> None:
    modifier = "".join(
        f'<ModifierClass modifier="M" code="{digit}">{rubric(name)}</ModifierClass>'
        for digit, name in (("0", "none"), ("1", "some"))
    )
    path = write(
        tmp_path,
        f'<Modifier code="M"/>{modifier}'
        f'<Class code="M00" kind="category"><SubClass code="M00.0"/><SubClass code="M00.1"/>'
        f'<ModifiedBy code="M" all="false"><ValidModifierClass code="1"/></ModifiedBy>'
        f"{rubric('Joint')}</Class>"
        f'<Class code="M00.0" kind="category"><SuperClass code="M00"/>{rubric("Hip")}</Class>'
        f'<Class code="M00.1" kind="category"><SuperClass code="M00"/><ExcludeModifier code="M"/>'
        f"{rubric('Knee')}</Class>",
    )
    assert [concept.code for concept in assemble(path, read_claml(path).drafts, "en")] == [
        "M00",
        "M00.0",
        "M00.01",
        "M00.1",
    ]


def test_another_encoding_and_other_languages_and_parents_by_subclass_alone() -> None:
    path = DATA / "cim10.xml"
    content = read_claml(path)
    assert content.lang == "fr"
    chapter, cholera, unspecified = assemble(path, content.drafts, "fr")
    assert unspecified.title == "Choléra, sans précision"
    assert (unspecified.parent, cholera.parent) == ("A00", "I")
    assert cholera.labels == (Label("Cholera", "en", "title", "official"),)
    assert chapter.lang == "fr"
    english = assemble(path, content.drafts, "en")
    assert [(concept.title, concept.lang) for concept in english[1:]] == [
        ("Cholera", "en"),
        ("Choléra, sans précision", "fr"),
    ]


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("\n<Class code='A'>\n</Clas>", 3, "malformed XML"),
        ("\n\n<Class code='' kind='category'/>", 3, "empty code"),
        ("", None, "no Class"),
        ("\n<Class code='A' kind='category'><SubClass code='B'/></Class>", 2, "subclass B of A is not"),
        (
            "\n<Class code='A' kind='category'>\n<ModifiedBy code='S1'/></Class>",
            3,
            "modifier S1 is not defined",
        ),
        (
            "\n<Class code='A'><Rubric kind='text'>\n<Label xml:lang='German'>a</Label></Rubric></Class>",
            3,
            "'German' is not a language tag",
        ),
        ("\n<Class code='A'>&uuml;</Class>", 2, "undefined entity"),
        ("<x>" * 200, 1, "nested"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_reason(
    tmp_path: Path, body: str, line: int | None, reason: str
) -> None:
    path = write(tmp_path, body)
    with pytest.raises(SourceError, match=reason) as caught:
        read_claml(path)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


def test_entities_of_the_file_s_own_are_refused_before_they_grow(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE ClaML [<!ENTITY a "aaaaaaaaaa">\n<!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(SourceError, match="declares the entity 'a'") as caught:
        read_claml(write(tmp_path, "<Class code='&b;'/>", bomb + HEAD))
    assert caught.value.line == 1


def test_an_entity_of_an_outer_dtd_is_never_dropped_silently(tmp_path: Path) -> None:
    outer = '<!DOCTYPE ClaML SYSTEM "ClaML.dtd">'
    with pytest.raises(SourceError, match=r"entity &ouml; is not defined"):
        read_claml(write(tmp_path, f"<Class code='A'>{rubric('Sch&ouml;n')}</Class>", outer + HEAD))


def test_another_root_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.xml"
    path.write_text("<html></html>", encoding="utf-8")
    with pytest.raises(SourceError, match="root element is <html>, not <ClaML>"):
        read_claml(path)


def test_labels_without_a_language_need_one(tmp_path: Path) -> None:
    path = write(tmp_path, f"\n<Class code='A'>{rubric('a')}</Class>", "<ClaML>")
    with pytest.raises(SourceError, match="pass --lang"):
        read_claml(path)
    assert read_claml(path, lang="ca").drafts[0].texts[0].lang == "ca"
