"""A search with all its parts: languages told and guessed, reranking, and what a hit is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.errors import UsageError
from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.search.index import Index, open_index
from codilingua.search.language import SLOTS, LanguageGuess, open_languages
from codilingua.search.prior import open_prior
from codilingua.search.profiles import DEPTH, Profile, Profiles, open_profiles
from codilingua.search.reranker import Reranker, candidate_text
from codilingua.types import LANGUAGES, Hit

QUERIES = ["hip fracture", "ictus", "dolor torácico", "caída en casa", "enfarte agudo do miocárdio", "angina"]
ENGLISH = "fracture of the neck of the left femur"
FRENCH = "crise cardiaque ancienne"
"""Two texts whose language the small assets guess with conviction; of those above they do not."""

ALL = 1000


@pytest.fixture(scope="module")
def index(tiny: Search, tiny_folder: Path) -> Index:
    assets = Assets(tiny_folder)
    return open_index(assets, open_prior(assets, tiny.catalog))


@pytest.fixture(scope="module")
def encoder(tiny_folder: Path) -> Encoder:
    assets = Assets(tiny_folder)
    return Encoder(assets.encoder, assets.tokenizer, 1)


@pytest.fixture(scope="module")
def reranker(tiny_folder: Path) -> Reranker:
    assets = Assets(tiny_folder)
    return Reranker(assets.reranker, assets.tokenizer, 1)


@pytest.fixture(scope="module")
def profiles(tiny_folder: Path) -> Profiles:
    return open_profiles(Assets(tiny_folder).ranking)


@pytest.fixture(scope="module")
def once(tiny_folder: Path) -> Iterator[Search]:
    """The first stage alone, with the same profiles."""
    with open_search(tiny_folder, 1, rerank=0) as search:
        yield search


def codes(hits: list[Hit]) -> list[str]:
    return [hit.code for hit in hits]


def assert_same(hits: list[Hit], expected: list[Hit]) -> None:
    """The same codes of the same worth; near equals may change places by the last bits of a float."""
    assert len(hits) == len(expected)
    values = [{hit.code: hit for hit in each} for each in (hits, expected)]
    assert values[0].keys() == values[1].keys()
    for code, hit in values[0].items():
        assert hit.score == pytest.approx(values[1][code].score, abs=2e-4)
        assert hit.surface == values[1][code].surface
        assert hit.confidence == pytest.approx(values[1][code].confidence, abs=0.02)


# The language.


def guessing(lang: str, probability: float) -> LanguageGuess:
    """Takes every text for this language, with this probability."""
    chances = np.full(len(LANGUAGES), (1 - probability) / (len(LANGUAGES) - 1))
    chances[list(LANGUAGES).index(lang)] = probability
    return LanguageGuess(np.zeros((len(LANGUAGES), SLOTS), np.int8), np.log(chances).astype(np.float32), 1.0)


MakeSearch = Callable[[LanguageGuess | None], Search]


@pytest.fixture(scope="module")
def searching(
    tiny: Search, encoder: Encoder, index: Index, profiles: Profiles, reranker: Reranker
) -> MakeSearch:
    """Makes a search over the small assets that guesses languages so."""

    def make(languages: LanguageGuess | None) -> Search:
        return Search(tiny.catalog, encoder, index, 1, profiles, languages, reranker)

    return make


def test_each_language_is_ranked_its_own_way(tiny: Search, searching: MakeSearch) -> None:
    found = {lang: tiny("hip fracture", lang=lang) for lang in LANGUAGES}
    untold = searching(None)("hip fracture")
    # The default has no reranker, English and Spanish have a share of it each, French weights of its own.
    assert found["ca"] == found["it"] == found["pt"] == untold
    scores = {tuple(hit.score for hit in found[lang]) for lang in ("en", "es", "fr", "ca")}
    assert len(scores) == 4


@pytest.mark.parametrize("lang", ["en", "es", "fr"])
@pytest.mark.parametrize(("probability", "believed"), [(0.79, False), (0.81, True), (1 - 1e-6, True)])
def test_a_guess_is_believed_from_four_fifths_on(
    searching: MakeSearch, tiny: Search, lang: str, probability: float, believed: bool
) -> None:
    search = searching(guessing(lang, probability))
    for query in QUERIES:
        assert search(query) == tiny(query, lang=lang if believed else "ca")
        assert search(query, lang="pt") == tiny(query, lang="pt")
    assert search(QUERIES[0], lang="ca") != tiny(QUERIES[0], lang=lang)


def test_the_small_assets_guess(tiny: Search, searching: MakeSearch, tiny_folder: Path) -> None:
    languages = open_languages(Assets(tiny_folder).languages)
    for text, lang in ((ENGLISH, "en"), (FRENCH, "fr")):
        guessed, probability = languages.guess(text)
        assert guessed == lang
        assert probability > 0.8
        assert tiny(text) == tiny(text, lang=lang) != searching(None)(text)
    for text in QUERIES:
        assert languages.guess(text)[1] < 0.8
        assert tiny(text) == searching(None)(text)


def test_a_batch_holds_texts_of_several_languages(tiny: Search) -> None:
    texts = [*QUERIES, ENGLISH, "I10", FRENCH]
    for hits, text in zip(tiny.batch(texts, ALL), texts, strict=True):
        assert_same(hits, tiny(text, ALL))


def test_a_language_that_is_told_holds_for_the_batch(tiny: Search) -> None:
    texts = [*QUERIES, ENGLISH, FRENCH]
    for hits, text in zip(tiny.batch(texts, ALL, lang="es"), texts, strict=True):
        assert_same(hits, tiny(text, ALL, lang="es"))


@pytest.mark.parametrize("lang", ["de", "", "EN", "es-ES", "english", "default"])
@pytest.mark.parametrize("query", ["ictus", "I10"])
def test_an_unknown_language_is_refused(tiny: Search, query: str, lang: str) -> None:
    with pytest.raises(UsageError, match="give one of en, es, ca, it, pt, fr, or none to guess it") as caught:
        tiny(query, lang=lang)
    assert repr(lang) in str(caught.value)


# The reranker.


@pytest.mark.parametrize("filters", [EVERYTHING, Filters(("19",)), Filters(billable=True)])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_score_is_made_of_both_stages(
    tiny: Search, once: Search, reranker: Reranker, profiles: Profiles, lang: str, filters: Filters
) -> None:
    share = profiles.of(lang).rerank
    for query in QUERIES:
        first = once(query, ALL, filters, lang)
        pairs = [(query, wording(tiny, hit)) for hit in first[:DEPTH]]
        second = profiles.of(lang).squash(reranker.scores(pairs))
        second = np.append(second, np.full(len(first) - len(pairs), second.min()))
        expected = {
            hit.code: (1 - share) * hit.score + share * value
            for hit, value in zip(first, second.tolist(), strict=True)
        }
        hits = tiny(query, ALL, filters, lang)
        assert {hit.code: hit.score for hit in hits} == pytest.approx(expected, abs=1e-4)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert {(hit.code, hit.surface) for hit in hits} == {(hit.code, hit.surface) for hit in first}


def wording(search: Search, hit: Hit) -> str:
    above = search.catalog.parent(hit.code)
    title = above.title if above is not None and above.kind.value == "code" else None
    return candidate_text(hit.title, hit.surface, title)


@pytest.mark.parametrize("lang", ["ca", "fr", None])
def test_where_a_language_does_not_gain_nothing_is_reread(
    tiny: Search, once: Search, lang: str | None
) -> None:
    assert tiny.batch(QUERIES, 50, lang=lang) == once.batch(QUERIES, 50, lang=lang)


@pytest.mark.parametrize("depth", [1, 2, 5, DEPTH])
def test_what_is_beyond_the_depth_keeps_its_order(tiny_folder: Path, once: Search, depth: int) -> None:
    moved = 0
    with open_search(tiny_folder, 1, rerank=depth) as search:
        for query in QUERIES:
            before, after = (codes(each(query, ALL, lang="en")) for each in (once, search))
            assert after[depth:] == before[depth:]
            assert sorted(after[:depth]) == sorted(before[:depth])
            moved += after[:depth] != before[:depth]
    assert moved == 0 if depth == 1 else moved > 0


def test_fewer_codes_than_the_depth_are_all_read(tiny: Search, once: Search) -> None:
    filters = Filters(only=frozenset({"I10", "I63.9", "S72.00"}))
    scores = [{hit.code: hit.score for hit in each("ictus", 10, filters, "en")} for each in (tiny, once)]
    assert scores[0].keys() == scores[1].keys() == {"I10", "I63.9", "S72.00"}
    assert scores[0] != scores[1]


def test_a_search_in_nothing_has_nothing_to_reread(tiny: Search) -> None:
    nothing = Filters(("20",), external_causes=False)
    assert tiny("ictus", 10, nothing, "en") == []
    assert tiny.batch(["ictus", "angina"], 10, nothing, "en") == [[], []]


def test_a_text_without_an_answer_beside_one_that_has_some(
    tiny: Search, encoder: Encoder, index: Index, reranker: Reranker
) -> None:
    profiles = Profiles(Profile(dense=0.0, rerank=0.5, knots=((0.0, 0.0), (1.0, 1.0))))
    search = Search(tiny.catalog, encoder, index, 1, profiles, None, reranker)
    first, none, last = search.batch(["hip fracture", "zzzz", "ictus"])
    assert none == []
    assert_same(first, search("hip fracture"))
    assert_same(last, search("ictus"))


def test_all_at_once_as_one_by_one(tiny_folder: Path, tiny: Search) -> None:
    """Enough for blocks side by side, each with encoder and reranker on one core."""
    words = [surface.text for concept in tiny.catalog for surface in concept.surfaces]
    texts = [f"{first} {second}" for first, second in zip(words[:90], words[150:240], strict=True)]
    with open_search(tiny_folder, 2) as search:
        together = search.batch(texts, ALL, lang="en")
    for text, hits in zip(texts, together, strict=True):
        assert_same(hits, tiny(text, ALL, lang="en"))


# What a hit is worth.


@pytest.mark.parametrize("lang", ["en", "fr", None])
@pytest.mark.parametrize("limit", [1, 3, DEPTH - 1])
def test_what_a_hit_is_worth_does_not_depend_on_the_limit(tiny: Search, lang: str | None, limit: int) -> None:
    # Up to the depth: a longer list looks beyond the 100 nearest of the 282 surfaces.
    for query in QUERIES:
        assert tiny(query, limit, lang=lang) == tiny(query, DEPTH, lang=lang)[:limit]


@pytest.mark.parametrize("lang", ["en", "ca"])
def test_confidences_fall_and_a_threshold_makes_them_sure(
    tiny: Search, profiles: Profiles, lang: str
) -> None:
    profile = profiles.of(lang)
    some_sure = 0
    for query in [*QUERIES, ENGLISH]:
        hits = tiny(query, ALL, lang=lang)
        confidences = [hit.confidence for hit in hits]
        assert confidences == profile.confidences([hit.score for hit in hits])
        assert confidences == sorted(confidences, reverse=True)  # type: ignore[type-var]
        assert all(value is not None and 0 <= value <= 1 for value in confidences)
        assert confidences[DEPTH:] == [0.0] * (len(hits) - DEPTH)
        assert [hit.sure for hit in hits] == [
            value >= profile.threshold for value in confidences if value is not None
        ]
        some_sure += hits[0].sure
    assert 0 < some_sure < len(QUERIES) + 1


@pytest.mark.parametrize("typed", ["I10", "S72", "I20-I25", "S72.001A"])
@pytest.mark.parametrize("lang", ["en", None])
def test_a_typed_code_has_no_confidence(tiny: Search, typed: str, lang: str | None) -> None:
    hits = tiny(typed, 50, lang=lang)
    assert hits
    assert {(hit.confidence, hit.sure) for hit in hits} == {(None, False)}
    assert tiny.batch([typed, "ictus"], 50, lang=lang)[0] == hits


def test_without_calibration_there_is_no_confidence(
    tiny: Search, encoder: Encoder, index: Index, profiles: Profiles, reranker: Reranker
) -> None:
    plain = Search(tiny.catalog, encoder, index, 1, profiles.changed(knots=(), threshold=0.0), None, reranker)
    for query in QUERIES:
        hits, calibrated = plain(query, lang="en"), tiny(query, lang="en")
        assert [(hit.code, hit.score) for hit in hits] == [(hit.code, hit.score) for hit in calibrated]
        assert {(hit.confidence, hit.sure) for hit in hits} == {(None, False)}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_other_shares_were_not_calibrated(tiny_folder: Path, share: float) -> None:
    with open_search(tiny_folder, 1, dense_weight=share) as search:
        for lang in ("en", None):
            assert {hit.confidence for hit in search("hip fracture", lang=lang)} == {None}


def test_the_first_stage_may_have_the_last_word_for_one_query(tiny: Search, once: Search) -> None:
    for query in QUERIES:
        assert_same(tiny(query, limit=ALL, lang="ca", rerank=False), once(query, limit=ALL, lang="ca"))
    assert_same(tiny("angina", lang="ca", rerank=False), tiny.batch(QUERIES, lang="ca", rerank=False)[-1])


def test_the_language_of_a_query_is_told_only_where_it_is_sure(tiny: Search, searching: MakeSearch) -> None:
    assert tiny.language(FRENCH) == "fr"
    assert searching(guessing("fr", 0.79)).language(FRENCH) is None
    assert searching(None).language(FRENCH) is None


def test_it_is_told_which_languages_are_reread(
    tiny: Search, once: Search, encoder: Encoder, index: Index, reranker: Reranker
) -> None:
    gated = Profiles(Profile(rerank=0.2), {"es": Profile(rerank=0.0)})
    search = Search(tiny.catalog, encoder, index, 1, gated, None, reranker)
    assert [search.rereads(lang) for lang in (None, "fr", "es")] == [True, True, False]
    assert not once.rereads(None)


def test_texts_of_any_kind_are_ranked_for_a_query(tiny: Search, once: Search, reranker: Reranker) -> None:
    texts = ["fracture of hip", "angina", "fall from stool"]
    vectors = tiny.encoder.encode(texts, PASSAGE) @ tiny.encoder.encode(["hip fracture"], QUERY)[0]
    near = (1 + vectors) / 2
    read = Profile().squash(reranker.scores([("hip fracture", text) for text in texts]))
    np.testing.assert_allclose(once.relevance("hip fracture", texts), near, atol=1e-5)
    both = tiny.relevance("hip fracture", texts)
    assert ((both >= 0) & (both <= 1)).all()
    # What the reranker adds to the vectors' four fifths rises with its score.
    added = both - 0.8 * near
    assert (np.argsort(added) == np.argsort(read)).all()


def test_tokens_are_counted_as_they_are_read(tiny: Search) -> None:
    encoder = tiny.encoder
    one = encoder.count_tokens(["angina"], QUERY)
    assert encoder.count_tokens(["angina", "angina"], QUERY) == 2 * one > 0
    assert encoder.count_tokens(["angina " * 500], QUERY) == encoder.longest
