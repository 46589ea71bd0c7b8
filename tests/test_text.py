"""The one normal form of text."""

from __future__ import annotations

import pytest

from codilingua.text import clean, fold


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  dolor \t\n torácico ", "dolor torácico"),
        ("neumoni\u0301a", "neumonía"),
        ("chest\x00pain\x1b[31m", "chest pain [31m"),
        ("dor\u200bno\u202epeito\ufeff", "dor no peito"),
        ("10 m² ½ µg", "10 m² ½ µg"),
        ("", ""),
        ("\x00\u200d \r\n", ""),
        ("Crohn", "Crohn"),
    ],
)
def test_clean(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Neumonía", "neumonia"),
        ("FORÇA", "forca"),
        ("Œdème", "oedeme"),
        ("Cæsarean", "caesarean"),
        ("Straße", "strasse"),
        ("col·lapse", "col·lapse"),
        ("São João", "sao joao"),
        ("niño", "nino"),
        ("ﬁbrose", "fibrose"),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded
    assert fold(folded) == folded


def test_fold_takes_composed_and_decomposed_for_one() -> None:
    assert fold("é") == fold("e\u0301") == "e"
