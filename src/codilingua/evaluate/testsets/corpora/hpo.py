"""Names of the Human Phenotype Ontology in; test sets in English and three other languages out.

The ontology has no ICD codes. A phenotype is judged by a bridge: where its English name is, but for accents
and case, an English name in the Disease Ontology, the codes of that disease are the gold. The English set
holds the phenotypes that any of the others holds, so that languages can be compared on equal terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.testsets.corpora.base import Corpus, Files, rows_of
from codilingua.evaluate.testsets.corpora.disease_ontology import codes_by_text, read_terms
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.tables import Table, read_table
from codilingua.text import fold
from codilingua.types import Judgement

_OFFICIAL = "OFFICIAL"
_ENGLISH = "en"
_TRANSLATED = ("es", "fr", "pt")

_Bridge = Mapping[str, tuple[str, ...]]


def read(folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """See :attr:`Corpus.read`."""
    paths = {lang: CORPUS.find(folder, f"hpo/en_{lang}.tsv") for lang in _TRANSLATED}
    tables = {lang: read_table(path) for lang, path in paths.items()}
    terms, bridge_files = read_terms(folder)
    bridge = codes_by_text(terms, lambda term: term.lang == _ENGLISH)
    known = KnownCodes(catalog)
    found = {lang: list(_judgements(path, tables[lang], lang, bridge)) for lang, path in paths.items()}
    names = {lang: [translated for _, translated in pairs] for lang, pairs in found.items()}
    english = [name for pairs in found.values() for name, _ in pairs]
    names = {_ENGLISH: list({name.group: name for name in english}.values()), **names}
    sources: dict[str, Files] = {lang: ((path.name, tables[lang].sha256),) for lang, path in paths.items()}
    sources[_ENGLISH] = tuple(file for files in sources.values() for file in files)
    return tuple(
        CORPUS.query_set(f"hpo-{lang}", lang, names[lang], known, (*sources[lang], *bridge_files))
        for lang in CORPUS.languages
    )


def _judgements(
    path: Path, table: Table, lang: str, bridge: _Bridge
) -> Iterator[tuple[Judgement, Judgement]]:
    """Each bridged phenotype by its English name and by its translation. Those without a bridge are left
    out; a translation that a phenotype has twice counts once."""
    seen: set[tuple[str, str]] = set()
    for line, row in rows_of(path, table, ("hpo_id", _ENGLISH, lang, "status")):
        english, text = fold(row[_ENGLISH]), fold(row[lang])
        phenotype = row["hpo_id"]
        if row["status"] != _OFFICIAL or not text or english not in bridge or (phenotype, text) in seen:
            continue
        seen.add((phenotype, text))
        codes = bridge[english]
        slices = {"same_in_english": "yes" if text == english else "no"}
        yield (
            Judgement(row[_ENGLISH], codes, _ENGLISH, "exact", phenotype, {}, line),
            Judgement(row[lang], codes, lang, "exact", phenotype, slices, line),
        )


CORPUS = Corpus(
    name="hpo",
    title="Human Phenotype Ontology: names and translations; gold by equal names in the Disease Ontology",
    languages=(_ENGLISH, *_TRANSLATED),
    source=(
        "Gargano et al. (2024): The Human Phenotype Ontology in 2024: phenotypes around the world. Nucleic "
        "Acids Research. Codes are not the ontology's: they are those of the Disease Ontology term (Schriml "
        "et al. 2022) with the same English name"
    ),
    licence="HPO licence (free with attribution); codes CC0 1.0",
    url="https://github.com/obophenotype/hpo-translations",
    read=read,
)
