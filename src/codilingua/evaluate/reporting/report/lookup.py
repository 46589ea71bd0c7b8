"""``results.json`` in; its numbers, found by what they are of, out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.form import HEADLINE, KIND, MACRO, SCHEMA
from codilingua.evaluate.scoring.credit import LEVELS
from codilingua.types import LANGUAGES

Measured = Sequence[float]
"""A value, and the ends of its 95 % interval where it has one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher a system scores than another on the same queries, with its 95 % interval.

    ``low`` and ``high`` are None where too little was drawn from for an interval. ``p`` is of the paired
    permutation test, ``p_holm`` the same corrected for the number of tests.
    """

    value: float
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None

    @property
    def told_apart(self) -> bool:
        """False where the interval includes 0, or there is none."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def reversed(self) -> Difference:
        """The same from the other system's side."""
        low, high = (None if end is None else -end for end in (self.high, self.low))
        return Difference(-self.value, low, high, self.p, self.p_holm)


class Results:
    """The numbers of one run, by what they are of. What a run does not have is None or empty."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """
        :raises UsageError: when it is not of an evaluation, or of another form than this version writes.
        """
        if content.get("kind") != KIND:
            raise UsageError(f"no results of an evaluation: kind is {content.get('kind')!r}, not {KIND!r}")
        if content.get("schema") != SCHEMA:
            raise UsageError(
                f"results of schema {content.get('schema')!r}: this version reads {SCHEMA}; measure again"
            )
        self.content = content
        self.sets = {each["name"]: each for each in content["sets"]}
        self._systems = {each["name"]: each for each in content["systems"]}
        self._macro = {
            (row["system"], row["writer"], row["level"]): row["measures"] for row in content["macro"]
        }
        self._languages = {
            (row["system"], row["lang"], row["writer"], row["level"]): row
            for row in content["languages_table"]
        }
        self._scores = {
            (row["system"], row["set"], row["view"], row["by"], row["value"], row["level"]): row
            for row in content["scores"]
        }
        self._tests = {
            (row["system"], row["against"], row["lang"], row["level"], row["measure"]): row
            for row in content.get("tests", ())
        }

    @property
    def ours(self) -> str:
        """The name of the system that the run is about, whether it ran or not."""
        return str(self.content["ours"])

    @property
    def baseline(self) -> str | None:
        """The name of the system that it is compared with, whether it ran or not; None for no other."""
        name = self.content.get("baseline")
        return None if name is None else str(name)

    @property
    def writer(self) -> str:
        """Who wrote the sets that the headline is of: ``machine`` only where people wrote none."""
        return "machine" if self.sets and not self.languages_by("people") else "people"

    @property
    def level(self) -> str:
        """The level of the headline: ``exact``, or ``category`` where no set has exact codes."""
        return "exact" if self.languages(self.writer, "exact") or not self.sets else "category"

    @property
    def systems(self) -> tuple[str, ...]:
        """What ran, best first by the headline; equal ones as they stand in the file."""
        return tuple(sorted(self._systems, key=lambda name: -(self.headline(name) or (-1.0,))[0]))

    def system(self, name: str) -> Mapping[str, Any]:
        """
        :raises KeyError: when it did not run.
        """
        return self._systems[name]

    def has(self, name: str | None) -> bool:
        """Whether it ran."""
        return name in self._systems

    def few(self, most: int = 6) -> tuple[str, ...]:
        """The systems of a wide table: ours, the baseline, then the best others; best first."""
        first = [name for name in (self.ours, self.baseline) if name is not None and self.has(name)]
        others = [name for name in self.systems if name not in first]
        kept = {*first, *others[: max(most - len(first), 0)]}
        return tuple(name for name in self.systems if name in kept)

    def languages_by(self, writer: str) -> tuple[str, ...]:
        """The languages that have a set of this writer, in the order of the run."""
        having = {each["lang"] for each in self.sets.values() if each["writer"] == writer}
        return tuple(lang for lang in self.content["languages"] if lang in having)

    def languages(self, writer: str, level: str) -> tuple[str, ...]:
        """Those that have numbers of this level, in the order of the run."""
        having = {lang for _, lang, by, at in self._languages if (by, at) == (writer, level)}
        return tuple(lang for lang in self.content["languages"] if lang in having)

    def level_of(self, lang: str) -> str:
        """The level of the headline in a language: ``category`` where it has no set with exact codes."""
        return self.level if lang in self.languages(self.writer, self.level) else LEVELS[2]

    def measured(
        self, system: str, lang: str, measure: str, writer: str | None = None, level: str | None = None
    ) -> Measured | None:
        """
        :param lang: a language, or ``macro``.
        :param writer: that of the headline where None; so is the level.
        """
        writer, level = writer or self.writer, level or self.level
        if lang == MACRO:
            found = self._macro.get((system, writer, level), {})
        else:
            found = self._languages.get((system, lang, writer, level), {}).get("measures", {})
        return _known(found.get(measure))

    def headline(self, system: str) -> Measured | None:
        """The macro-average of R@5."""
        return self.measured(system, MACRO, HEADLINE)

    def sets_of(self, lang: str, writer: str, level: str) -> tuple[str, ...]:
        """The sets whose mean a language's number is."""
        for (_, of, by, at), row in self._languages.items():
            if (of, by, at) == (lang, writer, level):
                return tuple(row["sets"])
        return ()

    def score(
        self, system: str, name: str, measure: str, view: str = "unique", by: str = "all", value: str = "all"
    ) -> Measured | None:
        """A number of one set, at the level that the set is scored at."""
        row = self._scores.get((system, name, view, by, value, self.sets[name]["level"]))
        return None if row is None else _known(row["measures"].get(measure))

    def parts(self, name: str, by: str) -> dict[str, int]:
        """The values of a slice of a set that have numbers at its level: value → queries."""
        level = self.sets[name]["level"]
        return {
            value: row["queries"]
            for (_, of, view, column, value, at), row in self._scores.items()
            if (of, view, column, at) == (name, "unique", by, level)
        }

    def slices(self) -> tuple[str, ...]:
        """Every column that numbers are reported apart by, chapters left out."""
        return tuple(dict.fromkeys(key[3] for key in self._scores if key[3] not in ("all", "chapter")))

    def difference(
        self, system: str, other: str, lang: str, measure: str = HEADLINE, level: str | None = None
    ) -> Difference | None:
        """How much higher ``system`` scores than ``other``; None where the two were not compared."""
        level = level or self.level
        row = self._tests.get((system, other, lang, level, measure))
        if row is not None:
            return _difference(row)
        row = self._tests.get((other, system, lang, level, measure))
        return None if row is None else _difference(row).reversed()

    def tested(self, level: str) -> tuple[str, ...]:
        """The measures that systems were compared by at this level."""
        return tuple(dict.fromkeys(key[4] for key in self._tests if key[3] == level))


def read_results(path: Path) -> Mapping[str, Any]:
    """The content of a ``results.json``, whatever it is of.

    :raises SourceError: when it is no JSON object.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(path, None, f"cannot be read ({error}); measure again") from error
    if not isinstance(content, dict):
        raise SourceError(path, None, "is no JSON object; measure again")
    return content


def language(code: str) -> str:
    """``es`` → ``Spanish``; a language without a name here keeps its code, the macro-average its word."""
    return LANGUAGES.get(code, code)


def _known(measured: Sequence[float | None] | None) -> Measured | None:
    if not measured or measured[0] is None:
        return None
    return [value for value in measured if value is not None]


def _difference(row: Mapping[str, Any]) -> Difference:
    return Difference(row["difference"], row["low"], row["high"], row.get("p"), row.get("p_holm"))
