"""The real corpora, where ``CODILINGUA_DATA`` names the folder that holds them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.testsets.corpora import load_corpus
from codilingua.evaluate.testsets.corpora.disease_ontology import training_terms
from codilingua.evaluate.testsets.judgements import read_judgements, write_judgements
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.text import fold

DATA = os.environ.get("CODILINGUA_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="CODILINGUA_DATA names no folder of corpora")


def load(name: str, catalog: Catalog) -> tuple[QuerySet, ...]:
    return load_corpus(name, Path(DATA), catalog, Path(DATA))


def test_codiesp(icd: Catalog) -> None:
    (found,) = load("codiesp", icd)
    assert len(found.judgements) == 3431
    assert not found.bad_rows
    assert len({judgement.group for judgement in found.judgements}) == 250
    assert sum(judgement.codes[0] not in icd for judgement in found.judgements) == 51


def test_distemist(icd: Catalog) -> None:
    (found,) = load("distemist", icd)
    assert len(found.judgements) + len(found.bad_rows) == 1186
    assert len(found.bad_rows) == 25  # E14, I64, I84 and others that only WHO has
    assert len({judgement.group for judgement in found.judgements}) <= 369
    assert not any(str(judgement.group).startswith("es-") for judgement in found.judgements)
    relations = Counter(judgement.slices["relation"] for judgement in found.judgements)
    assert set(relations) == {"EXACT", "NARROW", "COMPOSITE"}
    documents = {path.stem for path in Path(DATA).glob("codiesp/notes/*/*.txt")}
    assert {judgement.group for judgement in found.judgements} <= documents


def test_disease_ontology(icd: Catalog) -> None:
    english, spanish = load("disease-ontology", icd)
    assert len(english.judgements) == 1000
    assert not english.bad_rows + spanish.bad_rows
    assert len({judgement.group for judgement in spanish.judgements}) <= 600
    assert len({fold(judgement.query) for judgement in spanish.judgements}) == len(spanish.judgements)
    rest = training_terms(Path(DATA))
    assert len(rest) > 5000
    texts = {fold(j.query) for j in (*english.judgements, *spanish.judgements)}
    assert texts.isdisjoint(fold(term.text) for term in rest)


def test_hpo(icd: Catalog) -> None:
    sets = load("hpo", icd)
    assert {found.lang: len(found.judgements) for found in sets} == {
        "en": 595,
        "es": 590,
        "fr": 556,
        "pt": 193,
    }
    assert not any(found.bad_rows for found in sets)


def test_trial(icd: Catalog) -> None:
    sets = load("trial", icd)
    assert [len(found.judgements) for found in sets] == [900] * 4
    assert not any(found.bad_rows for found in sets)


@pytest.mark.parametrize("name", ["codiesp", "distemist", "disease-ontology", "hpo", "trial"])
def test_a_corpus_can_be_exported_and_read_again(icd: Catalog, tmp_path: Path, name: str) -> None:
    for found in load(name, icd):
        path = tmp_path / "out.tsv"
        write_judgements(path, found.judgements)
        (again,) = read_judgements(path, icd)
        assert [(j.query, j.codes, j.slices) for j in again.judgements] == [
            (j.query, j.codes, j.slices) for j in found.judgements
        ]
