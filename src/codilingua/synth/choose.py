"""A catalog, tiers of use and the default code of each category in; the codes worth writing about out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY, code_key
from codilingua.errors import SourceError
from codilingua.synth.grid import TIERS
from codilingua.tables import read_columns
from codilingua.types import Concept, Kind, Status

COMPLETE = (Status.BILLABLE, Status.NEEDS_SEVENTH)
"""What a phrase may be coded with: complete, or complete but for the 7th character."""


def tabular(catalog: Catalog, code: str) -> Concept | None:
    """The code of the tabular list that is meant: without its 7th character; None where there is none."""
    concept = catalog.find(code)
    if concept is not None and concept.kind is Kind.EXPANSION:
        concept = catalog.parent(concept)
    return concept if concept is not None and concept.kind is Kind.CODE else None


def read_tiers(path: Path, catalog: Catalog) -> dict[str, int]:
    """Columns ``code`` and ``tier``: tabular code → tier, the lowest of its completions.

    :raises SourceError: with the line, when a code is unknown or a tier not one of 0-3.
    """
    tiers: dict[str, int] = {}
    for line, (code, tier) in read_columns(path, ("code", "tier")):
        concept = tabular(catalog, code)
        if concept is None:
            raise SourceError(path, line, f"{catalog.info.name} has no code {code!r}; mend or remove it")
        if tier not in map(str, range(TIERS)):
            raise SourceError(path, line, f"tier {tier!r}: give 0, 1, 2 or 3")
        tiers[concept.code] = min(int(tier), tiers.get(concept.code, TIERS))
    return tiers


def read_defaults(path: Path, catalog: Catalog) -> dict[str, str]:
    """Columns ``category`` and ``code``: category → the code that it takes with nothing else said.

    :raises SourceError: with the line, when a code is unknown.
    """
    defaults: dict[str, str] = {}
    for line, (category, code) in read_columns(path, ("category", "code")):
        above, below = tabular(catalog, category), tabular(catalog, code)
        if above is None or below is None:
            missing = category if above is None else code
            raise SourceError(path, line, f"{catalog.info.name} has no code {missing!r}; mend or remove it")
        defaults[above.code] = below.code
    return defaults


def choose(
    catalog: Catalog, tiers: Mapping[str, int], defaults: Mapping[str, str], covered: Collection[str]
) -> dict[str, int]:
    """The codes to write about, in the order of the book, each with its tier.

    Every complete code of a tier below the last, and for each category of the ``covered`` chapters that
    has none of these its default code, in the last tier.
    """
    chosen = {code: tier for code, tier in tiers.items() if tier < TIERS - 1}
    reached = {code[:CATEGORY] for code in chosen}
    for category, code in defaults.items():
        if category not in reached and catalog.get(category).chapter in covered:
            chosen[code] = TIERS - 1
    complete = {node.code for node in catalog if node.kind is Kind.CODE and node.status in COMPLETE}
    places = {node.key: node.place for node in catalog.outline() if node.kind is Kind.CODE}
    return {
        code: chosen[code] for code in sorted(chosen.keys() & complete, key=lambda c: places[code_key(c)])
    }
