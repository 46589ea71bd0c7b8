"""Surfaces in; a character-trigram index out, and from it how much each surface looks like a query.

Trigrams of folded words, weighted by TF-IDF and compared by cosine, forgive a typing error, a missing
accent and the order of words, and find the Latin and Greek roots that medical words of six languages
share. Chosen by measurement over SQLite FTS5, tantivy and bm25s (``results/LOG.md``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codilingua.text import fold

SLOTS = 1 << 16
"""Trigrams are hashed into this many slots; a catalog uses about a tenth of them."""

COMMON = 0.1
"""Trigrams in a larger share of the surfaces tell too little for the time they cost."""

FEW = 1000
"""Trigrams in no more surfaces than this cost next to nothing, so a small catalog keeps them all."""

LIGHTEST = 32
"""Weights below this many steps are left out: a quarter of the index, and no loss on the development sets."""

_COARSE = 4
"""Weights are rounded to the middle of so many steps and take six bits on disk: no loss on 1,500 phrases of
the development set, though rankings change among near equals."""

_WORD = re.compile(r"\w+")
_STEPS = 255
_SHIFTS = (0, 8, 16)
_TINY = np.finfo(np.float32).tiny
# Odd multipliers spread the three characters over the 16 bits that are kept.
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], np.uint32)


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Postings of each slot, side by side.

    ``offsets`` is uint32 [SLOTS + 1]: slot ``s`` owns the postings from ``offsets[s]`` to
    ``offsets[s + 1]``. ``rows`` is uint16 or uint32 [postings], surface numbers, rising within a slot.
    ``weights`` is uint8 [postings], the weight of the slot in the surface, in steps of 1/255, to the
    nearest of 64. ``idf`` is float32 [SLOTS], 0 where a slot has no postings.
    """

    offsets: NDArray[np.uint32]
    rows: NDArray[np.uint16] | NDArray[np.uint32]
    weights: NDArray[np.uint8]
    idf: NDArray[np.float32]
    surfaces: int

    def scores(self, query: str) -> NDArray[np.float32]:
        """Cosine of the query and each surface in the space of trigrams.

        :return: float32 [surfaces], in 0-1; all 0 where the query has no known trigram.
        """
        slots, counts = np.unique(trigrams(query), return_counts=True)
        weights = (1 + np.log(counts)) * self.idf[slots]
        length = float(np.sqrt(weights @ weights))
        totals = np.zeros(self.surfaces, np.float32)
        if length == 0.0:
            return totals
        shares = (weights / (_STEPS * length)).astype(np.float32)
        for slot, share in zip(slots.tolist(), shares, strict=True):
            start, stop = self.offsets[slot], self.offsets[slot + 1]
            # A surface occurs once in a slot, so indexed addition adds each of its weights.
            totals[self.rows[start:stop]] += self.weights[start:stop] * share
        # Weights are rounded, so that a text's likeness to itself may come out a little above 1.
        return np.minimum(totals, 1, out=totals)

    def pack(self) -> dict[str, NDArray[Any]]:
        """What a file holds of it, in a form that ``np.savez_compressed`` makes small.

        :return: ``counts`` uint32 [SLOTS], postings of each slot; ``gaps`` uint8 [3, postings], how far each
            row is from the one before it in its slot, or from 0, the low bytes first; ``weights`` uint8
            [postings], in 64 steps; ``idf`` as it is.
        """
        counts = np.diff(self.offsets)
        rows = self.rows.astype(np.uint32)
        gaps = np.diff(rows, prepend=np.uint32(0))
        starts = self.offsets[:-1][counts > 0]
        gaps[starts] = rows[starts]
        return {
            "counts": counts,
            # The bytes apart: most gaps are short, so most of the higher ones are 0.
            "gaps": np.stack([gaps >> shift & 0xFF for shift in _SHIFTS]).astype(np.uint8),
            "weights": self.weights // np.uint8(_COARSE),
            "idf": self.idf,
        }

    @classmethod
    def unpack(cls, arrays: Mapping[str, NDArray[Any]], surfaces: int) -> LexicalIndex:
        """
        :param arrays: as :meth:`pack` makes them.
        :param surfaces: how many were indexed.
        :raises ValueError: when they do not fit together.
        :raises KeyError: when one is missing.
        """
        counts, gaps, weights, idf = (arrays[name] for name in ("counts", "gaps", "weights", "idf"))
        _expect("counts", counts, np.uint32, (SLOTS,))
        postings = int(counts.sum(dtype=np.int64))
        _expect("gaps", gaps, np.uint8, (len(_SHIFTS), postings))
        _expect("weights", weights, np.uint8, (postings,))
        _expect("idf", idf, np.float32, (SLOTS,))
        offsets = _offsets(counts)
        rows = _rows(gaps, offsets[:-1][counts > 0])
        if int(rows.max(initial=0)) >= max(surfaces, 1):
            raise ValueError(f"a posting names surface {rows.max()} of {surfaces}")
        return cls(offsets, _narrow(rows, surfaces), _middle(weights), idf, surfaces)


def trigrams(text: str) -> NDArray[np.uint16]:
    """Slots of the trigrams of each word with its edges marked: ``ictus`` → ``^ic ict ctu tus us$``."""
    marked = "".join(f"^{word}$" for word in _WORD.findall(fold(text)))
    if not marked:
        return np.empty(0, np.uint16)
    points = np.array([marked]).view(np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(points, 3)
    # A window across two words ("s$^" or "$^m") is none of either's.
    inside = (windows[:, 0] != ord("$")) & (windows[:, 1] != ord("$"))
    mixed = (windows[inside] * _MIX).sum(axis=1, dtype=np.uint32)
    slots: NDArray[np.uint16] = (mixed >> np.uint32(16)).astype(np.uint16)
    return slots


def build_lexical(texts: Sequence[str]) -> LexicalIndex:
    """Index surfaces; their numbers are their places in ``texts``."""
    slots, rows, counts = _count(texts)
    frequency = np.bincount(slots, minlength=SLOTS)
    kept = (frequency > 0) & (frequency <= max(COMMON * len(texts), FEW))
    idf = np.zeros(SLOTS, np.float32)
    idf[kept] = np.log((len(texts) + 1) / (frequency[kept] + 0.5))
    values = (1 + np.log(counts)) * idf[slots]
    length = np.sqrt(np.bincount(rows, values**2, minlength=len(texts)))
    weights = np.rint(_STEPS * values / np.maximum(length[rows], _TINY)).astype(np.uint8)
    heavy = weights >= LIGHTEST
    offsets = _offsets(np.bincount(slots[heavy], minlength=SLOTS))
    middle = _middle(weights[heavy] // np.uint8(_COARSE))
    return LexicalIndex(offsets, _narrow(rows[heavy], len(texts)), middle, idf, len(texts))


def _count(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Slot, surface and count of each trigram of each surface, sorted by slot, then surface."""
    grams = [trigrams(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(gram) for gram in grams])
    pairs, counts = np.unique(np.concatenate(grams).astype(np.int64) * len(texts) + rows, return_counts=True)
    return pairs // len(texts), pairs % len(texts), counts


def _offsets(counts: NDArray[Any]) -> NDArray[np.uint32]:
    offsets = np.zeros(SLOTS + 1, np.uint32)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _middle(coarse: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Weights in 64 steps as weights in 256."""
    return coarse * np.uint8(_COARSE) + np.uint8(_COARSE // 2)


def _narrow(rows: NDArray[Any], surfaces: int) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """Surface numbers in as few bytes as they need."""
    return rows.astype(np.uint16) if surfaces <= np.iinfo(np.uint16).max else rows.astype(np.uint32)


def _rows(planes: NDArray[np.uint8], starts: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """
    :param planes: the gaps of :meth:`LexicalIndex.pack`.
    :param starts: place of the first posting of each slot that has one.
    :return: the surface of each posting.
    """
    gaps = np.zeros(planes.shape[1], np.uint32)
    for plane, shift in zip(planes, _SHIFTS, strict=True):
        gaps |= plane.astype(np.uint32) << np.uint32(shift)
    if len(starts):
        # A slot's first gap counts from 0: taken from the last row of the slot before, one running sum does.
        gaps[starts[1:]] -= np.add.reduceat(gaps, starts)[:-1]
    rows: NDArray[np.uint32] = np.cumsum(gaps, dtype=np.uint32)
    return rows


def _expect(name: str, array: NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(f"{name} are {array.dtype} {list(array.shape)}, not {np.dtype(dtype)} {list(shape)}")
