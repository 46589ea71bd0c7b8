"""The Disease Ontology: what is drawn, what is left to train on, and the OBO form of its releases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.testsets.corpora import disease_ontology, load_corpus
from codilingua.evaluate.testsets.corpora.disease_ontology import draw, read_terms, training_terms
from codilingua.text import fold

Lay = Callable[..., Path]
HEADER = ("code", "lang", "kind", "term", "doid")

ENGLISH = r"""format-version: 1.2
ontology: doid

[Term]
id: DOID:1
name: barking \"thing\" {comment="kept"}
synonym: "woof, loud" EXACT OMO:0003012 []
synonym: "noise" BROAD []
xref: ICD10CM:R05.9
xref: ICD10CM:R05.3 {source="x"}
xref: MESH:D000001

[Term]
id: DOID:2
name: ranged thing
xref: ICD10CM:A00-A09

[Term]
id: DOID:3
name: old thing
xref: ICD10CM:R05.9
is_obsolete: true

[Typedef]
id: part_of
name: part of
xref: ICD10CM:R05.9

[Term]
id: DOID:4
name: last thing
xref: ICD10CM:R04.2
"""
SPANISH = """ontology: doid/translations/doid-es

[Term]
id: DOID:1
name: cosa que ladra
synonym: "guau" EXACT []
xref: ICD10CM:R05.9
xref: ICD10CM:R05.3
"""


def many(diseases: int) -> list[tuple[str, ...]]:
    """Diseases with two English names and one Spanish, every third without Spanish."""
    rows = []
    for number in range(diseases):
        doid = f"DOID:{number}"
        rows.append(("R05.9", "en", "label", f"thing {number}", doid))
        rows.append(("R05.9", "en", "exact_synonym", f"matter {number}", doid))
        if number % 3:
            rows.append(("R05.9", "es", "exact_synonym", f"cosa {number}", doid))
    return rows


def test_the_sample_is_drawn_the_same_way_each_time_and_both_languages_judge_its_diseases(
    lay: Lay, icd: Catalog
) -> None:
    folder = lay("disease_ontology/terms.tsv", HEADER, *many(1000))
    english, spanish = load_corpus("disease-ontology", folder, icd, folder)
    assert (english.name, spanish.name) == ("disease-ontology-en", "disease-ontology-es")
    assert (len(english.judgements), len(spanish.judgements)) == (1000, 600)
    diseases = {judgement.group for judgement in spanish.judgements}
    assert len(diseases) == 600
    assert {judgement.group for judgement in english.judgements} <= diseases
    assert load_corpus("disease-ontology", folder, icd, folder) == (english, spanish)
    # Rows in another order, the same sample.
    shuffled = lay("disease_ontology/terms.tsv", HEADER, *reversed(many(1000)))
    again, _ = load_corpus("disease-ontology", shuffled, icd, folder)
    assert {judgement.query for judgement in again.judgements} == {j.query for j in english.judgements}


def test_the_draw_does_not_change_with_the_machine() -> None:
    names = [f"DOID:{number}" for number in range(20)]
    assert draw(names, 3) == ["DOID:0", "DOID:12", "DOID:6"]
    assert sorted(draw(set(names), 30)) == sorted(names)


def test_equal_names_are_one_row_with_the_codes_of_all_their_diseases(lay: Lay, icd: Catalog) -> None:
    folder = lay(
        "disease_ontology/terms.tsv",
        HEADER,
        ("R05.9", "en", "exact_synonym", "Barking", "DOID:1"),
        ("R05.3", "en", "label", "barking", "DOID:2"),
        ("R05.9", "es", "exact_synonym", "ladrído", "DOID:1"),
        ("R05.8", "es", "exact_synonym", "ladrido", "DOID:1"),
        ("R05.9", "es", "exact_synonym", "BARKING", "DOID:1"),
    )
    english, spanish = load_corpus("disease-ontology", folder, icd, folder)
    (row,) = english.judgements  # DOID:2 has no Spanish name: it is not drawn, but its code counts
    assert (row.query, row.codes, row.group, row.line) == ("Barking", ("R05.9", "R05.3"), "DOID:1", 2)
    assert row.slices == {"name": "synonym"}
    assert [(j.query, j.codes, j.slices["same_in_english"], j.line) for j in spanish.judgements] == [
        ("ladrído", ("R05.9", "R05.8"), "no", 4),
        ("BARKING", ("R05.9", "R05.3"), "yes", 6),
    ]


def test_training_terms_share_neither_disease_nor_text_with_the_sample(lay: Lay, icd: Catalog) -> None:
    rows = [*many(1000), ("R05.9", "en", "label", "Cósa 1", "DOID:5000")]
    rows += [("R05.9", "en", "label", f"other {number}", f"DOID:{number}") for number in range(1000)]
    folder = lay("disease_ontology/terms.tsv", HEADER, *rows)
    english, spanish = load_corpus("disease-ontology", folder, icd, folder)
    judged = [*english.judgements, *spanish.judgements]
    rest = training_terms(folder)
    assert {term.doid for term in rest}.isdisjoint(judgement.group for judgement in judged)
    texts = {fold(judgement.query) for judgement in judged}
    assert texts.isdisjoint(fold(term.text) for term in rest)
    drawn = fold("cosa 1") in texts
    assert drawn is not any(term.doid == "DOID:5000" for term in rest)
    assert len({term.doid for term in rest}) == 400 + (not drawn)


def test_a_release_in_obo_gives_names_of_terms_with_codes(tmp_path: Path, icd: Catalog) -> None:
    (tmp_path / "doid.obo").write_text(ENGLISH, "utf-8")
    (tmp_path / "doid-es.obo").write_text(SPANISH, "utf-8")
    terms, files = read_terms(tmp_path)
    assert [(t.code, t.lang, t.kind, t.text, t.doid, t.line) for t in terms] == [
        ("R05.9", "en", "label", 'barking "thing"', "DOID:1", 6),
        ("R05.3", "en", "label", 'barking "thing"', "DOID:1", 6),
        ("R05.9", "en", "exact_synonym", "woof, loud", "DOID:1", 7),
        ("R05.3", "en", "exact_synonym", "woof, loud", "DOID:1", 7),
        ("R04.2", "en", "label", "last thing", "DOID:4", 31),
        ("R05.9", "es", "label", "cosa que ladra", "DOID:1", 5),
        ("R05.3", "es", "label", "cosa que ladra", "DOID:1", 5),
        ("R05.9", "es", "exact_synonym", "guau", "DOID:1", 6),
        ("R05.3", "es", "exact_synonym", "guau", "DOID:1", 6),
    ]
    assert [name for name, _ in files] == ["doid.obo", "doid-es.obo"]
    english, spanish = load_corpus("disease-ontology", tmp_path, icd, tmp_path)
    assert [judgement.query for judgement in english.judgements] == ['barking "thing"', "woof, loud"]
    assert [judgement.codes for judgement in spanish.judgements] == [("R05.9", "R05.3")] * 2


def test_half_a_release_and_no_obo_are_refused(tmp_path: Path) -> None:
    (tmp_path / "doid.obo").write_text(ENGLISH, "utf-8")
    with pytest.raises(UsageError, match=r"disease-ontology needs .*doid-es\.obo"):
        read_terms(tmp_path)
    (tmp_path / "doid-es.obo").write_text("<rdf/>", "utf-8")
    with pytest.raises(SourceError, match=r"no \[Term\] in it"):
        read_terms(tmp_path)


def test_the_release_is_one_commit() -> None:
    assert len(disease_ontology.COMMIT) == 40
