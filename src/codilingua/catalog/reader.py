"""A compiled catalog file in; its concepts out, singly or as a stream.

The one place that turns rows into concepts. What to look for is put as a *selection*: an SQL query
for ``concept.id``. Three statements then fetch any number of concepts: rows, labels and children.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from codilingua.catalog.store import KIND_NUMBERS, SCHEMA_VERSION, STATUS_NUMBERS, CatalogInfo
from codilingua.errors import AssetError
from codilingua.types import Concept, Kind, Label, Notes, SeventhCharacter, Status

ALL = "SELECT id FROM concept"
"""The selection of every concept."""

_BUILD = "build one with  codilingua build  or  codilingua catalog import"
_BATCH = 1000
_GZIP = b"\x1f\x8b"
_KINDS = {number: kind for kind, number in KIND_NUMBERS.items()}
_STATUSES = {number: status for status, number in STATUS_NUMBERS.items()}

_ROWS = """
SELECT c.id, c.code, c.title, c.kind, c.status, p.code, h.code, c.lang, c.sevenths, c.notes
FROM concept c LEFT JOIN concept p ON p.id = c.parent LEFT JOIN concept h ON h.id = c.chapter
WHERE c.id IN ({selection}) ORDER BY c.id
"""
_PLACES = "SELECT id FROM concept WHERE id IN ({selection}) ORDER BY id"
_OUTLINE = """
SELECT c.id, c.key, c.kind, c.status, h.code
FROM concept c LEFT JOIN concept h ON h.id = c.chapter ORDER BY c.id
"""
_LABELS = "SELECT concept, sort, text FROM label WHERE concept IN ({selection}) ORDER BY concept, position"
_TITLES = "SELECT code, title FROM concept WHERE key IN (SELECT value FROM json_each(?)) AND kind = ?"
_CHILDREN = "SELECT parent, code FROM concept WHERE parent IN ({selection}) ORDER BY parent, id"


class Outline(NamedTuple):
    """What filters need of a concept: ``place`` in the book (from 1), ``key`` as code_key returns it."""

    place: int
    key: str
    kind: Kind
    status: Status
    chapter: str | None


class CatalogReader:
    """Reads one catalog file. May be shared by threads: one connection, one lock.

    A look-up holds the lock for tens of microseconds, so a connection for each thread would cost
    memory (each has its own page cache) and open files, and gain nothing.
    """

    def __init__(self, path: Path) -> None:
        """:raises AssetError: when the file is missing, not a catalog, or of another schema version."""
        self.path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = _connect(path)
        try:
            meta = self._meta()
            self.info = CatalogInfo(**{name: meta[name] for name in CatalogInfo.__dataclass_fields__})
            self.codes = int(meta["codes"])
            self._sevenths = {
                number: tuple(SeventhCharacter(char, meaning) for char, meaning in json.loads(definitions))
                for number, definitions in self._fetch("SELECT id, definitions FROM sevenths")
            }
            sorts = self._fetch("SELECT id, lang, role, origin FROM label_sort")
            self._sorts = {number: sort for number, *sort in sorts}
        except (KeyError, ValueError) as error:
            self.close()
            raise self._damaged(error) from error
        except AssetError:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back. Reading afterwards raises ValueError; closing again does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def concepts(self, selection: str, *values: object) -> Iterator[Concept]:
        """Stream the selected concepts in the order of the book.

        :param selection: an SQL query for ``concept.id``, with ``?`` for each of ``values``.
        :raises AssetError: when the file is damaged.
        """
        children = {
            parent: tuple(code for _, code in rows)
            for parent, rows in groupby(self._fetch(_CHILDREN, selection, *values), key=lambda row: row[0])
        }
        labels = groupby(self._fetch(_LABELS, selection, *values), key=lambda row: row[0])
        # Both streams ascend by concept, and every label belongs to a selected concept: merge them.
        labelled = next(labels, None)
        for row in self._fetch(_ROWS, selection, *values):
            texts: list[tuple[Any, ...]] = []
            if labelled is not None and labelled[0] == row[0]:
                texts = list(labelled[1])
                labelled = next(labels, None)
            try:
                concept = self._concept(row, children.get(row[0], ()), texts)
            except (KeyError, ValueError, TypeError) as error:
                raise self._damaged(error) from error
            yield concept

    def places(self, selection: str, *values: object) -> list[int]:
        """Places in the book of the selected concepts, rising; those that hold nothing are left out."""
        return [place for (place,) in self._fetch(_PLACES, selection, *values)]

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        """Code → title, of the codes (no chapters and sections) with these keys."""
        return dict(self._fetch(_TITLES, "", json.dumps(list(keys)), KIND_NUMBERS[Kind.CODE]))

    def outline(self) -> Iterator[Outline]:
        """Stream place, key, kind, status and chapter of every concept, in the order of the book."""
        for place, key, kind, status, chapter in self._fetch(_OUTLINE):
            yield Outline(place, key, _KINDS[kind], _STATUSES[status], chapter)

    def _concept(
        self, row: tuple[Any, ...], children: tuple[str, ...], texts: list[tuple[Any, ...]]
    ) -> Concept:
        _, code, title, kind, status, parent, chapter, lang, sevenths, notes = row
        return Concept(
            code=code,
            title=title,
            kind=_KINDS[kind],
            status=_STATUSES[status],
            parent=parent,
            chapter=chapter,
            lang=self.info.lang if lang is None else lang,
            children=children,
            labels=tuple(Label(text, *self._sorts[sort]) for _, sort, text in texts),
            sevenths=() if sevenths is None else self._sevenths[sevenths],
            notes=_NO_NOTES if notes is None else _notes(notes),
        )

    def _fetch(self, statement: str, selection: str = "", *values: object) -> Iterator[tuple[Any, ...]]:
        """Stream rows, with the lock held for one batch at a time."""
        try:
            with self._lock:
                cursor = self._open_connection().execute(statement.format(selection=selection), values)
                batch = cursor.fetchmany(_BATCH)
            while batch:
                yield from batch
                with self._lock:
                    self._open_connection()
                    batch = cursor.fetchmany(_BATCH)
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError(f"the catalog {self.path} is closed")
        return self._connection

    def _meta(self) -> dict[str, str]:
        try:
            meta = dict(self._fetch("SELECT name, value FROM meta"))
        except AssetError as error:
            reason = f"not a catalog, or damaged ({error.__cause__})"
            raise AssetError(f"{self.path}: {reason}; {_BUILD}") from error
        if (version := meta.get("schema")) != SCHEMA_VERSION:
            reason = f"a catalog of schema {version}, where schema {SCHEMA_VERSION} is read"
            raise AssetError(f"{self.path}: {reason}; {_BUILD}")
        return meta

    def _damaged(self, error: Exception) -> AssetError:
        return AssetError(f"{self.path}: damaged ({error}); {_BUILD}")


_NO_NOTES = Notes()


def _notes(stored: str) -> Notes:
    return Notes(**{name: tuple(texts) for name, texts in json.loads(stored).items()})


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise AssetError(f"{path}: no such catalog; {_BUILD}")
    try:
        with path.open("rb") as file:
            if file.read(len(_GZIP)) == _GZIP:
                return _in_memory(path)
        # Immutable: SQLite neither locks nor writes beside the file, so a read-only folder will do.
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, check_same_thread=False)
    except (OSError, EOFError, zlib.error, sqlite3.Error) as error:
        raise AssetError(f"{path}: cannot be opened ({error}); {_BUILD}") from error


def _in_memory(path: Path) -> sqlite3.Connection:
    """A catalog that ships compressed: a third of the size for a twentieth of a second."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.deserialize(gzip.decompress(path.read_bytes()))
    connection.execute("PRAGMA query_only = ON")
    return connection
