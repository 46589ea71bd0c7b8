"""Texts in; those of them that say the same as a given text in nearly the same letters out.

Case, accents and punctuation never count (:func:`~codilingua.text.fold`, then words of letters and
digits). Two texts are near duplicates where one of these holds:

* the same words: equal as sets, whatever their order, plural and grammatical gender not counted (a final
  ``s`` and the vowels before it are taken off, down to three letters);
* the same letters but for one: their words, put side by side, differ by one letter that is changed, left
  out, added, or swapped with the next; in texts of ``SHORTEST`` letters or more;
* nearly the same trigrams: the sets of the character trigrams of their words, edges marked, have a
  Jaccard index of ``LIKENESS`` or more.

For the last two, numbers, Roman numerals, single letters and words of negation must agree, too: type 1
is not type 2, hepatitis A is not hepatitis B, with is not without. Two texts on one topic in different
words are not near. What one letter alone tells apart (``uretritis``, ``ureteritis``) is counted as near,
and so is one ordinal or side in a long phrase: the number errs upwards.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil

from codilingua.text import fold

LIKENESS = 0.8
"""Jaccard index from which two sets of trigrams count as nearly the same."""

SHORTEST = 6
"""Letters of the shortest text in which one letter more or less still leaves the word to be known."""

_LONGEST = 40
"""Longer texts that differ by one letter share more than four fifths of their trigrams anyway."""

_STEM = 3
_WORD = re.compile(r"[^\W_]+")
_NEGATIONS = "no|not|non|without|sin|sense|senza|sem|nao|sans|pas"
_TELLING = re.compile(rf"[^\W_]*\d[^\W_]*|[ivx]+|[^\W_]|{_NEGATIONS}")

Gram = str


class NearTexts:
    """Texts to be compared with, taken in once; each look-up then touches few of them.

    Exact: nothing is hashed or sampled. A set of ``n`` trigrams that reaches a Jaccard index ``t`` with
    another has one of its ``n - ceil(t n) + 1`` rarest in common with those of the other, so that only
    rare trigrams are looked up (Chaudhuri, Ganti and Kaushik, *A primitive operator for similarity
    joins in data cleaning*, ICDE 2006).
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = [_WORD.findall(fold(text)) for text in texts]
        self._grams = [_trigrams(words) for words in self._words]
        self._telling = [_telling(words) for words in self._words]
        self._frequency = Counter(gram for grams in self._grams for gram in grams)
        self._bags: dict[frozenset[str], int] = {}
        self._gaps: defaultdict[str, list[int]] = defaultdict(list)
        self._rare: defaultdict[Gram, list[int]] = defaultdict(list)
        for place, words in enumerate(self._words):
            self._bags.setdefault(_bag(words), place)
            for gap in _gaps("".join(words)):
                self._gaps[gap].append(place)
            for gram in self._rarest(self._grams[place]):
                self._rare[gram].append(place)

    def find(self, text: str) -> int | None:
        """Place of a near duplicate, or of the text itself; None where there is none.

        The first place with the same words, else the first with one letter's difference, else the
        first with nearly the same trigrams. A text without letters and digits is near to nothing.
        """
        return next(self.near(text), None)

    def near(self, text: str) -> Iterator[int]:
        """Stream the places of near duplicates, in the order of :meth:`find`; of those with the same words
        the first alone, and a place again where two rules bring it."""
        words = _WORD.findall(fold(text))
        if not words:
            return
        same = self._bags.get(_bag(words))
        if same is not None:
            yield same
        telling = _telling(words)
        for places in (self._one_letter_off("".join(words)), self._alike(_trigrams(words))):
            yield from (place for place in places if self._telling[place] == telling)

    def same_words(self, text: str) -> int | None:
        """The first place with the same words, whatever their order, plural and gender; None where there is
        none."""
        return self._bags.get(_bag(_WORD.findall(fold(text))))

    def _one_letter_off(self, letters: str) -> Iterator[int]:
        places = {place for gap in _gaps(letters) for place in self._gaps.get(gap, ())}
        for place in sorted(places):
            if _within_one(letters, "".join(self._words[place])):
                yield place

    def _alike(self, grams: frozenset[Gram]) -> Iterator[int]:
        places = {place for gram in self._rarest(grams) for place in self._rare.get(gram, ())}
        least, most = LIKENESS * len(grams), len(grams) / LIKENESS
        for place in sorted(places):
            others = self._grams[place]
            if least <= len(others) <= most:
                shared = len(grams & others)
                if shared >= LIKENESS * (len(grams) + len(others) - shared):
                    yield place

    def _rarest(self, grams: frozenset[Gram]) -> list[Gram]:
        count = len(grams) - ceil(LIKENESS * len(grams)) + 1 if grams else 0
        # By letter among equals: both sides must put their trigrams in one and the same order.
        return sorted(grams, key=lambda gram: (self._frequency[gram], gram))[:count]


def _trigrams(words: Sequence[str]) -> frozenset[Gram]:
    marked = (f"^{word}$" for word in words)
    return frozenset(word[start : start + 3] for word in marked for start in range(len(word) - 2))


def _telling(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(word for word in words if _TELLING.fullmatch(word)))


def _bag(words: Sequence[str]) -> frozenset[str]:
    return frozenset(map(_stem, words))


def _stem(word: str) -> str:
    if not word.isalpha():
        return word
    end = len(word)
    if end > _STEM and word[end - 1] == "s":
        end -= 1
    while end > _STEM and word[end - 1] in "aeiouy":
        end -= 1
    return word[:end]


def _gaps(letters: str) -> set[str]:
    """The letters, and the letters without each one of them: texts one letter apart have one in common."""
    if not SHORTEST <= len(letters) <= _LONGEST:
        return set()
    return {letters, *(letters[:place] + letters[place + 1 :] for place in range(len(letters)))}


def _within_one(one: str, other: str) -> bool:
    """True where at most one letter is changed, added, left out, or swapped with the next."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if max(len(one), len(other)) <= 1:
        return True
    return len(one) == 2 and one == other[::-1]
