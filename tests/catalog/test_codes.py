"""Codes as people type them, their key, their dotted form, their shape."""

from __future__ import annotations

import pytest

from codilingua.catalog.codes import code_key, dotted, looks_like_code


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("s22.49 xa", "S2249XA"),
        ("S22.49XA", "S2249XA"),
        (" e11.9\n", "E119"),
        ("A00-A09", "A00A09"),
        ("A00–A09", "A00A09"),
        ("B20-B20", "B20B20"),
        ("E11.-", "E11"),
        ("19", "19"),
        ("", ""),
        (" .-\x00😀", ""),
    ],
)
def test_key_keeps_upper_case_letters_and_digits(typed: str, key: str) -> None:
    assert code_key(typed) == key


@pytest.mark.parametrize(
    ("key", "code"),
    [("A00", "A00"), ("E119", "E11.9"), ("S2249XA", "S22.49XA"), ("T07XXXA", "T07.XXXA"), ("", "")],
)
def test_dot_stands_after_the_category(key: str, code: str) -> None:
    assert dotted(key) == code


@pytest.mark.parametrize(
    "text",
    [
        "E11",
        "e11",
        "E11.9",
        "e119",
        "E11 9",
        "E11. 9",
        "E11 .9",
        "E11.",
        "E11.-",
        "E11.3-",
        "M1A.0X10",
        "s2249xa",
        "S22.49XA",
        "s22.49 xa",
        "S22.49X A",
        "T07 XXXA",
        " C7A.00 ",
        "U07.1",
        "qa0.0101",
    ],
)
def test_looks_like_code(text: str) -> None:
    assert looks_like_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "19",
        "E1",
        "11E",
        "chest pain",
        "b12 low",
        "t1 dm",
        "h1n1 flu",
        "A00-A09",
        "E11.9 E11.8",
        "S22.49XAB",
        "E.119",
        "É11",
        "E١١",
        "covid",
        "CA125",
        "VO2",
        "-",
        ".",
        "E11.9\x00",
    ],
)
def test_does_not_look_like_code(text: str) -> None:
    assert not looks_like_code(text)


def test_every_code_of_the_release_looks_like_one(release) -> None:
    codes = [concept.code for concept in release[1] if concept.kind == "code"]
    assert [code for code in codes if not looks_like_code(code) or dotted(code_key(code)) != code] == []
