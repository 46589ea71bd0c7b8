"""The gate: each language's weights, and a reranker that is heard only where the language does not lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.index import Index, open_index
from codilingua.search.prior import open_prior
from codilingua.search.profiles import DEPTH
from codilingua.search.ranking import Ranked
from codilingua.train.examples import TrainingSet
from codilingua.train.gate import Fitted, Gate
from codilingua.train.gold import DevelopmentSet
from codilingua.types import Judgement

Reread = Callable[[Sequence[str], list[list[Ranked]]], list[NDArray[np.float32]]]
HELPED, HURT = "es", "fr"


@pytest.fixture(scope="module")
def sets(tiny_set: TrainingSet) -> list[DevelopmentSet]:
    """One set a language, and a second one in Spanish."""
    phrases = tiny_set.phrases
    rows = [
        Judgement(text, (tiny_set.relatives.codes[code],), lang)
        for text, code, lang in zip(phrases.texts, phrases.codes.tolist(), phrases.langs, strict=True)
    ]
    by_language = {lang: tuple(row for row in rows if row.lang == lang) for lang in ("en", HELPED, HURT)}
    made = [DevelopmentSet(f"toy-{lang}", lang, own) for lang, own in by_language.items()]
    return [*made, DevelopmentSet("more-es", HELPED, by_language[HELPED][::2])]


@pytest.fixture(scope="module")
def opened(tiny_folder: Path) -> Iterator[tuple[Catalog, Index, Encoder]]:
    assets = Assets(tiny_folder)
    with Catalog.open(assets.catalog) as catalog:
        index = open_index(assets, open_prior(assets, catalog))
        yield catalog, index, Encoder(assets.encoder, assets.tokenizer, 1)


@pytest.fixture(scope="module")
def opinionated(tiny_set: TrainingSet, tiny: Search, opened: tuple[Catalog, Index, Encoder]) -> Reread:
    """A second stage that knows the answers, and says so in all languages but one, where it lies."""
    _, index, _ = opened
    places = {concept.code: place for place, concept in enumerate(tiny.catalog, 1)}
    phrases = tiny_set.phrases
    right = {
        text: places[tiny_set.relatives.codes[code]]
        for text, code in zip(phrases.texts, phrases.codes.tolist(), strict=True)
    }
    langs = dict(zip(phrases.texts, phrases.langs, strict=True))

    def read(texts: Sequence[str], ranked: list[list[Ranked]]) -> list[NDArray[np.float32]]:
        return [
            np.array(
                [
                    (-4.0 if langs[text] == HURT else 4.0) * (index.places[best.row] == right[text])
                    for best in some
                ],
                np.float32,
            )
            for text, some in zip(texts, ranked, strict=True)
        ]

    return read


@pytest.fixture(scope="module")
def fitted(opened: tuple[Catalog, Index, Encoder], opinionated: Reread, sets: list[DevelopmentSet]) -> Fitted:
    told: list[tuple[int, int]] = []
    made = Gate(*opened, opinionated).fit(sets, lambda *done: told.append(done))
    assert told[-1] == (sum(len(one.judgements) for one in sets),) * 2
    return made


def table(fitted: Fitted) -> dict[str, dict[str, tuple[float, float]]]:
    """Step → set → R@1 and R@5."""
    steps: dict[str, dict[str, tuple[float, float]]] = {}
    for name, step, _, first, five in fitted.rows:
        steps.setdefault(step, {})[name] = (first, five)
    return steps


def test_a_language_that_the_reranker_hurts_is_not_reranked(fitted: Fitted) -> None:
    assert fitted.profiles.languages[HURT].rerank == 0
    assert fitted.profiles.languages[HELPED].rerank > 0
    steps = table(fitted)
    assert steps["+ gate"][f"toy-{HURT}"] == steps["+ prior of use"][f"toy-{HURT}"]
    assert steps["+ gate"][f"toy-{HELPED}"] > steps["+ prior of use"][f"toy-{HELPED}"]
    # A text of a language that is not known may be of that one.
    assert fitted.profiles.default.rerank <= fitted.profiles.languages[HELPED].rerank


def test_no_set_is_worse_after_the_gate_than_before(fitted: Fitted) -> None:
    steps = table(fitted)
    before, after = steps["+ prior of use"], steps["+ gate"]
    assert before.keys() == after.keys() == {"toy-en", "toy-es", "toy-fr", "more-es"}
    for name, (first, five) in before.items():
        assert after[name][0] >= first
        assert after[name][1] >= five


def test_every_step_is_told(fitted: Fitted, sets: list[DevelopmentSet]) -> None:
    steps = table(fitted)
    assert list(steps) == ["untuned weights", "first stage", "+ prior of use", "+ reranker", "+ gate"]
    queries = {(name, count) for name, _, count, _, _ in fitted.rows}
    assert queries == {(one.name, len(one.judgements)) for one in sets}
    for rates in steps.values():
        assert all(0 <= first <= five <= 1 for first, five in rates.values())


def test_scores_are_worth_something(fitted: Fitted) -> None:
    languages = {"en", HELPED, HURT}
    assert set(fitted.profiles.languages) == languages
    assert set(fitted.curves) == set(fitted.errors) == {*languages, "default"}
    for lang, profile in {**fitted.profiles.languages, "default": fitted.profiles.default}.items():
        assert profile.knots
        assert 0 <= fitted.errors[lang] <= 0.5
        sure = [point for point in fitted.curves[lang] if point.confidence >= profile.threshold]
        assert all(point.precision >= 0.8 for point in sure[:1])


def test_without_a_reranker(opened: tuple[Catalog, Index, Encoder], sets: list[DevelopmentSet]) -> None:
    made = Gate(*opened, None).fit(sets, lambda *_: None)
    assert list(table(made)) == ["untuned weights", "first stage", "+ prior of use"]
    profiles = [made.profiles.default, *made.profiles.languages.values()]
    assert {profile.rerank for profile in profiles} == {0.0}
    assert all(profile.knots for profile in profiles)


def test_the_reranker_is_asked_what_the_first_stage_ranks_best(
    opened: tuple[Catalog, Index, Encoder], sets: list[DevelopmentSet]
) -> None:
    asked: dict[str, int] = {}

    def read(texts: Sequence[str], ranked: list[list[Ranked]]) -> list[NDArray[np.float32]]:
        for text, some in zip(texts, ranked, strict=True):
            asked[text] = len(some)
            assert len({int(opened[1].places[best.row]) for best in some}) == len(some)
            assert [best.score for best in some] == sorted((best.score for best in some), reverse=True)
        return [np.zeros(len(some), np.float32) + np.arange(len(some)) % 2 for some in ranked]

    Gate(*opened, read).fit(sets, lambda *_: None)
    assert asked.keys() == {judgement.query for one in sets for judgement in one.judgements}
    assert set(asked.values()) == {DEPTH}


def test_nothing_to_fit_on(opened: tuple[Catalog, Index, Encoder]) -> None:
    unknown = DevelopmentSet("unknown", "es", (Judgement("dolor", ("Q99.99",), "es"),))
    for sets in ([], [unknown]):
        with pytest.raises(UsageError, match="no development query to fit on"):
            Gate(*opened, None).fit(sets, lambda *_: None)
