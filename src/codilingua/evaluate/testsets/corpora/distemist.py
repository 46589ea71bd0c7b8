"""The DisTEMIST corpus in; its disease mentions with WHO ICD-10 codes out, in Spanish, by category.

The codes are the corpus's cross-mapping to WHO ICD-10, of mixed depth, so that rows are judged at the
3-character category. Every document is a document of CodiEsp as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.evaluate.testsets.corpora.base import Corpus, rows_of
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.tables import Table, read_table
from codilingua.types import Judgement

_PREPARED = "distemist/train_icd10.tsv"
_COLUMNS = ("doc", "code", "mention", "semantic_rel")
_RANGE = re.compile(r"([A-Z][0-9][0-9A-Z])[0-9.]*-([A-Z][0-9][0-9A-Z])[0-9.]*")
_PREFIX = "es-"


def read(folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """See :attr:`Corpus.read`."""
    path = CORPUS.find(folder, _PREPARED)
    table = read_table(path)
    known = KnownCodes(catalog)
    judgements = _judgements(path, table, known)
    return (CORPUS.query_set("distemist", "es", judgements, known, ((path.name, table.sha256),)),)


def _judgements(path: Path, table: Table, known: KnownCodes) -> Iterator[Judgement]:
    for line, row in rows_of(path, table, _COLUMNS):
        codes = tuple(dict.fromkeys(code for part in row["code"].split("+") for code in _codes(part, known)))
        # Some documents are written es-NAME: without it the name is the one that CodiEsp has.
        doc = row["doc"].removeprefix(_PREFIX)
        yield Judgement(row["mention"], codes, "es", "category", doc, {"relation": row["semantic_rel"]}, line)


def _codes(part: str, known: KnownCodes) -> Iterator[str]:
    """A code as it stands; of a range such as ``I10-I15.9`` every category that the catalog has in it."""
    part = part.strip()
    ends = _RANGE.fullmatch(part)
    if ends is None:
        yield part
        return
    first, last = (code_key(end) for end in ends.groups())
    inside = [category for category in known.categories if first <= category <= last]
    # Where the catalog has none, the range itself stays, so that the row is reported by it.
    yield from inside or [part]


CORPUS = Corpus(
    name="distemist",
    title="DisTEMIST, training set: disease mentions in Spanish clinical cases, WHO ICD-10 cross-mapping",
    languages=("es",),
    source=(
        "Miranda-Escalada, Gascó, Lima-López, Farré-Maduell, Estrada, Nentidis, Krithara, Katsimpras, "
        "Paliouras, Krallinger (2022): Overview of DisTEMIST at BioASQ: Automatic detection and "
        "normalization of diseases from clinical texts: results, methods, evaluation and multilingual "
        "resources"
    ),
    licence="CC BY 4.0",
    url="https://zenodo.org/records/7614764",
    read=read,
)
