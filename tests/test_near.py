"""Near duplicates: what is one, what is not, and that the quick look-up misses none."""

from __future__ import annotations

import random

import pytest

from codilingua.near import LIKENESS, NearTexts
from codilingua.text import fold


def near(one: str, other: str) -> bool:
    found = NearTexts([other]).find(one) is not None
    assert (NearTexts([one]).find(other) is not None) is found
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dolor torácico", "DOLOR TORACICO"),
        ("dolor torácico", "torácico, dolor"),
        ("fractura de cadera", "fracturas de cadera"),
        ("convulsión", "convulsiones"),
        ("lesão", "lesões"),
        ("frattura del femore", "fratture del femore"),
        ("allergy", "allergies"),
        ("neumonía", "numonia"),
        ("neumonía", "nuemonia"),
        ("neumonía", "neumonja"),
        ("infección del tracto urinario", "infeccion de tracto urinario"),
        ("quiste simple en el riñón izquierdo", "quiste simple en riñón izquierdo"),
        ("diabetes mellitus tipo 2", "tipo 2 diabetes mellitus"),
    ],
)
def test_near(one: str, other: str) -> None:
    assert near(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("diabetes mellitus tipo 1", "diabetes mellitus tipo 2"),
        ("diabetes mellitus tipo I", "diabetes mellitus tipo II"),
        ("hepatitis A", "hepatitis B"),
        ("hipotensión arterial", "hipertensión arterial"),
        ("fractura de cadera", "fractura de rodilla"),
        ("fractura de cadera", "rotura de la cadera"),
        ("infarto de miocardio", "cardiopatía isquémica"),
        ("fiebre con escalofríos", "fiebre sin escalofríos"),
        ("dolor abdominal", "dolor"),
        ("tos", "tic"),
        ("asma", "alma"),
        ("", ""),
        ("...", "???"),
    ],
)
def test_not_near(one: str, other: str) -> None:
    assert not near(one, other)


def test_the_same_words_come_before_nearly_the_same_ones() -> None:
    texts = NearTexts(["otitis medias agudass", "aguda otitis media", "otitis media aguda"])
    assert texts.find("otitis media aguda") == 1
    assert texts.find("tumor benigno") is None
    assert NearTexts([]).find("tumor") is None


def test_the_rare_trigrams_find_all_that_comparing_each_pair_finds() -> None:
    dice = random.Random(5)
    words = ["cardiaca", "renal", "cronica", "aguda", "insuficiencia", "hepatica", "severa", "leve", "grave"]
    texts = [" ".join(dice.sample(words, dice.randint(3, 7))) for _ in range(60)]
    texts += ["".join(text[:place] + text[place + 2 :]) for text in texts for place in (4, 11)]

    def grams(text: str) -> set[str]:
        return {f"^{word}$"[at : at + 3] for word in fold(text).split() for at in range(len(word))}

    index = NearTexts(texts)
    for text in texts[::3]:
        alike = {
            place
            for place, other in enumerate(texts)
            if len(grams(text) & grams(other)) >= LIKENESS * len(grams(text) | grams(other))
        }
        assert set(index._alike(frozenset(grams(text)))) == alike
    assert sum(len(list(index._alike(frozenset(grams(text))))) > 1 for text in texts) > 40
