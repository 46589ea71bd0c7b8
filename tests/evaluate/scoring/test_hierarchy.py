"""The tree of the small catalog and of the one that ships, against the catalogs themselves."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import UnknownCode
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.search.engine import Search
from codilingua.types import Concept, Kind, SeventhCharacter, Status

INFO = CatalogInfo("Made up", "urn:made-up", "1", "en", "made.csv", "none")


@pytest.fixture(scope="module")
def small(tiny: Search) -> Hierarchy:
    return Hierarchy(tiny.catalog)


@pytest.fixture(scope="module")
def full(shipped: Search) -> Hierarchy:
    return Hierarchy(shipped.catalog)


def made(folder: Path, *concepts: Concept) -> Hierarchy:
    path = folder / "made.db"
    write_catalog(path, INFO, concepts)
    with Catalog.open(path) as catalog:
        return Hierarchy(catalog)


def code(name: str, parent: str | None = None, *sevenths: SeventhCharacter) -> Concept:
    return Concept(name, f"title of {name}", Kind.CODE, Status.BILLABLE, parent, None, sevenths=sevenths)


def test_it_agrees_with_the_catalog_on_every_node(tiny: Search, small: Hierarchy) -> None:
    catalog = tiny.catalog
    assert small.nodes == tuple(concept.code for concept in catalog)
    for concept in catalog:
        above = [node.code for node in reversed(catalog.ancestors(concept))]
        below = [node.code for node in catalog.descendants(concept) if node.kind is Kind.CODE]
        itself = [concept.code] if concept.kind is Kind.CODE else []
        assert small.line(concept.code) == (*above, concept.code)
        assert sorted(small.within(concept.code)) == sorted(itself + below)
        assert small.parent(concept.code) == concept.parent
        assert small.chapter(concept.code) == concept.chapter
        assert small.status(concept.code) is concept.status
        assert small.title(concept.code) == concept.title
        assert small.tabular(concept.code) == (itself[0] if itself else None)


def test_it_agrees_with_the_shipped_catalog_on_a_sample(shipped: Search, full: Hierarchy) -> None:
    catalog = shipped.catalog
    for name in random.Random(5).sample(full.nodes, 200):
        concept = catalog.get(name)
        assert full.line(name) == (*(node.code for node in reversed(catalog.ancestors(concept))), name)
        for completion in concept.completions:
            assert full.tabular(completion) == name
            assert full.line(completion) == full.line(name)


def test_every_shipped_code_has_its_first_three_characters_as_category(full: Hierarchy) -> None:
    codes = [name for name in full.nodes if full.tabular(name) is not None]
    assert len(codes) == 46_881
    assert [full.category(name) for name in codes] == [name[:3] for name in codes]


def test_the_shipped_catalog_is_read_in_a_moment(shipped: Search) -> None:
    start = time.process_time()
    Hierarchy(shipped.catalog)
    assert time.process_time() - start < 2.0


def test_the_matrix_holds_the_lines(small: Hierarchy) -> None:
    assert small.lines.shape == (len(small.nodes), max(len(small.line(node)) for node in small.nodes))
    for place, row in enumerate(small.lines):
        node = small.nodes[place]
        assert small.place(node) == place
        assert tuple(small.nodes[number] for number in row[row >= 0]) == small.line(node)
        assert (row[len(small.line(node)) :] == -1).all()


@pytest.mark.parametrize(
    "typed", ["S22.49", "s2249", "S22.49XA", "S22.49X", "S22.49XX", "s22.49 xd", " S2249XS "]
)
def test_codes_are_taken_as_people_write_them(small: Hierarchy, typed: str) -> None:
    assert small.tabular(typed) == "S22.49"
    assert small.category(typed) == "S22"
    assert small.line(typed) == ("19", "S20-S29", "S22", "S22.4", "S22.49")
    assert small.status(typed) is Status.NEEDS_SEVENTH
    assert small.parent(typed) == "S22.4"
    assert small.within(typed) == ("S22.49",)
    assert small.nodes[small.place(typed)] == "S22.49"


@pytest.mark.parametrize("typed", ["S22.49XZ", "S22.49A", "I10.XXA", "I99.9", "", "?", "pain"])
def test_what_is_unknown_is_an_answer(small: Hierarchy, typed: str) -> None:
    assert small.tabular(typed) is None
    assert small.line(typed) == ()
    assert small.parent(typed) is None
    assert small.within(typed) == ()
    assert small.title(typed) == ""
    assert small.place(typed) == -1
    assert not small.is_under(typed, "9")
    assert not small.is_under("I10", typed)
    with pytest.raises(UnknownCode, match="not in the catalog"):
        small.status(typed)


@pytest.mark.parametrize(
    ("typed", "category"),
    [
        ("I21.99", "I21"),
        ("i21.A9", "I21"),
        ("I63.8†", "I63"),
        ("S22.49XZ", "S22"),
        ("I99.9", None),
        ("I10-I15.9", None),
        ("I10+I20", None),
        ("I20-I25", None),
        ("9", None),
        ("", None),
    ],
)
def test_categories_of_what_the_catalog_does_not_have(
    small: Hierarchy, typed: str, category: str | None
) -> None:
    assert small.category(typed) == category


def test_a_retired_code_is_of_the_chapter_of_its_category(small: Hierarchy) -> None:
    assert small.chapter("I21.99") == "9"
    assert small.chapter("Q99.9") is None


def test_a_section_is_not_the_category_of_its_name(small: Hierarchy) -> None:
    assert small.tabular("T14-T14") is None
    assert small.parent("T14") == "T14-T14"
    assert small.line("T14-T14") == ("19", "T07-T88", "T14-T14")


def test_below_and_within(small: Hierarchy) -> None:
    assert small.is_under("I21.01", "I21")
    assert small.is_under("S22.49XA", "S22.4")
    assert small.is_under("I21", "I20-I25")
    assert small.is_under("I21", "9")
    assert not small.is_under("I21", "I21")
    assert not small.is_under("S22.49XA", "S22.49")
    assert not small.is_under("I21", "I21.01")
    assert small.within("I21") == ("I21", "I21.0", "I21.01", "I21.02", "I21.9")
    assert small.within("I10-I1A") == ("I10",)


def test_a_flat_list_has_categories_by_their_beginning(tmp_path: Path) -> None:
    flat = made(tmp_path, code("E11"), code("E11.9"), code("E12.9"))
    assert flat.line("E11.9") == ("E11.9",)
    assert flat.chapter("E11.9") is None
    assert flat.category("E11.9") == "E11"
    assert flat.category("E12.9") is None
    assert not flat.is_under("E11.9", "E11")


def test_chapters_with_three_characters_are_no_categories(tmp_path: Path) -> None:
    chapter = Concept("XIX", "injuries", Kind.CHAPTER, Status.HEADING, None, "XIX")
    book = made(tmp_path, chapter, code("S22", "XIX"), code("S22.4", "S22"))
    assert book.category("S22.4") == "S22"
    assert book.category("XIX") is None


def test_a_parent_may_follow_its_children(tmp_path: Path) -> None:
    book = made(tmp_path, code("E11.91", "E11.9"), code("E11.9", "E11"), code("E11"))
    assert book.line("E11.91") == ("E11", "E11.9", "E11.91")
    assert book.within("E11") == ("E11", "E11.9", "E11.91")


def test_codes_that_differ_in_punctuation_alone_stay_apart(tmp_path: Path) -> None:
    book = made(tmp_path, code("A1.23"), code("A12.3"))
    assert book.tabular("A12.3") == "A12.3"
    assert book.tabular("a12.3") == "A12.3"
    assert book.tabular("A1.23") == "A1.23"
    assert book.tabular("A123") == "A1.23"
    assert book.category("A12.3") is None


def test_an_empty_catalog(tmp_path: Path) -> None:
    empty = made(tmp_path)
    assert empty.nodes == ()
    assert empty.tabular("E11.9") is None
    assert empty.lines.shape == (0, 0)
