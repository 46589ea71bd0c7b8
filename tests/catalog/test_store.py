"""Writing a catalog: whole or not at all, and everything comes back."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import AssetError, SourceError
from codilingua.types import Concept, Kind, Label, Notes, SeventhCharacter, Status

INFO = CatalogInfo("Toy", "urn:toy", "2026", "es", "toy.csv", "CC0-1.0")
CHAPTER = Concept("1", "Uno", Kind.CHAPTER, Status.HEADING, None, "1", "es", ("A00",))
CATEGORY = Concept(
    "A00",
    "Cólera",
    Kind.CODE,
    Status.NEEDS_CHILD,
    "1",
    "1",
    "es",
    ("A00.0",),
    labels=(
        Label("Còlera", "ca", "title", "official"),
        Label("cholera asiatica", "pt-BR", "synonym", "machine"),
        Label("colèra", "it", "inclusion", "who-derived"),
    ),
    notes=Notes(("a",), ("b", "ñ"), ("c",), ("d",), ("e: “f”",), ("g",), ("h", 'i "j"')),
)
CODE = Concept(
    "A00.0",
    "Cholera",
    Kind.CODE,
    Status.NEEDS_SEVENTH,
    "A00",
    "1",
    "en",
    sevenths=(SeventhCharacter("A", "initial"), SeventhCharacter("S", "sequela")),
)
BOOK = (CHAPTER, CATEGORY, CODE)


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    write_catalog(path, INFO, iter(BOOK))
    with Catalog.open(path) as catalog:
        assert catalog.info == INFO
        assert tuple(catalog) == BOOK
        assert tuple(catalog.get(concept.code) for concept in BOOK) == BOOK
        assert len(catalog) == 2


def test_parents_may_follow_children_and_children_are_derived(tmp_path: Path) -> None:
    path = tmp_path / "toy.db"
    write_catalog(path, INFO, [replace(concept, children=()) for concept in reversed(BOOK)])
    with Catalog.open(path) as catalog:
        assert tuple(catalog) == tuple(reversed(BOOK))


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    for name in ("one.db", "two.db"):
        write_catalog(tmp_path / name, INFO, BOOK)
    assert (tmp_path / "one.db").read_bytes() == (tmp_path / "two.db").read_bytes()


def test_an_empty_catalog_can_be_written(tmp_path: Path) -> None:
    write_catalog(tmp_path / "toy.db", INFO, [])
    with Catalog.open(tmp_path / "toy.db") as catalog:
        assert list(catalog) == []
        assert len(catalog) == 0


@pytest.mark.parametrize(
    ("book", "reason"),
    [
        ((*BOOK, CODE), "code 'A00.0' occurs twice"),
        ((CHAPTER, CODE), "the parent of 'A00.0' is 'A00'"),
        ((replace(CODE, parent=None),), "the chapter of 'A00.0' is '1'"),
        ((CHAPTER, replace(CATEGORY, parent="A00.0"), CODE), r"'A00' is its own ancestor \(A00 < A00.0\)"),
        ((replace(CHAPTER, parent="1"),), "'1' is its own ancestor"),
        ((replace(CHAPTER, code="--"),), "code '--' has no letter or digit"),
        ((replace(CHAPTER, title="\ud800"),), "not valid Unicode"),
    ],
)
def test_wrong_concepts_leave_the_old_catalog(tmp_path: Path, book: tuple[Concept, ...], reason: str) -> None:
    path = tmp_path / "toy.db"
    write_catalog(path, INFO, BOOK)
    with pytest.raises(SourceError, match=reason) as caught:
        write_catalog(path, INFO, book)
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["toy.db"]
    with Catalog.open(path) as catalog:
        assert tuple(catalog) == BOOK


def test_codes_that_differ_in_punctuation_alone_are_told_apart(tmp_path: Path) -> None:
    plus, dot = (
        replace(CODE, code="A00.+0", parent=None, chapter=None),
        replace(CODE, parent=None, chapter=None),
    )
    write_catalog(tmp_path / "toy.db", INFO, (plus, dot))
    with Catalog.open(tmp_path / "toy.db") as catalog:
        assert catalog.get("a00.0") == dot
        assert catalog.get("A00.+0") == plus
        assert catalog.get("a000") == plus


@pytest.mark.parametrize("place", ["missing/toy.db", "file/toy.db", "folder"])
def test_a_place_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(AssetError, match="cannot be written"):
        write_catalog(tmp_path / place, INFO, BOOK)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def _damaged(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "UPDATE meta SET value = '0' WHERE name = 'schema'",
            "a catalog of schema 0, where schema 1 is read",
        ),
        ("DELETE FROM meta WHERE name = 'schema'", "a catalog of schema None"),
        ("DELETE FROM meta WHERE name = 'edition'", "damaged"),
        ("UPDATE meta SET value = 'many' WHERE name = 'codes'", "damaged"),
        ("DROP TABLE meta", "not a catalog, or damaged"),
        ("DROP TABLE label_sort", "damaged"),
        ("UPDATE sevenths SET definitions = '[['", "damaged"),
    ],
)
def test_a_wrong_catalog_is_refused_on_opening(tmp_path: Path, statement: str, reason: str) -> None:
    path = tmp_path / "toy.db"
    write_catalog(path, INFO, BOOK)
    _damaged(path, statement)
    with pytest.raises(AssetError, match=reason) as caught:
        Catalog.open(path)
    assert str(path) in str(caught.value)
    assert "codilingua build" in str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE concept SET notes = '{'",
        "UPDATE concept SET notes = '{\"odd\": []}'",
        "UPDATE concept SET kind = 9",
        "UPDATE concept SET sevenths = 9",
        "UPDATE label SET sort = 9",
        "UPDATE concept SET title = CAST(X'FF' AS TEXT)",
        "DROP TABLE label",
    ],
)
def test_damage_met_on_reading_is_one_clear_error(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "toy.db"
    write_catalog(path, INFO, BOOK)
    _damaged(path, statement)
    with Catalog.open(path) as catalog, pytest.raises(AssetError, match="damaged"):
        list(catalog)


@pytest.mark.parametrize(
    "content", [b"", b"code,title\nA00,Cholera\n", b"SQLite format 3\x00" + b"\x00" * 5000]
)
def test_a_file_that_is_no_catalog(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "toy.db"
    path.write_bytes(content)
    with pytest.raises(AssetError, match="not a catalog, or damaged"):
        Catalog.open(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"no such catalog; build one with  codilingua build"):
        Catalog.open(tmp_path / "toy.db")
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_catalog(release_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    whole = release_path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match="damaged"):
        Catalog.open(path)


def test_a_read_only_folder_and_an_odd_name(tmp_path: Path) -> None:
    folder = tmp_path / "sólo lectura #1?"
    folder.mkdir()
    write_catalog(folder / "100%.db", INFO, BOOK)
    (folder / "100%.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        with Catalog.open(folder / "100%.db") as catalog:
            assert catalog.get("A00") == CATEGORY
        assert len(list(folder.iterdir())) == 1
    finally:
        folder.chmod(0o755)
