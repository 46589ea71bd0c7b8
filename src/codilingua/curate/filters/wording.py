"""Pairs in; those whose text is in the language that it should be in out.

Three kinds of evidence, the surest first: letters that the language does not write, words that no text of
it has, and the ``lingua`` detector. Clinical phrases are short, full of Latin, Greek and abbreviations, and
alike in neighbouring languages, so the detector alone is often wrong: it rejects only where it is nearly
sure of another language and nearly sure that it is not this one. What it costs on real text is measured by
``benchmarks/language_filter.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from codilingua.curate.sifted import Sifted, sift
from codilingua.extras import require
from codilingua.languages import language
from codilingua.text import clean
from codilingua.types import LANGUAGES, Pair

SURE = 0.80
"""Probability of another language from which a text is taken to be in it, if"""

UNLIKELY = 0.02
"""its own language has no more than this, and"""

ENOUGH = 14
"""it has as many letters."""

Detect = Callable[[str], dict[str, float]]
"""A text → probability of each language, 0-1, adding up to 1."""


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
    strange = sorted({ch for ch in lowered if ch.isalpha() and ch.isascii() is False} - facts.letters - _GREEK)
    words = facts.foreign.findall(lowered)
    # One word may be a name or an abbreviation, one letter a loan (Sjögren): together they are neither.
    if len(set(words)) > 1 or (words and strange):
        return 1.0, ", ".join(dict.fromkeys(words + strange))
    if sum(map(str.isalpha, text)) < ENOUGH:
        return None
    chances = detect(lowered)
    other = max(chances, key=lambda code: chances[code] if code != lang else -1.0)
    evidence = 1 if words or strange else 0
    if chances[other] >= SURE - 0.2 * evidence and chances[lang] <= UNLIKELY * (1 + 2 * evidence):
        return round(chances[other], 3), LANGUAGES[other]
    return None


_GREEK = frozenset("αβγδεκλμσω")


@cache
def detector() -> Detect:
    """The detector over the languages that Codilingua knows.

    :raises MissingExtra: without the extra ``curate``.
    """
    require("curate", "lingua")
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    codes = {Language.from_iso_code_639_1(IsoCode639_1.from_str(code.upper())): code for code in LANGUAGES}
    built = LanguageDetectorBuilder.from_languages(*codes).build()

    def detect(text: str) -> dict[str, float]:
        return {codes[one.language]: one.value for one in built.compute_language_confidence_values(text)}

    return detect
