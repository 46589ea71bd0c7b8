"""Pairs in; those whose text does not contradict the title of its code out.

Side, course (acute, chronic), sex and negation, by each language's own words
(:mod:`codilingua.languages`). What contradicts the title is rejected. What leaves out a side that the title
has, names one that the title leaves open, or denies where the title says *with*, has to be read: it may be
said in words that the lists do not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from codilingua.catalog.catalog import Catalog
from codilingua.curate.sifted import Sifted, sift
from codilingua.languages import language
from codilingua.text import clean
from codilingua.types import Concept, Pair

_SIDES = ("right", "left")
_TITLE = {name: re.compile(rf"\b{name}\b") for name in (*_SIDES, "bilateral", "acute", "chronic", "without")}
_OPEN = re.compile(r"\bunspecified\b")
_WITH = re.compile(r"\bwith\b(?! or without)")
_FOR_MEN = re.compile(
    r"\b(?:male|prostat\w*|testi[cs]\w*|testes|peni[sl]\w*|scrot\w*|epididym\w*|sperm\w*)\b"
)
_FOR_WOMEN = re.compile(
    r"\b(?:female|ovar\w*|uter\w*|endometri\w*|vagin\w*|cervix|vulv\w*|pregnan\w*|puerper\w*|menstru\w*)\b"
)
_ANY_SEX = re.compile(r"\bmale and female\b|\bfather|\bpaternal|newborn|fetus")

Found = tuple[str, float, str] | None


def contradictions(pairs: Sequence[Pair], catalog: Catalog) -> Sifted:
    """Reject contradictions; have omissions read."""
    titles = {code: _Title(catalog, catalog.get(code)) for code in {pair.code for pair in pairs}}
    return sift(
        pairs,
        rejects=lambda pair: contradiction(pair, titles[pair.code]),
        doubts=lambda pair: omission(pair, titles[pair.code]),
    )


class _Title:
    """What the title of a code says, and which sides its siblings have."""

    def __init__(self, catalog: Catalog, concept: Concept) -> None:
        text = concept.title.lower()
        self.text = concept.title
        self.says = {name for name, pattern in _TITLE.items() if pattern.search(text)}
        self.open = bool(_OPEN.search(text))
        self.denies = "without" in self.says
        self.adds = bool(_WITH.search(text)) and not self.denies
        both = bool(_ANY_SEX.search(text))
        self.men = bool(_FOR_MEN.search(text)) and not _FOR_WOMEN.search(text) and not both
        self.women = bool(_FOR_WOMEN.search(text)) and not re.search(r"\bmale\b", text) and not both
        siblings = " / ".join(other.title.lower() for other in catalog.siblings(concept)) if self.open else ""
        self.sides_beside = {side for side in _SIDES if _TITLE[side].search(siblings)}


def contradiction(pair: Pair, title: _Title) -> Found:
    """What the text says against the title, or None."""
    said = _said(pair)
    sides = said & {"right", "left", "bilateral"}
    named = title.says & {"right", "left", "bilateral"}
    if len(named) == 1 and len(sides) == 1 and not sides & named and not _hinted(pair, *named):
        return "contradiction: side", 1.0, f"{', '.join(sides)} / {title.text}"
    for one, other in (("acute", "chronic"), ("chronic", "acute")):
        if one in said and other not in said and other in title.says and one not in title.says:
            return "contradiction: course", 1.0, f"{one} / {title.text}"
    for sex, against in (("male", title.women), ("female", title.men)):
        if sex in said and {"male", "female"} & said == {sex} and against:
            return "contradiction: sex", 1.0, f"{sex} / {title.text}"
    return None


def omission(pair: Pair, title: _Title) -> Found:
    """What the text leaves out or adds, as far as the words tell, or None."""
    said = _said(pair)
    named = title.says & {"right", "left", "bilateral"}
    slip = pair.register == "typo"
    if len(named) == 1 and not slip and not said & named and not _hinted(pair, *named):
        return "side not said", 1.0, title.text
    if title.open and not named and (side := said & title.sides_beside):
        return "side left open", 1.0, f"{', '.join(sorted(side))} / {title.text}"
    if title.adds and "without" in said:
        return "negation", 0.5, title.text
    return None


def _said(pair: Pair) -> set[str]:
    text = clean(pair.text).lower()
    return {name for name, pattern in language(pair.lang).words.items() if pattern.search(text)}


def _hinted(pair: Pair, *sides: str) -> bool:
    hints, text = language(pair.lang).hints, clean(pair.text).lower()
    return any(side in hints and hints[side].search(text) for side in sides)
