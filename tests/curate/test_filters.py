"""Each filter: what it rejects, what it would have read, and above all what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.curate.filters.contradictions import contradictions
from codilingua.curate.filters.duplicates import duplicates
from codilingua.curate.filters.form import copied, form
from codilingua.curate.filters.retrieval import retrieval
from codilingua.curate.filters.wording import Detect, Witness, detector, foreign, wording
from codilingua.curate.sifted import Sifted
from codilingua.search.engine import Search
from codilingua.types import LANGUAGES, Pair

MakePair = Callable[..., Pair]


def reasons(sifted: Sifted) -> list[tuple[str, str]]:
    """Reason and code of all that did not pass, rejected first."""
    return [(found.reason, found.pair.code) for found in (*sifted.rejected, *sifted.review)]


@pytest.mark.parametrize(
    ("text", "code", "lang", "reason"),
    [
        ("gripe", "J11.1", "gl", "unknown language"),
        ("gripe", "J99.99", "es", "unknown code"),
        ("gripe", "J11", "es", "incomplete code"),
        ("gripe", "J09-J18", "es", "unknown code"),
        ("x", "J11.1", "es", "length"),
        ("a" * 161, "J11.1", "es", "length"),
        ("12/80", "J11.1", "es", "no letters"),
        ("gripe «común»", "J11.1", "es", "not plain text"),
        ("gripe …", "J11.1", "es", "not plain text"),
        ("gripe J11.1", "J11.1", "es", "code in the text"),
        ("gripe (j11.1)", "J11.1", "es", "code in the text"),
        ("J11.1", "J11.1", "es", "code in the text"),
        ("covid U07.1", "J11.1", "es", "code in the text"),
        ("HTA (I10)", "I10", "es", "code in the text"),
        ("肺炎", "J18.9", "es", "no letters"),
        ("βδ", "J18.9", "es", "no letters"),
        ("tos \ud83d seca", "R05.9", "es", "no letters"),
    ],
)
def test_form_rejects(pair: MakePair, catalog: Catalog, text: str, code: str, lang: str, reason: str) -> None:
    sifted = form([pair(text, code, lang)], catalog)
    assert [found.reason for found in sifted.rejected] == [reason]
    assert sifted.kept == []


@pytest.mark.parametrize(
    "text", ["H1N1", "gripe A", "déficit de B12", "T4 libre alta", "Hb < 7", "FA", "DM2"]
)
def test_form_leaves_alone(pair: MakePair, catalog: Catalog, text: str) -> None:
    assert form([pair(text, "J11.1")], catalog).kept == [pair(text, "J11.1")]


def test_form_takes_the_seventh_character_off(pair: MakePair, catalog: Catalog) -> None:
    (kept,) = form([pair("fractura de cadera derecha", "s72.001a")], catalog).kept
    assert kept.code == "S72.001"


def test_copied_titles(pair: MakePair, catalog: Catalog) -> None:
    copies = [
        pair("Unstable angina", "I20.0", "en"),
        pair("crescendo ANGINA", "I20.0", "en"),
        pair("Acute myocardial infarction, unspecified", "I21.9", "fr"),
    ]
    fine = [
        pair("unstable angina", "I20.9", "en"),
        pair("angina pectoris", "I20.9", "fr"),
        pair("heart attack", "I21.9", "en"),
    ]
    sifted = copied([*copies, *fine], catalog)
    assert [found.pair for found in sifted.rejected] == copies
    assert sifted.kept == fine


@pytest.fixture(scope="module")
def detect() -> Detect:
    return detector()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("fractura de la cadera izquierda tras una caída en casa", "ca"),
        ("fractura de la cadera izquierda tras una caída en casa", "pt"),
        ("insuficiência cardíaca descompensada com edema das pernas", "es"),
        ("douleur thoracique irradiant vers le bras gauche", "it"),
        ("chest pain radiating to the left arm", "es"),
        ("mal d'esquena des de fa dues setmanes que no millora", "fr"),
        ("dor na perna dereita dende onte cunha ferida", "pt"),
        ("pain with dolor del pecho and the left arm", "fr"),
    ],
)
def test_another_language_is_seen(pair: MakePair, detect: Detect, text: str, lang: str) -> None:
    assert reasons(wording([pair(text, "I10", lang)], detect)) == [("wrong language", "I10")]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("HTA", "ca"),
        ("policitèmia vera", "ca"),
        ("leucèmia mieloide crònica", "ca"),
        ("cardiopatia isquèmica crònica", "ca"),
        ("síndrome de Sjögren", "es"),
        ("enfermedad de Ménière", "es"),
        ("diabetes mellitus", "pt"),
        ("hepatitis C", "fr"),
        ("carcinoma in situ", "it"),
        ("IAMCEST anterior, TnT > 100", "es"),
        ("β-talassemia minor", "it"),
        ("linfoma não-Hodgkin", "pt"),
    ],
)
def test_its_own_language_is_left_alone(detect: Detect, text: str, lang: str) -> None:
    assert foreign(text, lang, detect) is None


def test_one_witness_is_not_enough() -> None:
    def only_lingua(_: str) -> Witness:
        return Witness(dict.fromkeys(LANGUAGES, 0.0) | {"it": 1.0}, dict.fromkeys(LANGUAGES, 5.0))

    def only_words(_: str) -> Witness:
        even = dict.fromkeys(LANGUAGES, 1 / 6)
        return Witness(even, dict.fromkeys(LANGUAGES, 0.0) | {"it": 9.0})

    def both(_: str) -> Witness:
        certain = dict.fromkeys(LANGUAGES, 0.0) | {"it": 1.0}
        return Witness(certain, dict.fromkeys(LANGUAGES, 0.0) | {"it": 9.0})

    text = "una frase lunga abbastanza"
    assert foreign(text, "es", only_lingua) is None
    assert foreign(text, "es", only_words) is None
    assert foreign(text, "es", both) == (1.0, "Italian")
    assert foreign("breve", "es", both) is None


RIGHT_HIP, LEFT_HIP, ANY_HIP = "M16.11", "M16.12", "M16.10"


@pytest.mark.parametrize(
    ("text", "lang", "code", "reason"),
    [
        ("artrosis de cadera izquierda", "es", RIGHT_HIP, "contradiction: side"),
        ("coxartrosi dreta", "ca", LEFT_HIP, "contradiction: side"),
        ("coxartrosi destra", "it", LEFT_HIP, "contradiction: side"),
        ("artrose da anca direita", "pt", LEFT_HIP, "contradiction: side"),
        ("coxarthrose gauche", "fr", RIGHT_HIP, "contradiction: side"),
        ("left hip OA", "en", RIGHT_HIP, "contradiction: side"),
        ("pancreatitis crónica", "es", "K85.90", "contradiction: course"),
        ("pancréatite aiguë", "fr", "K86.1", "contradiction: course"),
        ("varón con cáncer de ovario", "es", "C56.9", "contradiction: sex"),
        ("mujer con hiperplasia de próstata", "es", "N40.0", "contradiction: sex"),
        ("artrosis de cadera", "es", RIGHT_HIP, "side not said"),
        ("artrosis de cadera derecha", "es", ANY_HIP, "side left open"),
        ("DM2 sin complicaciones", "es", "E11.8", "negation"),
    ],
)
def test_contradictions(
    pair: MakePair, catalog: Catalog, text: str, lang: str, code: str, reason: str
) -> None:
    assert reasons(contradictions([pair(text, code, lang)], catalog)) == [(reason, code)]


@pytest.mark.parametrize(
    ("text", "lang", "code"),
    [
        ("artrosis de cadera dcha", "es", RIGHT_HIP),
        ("coxartrosis D", "es", RIGHT_HIP),
        ("coxartrosi dx", "it", RIGHT_HIP),
        ("coxarthrose dte", "fr", RIGHT_HIP),
        ("OA R hip", "en", RIGHT_HIP),
        ("artrosis de cadera", "es", ANY_HIP),
        ("dolor en HCD", "es", "R10.11"),
        ("mujer de 78 años con pancreatitis aguda", "es", "K85.90"),
        ("IRC agudizada", "es", "N18.9"),
        ("insuficiencia respiratoria crónica agudizada", "es", "J96.20"),
        ("diabetes tipo I", "es", "E10.9"),
        ("hombre con cáncer de mama", "es", "C50.929"),
        ("migraña sin aura", "es", "G43.009"),
        ("artrosis de cadera iqzuierda", "es", ANY_HIP),
    ],
)
def test_no_contradiction(pair: MakePair, catalog: Catalog, text: str, lang: str, code: str) -> None:
    assert reasons(contradictions([pair(text, code, lang)], catalog)) == []


def test_a_slip_in_the_side_is_no_omission(pair: MakePair, catalog: Catalog) -> None:
    slip = pair("artrosis de cadera derehca", RIGHT_HIP, "es", "typo")
    assert contradictions([slip], catalog).kept == [slip]


def test_duplicates_within_a_language(pair: MakePair) -> None:
    pairs = [
        pair("anemia ferropénica", "D50.9"),
        pair("Anemia ferropenica", "D50.9"),
        pair("anemias ferropénicas", "D50.9"),
        pair("anemia perniciosa", "D51.0"),
    ]
    sifted = duplicates(pairs, {})
    assert sifted.kept == [pairs[0], pairs[3]]
    assert [found.reason for found in sifted.rejected] == ["near duplicate"] * 2


def test_nearly_the_same_letters_with_one_code(pair: MakePair) -> None:
    pairs = [
        pair("neumonía adquirida en la comunidad derecha", "J18.9"),
        pair("neumonía adquirida en la comunidad dereha", "J18.9"),
        pair("neumonía adquirida en la comunidad drecha", "J18.9", register="typo"),
        pair("uretritis", "N34.1"),
        pair("ureteritis", "N28.86"),
    ]
    sifted = duplicates(pairs, {})
    assert [found.pair for found in sifted.rejected] == [pairs[1]]


def test_type_one_is_not_type_two(pair: MakePair) -> None:
    pairs = [pair("diabetes mellitus tipo 1", "E10.9"), pair("diabetes mellitus tipo 2", "E11.9")]
    assert duplicates(pairs, {}).kept == pairs


def test_of_two_codes_the_one_with_more_rows_stays(pair: MakePair) -> None:
    pairs = [pair("IRA", "J06.9"), pair("ira", "N17.9"), pair("IRA.", "N17.9")]
    sifted = duplicates(pairs, {"J06.9": 0})
    assert sifted.kept == [pairs[1]]
    assert sorted(found.reason for found in sifted.rejected) == ["near duplicate", "two codes for one text"]


def test_among_equals_the_one_used_more_stays(pair: MakePair) -> None:
    pairs = [pair("IRA", "J06.9"), pair("IRA", "N17.9")]
    assert duplicates(pairs, {"N17.9": 0, "J06.9": 2}).kept == [pairs[1]]
    assert duplicates(pairs, {}).kept == [pairs[0]]


def test_duplicates_across_languages(pair: MakePair) -> None:
    same = [pair("HTA", "I10", "es"), pair("hta", "I10", "fr"), pair("HTA", "I10", "ca")]
    other = [
        pair("anemia ferropénica", "D50.9", "es"),
        pair("anemia ferropènica", "D50.9", "ca"),
        pair("IRA", "N17.9", "es"),
        pair("IRA", "J06.9", "pt"),
    ]
    sifted = duplicates([*same, *other], {})
    assert len([one for one in sifted.kept if one.code == "I10"]) == 1
    assert [one for one in sifted.kept if one.code != "I10"] == other
    assert {found.reason for found in sifted.rejected} == {"same in another language"}
    # Whatever comes first, the same one stays.
    turned = duplicates([*reversed(same)], {})
    assert [one for one in sifted.kept if one.code == "I10"] == turned.kept


def test_the_round_trip(pair: MakePair, searches: tuple[Search, Search]) -> None:
    found = [pair("chest pain", "R07.9", "en"), pair("ictus", "I63.9"), pair("heart attack", "I21.9", "en")]
    lost = pair("se me duerme el pulgar de tanto coser", "G56.00")
    seen: list[tuple[int, int]] = []
    sifted = retrieval([*found, lost], searches, lambda *done: seen.append(done))
    assert [one.pair for one in sifted.review if one.reason == "not found again"] == [lost]
    assert sifted.kept == found
    assert sifted.rejected == []
    assert seen == [(4, 4)]


def test_a_sibling_that_is_closer(pair: MakePair, searches: tuple[Search, Search]) -> None:
    wrong = pair("unstable angina", "I20.9", "en")
    (finding,) = retrieval([wrong], searches).review
    assert (finding.reason, finding.detail) == ("sibling closer", "I20.0")
    assert finding.score > 0
