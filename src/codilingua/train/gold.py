"""A judgement in; the tabular codes that answer it out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY, code_key
from codilingua.synth.choose import tabular
from codilingua.types import Judgement


@dataclass(frozen=True, slots=True)
class DevelopmentSet:
    """One set of one language, under its name."""

    name: str
    lang: str
    judgements: tuple[Judgement, ...]


def gold_codes(judgement: Judgement, catalog: Catalog, codes: Collection[str]) -> frozenset[str]:
    """Of ``codes``, those that are right: without their 7th character; at the level of the category all of
    its codes. Empty where none is known.
    """
    if judgement.level == "category":
        wanted = {code_key(code)[:CATEGORY] for code in judgement.codes}
        return frozenset(code for code in codes if code_key(code)[:CATEGORY] in wanted)
    gold = set()
    for code in judgement.codes:
        concept = tabular(catalog, code)
        if concept is not None and concept.code in codes:
            gold.add(concept.code)
    return frozenset(gold)
