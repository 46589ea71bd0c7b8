"""FHIR CodeSystem: nesting and linking, designations, inactive concepts, and JSON that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codilingua.catalog.sources.assemble import assemble
from codilingua.catalog.sources.fhir import concept_lines, read_fhir
from codilingua.errors import SourceError
from codilingua.types import Label, Status

SAMPLE = Path(__file__).parents[2] / "data" / "sources" / "codesystem.json"


def write(folder: Path, concepts: Any, **more: Any) -> Path:
    path = folder / "system.json"
    resource = {"resourceType": "CodeSystem", "language": "en", "content": "complete", "concept": concepts}
    path.write_text(json.dumps(resource | more, indent=1), encoding="utf-8")
    return path


def test_the_head_says_what_it_is() -> None:
    content = read_fhir(SAMPLE)
    assert (content.name, content.edition, content.lang) == ("CIE-10, muestra", "2026", "es")
    assert (content.system, content.licence) == ("http://example.org/fhir/cie-10", "Terms of the publisher")
    assert "fragment" in content.remarks[0]


def test_nested_and_linked_concepts_make_one_tree_with_designations_as_labels() -> None:
    chapter, diabetes, uncomplicated = assemble(SAMPLE, read_fhir(SAMPLE).drafts, "es")
    assert (chapter.kind, chapter.children) == ("chapter", ("E11",))
    assert (diabetes.status, diabetes.chapter) == (Status.NEEDS_CHILD, "IV")
    assert diabetes.labels == (
        Label("Diabetis mellitus tipus 2", "ca", "title", "official"),
        Label("Diabetis de l'adult", "ca", "synonym", "official"),
        Label("Diabete mellito di tipo 2", "it", "title", "official"),
    )
    assert diabetes.notes.remarks == ("Diabetes con resistencia a la insulina",)
    assert (uncomplicated.parent, uncomplicated.status) == ("E11", Status.BILLABLE)


def test_a_designation_gives_the_title_in_the_language_that_is_asked_for() -> None:
    concepts = assemble(SAMPLE, read_fhir(SAMPLE).drafts, "it", "who-derived")
    assert [(concept.title, concept.lang) for concept in concepts[1:]] == [
        ("Diabete mellito di tipo 2", "it"),
        ("Diabete mellito di tipo 2 senza complicazioni", "it"),
    ]
    assert Label("Diabetes mellitus tipo 2", "es", "title", "who-derived") in concepts[1].labels


def test_what_is_not_read_is_told() -> None:
    left = {entry.reason: (entry.count, entry.examples) for entry in read_fhir(SAMPLE).left_out}
    assert left == {
        "property 'weight' is not read": (1, ("E11",)),
        "designations with use 'definition' are no names": (1, ("E11",)),
        "inactive or retired concepts": (1, ("E99",)),
    }


def test_an_inactive_concept_stays_where_something_active_is_below_it(tmp_path: Path) -> None:
    inactive = [{"code": "inactive", "valueBoolean": True}]
    below = {"code": "A00.1", "display": "b"}
    path = write(tmp_path, [{"code": "A00", "display": "a", "property": inactive, "concept": [below]}])
    assert [draft.code for draft in read_fhir(path).drafts] == ["A00", "A00.1"]


def test_a_child_property_links_too_and_a_second_parent_is_told(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        [
            {"code": "A", "display": "a", "property": [{"code": "child", "valueCode": "C"}]},
            {"code": "B", "display": "b"},
            {"code": "C", "display": "c", "property": [{"code": "parent", "valueCode": "B"}]},
        ],
    )
    content = read_fhir(path)
    assert [draft.parent for draft in content.drafts] == [None, None, "B"]
    assert content.left_out[0].examples == ("C under A",)


def test_lines_are_those_of_the_concepts_whatever_else_has_that_name() -> None:
    lines = concept_lines(SAMPLE.read_text(encoding="utf-8"))
    assert [draft.line for draft in read_fhir(SAMPLE).drafts] == [13, 18, 33]
    assert lines == [13, 18, 30, 33]
    assert concept_lines('{"a": "{\\"concept\\": [{",\n"concept": [{"code": "\\\\"},\n{}]}') == [2, 3]


@pytest.mark.parametrize(
    ("concepts", "line", "reason"),
    [
        ([{"code": "A", "display": "a"}, {"display": "b"}], 10, "empty code"),
        ([{"code": "A", "designation": [{"language": "Catalan", "value": "x"}]}], 6, "'Catalan' of a design"),
        ([{"code": "A", "designation": [{"language": "ca"}]}], 6, "has no value"),
        ([{"code": "A", "property": [{"code": "child", "valueCode": "B"}]}], 6, "child B of code A is not"),
        (["A"], None, "no concept"),
        ([], None, "has no concepts"),
        ({"code": "A"}, None, "'concept' is not an array"),
    ],
)
def test_a_wrong_concept_is_named_with_its_line(
    tmp_path: Path, concepts: Any, line: int | None, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read_fhir(write(tmp_path, concepts))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('{"resourceType": "CodeSystem",\n"concept": [}', 2, "malformed JSON"),
        ('{"resourceType": "ValueSet"}', None, "resourceType is 'ValueSet'"),
        ("[1]", None, "no resourceType"),
        ('{"resourceType": "CodeSystem"}', None, "pass --lang"),
        ("[" * 200_000, None, "nested too deeply"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, line: int | None, reason: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=reason) as caught:
        read_fhir(path)
    assert caught.value.line == line
