"""An opened ranker and development sets in; the profile of each language, fitted on them, out.

First the weights of the first stage and of the prior of use, then whether and how far the reranker may
move what the first stage found, then what a score is worth. A language gets weights of its own only where
they gain on its sets; it is reranked only where the mean over its sets of neither R@1 nor R@5 falls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.index import Index, Progress
from codilingua.search.profiles import DEPTH, Profile, Profiles
from codilingua.search.query import check_query
from codilingua.search.ranking import (
    CANDIDATES,
    Ranked,
    Scope,
    best_surfaces,
    blend,
    everything,
    features,
    score_rows,
)
from codilingua.train.calibration import Answered, Covered, calibrated, coverage, expected_error
from codilingua.train.gold import DevelopmentSet, gold_codes
from codilingua.types import Kind

Bools = NDArray[np.bool_]

_DENSE = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_FLOORS = (0.0, 0.15, 0.3, 0.45, 0.6)
_PRIORS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2)
_RERANKS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_GAIN = 0.002
"""What weights of its own must gain in a language (mean of R@1 and R@5) to be kept."""

_BLOCK = 256
_TOP = 5

Score = Callable[[Profile], float]


@dataclass(frozen=True, slots=True)
class Found:
    """What both searches bring for one query: rows of the index, rising, and what scores are made of.

    ``gold`` holds the places of the right codes, ``name`` is the set's.
    """

    text: str
    name: str
    lang: str
    gold: frozenset[int]
    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]
    lexical: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fitted:
    """``profiles``; for each language its coverage curve, calibration error, and R@1 and R@5 of each set
    before and after each step (``rows``: set, step, queries, R@1, R@5).
    """

    profiles: Profiles
    curves: Mapping[str, list[Covered]]
    errors: Mapping[str, float]
    rows: tuple[tuple[str, str, int, float, float], ...]


class Gate:
    """The fitting, over one index."""

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        encoder: Encoder,
        reread: Callable[[Sequence[str], list[list[Ranked]]], list[NDArray[np.float32]]] | None,
    ) -> None:
        """:param reread: gives the reranker's scores of ranked codes; None where there is no reranker."""
        self._catalog, self._index, self._encoder, self._reread = catalog, index, encoder, reread

    def fit(self, sets: Sequence[DevelopmentSet], progress: Progress) -> Fitted:
        """
        :raises UsageError: when no query can be fitted on.
        """
        found = self._find(sets, progress)
        if not found:
            raise UsageError("no development query to fit on: give a set whose codes the catalog has")
        profiles = self._first_stage(found)
        rows = self._table("untuned weights", found, lambda _: Profile())
        rows += self._table("first stage", found, lambda lang: replace(profiles.of(lang), prior=0.0))
        rows += self._table("+ prior of use", found, profiles.of)
        ranked = {number: self._rank(one, profiles.of(one.lang)) for number, one in enumerate(found)}
        scores: dict[int, NDArray[np.float32]] = {}
        if self._reread is not None:
            scores = self._second_stage_scores(found, ranked)
            profiles = self._second_stage(found, ranked, scores, profiles)
            always = profiles.each(lambda p: replace(p, rerank=profiles.default.rerank or 0.5))
            rows += self._blended_table("+ reranker", found, ranked, scores, always)
            rows += self._blended_table("+ gate", found, ranked, scores, profiles)
        return self._calibrate(found, ranked, scores, profiles, tuple(rows))

    def _find(self, sets: Sequence[DevelopmentSet], progress: Progress) -> list[Found]:
        places = {
            concept.code: place for place, concept in enumerate(self._catalog, 1) if concept.kind is Kind.CODE
        }
        asked = [
            (check_query(judgement.query), one, gold)
            for one in sets
            for judgement in one.judgements
            if (gold := frozenset(places[code] for code in gold_codes(judgement, self._catalog, places)))
        ]
        found: list[Found] = []
        for start in range(0, len(asked), _BLOCK):
            block = asked[start : start + _BLOCK]
            vectors = self._encoder.encode([text for text, _, _ in block], QUERY)
            nearest = self._index.vectors.nearest(vectors, CANDIDATES)
            scope: Scope = everything(self._index)
            for (text, one, gold), vector, near in zip(block, vectors, nearest, strict=True):
                made = features(self._index, scope, text, vector, near, CANDIDATES)
                found.append(Found(text, one.name, one.lang, gold, *made))
            progress(len(found), len(asked))
        return found

    def _rank(self, one: Found, profile: Profile) -> list[Ranked]:
        scores = score_rows(self._index, one.rows, one.cosines, one.lexical, profile)
        return best_surfaces(self._index, one.rows, scores)[:DEPTH]

    def _right(self, one: Found, ranked: Sequence[Ranked]) -> Bools:
        return np.array([int(self._index.places[best.row]) in one.gold for best in ranked], np.bool_)

    def _first_stage(self, found: Sequence[Found]) -> Profiles:
        """Weights for all languages together, and of its own for each that gains by it."""
        default = self._best(found, Profile(dense=0.8, floor=0.2))
        languages = {}
        for lang in sorted({one.lang for one in found}):
            own = [one for one in found if one.lang == lang]
            better = self._best(own, default)
            gain = self._objective(own, better) - self._objective(own, default)
            languages[lang] = better if gain >= _GAIN else default
        return Profiles(default, languages)

    def _best(self, found: Sequence[Found], start: Profile) -> Profile:
        """One weight after the other, twice round."""
        best, reached = start, self._objective(found, start)
        for _ in range(2):
            for dense, floor in product(_DENSE, _FLOORS):
                best, reached = self._better(found, replace(best, dense=dense, floor=floor), best, reached)
            for prior in _PRIORS:
                best, reached = self._better(found, replace(best, prior=prior), best, reached)
        return best

    def _better(
        self, found: Sequence[Found], tried: Profile, best: Profile, reached: float
    ) -> tuple[Profile, float]:
        value = self._objective(found, tried)
        return (tried, value) if value > reached else (best, reached)

    def _objective(self, found: Sequence[Found], profile: Profile) -> float:
        """Mean over the sets of the mean of R@1 and R@5."""
        by_set: dict[str, list[tuple[float, float]]] = {}
        for one in found:
            by_set.setdefault(one.name, []).append(self._hits(one, profile))
        return float(np.mean([np.mean(values) for values in by_set.values()]))

    def _hits(self, one: Found, profile: Profile) -> tuple[float, float]:
        scores = score_rows(self._index, one.rows, one.cosines, one.lexical, profile)
        places = self._index.places[one.rows]
        starts = np.flatnonzero(np.r_[True, places[1:] != places[:-1]])
        best = np.maximum.reduceat(scores, starts)
        top = places[starts[np.argsort(-best, kind="stable")[:_TOP]]].tolist()
        return float(top[0] in one.gold), float(not one.gold.isdisjoint(top))

    def _second_stage_scores(
        self, found: Sequence[Found], ranked: Mapping[int, list[Ranked]]
    ) -> dict[int, NDArray[np.float32]]:
        assert self._reread is not None
        scores: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(found), _BLOCK):
            numbers = range(start, min(start + _BLOCK, len(found)))
            read = self._reread([found[n].text for n in numbers], [ranked[n] for n in numbers])
            scores.update(zip(numbers, read, strict=True))
        return scores

    def _second_stage(
        self,
        found: Sequence[Found],
        ranked: Mapping[int, list[Ranked]],
        scores: Mapping[int, NDArray[np.float32]],
        profiles: Profiles,
    ) -> Profiles:
        """How far the reranker may move what the first stage found; not at all where a language loses."""
        every = np.concatenate(list(scores.values()))
        spread = {"centre": round(float(np.median(every)), 4), "width": round(float(every.std()), 4)}
        profiles = profiles.changed(**spread)

        def gated(numbers: Sequence[int], profile: Profile) -> Profile:
            def hits(tried: Profile) -> dict[str, tuple[float, float]]:
                return self._blended_hits(found, ranked, scores, numbers, lambda _: tried)

            without = hits(profile)
            best, reached = profile, float(np.mean(list(without.values())))
            for share in _RERANKS[1:]:
                tried = replace(profile, rerank=share)
                own = hits(tried)
                loses = (np.mean(list(own.values()), axis=0) < np.mean(list(without.values()), axis=0)).any()
                value = float(np.mean(list(own.values())))
                if value > reached and not loses:
                    best, reached = tried, value
            return best

        default = gated(range(len(found)), profiles.default)
        languages = {
            lang: gated([n for n, one in enumerate(found) if one.lang == lang], profile)
            for lang, profile in profiles.languages.items()
        }
        return Profiles(default, languages)

    def _blended_hits(
        self,
        found: Sequence[Found],
        ranked: Mapping[int, list[Ranked]],
        scores: Mapping[int, NDArray[np.float32]],
        numbers: Sequence[int],
        profile_of: Callable[[str], Profile],
    ) -> dict[str, tuple[float, float]]:
        """R@1 and R@5 of each set."""
        by_set: dict[str, list[tuple[float, float]]] = {}
        for number in numbers:
            one, some = found[number], ranked[number]
            profile = profile_of(one.lang)
            if profile.rerank > 0:
                some = blend(some, scores[number], profile)
            right = self._right(one, some)
            by_set.setdefault(one.name, []).append((float(right[:1].any()), float(right[:_TOP].any())))
        return {
            name: (float(np.mean([a for a, _ in v])), float(np.mean([b for _, b in v])))
            for name, v in by_set.items()
        }

    def _calibrate(
        self,
        found: Sequence[Found],
        ranked: Mapping[int, list[Ranked]],
        scores: Mapping[int, NDArray[np.float32]],
        profiles: Profiles,
        rows: tuple[tuple[str, str, int, float, float], ...],
    ) -> Fitted:
        def answers(numbers: Sequence[int], profile: Profile) -> list[Answered]:
            made = []
            for number in numbers:
                some = ranked[number]
                if profile.rerank > 0:
                    some = blend(some, scores[number], profile)
                made.append(Answered(np.array([b.score for b in some]), self._right(found[number], some)))
            return made

        fitted: dict[str, Profile] = {}
        curves: dict[str, list[Covered]] = {}
        errors: dict[str, float] = {}
        for lang, profile in {**profiles.languages, "default": profiles.default}.items():
            numbers = [n for n, one in enumerate(found) if lang in (one.lang, "default")]
            own = answers(numbers, profile)
            fitted[lang] = calibrated(profile, own)
            curves[lang], errors[lang] = coverage(fitted[lang], own), expected_error(fitted[lang], own)
        return Fitted(Profiles(fitted.pop("default"), fitted), curves, errors, rows)

    def _table(
        self, step: str, found: Sequence[Found], profile_of: Callable[[str], Profile]
    ) -> list[tuple[str, str, int, float, float]]:
        by_set: dict[str, list[tuple[float, float]]] = {}
        for one in found:
            by_set.setdefault(one.name, []).append(self._hits(one, profile_of(one.lang)))
        return [
            (name, step, len(v), float(np.mean([a for a, _ in v])), float(np.mean([b for _, b in v])))
            for name, v in by_set.items()
        ]

    def _blended_table(
        self,
        step: str,
        found: Sequence[Found],
        ranked: Mapping[int, list[Ranked]],
        scores: Mapping[int, NDArray[np.float32]],
        profiles: Profiles,
    ) -> list[tuple[str, str, int, float, float]]:
        hits = self._blended_hits(found, ranked, scores, range(len(found)), profiles.of)
        sizes = {name: sum(one.name == name for one in found) for name in hits}
        return [(name, step, sizes[name], *values) for name, values in hits.items()]
