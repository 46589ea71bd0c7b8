"""Concepts in; one SQLite file, the compiled catalog, out.

The file holds five tables: ``meta`` (schema version and the catalog's description), ``concept`` (one
row a node, in the order of the book), ``label`` and ``label_sort`` (the texts beside the titles), and
``sevenths`` (the few distinct sets of 7th characters, each stored once).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from codilingua.catalog.codes import code_key
from codilingua.errors import AssetError, SourceError
from codilingua.types import Concept, Kind, Notes, SeventhCharacter, Status

SCHEMA_VERSION = "1"
"""Grows when the tables change; a catalog of another version is refused on opening."""

KIND_NUMBERS = {Kind.CHAPTER: 0, Kind.SECTION: 1, Kind.CODE: 2, Kind.EXPANSION: 3}
"""How a kind is stored."""

STATUS_NUMBERS = {Status.BILLABLE: 0, Status.NEEDS_SEVENTH: 1, Status.NEEDS_CHILD: 2, Status.HEADING: 3}
"""How a status is stored."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sevenths (id INTEGER PRIMARY KEY, definitions TEXT NOT NULL);
CREATE TABLE concept (
    id INTEGER PRIMARY KEY,   -- place in the book, from 1
    code TEXT NOT NULL,
    key TEXT NOT NULL,
    title TEXT NOT NULL,
    kind INTEGER NOT NULL,
    status INTEGER NOT NULL,
    parent INTEGER,           -- concept.id
    chapter INTEGER,          -- concept.id
    lang TEXT,                -- NULL: the catalog's own language
    sevenths INTEGER,         -- sevenths.id
    notes TEXT                -- JSON object: field of Notes → list of texts
);
CREATE TABLE label_sort (
    id INTEGER PRIMARY KEY, lang TEXT NOT NULL, role TEXT NOT NULL, origin TEXT NOT NULL
);
CREATE TABLE label (
    concept INTEGER NOT NULL, position INTEGER NOT NULL, sort INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (concept, position)
) WITHOUT ROWID;
"""

_INDEXES = """
CREATE INDEX concept_key ON concept (key);
CREATE INDEX concept_parent ON concept (parent);
"""


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """What a catalog is: which code system, which edition of it, whence and on what terms.

    ``name`` is what people call it (``ICD-10-CM``), ``system`` its URI, ``lang`` the language of its
    titles (ISO 639-1), ``source`` the file it was read from, ``licence`` the terms of its texts.
    """

    name: str
    system: str
    edition: str
    lang: str
    source: str
    licence: str


def write_catalog(path: Path, info: CatalogInfo, concepts: Iterable[Concept]) -> None:
    """Compile concepts into a catalog file, whole or not at all.

    An existing file is replaced. The same input gives the same bytes with the same SQLite.

    :param path: the file to write; its folder must exist.
    :param concepts: in the order of the book, a parent before or after its children. ``children`` is
        not stored: on reading it is the concepts that name the parent, in the order of the book.
    :raises SourceError: when two concepts have one code, a code has no letter or digit, a parent or
        chapter is not among the concepts, a concept is its own ancestor, or a text is not Unicode.
    :raises AssetError: when the file cannot be written.
    """
    book = tuple(concepts)
    places = _places(path, book)
    _check_hierarchy(path, book, places)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        # Not `with sqlite3.connect(...)`: that ends a transaction, not the connection.
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            _fill(connection, info, book, places)
        os.replace(temporary, path)
    except UnicodeEncodeError as error:
        reason = f"{error.object[:60]!r} is not valid Unicode; mend the source"
        raise SourceError(path, None, reason) from error
    except (OSError, sqlite3.Error) as error:
        message = f"{path}: cannot be written ({error}); choose a folder that exists and can be written"
        raise AssetError(message) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _places(path: Path, book: tuple[Concept, ...]) -> dict[str, int]:
    """Code → its place in the book, from 1."""
    places: dict[str, int] = {}
    for place, concept in enumerate(book, start=1):
        if not code_key(concept.code):
            raise SourceError(path, None, f"code {concept.code!r} has no letter or digit; give it some")
        if concept.code in places:
            raise SourceError(path, None, f"code {concept.code!r} occurs twice; keep one of the two")
        places[concept.code] = place
    return places


def _check_hierarchy(path: Path, book: tuple[Concept, ...], places: dict[str, int]) -> None:
    """:raises SourceError: when a parent or chapter is unknown, or a concept is its own ancestor."""
    for concept in book:
        for relation, code in (("parent", concept.parent), ("chapter", concept.chapter)):
            if code is not None and code not in places:
                reason = f"the {relation} of {concept.code!r} is {code!r}, which is not there; add it"
                raise SourceError(path, None, reason)
    rooted: set[str] = set()
    for concept in book:
        line: dict[str, None] = {}
        node: str | None = concept.code
        while node is not None and node not in rooted:
            if node in line:
                reason = f"{node!r} is its own ancestor ({' < '.join(line)}); break the circle"
                raise SourceError(path, None, reason)
            line[node] = None
            node = book[places[node] - 1].parent
        rooted.update(line)


def _fill(
    connection: sqlite3.Connection, info: CatalogInfo, book: tuple[Concept, ...], places: dict[str, int]
) -> None:
    """Write the tables into an empty database, then pack it."""
    # No journal: a file that is not finished is thrown away whole.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
    connection.execute("BEGIN")
    meta = asdict(info) | {"schema": SCHEMA_VERSION, "codes": str(sum(c.kind is Kind.CODE for c in book))}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    sevenths: dict[tuple[SeventhCharacter, ...], int] = {}
    sorts: dict[tuple[str, str, str], int] = {}
    connection.executemany(
        "INSERT INTO concept VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        _concept_rows(book, info, places, sevenths),
    )
    connection.executemany("INSERT INTO label VALUES (?, ?, ?, ?)", _label_rows(book, sorts))
    connection.executemany(
        "INSERT INTO sevenths VALUES (?, ?)",
        ((number, _json([[s.char, s.meaning] for s in chars])) for chars, number in sevenths.items()),
    )
    connection.executemany(
        "INSERT INTO label_sort VALUES (?, ?, ?, ?)", ((number, *sort) for sort, number in sorts.items())
    )
    connection.execute("COMMIT")
    connection.executescript(_INDEXES + "VACUUM;")


def _concept_rows(
    book: tuple[Concept, ...],
    info: CatalogInfo,
    places: dict[str, int],
    sevenths: dict[tuple[SeventhCharacter, ...], int],
) -> Iterator[tuple[object, ...]]:
    """The rows of ``concept``; numbers each new set of 7th characters in ``sevenths``."""
    for place, concept in enumerate(book, start=1):
        number = sevenths.setdefault(concept.sevenths, len(sevenths) + 1) if concept.sevenths else None
        yield (
            place,
            concept.code,
            code_key(concept.code),
            concept.title,
            KIND_NUMBERS[concept.kind],
            STATUS_NUMBERS[concept.status],
            places[concept.parent] if concept.parent is not None else None,
            places[concept.chapter] if concept.chapter is not None else None,
            concept.lang if concept.lang != info.lang else None,
            number,
            _notes_json(concept.notes),
        )


def _label_rows(
    book: tuple[Concept, ...], sorts: dict[tuple[str, str, str], int]
) -> Iterator[tuple[object, ...]]:
    """The rows of ``label``; numbers each new (language, role, origin) in ``sorts``."""
    for place, concept in enumerate(book, start=1):
        for position, label in enumerate(concept.labels):
            sort = (label.lang, label.role, label.origin)
            yield place, position, sorts.setdefault(sort, len(sorts) + 1), label.text


def _notes_json(notes: Notes) -> str | None:
    """The fields that hold something, or None where none does."""
    kept = {field.name: texts for field in fields(notes) if (texts := getattr(notes, field.name))}
    return _json(kept) if kept else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
