"""Each language's file: whole, and its words find what they should."""

from __future__ import annotations

import pytest

from codilingua.errors import UsageError
from codilingua.languages import known, language
from codilingua.types import LANGUAGES

WORDS = ("right", "left", "bilateral", "acute", "chronic", "without", "female", "male")


def test_every_language_has_a_file() -> None:
    assert set(known()) == set(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_file_is_whole(code: str) -> None:
    facts = language(code)
    assert facts.name == LANGUAGES[code]
    assert facts.countries
    assert len(facts.advice) > 200
    assert set(facts.words) == set(WORDS)
    assert set(facts.hints) == {"right", "left", "bilateral"}
    assert {"a", "z"} <= facts.letters


SAID = {
    "en": "a woman with acute pain in the right hip without fever",
    "es": "mujer con dolor agudo en la cadera derecha sin fiebre",
    "ca": "dona amb dolor agut al maluc dret sense febre",
    "it": "donna con dolore acuto all'anca destra senza febbre",
    "pt": "mulher com dor aguda na anca direita sem febre",
    "fr": "femme avec douleur aiguë de la hanche droite sans fièvre",
}


@pytest.mark.parametrize(("code", "text"), SAID.items())
def test_words_are_found_and_no_others(code: str, text: str) -> None:
    words = language(code).words
    assert {name for name, pattern in words.items() if pattern.search(text)} == {
        "female",
        "acute",
        "right",
        "without",
    }


def test_an_unknown_language() -> None:
    with pytest.raises(UsageError, match="'gl' is not known: give one of ca, en"):
        language("gl")
