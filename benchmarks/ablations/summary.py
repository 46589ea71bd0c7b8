"""Scores of the variants in; the content of ``results.json``, differences with their widths in it, out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.ablations.variants import REGISTER, REGISTERS, WHOLE, Variant
from codilingua.errors import UsageError
from codilingua.evaluate.machine import commit

SCHEMA = 1
KIND = "ablations"
COMMAND = "python -m benchmarks.ablations --data-dir DIR"
MEASURES = ("r1", "r5", "mrr10", "category")
"""As ``codilingua train score`` calls them; ``category`` is R@5 of the 3-character codes."""

FACTORY, CODIESP, DISTEMIST, TERMS = "factory", "codiesp", "distemist", "terms"
GROUPS = {
    FACTORY: ("dev-",),
    CODIESP: (CODIESP,),
    DISTEMIST: (DISTEMIST,),
    TERMS: ("disease-ontology-", "hpo-"),
    **{register: (f"{REGISTER}{register}-",) for register in REGISTERS},
}
"""Group → how the names of its sets begin. The value of a group is the mean of its sets. Those of a register
hold the factory's phrases once more, and only some runs have them.
"""

_SHARE = "share-"
_QUANTILE = 1.959964
"""Standard errors from the middle of a 95 % interval to its end."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One set as it was scored: ``queries`` that could be, and means over them, 0-1."""

    name: str
    lang: str
    queries: int
    r1: float
    r5: float
    mrr10: float
    category: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two means, and the half width of its 95 % interval."""

    value: float
    half: float


def share(variant: Variant) -> int | None:
    """Percent of the pairs, of a run of the learning curve; None for every other run."""
    if variant.name == WHOLE:
        return 100
    return int(variant.name.removeprefix(_SHARE)) if variant.name.startswith(_SHARE) else None


def summarise(chosen: Sequence[Variant], scores: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """What ``results.json`` holds. A variant without scores has ``missing`` true and no numbers.

    :raises UsageError: when nothing was scored, a score is not of the form that ``codilingua train score``
        writes, or two runs to be compared were scored on different queries.
    """
    parsed = {each.name: _parse(each.name, scores[each.name]) for each in chosen if each.name in scores}
    if not parsed:
        raise UsageError(f"no variant has been scored yet; run {COMMAND}")
    head, modified = commit()
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "command": COMMAND,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": head,
        "modified": modified,
        "groups": {
            name: names
            for name in GROUPS
            if (names := sorted({one.name for sets in parsed.values() for one in _group(sets, name)}))
        },
        "variants": [_entry(variant, parsed) for variant in chosen],
    }


def difference(sets: Sequence[Scored], others: Sequence[Scored], measure: str) -> Difference:
    """The mean of ``sets`` less that of ``others``, the same sets in the same order.

    The half width is that of two independent binomial proportions a set. Values between 0 and 1, as of MRR,
    vary less than a proportion of their mean; both runs answer the same queries, so their difference varies
    less than if they did not: it is too wide rather than too narrow.
    """
    changes, variance = [], 0.0
    for one, other in zip(sets, others, strict=True):
        new, old = getattr(one, measure), getattr(other, measure)
        changes.append(new - old)
        variance += (new * (1 - new) + old * (1 - old)) / one.queries
    half = _QUANTILE * math.sqrt(variance) / len(changes)
    return Difference(round(sum(changes) / len(changes), 6), round(half, 6))


def _entry(variant: Variant, parsed: Mapping[str, Sequence[Scored]]) -> dict[str, Any]:
    about = {"name": variant.name, "says": variant.says, "against": variant.against, "share": share(variant)}
    own = parsed.get(variant.name)
    if own is None:
        return {**about, "missing": True}
    means = {name: _means(group) for name in GROUPS if (group := _group(own, name))}
    made: dict[str, Any] = {**about, "missing": False, "sets": [asdict(one) for one in own], "means": means}
    other = parsed.get(variant.against or "")
    if other is not None:
        _check_same(variant, own, other)
        made["differences"] = {
            name: {measure: asdict(difference(group, _group(other, name), measure)) for measure in MEASURES}
            for name in GROUPS
            if (group := _group(own, name)) and _group(other, name)
        }
    return made


def _parse(name: str, rows: Sequence[Mapping[str, Any]]) -> list[Scored]:
    try:
        sets = [Scored(**row) for row in rows]
        wrong = [one.name for one in sets if one.queries < 1 or any(not _is_share(one, m) for m in MEASURES)]
    except TypeError as error:
        raise UsageError(
            f"{name}: not as codilingua train score writes it ({error}); score it again"
        ) from error
    if wrong or not sets:
        what = f"set {wrong[0]} has no query or a mean outside 0-1" if wrong else "no set was scored"
        raise UsageError(f"{name}: {what}; score it again")
    return sets


def _is_share(one: Scored, measure: str) -> bool:
    return bool(0 <= getattr(one, measure) <= 1)


def _check_same(variant: Variant, sets: Sequence[Scored], others: Sequence[Scored]) -> None:
    own, their = (
        {one.name: one.queries for one in some if not one.name.startswith(REGISTER)}
        for some in (sets, others)
    )
    if own != their:
        odd = sorted(name for name in own.keys() | their.keys() if own.get(name) != their.get(name))[0]
        raise UsageError(
            f"{variant.name} has {own.get(odd, 0):,} queries in set {odd}, {variant.against} "
            f"{their.get(odd, 0):,}: they do not compare; score both again"
        )


def _group(sets: Sequence[Scored], group: str) -> list[Scored]:
    return sorted((one for one in sets if one.name.startswith(GROUPS[group])), key=lambda one: one.name)


def _means(sets: Sequence[Scored]) -> dict[str, float]:
    return {measure: round(sum(getattr(one, measure) for one in sets) / len(sets), 6) for measure in MEASURES}
