"""Pairs in; those whose text is in the language that it should be in out.

Words that no text of a language has (:mod:`codilingua.languages`) are evidence enough where there are two, or
one beside a letter that the language does not write. Beyond that two witnesses must agree: the ``lingua``
detector and the word frequencies of ``wordfreq``. Clinical phrases are short, full of Latin, Greek and
abbreviations, and alike in neighbouring languages: each of the two alone rejects good rows or sees next to
nothing. What both together miss and what they cost is measured (``results/language-filter/report.md``).
Neither knows Galician: beside Portuguese there are only the words of its own file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from codilingua.curate.sifted import Sifted, sift
from codilingua.extras import require
from codilingua.languages import language
from codilingua.text import clean
from codilingua.types import LANGUAGES, Pair

LIKELY = 0.5
"""Probability of another language, by lingua, from which a text may be in it, if"""

UNLIKELY = 0.2
"""its own language has no more than this, and"""

BETTER_KNOWN = 2.0
"""its words are so much more frequent in another language, in Zipf units added up over the words, and"""

ENOUGH = 12
"""it has as many letters."""

_SHORTEST_WORD = 3
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Witness:
    """What two libraries make of a text, by language.

    ``chances`` are probabilities, adding up to 1. ``known`` is how well its words are known: Zipf frequencies
    (0-8, 0 where unknown), added up.
    """

    chances: Mapping[str, float]
    known: Mapping[str, float]


Detect = Callable[[str], Witness]
"""A text in lower case → what the libraries make of it."""


def wording(pairs: Sequence[Pair], detect: Detect) -> Sifted:
    """Reject what is in another language."""

    def check(pair: Pair) -> tuple[str, float, str] | None:
        found = foreign(pair.text, pair.lang, detect)
        return ("wrong language", *found) if found else None

    return sift(pairs, rejects=check)


def foreign(text: str, lang: str, detect: Detect) -> tuple[float, str] | None:
    """How sure it is that a text is not in its language, 0-1, and what tells; None where nothing does."""
    facts = language(lang)
    lowered = clean(text).lower()
    strange = sorted({ch for ch in lowered if ch.isalpha() and not ch.isascii()} - facts.letters - _GREEK)
    words = facts.foreign.findall(lowered)
    # One word may be a name or an abbreviation, one letter a loan (Sjögren): together they are neither.
    if len(set(words)) > 1 or (words and strange):
        return 1.0, ", ".join(dict.fromkeys(words + strange))
    if sum(map(str.isalpha, text)) < ENOUGH:
        return None
    witness = detect(lowered)
    others = [code for code in LANGUAGES if code != lang]
    other = max(others, key=lambda code: witness.chances[code])
    lead = witness.known[other] - witness.known[lang]
    if witness.chances[other] >= LIKELY and witness.chances[lang] <= UNLIKELY and lead >= BETTER_KNOWN:
        return round(witness.chances[other], 3), LANGUAGES[other]
    return None


_GREEK = frozenset("αβγδεκλμσω")


@cache
def detector() -> Detect:
    """The two libraries over the languages that Codilingua knows.

    :raises MissingExtra: without the extra ``curate``.
    """
    require("curate", "lingua", "wordfreq")
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder
    from wordfreq import zipf_frequency

    codes = {Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())): code for code in LANGUAGES}
    built = LanguageDetectorBuilder.from_languages(*codes).build()
    zipf = lru_cache(maxsize=None)(zipf_frequency)

    def detect(text: str) -> Witness:
        chances = {codes[one.language]: one.value for one in built.compute_language_confidence_values(text)}
        words = [word for word in _WORD.findall(text) if len(word) >= _SHORTEST_WORD]
        return Witness(chances, {code: sum(zipf(word, code) for word in words) for code in LANGUAGES})

    return detect
