"""Test sets and rankings in; what describes them line by line, as ``results.json`` has it, out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codilingua.evaluate.answers.collect import Answered, Test
from codilingua.evaluate.answers.jobs import digest
from codilingua.evaluate.request import Request
from codilingua.evaluate.scoring.hierarchy import Hierarchy
from codilingua.evaluate.scoring.leakage import Training, leakage
from codilingua.evaluate.scoring.mistakes import (
    CORRECT,
    Mistake,
    count_classes,
    find_mistakes,
    sample_mistakes,
)
from codilingua.evaluate.scoring.panels import headline_level
from codilingua.evaluate.testsets.sets import unique
from codilingua.text import fold

_BAD_ROWS = 20
"""Bad rows of a set that are named; all are counted."""

_QUOTED = re.compile(r"'.*'|\".*\"")
_LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class Bench:
    """What everything is measured with: the catalog's tree, its texts folded, the tests, the training."""

    request: Request
    catalog: dict[str, Any]
    hierarchy: Hierarchy
    surfaces: frozenset[str]
    tests: tuple[Test, ...]
    pools: dict[str, tuple[str, ...] | None]
    training: tuple[Training, ...]


def about_set(test: Test, bench: Bench) -> dict[str, Any]:
    """The line of a set in ``results.json``."""
    one, pool = test.set, bench.pools[test.set.name]
    once = unique(one.judgements)
    retired = [
        judgement for judgement in one.judgements if not any(map(bench.hierarchy.tabular, judgement.codes))
    ]
    bad = [{"line": row.line, "reason": _without_text(row.reason)} for row in one.bad_rows[:_BAD_ROWS]]
    return {
        "name": one.name,
        "lang": one.lang,
        "writer": one.writer,
        "source": one.source,
        "licence": one.licence,
        "url": one.url,
        "files": dict(one.files),
        "level": headline_level(one.judgements),
        "rows": len(one.judgements) + len(one.bad_rows),
        "scored": len(one.judgements),
        "bad_rows": bad,
        "not_scored": len(one.bad_rows),
        "unique": len(once),
        "documents": len({row.group for row in one.judgements} - {None}),
        "retired": len(retired),
        "pool_codes": bench.catalog["codes"] if pool is None else len(pool),
        "verbatim": sum(fold(judgement.query) in bench.surfaces for judgement in once),
    }


def _without_text(reason: str) -> str:
    """A reason may quote a cell. In a row whose cells are shifted, that is the query: only what can be a
    code is kept."""

    def hide(found: re.Match[str]) -> str:
        quoted = found.group()
        return quoted if len(quoted) <= _LONGEST_CODE and " " not in quoted else "'…'"

    return _QUOTED.sub(hide, reason)


def find_errors(
    bench: Bench, answered: Answered, ours: str, seed: int
) -> tuple[list[dict[str, Any]], tuple[Mistake, ...]]:
    """Error classes of every system on every set; a sample of the errors of ours on what people wrote."""
    classes, found = [], []
    people = any(test.set.writer == "people" and test.rows for test in bench.tests)
    for test in bench.tests:
        once = unique(test.rows)
        keys = [digest(judgement.query) for judgement in once]
        for system, sets in answered.answers.items() if once else ():
            rankings = [sets[test.set.name][key] for key in keys]
            counts = count_classes(once, rankings, bench.hierarchy)
            wrong = {name: count for name, count in counts.items() if name != CORRECT}
            named = {"system": system, "lang": test.set.lang, "set": test.set.name}
            classes.append({**named, "counts": wrong, "queries": len(once)})
            if system == ours and (test.set.writer == "people") is people:
                found += find_mistakes(test.set.name, once, rankings, bench.hierarchy)
    return classes, sample_mistakes(found, seed)


def error_line(mistake: Mistake, system: str, hierarchy: Hierarchy) -> dict[str, Any]:
    gold, returned = mistake.judgement.codes, mistake.returned
    return {
        "set": mistake.set_name,
        "line": mistake.judgement.line,
        "system": system,
        "gold": list(gold),
        "gold_titles": _titles(gold, hierarchy),
        "returned": list(returned),
        "returned_titles": _titles(returned, hierarchy),
        "rank": mistake.rank,
        "class": mistake.kind,
    }


def _titles(codes: Sequence[str], hierarchy: Hierarchy) -> list[str]:
    return [hierarchy.title(code) for code in codes]


def find_leakage(bench: Bench) -> list[dict[str, Any]]:
    """``leakage``: every training file beside every set."""
    lines = []
    for training in bench.training:
        for test in bench.tests:
            found = leakage(training, test.set)
            line = asdict(found)
            line["set"] = line.pop("set_name")
            line["exact_share"], line["near_share"] = found.exact_share, found.near_share
            for name in ("exact_lines", "near_lines"):
                line[name] = [list(pair) for pair in line[name]]
            lines.append(line)
    return lines
