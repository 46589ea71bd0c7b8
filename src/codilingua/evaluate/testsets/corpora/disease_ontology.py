"""The Disease Ontology in; its English and Spanish disease names with ICD-10-CM codes out, in two parts.

The development sample is drawn by the hashes of what is drawn, so that it is the same on every machine, and
English and Spanish judge the same diseases. :func:`training_terms` gives what is safe to train on: the rest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.testsets.corpora import download, obo
from codilingua.evaluate.testsets.corpora.base import Corpus, Files, Progress, rows_of
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.tables import read_table
from codilingua.text import fold
from codilingua.types import Judgement

REPOSITORY = "DiseaseOntology/HumanDiseaseOntology"
RELEASE = "2026-08-31"
COMMIT = "1357b44edf3be8d08e9b11191f1cc90679ff3d85"
"""The commit of that release. The files of a commit never change."""

SEED = 1
DISEASES = 600
"""Diseases in the development sample, drawn from those that have a Spanish name."""
ENGLISH_NAMES = 1000
"""English names in it, drawn from those of these diseases. Spanish names are all taken."""

_PREPARED = "disease_ontology/terms.tsv"
_COLUMNS = ("code", "lang", "kind", "term", "doid")
_ENGLISH, _SPANISH = "doid.obo", "doid-es.obo"
_LABEL = "label"


@dataclass(frozen=True, slots=True)
class Term:
    """One name of a disease with one of its codes. ``kind`` is ``label`` or ``exact_synonym``."""

    code: str
    lang: str
    kind: str
    text: str
    doid: str
    line: int


def read(folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """See :attr:`Corpus.read`."""
    terms, files = read_terms(folder)
    diseases = sampled_diseases(terms)
    known = KnownCodes(catalog)
    return tuple(
        CORPUS.query_set(f"disease-ontology-{lang}", lang, _judgements(terms, diseases, lang), known, files)
        for lang in CORPUS.languages
    )


def fetch(folder: Path, progress: Progress | None, base: str = download.GITHUB) -> None:
    """Download the release.

    :param base: address of the interface of GitHub.
    """

    def offers() -> Iterator[download.Offer]:
        for inside in ("src/ontology", "src/ontology/releases/translations"):
            yield from download.github(REPOSITORY, COMMIT, inside, CORPUS.licence, base)

    download.fetch(folder, (_ENGLISH, _SPANISH), offers, progress)


def read_terms(folder: Path) -> tuple[tuple[Term, ...], Files]:
    """Every English and Spanish name that has a code, and the files read.

    :param folder: holds the prepared table, or the two files of a release.
    :raises UsageError: when neither is there.
    :raises SourceError: when a file is not what it should be.
    """
    path = CORPUS.find(folder, _PREPARED, _ENGLISH)
    if path.name != _ENGLISH:
        table = read_table(path)
        terms = [
            Term(row["code"], row["lang"], row["kind"], row["term"], row["doid"], line)
            for line, row in rows_of(path, table, _COLUMNS)
        ]
        return tuple(terms), ((path.name, table.sha256),)
    paths = {"en": path, "es": CORPUS.find(folder, _SPANISH)}
    names = [(lang, name) for lang, path in paths.items() for name in obo.read_names(path)]
    found = (Term(code, lang, n.kind, n.text, n.identifier, n.line) for lang, n in names for code in n.codes)
    return tuple(found), tuple((path.name, download.sha256(path)) for path in paths.values())


def sampled_diseases(terms: Sequence[Term]) -> frozenset[str]:
    """Identifiers of the diseases of the development sample."""
    return frozenset(draw({term.doid for term in terms if term.lang == "es"}, DISEASES))


def training_terms(folder: Path) -> tuple[Term, ...]:
    """Names that share neither a disease nor a text, whatever its accents and case, with the sample.

    Not even names of the sampled diseases that were not drawn are among them.
    """
    terms, _ = read_terms(folder)
    diseases = sampled_diseases(terms)
    texts = {fold(term.text) for term in terms if term.doid in diseases}
    return tuple(term for term in terms if term.doid not in diseases and fold(term.text) not in texts)


def codes_by_text(terms: Sequence[Term], chosen: Callable[[Term], bool]) -> dict[str, tuple[str, ...]]:
    """Folded text → the codes of every disease that bears the name, among the chosen terms."""
    codes: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for term in terms:
        if chosen(term):
            codes[fold(term.text)][term.code] = None
    return {text: tuple(found) for text, found in codes.items()}


def draw(names: Collection[str], count: int) -> list[str]:
    """``count`` of the names, or all where there are no more: those with the lowest hashes, in that order."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{SEED} {name}".encode()).digest())[:count]


def _judgements(terms: Sequence[Term], diseases: Collection[str], lang: str) -> Iterator[Judgement]:
    """One for each text, with the codes of all its diseases, in the order of the source."""
    codes = codes_by_text(terms, lambda _: True)
    english = {fold(term.text) for term in terms if term.lang == "en"}
    of_text: defaultdict[str, list[Term]] = defaultdict(list)
    for term in terms:
        if term.lang == lang and term.doid in diseases:
            of_text[fold(term.text)].append(term)
    taken = set(draw(of_text, ENGLISH_NAMES) if lang == "en" else of_text)
    for text, same in of_text.items():
        if text in taken:
            first = same[0]
            slices = {"name": "label" if any(term.kind == _LABEL for term in same) else "synonym"}
            if lang != "en":
                slices["same_in_english"] = "yes" if text in english else "no"
            yield Judgement(first.text, codes[text], lang, "exact", first.doid, slices, first.line)


CORPUS = Corpus(
    name="disease-ontology",
    title="Human Disease Ontology, development sample: disease names with ICD-10-CM cross-references",
    languages=("en", "es"),
    source="Schriml et al. (2022): The Human Disease Ontology 2022 update. Nucleic Acids Research",
    licence="CC0 1.0",
    url=f"https://github.com/{REPOSITORY}",
    read=read,
    fetch=fetch,
)
