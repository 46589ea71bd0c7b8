"""What people type every day, in six languages: a right code is on the first screen."""

from __future__ import annotations

import pytest

from codilingua.search.engine import Search

CONDITIONS = {
    "chest pain": "R07",
    "type 2 diabetes": "E11",
    "hip fracture": "S72.0",
    "urinary infection": "N39.0",
    "high blood pressure": "I10",
    "stroke": "I63",
}

PHRASES = {
    "en": [
        "chest pain",
        "type 2 diabetes",
        "hip fracture",
        "urinary tract infection",
        "high blood pressure",
        "stroke",
    ],
    "es": [
        "dolor en el pecho",
        "diabetes tipo 2",
        "fractura de cadera",
        "infección de orina",
        "tensión alta",
        "ictus",
    ],
    "ca": [
        "dolor al pit",
        "diabetis tipus 2",
        "fractura de maluc",
        "infecció d'orina",
        "pressió alta",
        "ictus",
    ],
    "it": [
        "dolore al petto",
        "diabete di tipo 2",
        "frattura dell'anca",
        "infezione urinaria",
        "pressione alta",
        "ictus",
    ],
    "pt": ["dor no peito", "diabetes tipo 2", "fratura da anca", "infecção urinária", "pressão alta", "AVC"],
    "fr": [
        "douleur à la poitrine",
        "diabète de type 2",
        "fracture de la hanche",
        "infection urinaire",
        "hypertension artérielle",
        "AVC",
    ],
}

OTHER_WORDS = [
    ("dolor torácico", "R07"),
    ("dolor toràcic", "R07"),
    ("dolore toracico", "R07"),
    ("douleur thoracique", "R07"),
    ("diabetes mellitus type II", "E11"),
    ("DM2", "E11"),
    ("fratura do colo do fémur", "S72.0"),
    ("fracture du col du fémur", "S72.0"),
    ("UTI", "N39.0"),
    ("hypertension", "I10"),
    ("hipertensión arterial", "I10"),
    ("hipertensió arterial", "I10"),
    ("infarto cerebral", "I63"),
    ("infarctus cérébral", "I63"),
    ("derrame cerebral", "I6"),
]

BROKEN = [
    ("dolor toracico", "R07"),
    ("douleur a la poitrine", "R07"),
    ("chset pain", "R07"),
    ("dolor toraccico", "R07"),
    ("diabete de type 2", "E11"),
    ("diabtes tipo 2", "E11"),
    ("frattura dell anca", "S72.0"),
    ("hip fractrue", "S72.0"),
    ("infeccion de orina", "N39.0"),
    ("infecao urinaria", "N39.0"),
    ("infeccio d'orina", "N39.0"),
    ("pressao alta", "I10"),
    ("tension alta", "I10"),
    ("hypertenson", "I10"),
    ("infarctus cerebral", "I63"),
    ("pain chest", "R07"),
    ("2 tipo diabetes", "E11"),
]


def assert_found(search: Search, phrase: str, prefix: str) -> None:
    hits = search(phrase, limit=10)
    assert any(hit.code.startswith(prefix) for hit in hits), [(hit.code, hit.title) for hit in hits]


@pytest.mark.parametrize(
    ("phrase", "prefix"),
    [
        pytest.param(phrase, prefix, id=f"{lang}: {phrase}")
        for lang, phrases in PHRASES.items()
        for phrase, prefix in zip(phrases, CONDITIONS.values(), strict=True)
    ],
)
def test_everyday_phrases(shipped: Search, phrase: str, prefix: str) -> None:
    assert_found(shipped, phrase, prefix)


@pytest.mark.parametrize(("phrase", "prefix"), OTHER_WORDS)
def test_other_words_for_them(shipped: Search, phrase: str, prefix: str) -> None:
    assert_found(shipped, phrase, prefix)


@pytest.mark.parametrize(("phrase", "prefix"), BROKEN)
def test_without_accents_with_a_typing_error_in_another_order(
    shipped: Search, phrase: str, prefix: str
) -> None:
    assert_found(shipped, phrase, prefix)


def test_what_is_not_there_scores_less(shipped: Search) -> None:
    assert shipped("chest pain")[0].score > shipped("zzz qqq xyzzy")[0].score + 0.2
