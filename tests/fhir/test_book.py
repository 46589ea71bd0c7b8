"""The rows of the small catalog against the catalog itself."""

from __future__ import annotations

import numpy as np
import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.fhir.book import Book, Mask
from codilingua.search.engine import Search
from codilingua.types import Kind, Status


@pytest.fixture(scope="module")
def book(tiny: Search) -> Book:
    return Book(tiny.catalog)


def codes(book: Book, mask: Mask) -> list[str]:
    assert mask.shape == (len(book),)
    return [book.code(int(row)) for row in np.flatnonzero(mask)]


def row(book: Book, code: str) -> int:
    found = book.row(code)
    assert found is not None, code
    return found


def test_every_node_and_every_complete_code_is_a_row_of_its_own(tiny: Search, book: Book) -> None:
    wanted = [code for concept in tiny.catalog for code in (concept.code, *concept.completions)]
    assert [book.code(number) for number in range(len(book))] == wanted
    assert [row(book, code) for code in wanted] == list(range(len(wanted)))


@pytest.mark.parametrize("code", ["s22.42", "S2242", "S22.42XZ", "", "ZZZ", "~"])
def test_a_row_is_found_by_the_code_as_the_book_writes_it(book: Book, code: str) -> None:
    assert book.row(code) is None


def test_concepts_are_those_of_the_catalog(tiny: Search, book: Book) -> None:
    rows = [row(book, code) for code in ("S22.42XA", "9", "S22.42", "S72.001B", "I10")]
    assert list(book.concepts(rows)) == [tiny.catalog.get(book.code(number)) for number in rows]


def test_chapters_and_sections_are_no_codes(tiny: Search, book: Book) -> None:
    tabular = [concept.code for concept in tiny.catalog if concept.kind is Kind.CODE]
    assert codes(book, book.tabular) == tabular
    complete = {code for concept in tiny.catalog for code in concept.completions}
    assert set(codes(book, book.codes)) == {*tabular, *complete}


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.HEADING])
def test_statuses(tiny: Search, book: Book, status: Status) -> None:
    found = codes(book, book.with_status(status))
    assert found
    assert found == [code for code in codes(book, book.codes) if tiny.catalog.get(code).status is status]


@pytest.mark.parametrize("code", ["19", "S20-S29", "S22", "S22.42", "S22.42XA", "I10", "V00-X58", "T14-T14"])
def test_below_and_above(tiny: Search, book: Book, code: str) -> None:
    catalog = tiny.catalog
    below = [catalog.get(code), *catalog.descendants(code)]
    wanted = {code for node in below for code in (node.code, *node.completions)}
    assert set(codes(book, book.below(row(book, code)))) == wanted
    above = {code, *(node.code for node in catalog.ancestors(code))}
    assert set(codes(book, book.above(row(book, code)))) == above


def test_children(tiny: Search, book: Book) -> None:
    assert codes(book, book.children(row(book, "S22"))) == ["S22.4"]
    completions = list(tiny.catalog.get("S22.42").completions)
    assert codes(book, book.children(row(book, "S22.42"))) == completions
    assert [book.code(number) for number in book.completions(row(book, "S22.42"))] == completions
    assert list(book.completions(row(book, "I10"))) == []
    assert list(book.completions(len(book) - 1)) == []


def test_the_listed_codes_behind_rows(book: Book) -> None:
    mask = book.at([row(book, "S22.42XA"), row(book, "S22.42XB"), row(book, "I10"), row(book, "9")])
    assert codes(book, book.bases(mask)) == ["I10", "S22.42"]
    assert codes(book, book.nothing) == []


def test_a_catalog_of_another_system(other: Catalog) -> None:
    book = Book(other)
    assert [book.code(number) for number in range(len(book))] == ["F1", "F1-a"]
    assert codes(book, book.below(row(book, "F1"))) == ["F1", "F1-a"]
    assert next(iter(book.concepts([1]))).title == "Brucelosis"
