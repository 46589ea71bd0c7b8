"""The full April 2026 release against its own code list, and what is known of single codes."""

from __future__ import annotations

from collections import Counter

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo
from codilingua.catalog.tabular import ReleaseFiles
from codilingua.types import Concept, Kind, Label, Status


def _as_listed(concept: Concept) -> str:
    """The code list writes no dots, and a section of one category as that category."""
    first, dash, last = concept.code.partition("-")
    return first if first == last else first.replace(".", "") + dash + last


def test_codes_with_their_sevenths_are_exactly_the_code_list(catalog: Catalog, files: ReleaseFiles) -> None:
    listed = set(files.code_list.read_text().split())
    book = list(catalog)
    found = {_as_listed(concept) for concept in book}
    found |= {completion.replace(".", "") for concept in book for completion in concept.completions}
    assert len(listed) == 98_466
    assert found == listed


def test_every_completion_is_found(catalog: Catalog) -> None:
    book = list(catalog)
    completions = [completion for concept in book for completion in concept.completions]
    assert len(completions) == 98_466 - 22 - (297 - 39) - 46_881
    for completion in completions[::50]:
        found = catalog.get(completion)
        assert (found.code, found.kind, found.billable) == (completion, Kind.EXPANSION, True)


def test_counts(release: tuple[CatalogInfo, list[Concept]]) -> None:
    kinds = Counter((concept.kind, concept.status) for concept in release[1])
    assert kinds == {
        (Kind.CHAPTER, Status.HEADING): 22,
        (Kind.SECTION, Status.HEADING): 297,
        (Kind.CODE, Status.BILLABLE): 23_414,
        (Kind.CODE, Status.NEEDS_SEVENTH): 12_929,
        (Kind.CODE, Status.NEEDS_CHILD): 10_538,
    }
    labels = [label for concept in release[1] for label in concept.labels]
    # 12,569 notes of inclusion terms at codes, 5 at sections, 1 among the 7th characters of W08.
    assert len(labels) == 12_575
    assert {(label.lang, label.role, label.origin) for label in labels} == {("en", "inclusion", "official")}


def test_every_note_is_kept(release: tuple[CatalogInfo, list[Concept]]) -> None:
    notes = [concept.notes for concept in release[1]]
    counted = {
        name: sum(len(getattr(n, name)) for n in notes) for name in ("includes", "excludes1", "excludes2")
    }
    assert counted == {"includes": 3 + 103 + 918, "excludes1": 3 + 151 + 5253, "excludes2": 112 + 228 + 2180}
    assert sum(len(n.code_first) for n in notes) == 9 + 800
    assert sum(len(n.use_additional) for n in notes) == 10 + 35 + 1440
    assert sum(len(n.code_also) for n in notes) == 10 + 645
    # Free notes, 7th-character notes, their other names but the stray one, H54.8's table, chapter ranges.
    assert sum(len(n.remarks) for n in notes) == (36 + 43 + 101) + 508 + (8 - 1) + 6 + 22


def test_compiled_catalog_equals_what_was_read(
    catalog: Catalog, release: tuple[CatalogInfo, list[Concept]]
) -> None:
    info, concepts = release
    assert catalog.info == info
    assert list(catalog) == concepts


def test_status_follows_from_the_hierarchy(release: tuple[CatalogInfo, list[Concept]]) -> None:
    for concept in release[1]:
        if concept.kind is Kind.CODE:
            assert (concept.status is Status.NEEDS_CHILD) == bool(concept.children)
        assert (concept.status is Status.NEEDS_SEVENTH) == bool(concept.sevenths)


def test_edition(catalog: Catalog) -> None:
    info = catalog.info
    assert (info.name, info.edition, info.lang) == ("ICD-10-CM", "April 2026", "en")
    assert info.system == "http://hl7.org/fhir/sid/icd-10-cm"


def test_sections_nest_by_range(catalog: Catalog) -> None:
    parents = {c.code: c.parent for c in catalog if c.kind is Kind.SECTION}
    assert parents["C00-C14"] == "C00-C75"
    assert parents["C00-C75"] == "C00-C96"
    assert parents["C7A-C7A"] == "C00-C96"
    assert parents["D3A-D3A"] == "2"
    assert parents["W00-W19"] == "W00-X58"
    assert parents["W00-X58"] == "V00-X58"
    assert parents["V00-V09"] == "V00-V99"
    assert parents["T20-T25"] == "T20-T32"
    assert parents["T07-T07"] == "T07-T88"
    assert parents["QA0-QA0"] == "17"
    assert Counter(parents.values())["Y62-Y84"] == 3


def test_headings_have_no_range_in_their_title(catalog: Catalog) -> None:
    chapter = catalog.get("22")
    assert chapter.title == "Codes for special purposes"
    assert "Codes U00-U85" in chapter.notes.remarks
    assert catalog.get("QA0-QA0").title == "Genetic disorders, not elsewhere classified"
    assert catalog.get("B20-B20").title == "Human immunodeficiency virus [HIV] disease"


def test_death_before_regaining_consciousness_takes_few_sevenths(catalog: Catalog) -> None:
    for code in ("S06.2X7", "S06.2X8"):
        assert [seventh.char for seventh in catalog.get(code).sevenths] == ["A"]
    assert catalog.get("S06.2X7").completions == ("S06.2X7A",)
    assert [seventh.char for seventh in catalog.get("S06.2X6").sevenths] == ["A", "D", "S"]
    remarks = catalog.get("S06").notes.remarks
    assert any(remark.startswith("7th characters D and S do not apply") for remark in remarks)


def test_sevenths_are_inherited_and_padded(catalog: Catalog) -> None:
    assert catalog.get("S22.49").completions[:2] == ("S22.49XA", "S22.49XB")
    assert catalog.get("T07").completions == ("T07.XXXA", "T07.XXXD", "T07.XXXS")
    assert catalog.get("H40.10").completions[0] == "H40.10X0"
    assert catalog.get("S22").sevenths == ()
    assert catalog.get("S52.001B").title.endswith(", initial encounter for open fracture type I or II")


def test_other_names_of_sevenths_are_remarks(catalog: Catalog) -> None:
    assert (
        "7th character 2 (stable): Old central retinal vein occlusion" in catalog.get("H34.81").notes.remarks
    )
    assert catalog.get("H34.8112").title == "Central retinal vein occlusion, right eye, stable"
    stool = catalog.get("W08")
    assert stool.labels == (Label("Fall from stool", "en", "inclusion", "official"),)
    assert not any("stool" in remark for remark in stool.notes.remarks)


def test_table_of_visual_impairment(catalog: Catalog) -> None:
    table = [r for r in catalog.get("H54.8").notes.remarks if r.startswith("Visual impairment category")]
    assert len(table) == 6
    assert table[0] == (
        "Visual impairment category 1: best corrected visual acuity less than 6/18 or 3/10 (0.3) or 20/70, "
        "equal to or better than 6/60 or 1/10 (0.1) or 20/200"
    )
    assert table[4:] == [
        "Visual impairment category 5: No light perception",
        "Visual impairment category 9: Undetermined or unspecified",
    ]


def test_notes_of_known_codes(catalog: Catalog) -> None:
    diabetes = catalog.get("E11").notes
    assert "insulin resistant diabetes (mellitus)" in diabetes.includes
    assert "gestational diabetes (O24.4-)" in diabetes.excludes1
    assert diabetes.use_additional[0] == "code to identify control using:"
    infarction = catalog.get("I21").notes
    assert "old myocardial infarction (I25.2)" in infarction.excludes2
    assert infarction.code_first == ()
    assert "skull fracture (S02.-)" in catalog.get("S06").notes.code_also
    assert "malignant neoplasm of breast (C50.-)" in catalog.get("D75.81").notes.code_first
    # Two <useAdditionalCode> at one code.
    assert len(catalog.get("D75.81").notes.use_additional) == 2
    assert catalog.get("P35-P39").labels[0].text.startswith("Infections acquired in utero")


def test_placeholder_codes_are_inner_nodes(catalog: Catalog) -> None:
    assert catalog.get("J09.X").status is Status.NEEDS_CHILD
    assert catalog.get("J09.X").children == ("J09.X1", "J09.X2", "J09.X3", "J09.X9")


def test_texts_are_clean(release: tuple[CatalogInfo, list[Concept]]) -> None:
    for concept in release[1]:
        texts = [concept.title, *(label.text for label in concept.labels), *concept.notes.remarks]
        texts += [seventh.meaning for seventh in concept.sevenths]
        assert all(text == " ".join(text.split()) and text for text in texts)
