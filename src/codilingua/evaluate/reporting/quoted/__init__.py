"""A document in; the numbers out that it quotes and that no ``results.json`` holds.

A run holds so many numbers that one of them rounds to almost anything. A quoted number therefore has to be
that of what the words around it name: the measure, the system, the language, the set, the level. What they do
not name is what a headline has: our system, the macro-average, unique queries, sets that people wrote, exact
codes. Naming a folder of results in the same section (``results/dev/``) limits the search to it, and is
needed for shares and measures that are not of an evaluation.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from codilingua.evaluate.form import MACRO
from codilingua.evaluate.reporting.quoted.claims import MEASURE, Claim, find_claims
from codilingua.evaluate.reporting.quoted.holdings import Holding, Run, read_runs
from codilingua.evaluate.reporting.report.lookup import Results, language
from codilingua.evaluate.scoring.credit import LEVELS

__all__ = ["unsupported_numbers"]

_SCALES = {
    ("", ""): 1.0,
    ("", "%"): 100.0,
    ("", "points"): 100.0,
    ("s", "ms"): 1e3,
    ("ms", "s"): 1e-3,
    ("B", "MB"): 1e-6,
    ("B", "GB"): 1e-9,
    ("MB", "GB"): 1e-3,
}
"""(unit of the results, unit of the document) → factor; equal units need none."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
}
_MEANS = re.compile(r"\b(?:macro|average|mean)\b", re.IGNORECASE)
_ROWS = re.compile(r"\b(?:rows|repeated|repetitions?)\b", re.IGNORECASE)
_MACHINE = re.compile(r"\bmachine\b", re.IGNORECASE)
_INTERVAL = re.compile(r"\bintervals?\b", re.IGNORECASE)


def unsupported_numbers(markdown: str, results_root: Path) -> list[tuple[int, str]]:
    """
    :param results_root: holds a folder a run, each with its ``results.json``.
    :return: (1-based line, number as it stands there) of each claim that nothing measured supports.
    :raises SourceError: when a ``results.json`` cannot be read.
    :raises UsageError: when one of an evaluation has a schema that this version does not read.
    """
    claims = find_claims(markdown)
    runs = read_runs(results_root) if claims else []
    return [(claim.line, claim.text) for claim in claims if not any(_supports(run, claim) for run in runs)]


def _supports(run: Run, claim: Claim) -> bool:
    if claim.runs and run.name not in claim.runs:
        return False
    fitting = [holding for holding in run.holdings if _rounds_to(holding, claim)]
    if not fitting:
        return False
    wanted = _Wanted(claim, run.read)
    return any(wanted.allows(holding) for holding in fitting)


def _rounds_to(holding: Holding, claim: Claim) -> bool:
    factor = 1.0 if holding.unit == claim.unit else _SCALES.get((holding.unit, claim.unit))
    if factor is None:
        return False
    value = holding.value * factor
    if claim.compared:
        return _COMPARISONS[claim.compared](value, claim.value)
    half = 0.5 * 10.0**-claim.decimals + 1e-9
    # "0.03 lower" and "-0.03" say the same of a difference.
    either = value < 0 < claim.value and not claim.text.startswith("+")
    return abs(value - claim.value) <= half or (either and abs(value + claim.value) <= half)


class _Wanted:
    """What the words around a claim say that it is of."""

    def __init__(self, claim: Claim, read: Results | None) -> None:
        self._claim = claim
        self._read = read
        self._words = "\n".join((*claim.near, *claim.far))
        self._measures = _nearest((*claim.near, *claim.far), lambda text: set(MEASURE.findall(text))) - {"p"}
        if read is None:
            return
        languages = read.content["languages"]
        whole = {MACRO, *(languages if len(languages) == 1 else ())}
        # A cell is of the one system that its row or column names; a sentence may compare with ours.
        in_cell = _systems("\n".join(claim.near), read) if len(claim.near) > 1 else set()
        self._systems = in_cell or {read.ours} | _systems(self._words, read)
        self._langs = self._named(lambda text: _languages(text, languages), whole)
        self._levels = self._named(lambda text: _named(text, LEVELS), {read.level})
        self._sets = {name for name, each in read.sets.items() if _names_set(self._words, name, each["lang"])}
        self._writers = {read.writer} | ({"machine"} if _MACHINE.search(self._words) else set())
        self._views = {"unique"} | ({"rows"} if _ROWS.search(self._words) else set())

    def allows(self, holding: Holding) -> bool:
        """Whether the number is one of what was named."""
        if holding.end and not (self._claim.in_brackets or _INTERVAL.search(self._claim.near[0])):
            return False
        if not self._is_measured(holding):
            return False
        if self._read is None:
            # Nothing else says what these are of: shares and measures have to name where they are from.
            return holding.unit != "" or bool(self._claim.runs)
        if not (holding.systems <= self._systems or self._is_pair_with_ours(holding.systems)):
            return False
        return holding.unit != "" or (self._is_of(holding) and self._names_part(holding))

    def _is_pair_with_ours(self, systems: frozenset[str]) -> bool:
        assert self._read is not None
        return len(systems) > 1 and systems - {self._read.ours} <= self._systems

    def _is_measured(self, holding: Holding) -> bool:
        """Whether it is of a measure that is named; of any where none is."""
        measure = holding.measure
        if self._claim.is_p or measure == "p":
            return self._claim.is_p and measure == "p"
        if measure is None:
            return holding.unit != "" or not self._measures
        if not self._measures:
            return self._read is not None or holding.unit != ""
        return any(measure == name or measure.startswith(f"{name}@") for name in self._measures)

    def _is_of(self, holding: Holding) -> bool:
        assert self._read is not None
        levels, writers = self._levels, self._writers
        if holding.set:
            if holding.set not in self._sets:
                return False
            # A set is scored at its own level, and naming it says who wrote it.
            levels, writers = levels | {self._read.sets[holding.set]["level"]}, writers | {holding.writer}
        elif holding.lang not in self._langs:
            return False
        return holding.level in levels and holding.writer in writers and holding.view in self._views

    def _names_part(self, holding: Holding) -> bool:
        """Whether the slice is named, by its column and value; a variant by its value."""
        if not holding.part:
            return True
        if holding.by == "chapter":
            return _finds(f"chapter {holding.part}", self._words)
        return bool(_named(self._words, [holding.part])) and (
            holding.by == "variant" or _finds(f"{holding.by}s?", self._words, quoted=False)
        )

    def _named(self, find: Callable[[str], set[str]], usual: set[str]) -> set[str]:
        """What the nearest words name; what the far ones name may be meant, and may not be."""
        return _nearest(self._claim.near, find) or usual | set().union(*map(find, self._claim.far))


def _nearest(scopes: Iterable[str], find: Callable[[str], set[str]]) -> set[str]:
    return next((found for found in map(find, scopes) if found), set())


def _named(text: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if _finds(name, text)}


def _finds(name: str, text: str, quoted: bool = True) -> bool:
    """Whether the words stand in the text: whole, in any case, a hyphen like a space."""
    pattern = re.escape(name).replace(r"\-", "[- ]") if quoted else name
    return re.search(rf"(?<![\w-]){pattern}(?![\w-])", text, re.IGNORECASE) is not None


def _systems(text: str, read: Results) -> set[str]:
    return {
        each["name"]
        for each in read.content["systems"]
        if any(_finds(name, text) for name in (each["name"], each["name"].partition("@")[0], each["title"]))
    }


def _languages(text: str, languages: Iterable[str]) -> set[str]:
    """By their names; by their codes where a cell holds nothing else."""
    cells = {cell.strip(" *`") for cell in text.split("|")}
    found = {lang for lang in languages if lang in cells or _finds(language(lang), text)}
    return found | ({MACRO} if _MEANS.search(text) else set())


def _names_set(text: str, name: str, lang: str) -> bool:
    short = name.removesuffix(f"-{lang}")
    return _finds(name, text) or (_finds(short, text) and _finds(language(lang), text))
