"""A short text in; which of the six languages it is written in, and how sure that is, out.

A linear model over hashed pieces of words, one to five characters with the word's edges marked. Accents and
elisions stay, unlike in :mod:`codilingua.search.lexical`: ``ç``, ``ñ``, ``ã``, ``l·l`` and ``d'`` are what
tells neighbouring languages apart. :mod:`codilingua.train.languages` fits it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.errors import AssetError
from codilingua.text import clean
from codilingua.types import LANGUAGES

BITS = 15
SLOTS = 1 << BITS
"""Pieces of words are hashed into this many slots."""

LONGEST = 5
"""Characters in the longest piece, edges counted: whole words of three letters, the ends of longer ones."""

_CODES = tuple(LANGUAGES)
_REBUILD = "install codilingua again, or run  codilingua build"
# Latin letters alone: another script's would fall into slots that stand for these.
_WORD = re.compile(r"[a-zß-öø-ÿĀ-ſ]+(?:·[a-zß-öø-ÿĀ-ſ]+)*'?")
_OPEN, _CLOSE = "^", "$"
# Odd multipliers: one makes the order of letters count, the other spreads them over the bits that are kept.
_NEXT = np.uint32(0x01000193)
_SPREAD = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """What tells the languages apart.

    ``weights`` is int8 [languages, SLOTS], in steps of ``step``: how much a piece of a word speaks for a
    language (natural log of odds). ``bias`` is float32 [languages]. Languages stand in the order of
    :data:`codilingua.types.LANGUAGES`.
    """

    weights: NDArray[np.int8]
    bias: NDArray[np.float32]
    step: float

    def guess(self, text: str) -> tuple[str, float]:
        """The likeliest language and its probability; the first language where all are as likely."""
        chances = self.probabilities(text)
        best = int(chances.argmax())
        return _CODES[best], float(chances[best])

    def probabilities(self, text: str) -> NDArray[np.float32]:
        """How likely each language is, given that it is one of them.

        :return: float32 [languages], summing to 1; all the same where the text has no Latin letter.
        """
        slots, _ = pieces(words(text))
        if not len(slots):
            return np.full(len(_CODES), 1 / len(_CODES), np.float32)
        sums = self.weights[:, np.unique(slots)].sum(axis=1, dtype=np.int32)
        return softmax(self.bias + np.float32(self.step) * sums.astype(np.float32))

    def save(self, path: Path) -> None:
        """Write it where :func:`open_languages` reads it."""
        step = np.float32(self.step)
        np.savez_compressed(path, weights=self.weights, bias=self.bias, step=step)


def open_languages(path: Path) -> LanguageGuess:
    """
    :raises AssetError: when the file is missing, damaged or of another form.
    """
    if not path.is_file():
        raise AssetError(f"{path}: missing; {_REBUILD}")
    try:
        # Opened here, as NumPy leaves a damaged file open.
        with path.open("rb") as file, np.load(file) as arrays:
            guess = LanguageGuess(arrays["weights"], arrays["bias"], float(arrays["step"]))
    # zipfile, zlib and NumPy raise some ten classes between them over one changed byte.
    except Exception as error:
        raise AssetError(f"{path}: damaged ({error!r}); {_REBUILD}") from error
    forms = [(array.dtype.name, array.shape) for array in (guess.weights, guess.bias)]
    if forms != [("int8", (len(_CODES), SLOTS)), ("float32", (len(_CODES),))]:
        found = ", ".join(f"{dtype} {list(shape)}" for dtype, shape in forms)
        raise AssetError(f"{path}: of another version ({found}); {_REBUILD}")
    if not (np.isfinite(guess.step) and np.isfinite(guess.bias).all()):
        raise AssetError(f"{path}: damaged (a weight is no number); {_REBUILD}")
    return guess


def words(text: str) -> list[str]:
    """Words in lower case, without digits and signs: ``2 dies d’otàlgia`` → ``dies``, ``d'``, ``otàlgia``."""
    return _WORD.findall(clean(text).lower().replace("’", "'"))


def pieces(words: Sequence[str]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Slots of the pieces of words, for one text or for many at once.

    :return: the slot of each piece, and the place in ``words`` of the word that it is of.
    """
    if not words:
        return np.empty(0, np.uint16), np.empty(0, np.int64)
    points = np.array([_OPEN + f"{_CLOSE}{_OPEN}".join(words) + _CLOSE]).view(np.uint32)
    closed = points == ord(_CLOSE)
    # How many words have ended before a character is the place of the word that it is in.
    places = np.cumsum(closed) - closed
    edges = closed | (points == ord(_OPEN))
    slots, owners = [_slots(points[~edges])], [places[~edges]]
    hashed = points
    for length in range(2, LONGEST + 1):
        hashed = hashed[:-1] * _NEXT + points[length - 1 :]
        starts = places[: len(hashed)]
        inside = starts == places[length - 1 :]
        slots.append(_slots(hashed[inside]))
        owners.append(starts[inside])
    return np.concatenate(slots), np.concatenate(owners)


def _slots(hashed: NDArray[np.uint32]) -> NDArray[np.uint16]:
    slots: NDArray[np.uint16] = ((hashed * _SPREAD) >> np.uint32(32 - BITS)).astype(np.uint16)
    return slots


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shares of the last axis, summing to 1."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float32] = grown / grown.sum(axis=-1, keepdims=True)
    return shares
