"""Pairs as they were written in; those with a valid code and a text of sensible form out.

A code completed with its 7th character is taken for the code of the tabular list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import looks_like_code
from codilingua.curate.sifted import Finding, Sifted, sift
from codilingua.errors import QueryError
from codilingua.search.query import check_query
from codilingua.synth.choose import COMPLETE, tabular
from codilingua.text import fold
from codilingua.types import LANGUAGES, Kind, Pair

SHORTEST, LONGEST = 2, 160
"""Characters of a text."""

COPIED_WORDS = 4
"""From so many words on, a text in another language that is an English title letter for letter is a copy."""

_CODE = re.compile(r"(?<![\w.])[A-Z]\d[\dA-Z](?:\.[\dA-Z]{1,4})(?!\w)")
_DECOR = re.compile(r"[\"“”«»{}\[\]|\\]|\.\.\.|…|https?:")


def form(pairs: Iterable[Pair], catalog: Catalog) -> Sifted:
    """Reject unknown languages and codes, codes that need a more specific one, texts of no use."""
    ours, strange = [], []
    for pair in pairs:
        if pair.lang in LANGUAGES:
            ours.append(pair)
        else:
            strange.append(Finding(pair, "unknown language", 1.0, pair.lang))
    coded = Sifted(rejected=strange)
    for pair in ours:
        concept = tabular(catalog, pair.code)
        if concept is None:
            coded.rejected.append(Finding(pair, "unknown code", 1.0, pair.code))
        elif concept.status not in COMPLETE:
            coded.rejected.append(
                Finding(pair, "incomplete code", 1.0, f"{concept.code} has more specific codes")
            )
        else:
            coded.kept.append(pair if concept.code == pair.code else replace(pair, code=concept.code))
    shaped = sift(coded.kept, rejects=partial(_shape, catalog))
    return Sifted(shaped.kept, coded.rejected + shaped.rejected)


def _shape(catalog: Catalog, pair: Pair) -> tuple[str, float, str] | None:
    length = len(pair.text)
    if not SHORTEST <= length <= LONGEST:
        return "length", float(length), f"{length} characters"
    if not _searchable(pair.text):
        return "no letters", 1.0, pair.text
    decor = _DECOR.search(pair.text)
    if decor:
        return "not plain text", 1.0, decor[0]
    upper = pair.text.upper()
    code = _CODE.search(upper)
    # A category has no dot to tell it by: I10 is a code, T18 beside Q91.3 a trisomy.
    own = re.search(rf"(?<!\w){re.escape(pair.code)}(?!\w)", upper)
    if code or own or (looks_like_code(pair.text) and pair.text in catalog):
        return "code in the text", 1.0, code[0] if code else pair.code
    return None


def _searchable(text: str) -> bool:
    """True where search takes the text, and it has a letter."""
    try:
        return any(map(str.isalpha, check_query(text)))
    except QueryError:
        return False


def copied(pairs: Sequence[Pair], catalog: Catalog) -> Sifted:
    """Reject what is a text of the code book letter for letter: it teaches nothing.

    In English a text of its own code; in other languages an English title of some length.
    """
    titles: dict[str, str] = {}
    own: set[tuple[str, str]] = set()
    for node in catalog:
        if node.kind is Kind.CODE:
            for surface in node.surfaces:
                if surface.origin == "official":
                    titles.setdefault(fold(surface.text), node.code)
                    own.add((node.code, fold(surface.text)))

    def copy(pair: Pair) -> tuple[str, float, str] | None:
        text = fold(pair.text)
        english = pair.lang == "en"
        if english and (pair.code, text) in own:
            return "copied title", 1.0, pair.code
        if not english and text in titles and len(text.split()) >= COPIED_WORDS:
            return "copied title", 1.0, titles[text]
        return None

    return sift(pairs, rejects=copy)
