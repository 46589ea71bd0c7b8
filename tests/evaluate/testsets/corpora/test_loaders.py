"""Each corpus from made-up files in the layout of the real ones."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, SourceError, UsageError
from codilingua.evaluate.testsets.corpora import CORPORA, load_corpus
from codilingua.evaluate.testsets.sets import BadRow, QuerySet
from codilingua.types import LANGUAGES, Judgement

Lay = Callable[..., Path]

CODIESP = ("doc", "code", "mention", "offsets")
DISTEMIST = ("doc", "code", "mention", "semantic_rel")
DEV_X = "final_dataset_v4_to_publish/dev/devX.tsv"
PREPARED = (
    CODIESP,
    ("S1-1", "S22.49XA", "costilla rota", "5 13"),
    ("S1-1", "R05.9", "tos fea", "20 23;40 43"),
    ("S1-2", "E14", "azúcar", "1 7"),
)
PUBLISHED = (
    ("S1-1", "DIAGNOSTICO", "s22.49xa", "costilla rota", "5 13"),
    ("S1-1", "DIAGNOSTICO", "r05.9", "tos fea", "20 23;40 43"),
    ("S1-2", "DIAGNOSTICO", "e14", "azúcar", "1 7"),
    ("S1-2", "PROCEDIMIENTO", "bt41zzz", "eco", "9 12"),
)


def load(name: str, folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    return load_corpus(name, folder, catalog, folder / "cache")


def test_every_corpus_says_what_it_is() -> None:
    assert list(CORPORA) == ["codiesp", "distemist", "disease-ontology", "hpo", "trial"]
    for name, corpus in CORPORA.items():
        assert corpus.name == name
        assert corpus.title
        assert corpus.source
        assert corpus.licence
        assert set(corpus.languages) <= set(LANGUAGES)
    assert [name for name, corpus in CORPORA.items() if corpus.writer == "machine"] == ["trial"]


def test_codiesp_rows_are_mentions_of_documents(lay: Lay, icd: Catalog) -> None:
    folder = lay("codiesp/dev.tsv", *PREPARED)
    (found,) = load("codiesp", folder, icd)
    assert found.judgements == (
        Judgement("costilla rota", ("S22.49XA",), "es", "exact", "S1-1", {"span": "one piece"}, 2),
        Judgement("tos fea", ("R05.9",), "es", "exact", "S1-1", {"span": "several pieces"}, 3),
    )
    assert found.bad_rows == (BadRow(4, "no code of 'E14' has its category in the catalog"),)
    assert (found.name, found.lang, found.writer, found.licence) == ("codiesp", "es", "people", "CC BY 4.0")
    digest = hashlib.sha256((folder / "codiesp/dev.tsv").read_bytes()).hexdigest()
    assert found.files == (("dev.tsv", digest),)


@pytest.mark.parametrize("packed", [True, False])
def test_codiesp_as_published_gives_the_same_judgements(lay: Lay, icd: Catalog, packed: bool) -> None:
    folder = lay(DEV_X, *PUBLISHED)
    if packed:
        with zipfile.ZipFile(folder / "codiesp.zip", "w") as archive:
            archive.write(folder / DEV_X, DEV_X)
        (folder / DEV_X).unlink()
    (published,) = load("codiesp", folder, icd)
    lay("codiesp/dev.tsv", *PREPARED)
    (prepared,) = load("codiesp", folder, icd)
    same = [(j.query, j.codes, j.group, j.slices) for j in published.judgements]
    assert same == [(j.query, j.codes, j.group, j.slices) for j in prepared.judgements]
    assert [j.line for j in published.judgements] == [1, 2]
    assert published.files[0][0] == ("codiesp.zip" if packed else "devX.tsv")


def test_an_archive_that_is_none_or_another_is_refused(lay: Lay, icd: Catalog) -> None:
    folder = lay("codiesp.zip", ("no archive",))
    with pytest.raises(AssetError, match=r"codiesp\.zip: damaged"):
        load("codiesp", folder, icd)
    with zipfile.ZipFile(folder / "codiesp.zip", "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(AssetError, match=r"no final_dataset_v4_to_publish/dev/devX\.tsv inside"):
        load("codiesp", folder, icd)


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        (DEV_X, ("S1", "DIAGNOSTICO", "r05.9", "tos"), "1: 4 cells where 5 are expected"),
        (DEV_X, ("S1", "SYNTOMA", "r05.9", "tos", "1 3"), "1: label 'SYNTOMA'"),
        ("codiesp/dev.tsv", ("doc", "code", "text", "offsets"), "1: the header is doc, code, text, offsets"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_line(
    lay: Lay, icd: Catalog, name: str, row: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SourceError, match=reason):
        load("codiesp", lay(name, row), icd)


def test_distemist_ranges_and_sums_become_alternatives(lay: Lay, icd: Catalog) -> None:
    rows = [
        DISTEMIST,
        ("es-S1-1", "I10-I15.9", "tensión alta", "EXACT"),
        ("S1-2", "R31+D64.9+R31", "orina roja y palidez", "COMPOSITE"),
        ("es-S1-2", "J18.9", "pulmón tomado", "NARROW"),
        ("es-S1-3", "E14", "azúcar", "EXACT"),
        ("es-S1-3", "X99.1-X98.2", "revés", "EXACT"),
    ]
    (found,) = load("distemist", lay("distemist/train_icd10.tsv", *rows), icd)
    assert [j.codes for j in found.judgements] == [
        ("I10", "I11", "I12", "I13", "I15"),
        ("R31", "D64.9"),
        ("J18.9",),
    ]
    assert {j.level for j in found.judgements} == {"category"}
    assert [j.group for j in found.judgements] == ["S1-1", "S1-2", "S1-2"]
    assert [j.slices["relation"] for j in found.judgements] == ["EXACT", "COMPOSITE", "NARROW"]
    assert [bad.line for bad in found.bad_rows] == [5, 6]


def test_hpo_takes_its_codes_over_the_bridge_of_equal_english_names(lay: Lay, icd: Catalog) -> None:
    lay(
        "disease_ontology/terms.tsv",
        ("code", "lang", "kind", "term", "doid"),
        ("R05.9", "en", "label", "barking thing", "DOID:1"),
        ("R05.3", "en", "exact_synonym", "Barking Thíng", "DOID:2"),
        ("R04.2", "es", "label", "red thing", "DOID:3"),
    )
    lay("hpo/en_fr.tsv", ("hpo_id", "en", "fr", "status"))
    lay("hpo/en_pt.tsv", ("hpo_id", "en", "pt", "status"), ("HP:5", "barking thing", "coisa", "OFFICIAL"))
    folder = lay(
        "hpo/en_es.tsv",
        ("hpo_id", "en", "es", "status"),
        ("HP:1", "Barking thing", "cosa que ladra", "OFFICIAL"),
        ("HP:1", "Barking thing", "Cosa que ladra", "OFFICIAL"),
        ("HP:2", "Barking thing", "barking thing", "OFFICIAL"),
        ("HP:3", "Barking thing", "otra", "CANDIDATE"),
        ("HP:4", "Red thing", "roja", "OFFICIAL"),
    )
    english, spanish, french, portuguese = load("hpo", folder, icd)
    # What any translation holds, once, so that every other set has its counterpart.
    assert [(j.query, j.group, j.lang) for j in english.judgements] == [
        ("Barking thing", "HP:1", "en"),
        ("Barking thing", "HP:2", "en"),
        ("barking thing", "HP:5", "en"),
    ]
    assert [(j.query, j.codes, j.group, j.line) for j in spanish.judgements] == [
        ("cosa que ladra", ("R05.9", "R05.3"), "HP:1", 2),
        ("barking thing", ("R05.9", "R05.3"), "HP:2", 4),
    ]
    assert [j.slices["same_in_english"] for j in spanish.judgements] == ["no", "yes"]
    assert [name for name, _ in spanish.files] == ["en_es.tsv", "terms.tsv"]
    assert (french.name, french.judgements, portuguese.lang) == ("hpo-fr", (), "pt")
    assert [name for name, _ in english.files] == ["en_es.tsv", "en_fr.tsv", "en_pt.tsv", "terms.tsv"]
    assert "Disease Ontology" in spanish.source


def test_trial_is_a_machines(lay: Lay, icd: Catalog) -> None:
    for lang in ("es", "ca", "it", "pt"):
        folder = lay(f"trial/pairs_{lang}.tsv", ("text", "code"), (f"frase {lang}", "R05.9"))
    sets = load("trial", folder, icd)
    assert [(found.name, found.lang) for found in sets] == [
        ("trial-es", "es"), ("trial-ca", "ca"), ("trial-it", "it"), ("trial-pt", "pt")
    ]  # fmt: skip
    assert {found.writer for found in sets} == {"machine"}
    assert sets[1].judgements == (Judgement("frase ca", ("R05.9",), "ca", line=2),)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("codiesp", "codiesp/dev.tsv"),
        ("distemist", "distemist/train_icd10.tsv"),
        ("disease-ontology", "disease_ontology/terms.tsv"),
        ("hpo", "hpo/en_es.tsv"),
        ("trial", "trial/pairs_es.tsv"),
    ],
)
def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, icd: Catalog, name: str, path: str) -> None:
    with pytest.raises(UsageError, match=rf"{name} needs .*{path}, which is not there: give --data-dir"):
        load(name, tmp_path, icd)


@pytest.mark.parametrize("name", ["distemist", "hpo", "trial"])
def test_a_corpus_that_cannot_be_downloaded_says_so(tmp_path: Path, icd: Catalog, name: str) -> None:
    with pytest.raises(UsageError, match=rf"{name} cannot be downloaded .* --data-dir"):
        load_corpus(name, None, icd, tmp_path)


def test_an_unknown_name_lists_what_there_is(tmp_path: Path, icd: Catalog) -> None:
    with pytest.raises(UsageError, match="no corpus 'mimic': there are codiesp, distemist"):
        load_corpus("mimic", tmp_path, icd, tmp_path)
