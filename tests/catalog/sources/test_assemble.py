"""Drafts to concepts: order, status, chapter, and hierarchies that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.catalog.sources.assemble import assemble, merge_languages
from codilingua.catalog.sources.drafts import Draft, Text, language_tag
from codilingua.errors import SourceError
from codilingua.types import Kind, Label, Status

FILE = Path("book.csv")


def draft(code: str, line: int, parent: str | None = None, title: str = "x", **more: object) -> Draft:
    return Draft(code, line, (Text(title, "en", "title"),), parent, **more)  # type: ignore[arg-type]


def test_parents_come_first_and_siblings_keep_the_order_of_the_file() -> None:
    drafts = [draft("B2", 2, "B"), draft("A", 3), draft("B", 4), draft("B1", 5, "B"), draft("A1", 6, "A")]
    concepts = assemble(FILE, drafts, "en")
    assert [concept.code for concept in concepts] == ["A", "A1", "B", "B2", "B1"]
    assert concepts[2].children == ("B2", "B1")


def test_status_follows_the_place_unless_the_file_says_it() -> None:
    drafts = [
        draft("I", 2),
        draft("A00-A09", 3, "I"),
        draft("A00", 4, "A00-A09"),
        draft("A00.0", 5, "A00"),
        draft("A01", 6, "A00-A09", billable=True),
        draft("A01.0", 7, "A01", billable=False),
    ]
    concepts = {concept.code: concept for concept in assemble(FILE, drafts, "en")}
    assert {code: concept.status for code, concept in concepts.items()} == {
        "I": Status.HEADING,
        "A00-A09": Status.HEADING,
        "A00": Status.NEEDS_CHILD,
        "A00.0": Status.BILLABLE,
        "A01": Status.BILLABLE,
        "A01.0": Status.NEEDS_CHILD,
    }
    assert concepts["I"].kind is Kind.CHAPTER
    assert {concept.chapter for concept in concepts.values()} == {"I"}


def test_the_chapter_is_the_topmost_one_else_the_root_but_never_a_category() -> None:
    drafts = [
        draft("ALL", 2),
        draft("one", 3, "ALL", kind=Kind.CHAPTER),
        draft("x1", 4, "one"),
        draft("ROOT", 5),
        draft("y1", 6, "ROOT"),
        draft("E11", 7),
        draft("E11.9", 8, "E11"),
        draft("FLAT", 9),
    ]
    chapters = {concept.code: concept.chapter for concept in assemble(FILE, drafts, "en")}
    assert chapters == {
        "ALL": "ALL",
        "one": "one",
        "x1": "one",
        "ROOT": "ROOT",
        "y1": "ROOT",
        "E11": None,
        "E11.9": None,
        "FLAT": None,
    }


def test_codes_are_one_with_or_without_dot_in_icd_10_but_not_elsewhere() -> None:
    with pytest.raises(SourceError, match=r"duplicate code E119: first at line 2 as E11\.9"):
        assemble(FILE, [draft("E11.9", 2), draft("E119", 3)], "en")
    assert len(assemble(FILE, [draft("1.2", 2), draft("12", 3)], "en")) == 2
    below = assemble(FILE, [draft("E11", 2), draft("E119", 3, "e11.")], "en")[1]
    assert below.parent == "E11"


@pytest.mark.parametrize(
    ("drafts", "line", "reason"),
    [
        ([], None, "no codes"),
        ([draft("A", 2), draft("a", 5)], 5, "duplicate code a: first at line 2 as A"),
        ([draft("A", 2, "Z")], 2, "parent Z of code A is not in the file"),
        ([draft("-", 2)], 2, "no letter or digit"),
        ([draft("A", 2, title="")], 2, "empty title: code A"),
        ([draft("R", 2), draft("A", 3, "B"), draft("B", 4, "C"), draft("C", 5, "B")], 4, "B → C → B"),
        ([draft("A", 7, "A")], 7, "A → A"),
    ],
)
def test_a_wrong_hierarchy_is_named_with_its_line(drafts: list[Draft], line: int | None, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        assemble(FILE, drafts, "en")
    assert caught.value.line == line


def test_a_machine_made_title_cannot_stand_for_the_book_s() -> None:
    made = Draft("A", 3, (Text("a", "en", "title", "machine"),))
    with pytest.raises(SourceError, match="the title of code A is machine"):
        assemble(FILE, [made], "en")


def test_rows_of_one_code_in_several_languages_become_one_concept() -> None:
    rows = [
        Draft("A", 2, (Text("tos", "es", "title"),)),
        Draft("A", 3, (Text("tosse", "it", "title", "machine"),)),
        Draft("A", 4, (Text("toux", "fr", "title"),)),
    ]
    (concept,) = assemble(FILE, merge_languages(FILE, rows), "es", "who-derived")
    assert (concept.title, concept.lang) == ("tos", "es")
    assert concept.labels == (
        Label("tosse", "it", "title", "machine"),
        Label("toux", "fr", "title", "who-derived"),
    )
    with pytest.raises(SourceError, match="code a comes twice in es: first at line 2"):
        merge_languages(FILE, [*rows, Draft("a", 9, (Text("tos seca", "es", "title"),))])


@pytest.mark.parametrize(
    ("text", "tag"),
    [("ES", "es"), ("pt_br", "pt-BR"), ("spa", "es"), ("zh-hans", "zh-hans"), ("Spanish", None), ("", None)],
)
def test_language_tags_are_written_one_way(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag
