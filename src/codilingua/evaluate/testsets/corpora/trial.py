"""Phrases that a language model wrote in; test sets in Spanish, Catalan, Italian and Portuguese out.

They are easier than what people write, and are marked as a machine's everywhere.
"""

from __future__ import annotations

from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.testsets.corpora.base import Corpus, rows_of
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.tables import read_table
from codilingua.types import Judgement

_COLUMNS = ("text", "code")


def read(folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """See :attr:`Corpus.read`."""
    known = KnownCodes(catalog)
    return tuple(_read(folder, lang, known) for lang in CORPUS.languages)


def _read(folder: Path, lang: str, known: KnownCodes) -> QuerySet:
    path = CORPUS.find(folder, f"trial/pairs_{lang}.tsv")
    table = read_table(path)
    judgements = [
        Judgement(row["text"], (row["code"],), lang, line=line)
        for line, row in rows_of(path, table, _COLUMNS)
    ]
    return CORPUS.query_set(f"trial-{lang}", lang, judgements, known, ((path.name, table.sha256),))


CORPUS = Corpus(
    name="trial",
    title="Trial phrases written by a language model",
    languages=("es", "ca", "it", "pt"),
    source="Phrases and codes written by the language model Claude (November 2026)",
    licence="own work",
    url="",
    read=read,
    writer="machine",
)
