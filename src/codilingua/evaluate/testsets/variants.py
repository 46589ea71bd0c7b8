"""Judgements in; the same queries as hurried people type them, each beside its original, out.

Three kinds of change, each alone:

* ``typo``: one slip of the fingers, two in a query of ``LONG`` letters or more, never two in one word: a
  neighbouring key, two letters changed round, one left out, or one doubled. Words of three letters or
  fewer, words with digits and acronyms stay as they are, and so does the first letter of a word.
* ``no-accents``: every accent and cedilla off, as typed without those keys: ``ñ`` → ``n``, ``ç`` → ``c``,
  ``œ`` → ``oe``, Catalan ``l·l`` → ``l.l``.
* ``abbreviated``: every phrase of ``abbreviations.tsv`` by the abbreviation that notes in its language
  use; longer phrases first; case, accents, hyphens and apostrophes do not matter.

Everything is decided by the seed and the query's own text, so a query always gets the same variant,
whatever stands beside it and whatever Python runs.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from codilingua.errors import UsageError
from codilingua.evaluate.testsets.sets import unique
from codilingua.text import clean, fold
from codilingua.types import Judgement

VARIANTS = ("typo", "no-accents", "abbreviated")
"""The kinds of variant, in the order in which they are reported."""

COLUMN = "variant"
"""The slice column that names the kind of a derived query."""

SAMPLE = 300
"""Queries of each kind: enough for an interval of about 5 points, few enough to run every time."""

LONG = 20
"""Letters from which on a query gets two typing errors."""

_ABBREVIATIONS = Path(__file__).with_name("abbreviations.tsv")
_SHORTEST = 4
_LONGEST_ACRONYM = 5
_WORD = re.compile(r"\w+")
_BETWEEN = re.compile(r"[\s'’·-]*")
"""What may stand between two words of one phrase: no comma and no full stop."""

_SPELLED = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
_MIDDLE_DOT = re.compile(r"(?<=l)·(?=l)", re.IGNORECASE)
_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LAYOUTS = {
    "es": ("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    "ca": ("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    "pt": ("qwertyuiop", "asdfghjklç", "zxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
}
"""Rows of letter keys, each row half a key to the right of the one above; QWERTY for the others."""

_Item = TypeVar("_Item")


def original_of(kind: str) -> str:
    """The slice value of the unchanged queries that a kind is compared with: ``typo: original``."""
    return f"{kind}: original"


def derive(
    judgements: Sequence[Judgement], kinds: Sequence[str], seed: int, sample: int = SAMPLE
) -> tuple[Judgement, ...]:
    """Variants, and the queries that they were made from.

    Each kind draws its own sample of the distinct queries that it can change. Its variants come first,
    with the slice ``variant`` = kind, then as many rows, in the same order, of the same queries
    unchanged, with ``variant`` = ``original_of(kind)``: the two are paired. Both carry the gold, the
    document and the line of the original, and no other slice.

    :param kinds: of :data:`VARIANTS`; a kind that can change no query makes no rows.
    :param sample: queries of each kind at the most, 1 or more.
    :raises UsageError: when there is no such kind, or the sample is not positive.
    """
    unknown = [kind for kind in kinds if kind not in VARIANTS]
    if unknown:
        raise UsageError(f"there is no variant {unknown[0]!r}: choose from {', '.join(VARIANTS)}")
    if sample < 1:
        raise UsageError(f"a sample of {sample} queries holds nothing: give 1 or more")
    distinct = unique(judgements)
    derived: list[Judgement] = []
    for kind in dict.fromkeys(kinds):
        texts = [vary(row.query, kind, row.lang, seed) for row in distinct]
        # By a number of its own for each query: a row more or less in the set changes one draw.
        numbers = [_random(seed, f"{kind} sample", row.query).random() for row in distinct]
        changed = [place for place, text in enumerate(texts) if text is not None]
        drawn = sorted(sorted(changed, key=numbers.__getitem__)[:sample])
        derived.extend(
            replace(distinct[place], query=texts[place] or "", slices={COLUMN: kind}) for place in drawn
        )
        derived.extend(replace(distinct[place], slices={COLUMN: original_of(kind)}) for place in drawn)
    return tuple(derived)


def vary(query: str, kind: str, lang: str, seed: int) -> str | None:
    """One query changed.

    :param lang: decides the keyboard and the abbreviations; ``pt-BR`` counts as ``pt``.
    :return: None where this kind has nothing to change in it.
    """
    text = clean(query)
    language = lang.split("-")[0].lower()
    if kind == "typo":
        changed = _mistyped(text, language, _random(seed, kind, query))
    elif kind == "no-accents":
        changed = _without_accents(text)
    else:
        changed = _abbreviated(text, language)
    return changed if changed != text else None


def _random(seed: int, purpose: str, query: str) -> Random:
    return Random(f"{seed}:{purpose}:{fold(query)}")


def _pick(items: Sequence[_Item], random: Random) -> _Item:
    # Of all of Random, random() alone is promised to stay the same in every Python.
    return items[int(random.random() * len(items))]


def _mistyped(text: str, language: str, random: Random) -> str:
    words = [match.span() for match in _WORD.finditer(text) if _may_suffer(match.group())]
    letters = sum(character.isalpha() for character in text)
    for _ in range(min(2 if letters >= LONG else 1, len(words))):
        start, end = words.pop(int(random.random() * len(words)))
        slipped = _slip(text[start:end], language, random)
        text = text[:start] + slipped + text[end:]
        moved = len(slipped) - (end - start)
        words = [(a + moved, b + moved) if a > start else (a, b) for a, b in words]
    return text


def _may_suffer(word: str) -> bool:
    acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM
    return len(word) >= _SHORTEST and word.isalpha() and not acronym


def _slip(word: str, language: str, random: Random) -> str:
    """The word with one error; the four kinds of error are equally frequent where all are possible."""
    near = _neighbours(language)
    kinds = [
        [
            word[:place] + (key.upper() if word[place].isupper() else key) + word[place + 1 :]
            for place in range(1, len(word))
            for key in near.get(word[place].lower(), "")
        ],
        [
            word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            for place in range(1, len(word) - 1)
            if word[place] != word[place + 1]
        ],
        [word[:place] + word[place + 1 :] for place in range(1, len(word))],
        # An accent takes a second key: nobody doubles such a letter.
        [word[: place + 1] + word[place:] for place in range(1, len(word)) if word[place].lower() in near],
    ]
    return _pick(_pick([kind for kind in kinds if kind], random), random)


@cache
def _neighbours(language: str) -> Mapping[str, str]:
    """Letter → the letters of the keys that touch its key."""
    rows = _LAYOUTS.get(language, _QWERTY)
    # Half keys, so that a key touches the one beside it and the two above and below.
    places = {key: (row, 2 * place + row) for row, keys in enumerate(rows) for place, key in enumerate(keys)}
    return {
        key: "".join(
            other
            for other, (other_row, other_place) in places.items()
            if (other_row == row and abs(other_place - place) == 2)
            or (abs(other_row - row) == 1 and abs(other_place - place) == 1)
        )
        for key, (row, place) in places.items()
    }


def _without_accents(text: str) -> str:
    spelled = _MIDDLE_DOT.sub(".", text.translate(_SPELLED))
    decomposed = unicodedata.normalize("NFD", spelled)
    return unicodedata.normalize("NFC", "".join(ch for ch in decomposed if not unicodedata.combining(ch)))


def _abbreviated(text: str, language: str) -> str:
    table = _abbreviations().get(language, {})
    words = [(fold(match.group()), *match.span()) for match in _WORD.finditer(text)]
    parts, done, place = [], 0, 0
    while place < len(words):
        length, abbreviation = _phrase_at(text, words, place, table)
        if length:
            parts += [text[done : words[place][1]], abbreviation]
            done = words[place + length - 1][2]
        place += max(length, 1)
    return "".join([*parts, text[done:]])


def _phrase_at(
    text: str,
    words: Sequence[tuple[str, int, int]],
    place: int,
    table: Mapping[tuple[str, ...], str],
) -> tuple[int, str]:
    """:return: number of words of the longest phrase that begins here, and its abbreviation; 0 and
    nothing where none does."""
    found = (0, "")
    phrase: tuple[str, ...] = ()
    for number, (word, start, _) in enumerate(words[place:]):
        if number and not _BETWEEN.fullmatch(text, words[place + number - 1][2], start):
            break
        phrase += (word,)
        if phrase in table:
            found = (len(phrase), table[phrase])
    return found


@cache
def _abbreviations() -> Mapping[str, Mapping[tuple[str, ...], str]]:
    """Language → folded words of a phrase → its abbreviation."""
    tables: dict[str, dict[tuple[str, ...], str]] = {}
    with _ABBREVIATIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            words = tuple(_WORD.findall(fold(row["phrase"])))
            tables.setdefault(row["lang"], {})[words] = row["abbreviation"]
    return tables
