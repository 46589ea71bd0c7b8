"""Headlines of systems and sets in; what compares languages and systems out, as ``results.json`` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from codilingua.evaluate.form import MACRO
from codilingua.evaluate.scoring.credit import LEVELS
from codilingua.evaluate.scoring.panels import TESTED, Headline, Values, measured, rounded
from codilingua.evaluate.scoring.statistics import holm, interval, permutation_p
from codilingua.evaluate.testsets.sets import Writer
from codilingua.types import LANGUAGES

BUCKETS = ("1", "2-5", "6-10", "11-20", "beyond")
"""Where the first right answer stands."""

_UPPER = (1, 5, 10, 20)
_TESTED_LEVELS = ("exact", "category")


class Tables:
    """All headlines of a run, averaged: over the sets of a language, then over languages."""

    def __init__(self, headlines: Sequence[Headline], systems: Sequence[str]) -> None:
        self._found = {(one.system, one.set.name, one.level): one for one in headlines}
        self._systems = systems
        # What people wrote is what counts; where a machine wrote everything, that is all there is.
        self.writer: Writer = "people" if any(one.set.writer == "people" for one in headlines) else "machine"

    def languages(self, writer: Writer | None = None) -> list[str]:
        """The languages that have sets of this writer, all writers where left out."""
        found = {one.set.lang for one in self._found.values() if writer in (None, one.set.writer)}
        return [lang for lang in LANGUAGES if lang in found] + sorted(found - set(LANGUAGES))

    def headline_level(self, lang: str) -> str:
        """The strictest level at which there is a set in this language."""
        return next(level for level in LEVELS if self._sets(lang, level, self.writer))

    def language_rows(self) -> list[dict[str, Any]]:
        """``languages_table``: the mean over the sets of a language."""
        rows = []
        for writer, level, lang, sets in self._groups():
            for system in self._systems:
                chosen = [self._found[system, name, level] for name in sets]
                row = {"system": system, "lang": lang, "writer": writer, "level": level, "sets": sets}
                rows.append({**row, "measures": _means([_of_sets(chosen)])})
        return rows

    def macro_rows(self) -> list[dict[str, Any]]:
        """``macro``: the mean over languages of the means over sets."""
        rows = []
        for writer in ("people", "machine"):
            for level in LEVELS:
                sets = {lang: names for w, at, lang, names in self._groups() if (w, at) == (writer, level)}
                for system in self._systems if sets else ():
                    means = [
                        _of_sets([self._found[system, name, level] for name in names])
                        for names in sets.values()
                    ]
                    row = {"system": system, "writer": writer, "level": level, "languages": list(sets)}
                    rows.append({**row, "measures": _means(means)})
        return rows

    def curves(self) -> list[dict[str, Any]]:
        """``curves``: R@1 to R@20, the mean over the sets of a language."""
        rows = []
        for _, level, lang, sets in self._groups(self.writer):
            for system in self._systems:
                recalls = np.mean([self._found[system, name, level].curve for name in sets], axis=0)
                rows.append({"system": system, "lang": lang, "level": level, "R": rounded(recalls.tolist())})
        return rows

    def tests(
        self, ours: str, seed: int, permutations: int, done: Callable[[], None]
    ) -> list[dict[str, Any]]:
        """``tests``: ours against every other system, p values adjusted over the systems.

        :param done: called after each test.
        """
        rows = []
        others = [system for system in self._systems if system != ours]
        for level in _TESTED_LEVELS:
            sets = {lang: names for _, at, lang, names in self._groups(self.writer) if at == level}
            scopes = {lang: {lang: names} for lang, names in sets.items()}
            if len(sets) > 1:
                scopes[MACRO] = sets
            for scope, weighed in scopes.items():
                for measure in TESTED:
                    found = []
                    for other in others:
                        found.append(self._test(ours, other, level, measure, weighed, seed, permutations))
                        done()
                    # One cluster alone tells nothing: there is no interval, and no test.
                    found = [row for row in found if row["low"] is not None]
                    for row, adjusted in zip(found, holm([row["p"] for row in found]), strict=True):
                        named = {"system": ours, "lang": scope, "level": level, "measure": measure}
                        rows.append({**named, **row, "p_holm": adjusted})
        return rows

    def count_tests(self) -> int:
        """How many tests :meth:`tests` makes."""
        count = 0
        for level in _TESTED_LEVELS:
            languages = sum(at == level for _, at, _, _ in self._groups(self.writer))
            count += languages + (languages > 1)
        return count * len(TESTED) * (len(self._systems) - 1)

    def moves(self, ours: str) -> list[dict[str, Any]]:
        """``moves``: how many queries moved from which bucket to which, from each other system to ours."""
        rows = []
        for lang in self.languages(self.writer):
            level = self.headline_level(lang)
            for other in (system for system in self._systems if system != ours):
                counts = np.zeros((len(BUCKETS), len(BUCKETS)), np.int64)
                for name in self._sets(lang, level, self.writer):
                    before = _bucket(self._found[other, name, level])
                    after = _bucket(self._found[ours, name, level])
                    np.add.at(counts, (before, after), 1)
                named = {"system": ours, "against": other, "lang": lang, "level": level}
                rows.append({**named, "buckets": list(BUCKETS), "counts": counts.tolist()})
        return rows

    def _test(
        self,
        ours: str,
        other: str,
        level: str,
        measure: str,
        sets: Mapping[str, Sequence[str]],
        seed: int,
        permutations: int,
    ) -> dict[str, Any]:
        """:param sets: names of the sets of each language, each language weighing the same."""
        differences, drawn, values = [], [], []
        total = sum(map(len, sets.values()))
        for names in sets.values():
            # The test averages over sets: scaled so that this is the mean over languages.
            scale = total / (len(names) * len(sets))
            pairs = [(self._found[ours, name, level], self._found[other, name, level]) for name in names]
            for one, two in pairs:
                change = one.numerators[measure] - two.numerators[measure]
                differences.append((scale * change, one.clusters))
            drawn.append(np.mean([one.draws[measure] - two.draws[measure] for one, two in pairs], axis=0))
            values.append(float(np.mean([one.values[measure] - two.values[measure] for one, two in pairs])))
        found = interval(float(np.mean(values)), np.mean(drawn, axis=0))
        return {
            "against": other,
            "difference": rounded([found.value])[0],
            "low": rounded([found.low])[0] if found.known else None,
            "high": rounded([found.high])[0] if found.known else None,
            "p": permutation_p(differences, seed, permutations),
        }

    def _groups(self, only: Writer | None = None) -> Iterator[tuple[Writer, str, str, list[str]]]:
        """Writer, level, language, and the sets that they have together."""
        writers: tuple[Writer, ...] = ("people", "machine")
        for writer in writers if only is None else (only,):
            for level in LEVELS:
                for lang in self.languages(writer):
                    sets = self._sets(lang, level, writer)
                    if sets:
                        yield writer, level, lang, sets

    def _sets(self, lang: str, level: str, writer: Writer) -> list[str]:
        found = (one for one in self._found.values() if one.system == self._systems[0])
        told = ((one.set.lang, one.level, one.set.writer, one.set.name) for one in found)
        return [name for *about, name in told if about == [lang, level, writer]]


_Mean = dict[str, tuple[float, Values]]
"""By measure: a value and its draws."""


def _of_sets(headlines: Sequence[Headline]) -> _Mean:
    return {
        name: (
            float(np.mean([one.values[name] for one in headlines])),
            np.mean([one.draws[name] for one in headlines], axis=0),
        )
        for name in headlines[0].values
    }


def _means(means: Sequence[_Mean]) -> dict[str, list[float]]:
    return {
        name: measured(
            float(np.mean([mean[name][0] for mean in means])),
            np.mean([mean[name][1] for mean in means], axis=0),
        )
        for name in means[0]
    }


def _bucket(headline: Headline) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Number of the bucket of each query."""
    ranks = np.where(headline.ranks == 0, _UPPER[-1] + 1, headline.ranks)
    return np.searchsorted(_UPPER, ranks).astype(np.int64)
