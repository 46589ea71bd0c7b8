"""The CodiEsp corpus in; its development mentions of diagnoses and their codes out, in Spanish.

Each row is the text in a clinical case that a coder gave as evidence for a code. Read from a prepared
``codiesp/dev.tsv``, or from what the publisher distributes (``codiesp.zip``, packed or unpacked).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, SourceError
from codilingua.evaluate.testsets.corpora import download
from codilingua.evaluate.testsets.corpora.base import Corpus, Progress, cells_of, rows_of
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet
from codilingua.tables import Table, parse_table, read_table
from codilingua.types import Judgement

RECORD = "3837305"
"""Version 4 of the corpus on Zenodo."""

_PREPARED = "codiesp/dev.tsv"
_MEMBER = "final_dataset_v4_to_publish/dev/devX.tsv"
_ARCHIVE = "codiesp.zip"
_PREPARED_COLUMNS = ("doc", "code", "mention", "offsets")
_COLUMNS = ("doc", "label", "code", "mention", "offsets")
_DIAGNOSIS, _PROCEDURE = "DIAGNOSTICO", "PROCEDIMIENTO"


def read(folder: Path, catalog: Catalog) -> tuple[QuerySet, ...]:
    """See :attr:`Corpus.read`."""
    path = CORPUS.find(folder, _PREPARED, f"codiesp/{_ARCHIVE}", _MEMBER, _ARCHIVE)
    if path.suffix == ".zip":
        table = _unpacked(path)
        judgements = _published(path, table)
    elif path.name == "dev.tsv":
        table = read_table(path)
        judgements = _prepared(path, table)
    else:
        table = read_table(path)
        judgements = _published(path, table)
    known = KnownCodes(catalog)
    return (CORPUS.query_set("codiesp", "es", judgements, known, ((path.name, table.sha256),)),)


def fetch(folder: Path, progress: Progress | None, base: str = download.ZENODO) -> None:
    """Download the archive.

    :param base: address of Zenodo.
    """
    download.fetch(folder, (_ARCHIVE,), lambda: download.zenodo(RECORD, base), progress)


def _prepared(path: Path, table: Table) -> Iterator[Judgement]:
    for line, row in rows_of(path, table, _PREPARED_COLUMNS):
        yield _judgement(line, row["doc"], row["code"], row["mention"], row["offsets"])


def _published(path: Path, table: Table) -> Iterator[Judgement]:
    """The publisher's file has no header, codes in lower case, and procedures beside the diagnoses."""
    for line, row in cells_of(path, table.rows, _COLUMNS):
        if row["label"] == _DIAGNOSIS:
            yield _judgement(line, row["doc"], row["code"].upper(), row["mention"], row["offsets"])
        elif row["label"] != _PROCEDURE:
            raise SourceError(path, line, f"label {row['label']!r}: expected {_DIAGNOSIS} or {_PROCEDURE}")


def _judgement(line: int, doc: str, code: str, mention: str, offsets: str) -> Judgement:
    # Offsets of pieces are joined by semicolons. What lies between the pieces is not in the mention.
    span = "several pieces" if ";" in offsets else "one piece"
    return Judgement(mention, (code,), "es", "exact", doc, {"span": span}, line)


def _unpacked(path: Path) -> Table:
    """The table inside the archive, with the SHA-256 of the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(_MEMBER)
    except KeyError as error:
        raise AssetError(f"{path}: no {_MEMBER} inside; get codiesp.zip from {CORPUS.url}") from error
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise AssetError(
            f"{path}: damaged ({error}); delete it and get it again from {CORPUS.url}"
        ) from error
    return Table(parse_table(path, data).rows, download.sha256(path))


CORPUS = Corpus(
    name="codiesp",
    title="CodiEsp, development set: diagnosis mentions in Spanish clinical cases",
    languages=("es",),
    source=(
        "Miranda-Escalada, Gonzalez-Agirre, Armengol-Estapé, Krallinger (2020): Overview of automatic "
        "clinical coding: annotations, guidelines, and solutions for non-English clinical cases at CodiEsp "
        "track of CLEF eHealth 2020"
    ),
    licence="CC BY 4.0",
    url="https://zenodo.org/records/3837305",
    read=read,
    fetch=fetch,
)
