"""What can be searched for, and what is refused with a reason."""

from __future__ import annotations

import pytest

from codilingua.errors import QueryError
from codilingua.search.query import MAX_CHARACTERS, check_query, shorten


@pytest.mark.parametrize("typed", ["", " ", "\t\r\n", "\x00\x07\x1b", "\u200b\u202e\ufeff", "\u3000\u00a0"])
def test_blank_text_is_refused(typed: str) -> None:
    with pytest.raises(QueryError, match="the query is empty"):
        check_query(typed)


@pytest.mark.parametrize("length", [2001, 20_000])
def test_long_text_is_refused_with_its_length(length: int) -> None:
    with pytest.raises(QueryError, match=f"{length:,} characters") as caught:
        check_query("a" * length)
    assert len(str(caught.value)) < 200


def test_the_longest_text_passes() -> None:
    assert check_query("a" * MAX_CHARACTERS) == "a" * MAX_CHARACTERS
    assert check_query("a b" + " " * 20_000) == "a b"


@pytest.mark.parametrize(
    "typed",
    ["ألم في الصدر", "כאב בחזה", "胸の痛み", "боль в груди", "πόνος", "😀", "👨‍👩‍👧", "...", "¿?", "-+-"],
)
def test_text_without_a_latin_letter_is_refused_with_the_languages(typed: str) -> None:
    with pytest.raises(
        QueryError, match="English, Spanish, Catalan, Italian, Portuguese or French"
    ) as caught:
        check_query(typed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  dor   no peito ", "dor no peito"),
        ("dor\x00no\x1bpeito\n", "dor no peito"),
        ("😀 dolor", "😀 dolor"),
        ("ألم pain", "ألم pain"),
        ("\u202edolor\u202c", "dolor"),
        ("123", "123"),
        ("٣", "٣"),
        ("É", "É"),
        ("E\u0301", "É"),
        ("β-thalassemia", "β-thalassemia"),
    ],
)
def test_text_that_can_be_searched(typed: str, text: str) -> None:
    assert check_query(typed) == text


def test_an_error_shows_the_start_of_a_long_text() -> None:
    assert shorten("dor\nno peito") == "dor no peito"
    assert shorten("a" * 40) == "a" * 40
    assert shorten("a" * 41) == "a" * 39 + "…"
