"""Tiers and defaults as they were written in; those that the catalog bears out, out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codilingua.catalog.catalog import Catalog
from codilingua.synth.choose import COMPLETE, tabular
from codilingua.synth.grid import TIERS
from codilingua.text import fold
from codilingua.types import LANGUAGES


@dataclass(frozen=True, slots=True)
class Use:
    """How codes are used.

    ``tiers`` has every code of a tier below the last, in the order of the book; the others are of the
    last. ``defaults`` are language, term and the code that the bare term takes. ``rejected`` is reason → how
    many.
    """

    tiers: Mapping[str, int]
    defaults: tuple[tuple[str, str, str], ...]
    rejected: Mapping[str, int]


def curate_use(tiers: Mapping[str, int], defaults: Sequence[tuple[str, str, str]], catalog: Catalog) -> Use:
    """Reject what is not a complete code, and all codes of a term but the one that is given most often."""
    rejected: Counter[str] = Counter()
    kept: dict[str, int] = {}
    for code, tier in tiers.items():
        known = _complete(catalog, code)
        if known is None:
            rejected["tier: not a complete code"] += 1
        elif tier < TIERS - 1:
            kept[known] = min(tier, kept.get(known, TIERS))
    votes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    written: dict[tuple[str, str], str] = {}
    for lang, term, code in defaults:
        known = _complete(catalog, code)
        if known is None or lang not in LANGUAGES:
            rejected["default: not a complete code"] += 1
            continue
        votes[lang, fold(term)][known] += 1
        written.setdefault((lang, fold(term)), term)
    rejected["default: another code is given more often"] += sum(len(codes) - 1 for codes in votes.values())
    best = (
        (lang, written[lang, folded], codes.most_common(1)[0][0]) for (lang, folded), codes in votes.items()
    )
    places = {node.code: place for place, node in enumerate(catalog)}
    return Use(
        tiers={code: kept[code] for code in sorted(kept, key=lambda code: places[code])},
        defaults=tuple(sorted(best, key=lambda row: (row[0], places[row[2]], row[1]))),
        rejected={reason: count for reason, count in rejected.items() if count},
    )


def _complete(catalog: Catalog, code: str) -> str | None:
    concept = tabular(catalog, code)
    return concept.code if concept is not None and concept.status in COMPLETE else None
