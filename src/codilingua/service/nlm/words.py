"""A text whose last word is being typed in; the same with the word that it most likely begins, out.

A ranker that knows what words mean can do little with half of one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter

from codilingua.text import fold

_SHORTEST = 3
"""Letters from which a word can be told by its beginning."""

_WORD = re.compile(r"[^\W\d_]+")
_LAST = re.compile(rf"[^\W\d_]{{{_SHORTEST},}}\Z")
_ANY = ""


def words_of(text: str) -> frozenset[str]:
    """Its words, folded."""
    return frozenset(_WORD.findall(fold(text)))


class Words:
    """The words of a catalog's labels, by language."""

    def __init__(self, counts: dict[str, Counter[str]]) -> None:
        """:param counts: language → word in lower case → how often it stands there."""
        everywhere: Counter[str] = Counter()
        for some in counts.values():
            everywhere.update(some)
        self._languages = {lang: _Sorted(some) for lang, some in {**counts, _ANY: everywhere}.items()}

    def completed(self, text: str, lang: str | None) -> str:
        """The text with its last word completed, where that is no word and is the beginning of one.

        :param lang: whose words come first, ISO 639-1; None for all alike.
        """
        found = _LAST.search(text)
        if found is None:
            return text
        begun = fold(found.group())
        everywhere = self._languages[_ANY]
        if begun in everywhere.words:
            return text
        own = self._languages.get(lang) if lang else None
        word = (own.beginning(begun) if own is not None else None) or everywhere.beginning(begun)
        return text if word is None else text[: found.start()] + word


class WordsReader:
    """Collects words, label by label."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, text: str, lang: str) -> None:
        """:param lang: ISO 639-1, with or without a region."""
        self._counts.setdefault(lang.partition("-")[0], Counter()).update(_WORD.findall(text.lower()))

    def words(self) -> Words:
        """All that were added."""
        return Words(self._counts)


class _Sorted:
    """The words of one language. Those that fold alike count as one, written as the commonest is."""

    def __init__(self, counts: Counter[str]) -> None:
        self.words: dict[str, tuple[int, str]] = {}
        for word, count in counts.most_common():
            folded = fold(word)
            total, written = self.words.get(folded, (0, word))
            self.words[folded] = (total + count, written)
        self._order = sorted(self.words)

    def beginning(self, begun: str) -> str | None:
        """The commonest word that begins so."""
        start = bisect_left(self._order, begun)
        end = bisect_left(self._order, begun + "\U0010ffff")
        found = [self.words[word] for word in self._order[start:end]]
        return max(found, key=lambda pair: pair[0])[1] if found else None
