"""Pairs in; those that search finds again, by two ways of searching, out.

Round trip: a text must have its own code, or at least its category, among the first ``DEPTH`` answers of
the sentence vectors or of the trigrams. Siblings: no sibling, and no code that excludes its own (excludes1),
may be the first answer of both. What fails is not wrong for that: the convention that no title spells out
fails, too. It has to be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY
from codilingua.curate.sifted import Finding, Sifted
from codilingua.search.engine import Search
from codilingua.types import Concept, Hit, Pair

DEPTH = 50
_BLOCK = 512
_CODE = re.compile(r"\b[A-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})?(?=[-,); ]|\.-|$)")

Progress = Callable[[int, int], None]


def retrieval(pairs: Sequence[Pair], searches: Sequence[Search], progress: Progress | None = None) -> Sifted:
    """Have read what is not found, or stands behind a code that it must not be confused with.

    :param searches: two ways of searching one catalog.
    """
    catalog = searches[0].catalog
    rivals = {code: _rivals(catalog, code) for code in {pair.code for pair in pairs}}
    sifted = Sifted()
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        for pair, finding in zip(block, _findings(block, searches, rivals), strict=True):
            if finding:
                sifted.review.append(finding)
            else:
                sifted.kept.append(pair)
        if progress is not None:
            progress(start + len(block), len(pairs))
    return sifted


def _findings(
    block: Sequence[Pair], searches: Sequence[Search], rivals: Mapping[str, frozenset[str]]
) -> list[Finding | None]:
    """What all ways of searching find wrong; one that finds nothing wrong ends the matter."""
    findings: list[Finding | None] = [None] * len(block)
    answers: list[list[list[Hit]]] = [[] for _ in block]
    doubtful = list(range(len(block)))
    for search in searches:
        found = search.batch([block[place].text for place in doubtful], limit=DEPTH)
        for place, hits in zip(doubtful, found, strict=True):
            answers[place].append(hits)
            pair = block[place]
            findings[place] = _lost(pair, answers[place]) or _confused(
                pair, answers[place], rivals[pair.code]
            )
        doubtful = [place for place in doubtful if findings[place]]
    return findings


def _lost(pair: Pair, answers: Sequence[Sequence[Hit]]) -> Finding | None:
    """Score: in how many ways it was found."""
    own = pair.code[:CATEGORY]
    if any(hit.code[:CATEGORY] == own for hits in answers for hit in hits):
        return None
    best = next((hits[0].code for hits in answers if hits), "nothing")
    return Finding(pair, "not found again", 0.0, f"first is {best}")


def _confused(pair: Pair, answers: Sequence[Sequence[Hit]], rivals: frozenset[str]) -> Finding | None:
    """Score: the best place of the pair's own code in any search; ``DEPTH`` + 1 where it has none."""
    firsts = {hits[0].code if hits else "" for hits in answers}
    if len(firsts) > 1 or not firsts & rivals:
        return None
    places = [place for hits in answers for place, hit in enumerate(hits, start=1) if hit.code == pair.code]
    return Finding(pair, "sibling closer", float(min(places, default=DEPTH + 1)), firsts.pop())


def _rivals(catalog: Catalog, code: str) -> frozenset[str]:
    """Siblings, and what excludes1 notes of the code and of the nodes above it send to."""
    concept = catalog.get(code)
    line = (concept, *catalog.ancestors(concept))
    named = {found for node in line for note in node.notes.excludes1 for found in _CODE.findall(note)}
    excluded = {other.code for found in named if found in catalog for other in _under(catalog, found)}
    return frozenset({other.code for other in catalog.siblings(concept)} | excluded) - {code}


def _under(catalog: Catalog, code: str) -> Sequence[Concept]:
    concept = catalog.get(code)
    return (concept, *catalog.descendants(concept))
