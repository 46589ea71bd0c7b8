"""Phrases of six languages in; what tells the languages apart (:mod:`codilingua.search.language`) out.

A multinomial logistic regression, fitted with AdaGrad by NumPy alone. Each text is learnt from as it stands;
some of them also without accents, as people type, and some as a few words of theirs, as people search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, TrainingError
from codilingua.search.language import SLOTS, LanguageGuess, pieces, softmax, words
from codilingua.tables import read_columns
from codilingua.text import fold
from codilingua.types import LANGUAGES, Kind

SEED = 20260401

# Chosen on data/pairs/dev.tsv by log loss. Longer steps, or more, make it surer of itself than it is right.
_EPOCHS = 6
_BATCH = 256
_RATE = 0.05
_FOLDED = 3
"""Every how-manieth text is learnt from without accents as well."""
_EXCERPTS = 2
"""Every how-manieth text is learnt from by a few of its words as well."""
_WORDS = 3
"""Words in the longest excerpt."""
_START = 1e-6
"""What the squares of the gradients start from: a first step is no longer than it would be later."""

_CODES = tuple(LANGUAGES)
_BIAS = SLOTS
"""A slot that every text has."""
_STEPS = np.iinfo(np.int8).max


@dataclass(frozen=True, slots=True)
class _Bags:
    """The distinct slots of each text: int32 [slots of all texts], and where each text's begin and end."""

    slots: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def take(self, texts: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The slots of some texts, one text after another, and where each text's begin."""
        starts = self.offsets[texts]
        lengths = self.offsets[texts + 1] - starts
        firsts = np.cumsum(lengths) - lengths
        rows = np.repeat(starts - firsts, lengths) + np.arange(lengths.sum())
        return self.slots[rows], firsts


def build_languages(pairs: Sequence[Path], terms: Sequence[Path], catalog: Catalog, out: Path) -> None:
    """Fit on phrases, terms and the catalog's English titles, and write the file that ships.

    :param pairs: TSV files with columns ``query`` and ``lang``.
    :param terms: ``LANG.tsv`` files with a column ``title``.
    :param catalog: of its English titles as many are drawn as the longest file of terms has rows.
    :raises SourceError: when a file is wrong or is of a language that is not known.
    :raises TrainingError: when a language has no text.
    """
    rows = [row for path in pairs for row in _phrases(path)]
    longest = 0
    for path in terms:
        read = list(_terms(path))
        longest = max(longest, len(read))
        rows += read
    titles = [concept.title for concept in catalog if concept.kind is Kind.CODE and concept.lang == "en"]
    chance = np.random.default_rng(SEED)
    drawn = chance.choice(len(titles), min(longest, len(titles)), replace=False)
    rows += [(titles[place], "en") for place in drawn.tolist()]
    fit_languages([text for text, _ in rows], [lang for _, lang in rows], SEED).save(out)


def fit_languages(texts: Sequence[str], langs: Sequence[str], seed: int) -> LanguageGuess:
    """
    :param langs: the language of each text; all languages count the same, however many texts they have.
    :param seed: the same seed and texts give the same weights.
    :raises TrainingError: when a language has no text with a letter, or one is not known.
    """
    unknown = sorted(set(langs) - set(_CODES))
    if unknown:
        raise TrainingError(f"language {unknown[0]!r} is not known: give one of {', '.join(_CODES)}")
    chance = np.random.default_rng(seed)
    told = np.array([_CODES.index(lang) for lang in langs], np.int64)
    bags, truth = _bags([*texts, *_variants(texts, chance)], _with_variants(told))
    counts = np.bincount(truth, minlength=len(_CODES))
    if not counts.all():
        missing = _CODES[int(counts.argmin())]
        raise TrainingError(f"no text of {missing!r} to learn from: give some of every language")
    shares = (len(truth) / (len(_CODES) * counts))[truth].astype(np.float32)
    weights = _fit(bags, truth, shares, chance)
    step = float(np.abs(weights[:_BIAS]).max()) / _STEPS
    rounded = np.rint(weights[:_BIAS].T / step).astype(np.int8)
    return LanguageGuess(np.ascontiguousarray(rounded), weights[_BIAS].copy(), step)


def _fit(
    bags: _Bags, truth: NDArray[np.int64], shares: NDArray[np.float32], chance: np.random.Generator
) -> NDArray[np.float32]:
    """:return: float32 [SLOTS + 1, languages], the bias last."""
    size = (SLOTS + 1, len(_CODES))
    weights = np.zeros(size, np.float32)
    squares = np.full(size, _START, np.float32)
    batches = -(-len(truth) // _BATCH)
    for epoch in range(_EPOCHS):
        order = chance.permutation(len(truth))
        for number in range(batches):
            texts = order[number * _BATCH : (number + 1) * _BATCH]
            slots, firsts = bags.take(texts)
            errors = softmax(np.add.reduceat(weights[slots], firsts, axis=0))
            errors[np.arange(len(texts)), truth[texts]] -= 1
            errors *= shares[texts, None] / len(texts)
            spread = np.repeat(errors, np.diff(firsts, append=len(slots)), axis=0)
            slopes = np.stack([np.bincount(slots, column, SLOTS + 1) for column in spread.T], axis=1)
            squares += slopes**2
            left = 1 - (epoch * batches + number) / (_EPOCHS * batches)
            weights -= _RATE * left * slopes / np.sqrt(squares)
    return weights


def _bags(texts: Sequence[str], truth: NDArray[np.int64]) -> tuple[_Bags, NDArray[np.int64]]:
    """The slots of the texts that have a letter, and the languages of these."""
    split = [words(text) for text in texts]
    lengths = np.array([len(found) for found in split], np.int64)
    numbers = np.arange(np.count_nonzero(lengths))
    slots, places = pieces([word for found in split for word in found])
    owners = np.repeat(numbers, lengths[lengths > 0])
    width = SLOTS + 1
    keys = np.sort(np.concatenate([owners[places] * width + slots, numbers * width + _BIAS]))
    # Sorted and compared, as np.unique takes four times as long over so many.
    keys = keys[np.diff(keys, prepend=-1) > 0]
    offsets = np.searchsorted(keys, np.arange(len(numbers) + 1) * width)
    return _Bags((keys % width).astype(np.int32), offsets), truth[lengths > 0]


def _variants(texts: Sequence[str], chance: np.random.Generator) -> Iterator[str]:
    """Some texts without accents, then a few words of some."""
    yield from map(fold, texts[::_FOLDED])
    for text in texts[::_EXCERPTS]:
        split = text.split()
        length = int(chance.integers(1, _WORDS + 1))
        start = int(chance.integers(max(1, len(split) - length + 1)))
        yield " ".join(split[start : start + length])


def _with_variants(told: NDArray[np.int64]) -> NDArray[np.int64]:
    """The languages of the texts and of their :func:`_variants`."""
    return np.concatenate([told, told[::_FOLDED], told[::_EXCERPTS]])


def _phrases(path: Path) -> Iterator[tuple[str, str]]:
    for line, (query, lang) in read_columns(path, ("query", "lang")):
        if lang not in LANGUAGES:
            raise SourceError(path, line, f"language {lang!r}: give one of {', '.join(LANGUAGES)}")
        yield query, lang


def _terms(path: Path) -> Iterator[tuple[str, str]]:
    if path.stem not in LANGUAGES:
        raise SourceError(
            path, None, f"language {path.stem!r}: name the file after one of {', '.join(LANGUAGES)}"
        )
    for _, (title,) in read_columns(path, ("title",)):
        yield title, path.stem
