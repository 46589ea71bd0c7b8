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
"""Weights are kept on disk in steps of four: a sixth of the file, and no change of a ranking's first five."""

_WORD = re.compile(r"\w+")
_STEPS = 255
_TINY = np.finfo(np.float32).tiny
# Odd multipliers spread the three characters over the 16 bits that are kept.
_MIX = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D], np.uint32)


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Postings of each slot, side by side.

    ``offsets`` is uint32 [SLOTS + 1]: slot ``s`` owns the postings from ``offsets[s]`` to
    ``offsets[s + 1]``. ``rows`` is uint16 or uint32 [postings], surface numbers, rising within a slot.
    ``weights`` is uint8 [postings], the weight of the slot in the surface, in steps of 1/255. ``idf``
    is float32 [SLOTS], 0 where a slot has no postings.
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
        """The arrays of a file, in a form that ``np.savez_compressed`` makes small."""
        rows = self.rows.astype(np.int64)
        gaps = np.diff(rows, prepend=0)
        starts = self.offsets[:-1][np.diff(self.offsets) > 0]
        gaps[starts] = rows[starts]
        return {
            # The low and the high bytes apart: most gaps have no high ones.
            "gaps": np.stack([gaps >> shift & 0xFF for shift in (0, 8, 16)]).astype(np.uint8),
            "weights": (self.weights // _COARSE).astype(np.uint8),
            "counts": np.diff(self.offsets).astype(np.uint32),
            "idf": self.idf,
        }

    @classmethod
    def unpack(cls, arrays: Mapping[str, NDArray[Any]], surfaces: int) -> LexicalIndex:
        """
        :param arrays: as :meth:`pack` makes them.
        :raises ValueError: when they do not fit together.
        :raises KeyError: when one is missing.
        """
        counts, planes, weights = arrays["counts"], arrays["gaps"], arrays["weights"]
        if len(counts) != SLOTS or planes.shape != (3, counts.sum()) or len(weights) != counts.sum():
            raise ValueError("the postings do not fit together")
        offsets = np.zeros(SLOTS + 1, np.uint32)
        np.cumsum(counts, out=offsets[1:])
        # A slot's first gap counts from 0: taken from the last row of the slot before, a running sum will do.
        gaps = planes[0].astype(np.int32) | planes[1].astype(np.int32) << 8 | planes[2].astype(np.int32) << 16
        totals = np.cumsum(gaps, dtype=np.int64)
        before = np.where(offsets[:-1] > 0, totals[offsets[:-1].astype(np.int64) - 1], 0)
        rows = totals - np.repeat(before, counts)
        few = surfaces <= np.iinfo(np.uint16).max
        numbers = rows.astype(np.uint16) if few else rows.astype(np.uint32)
        if len(rows) and not 0 <= int(rows.max()) < surfaces:
            raise ValueError("the postings name surfaces that do not exist")
        middle = (weights * _COARSE + _COARSE // 2).astype(np.uint8)
        return cls(offsets, numbers, middle, arrays["idf"], surfaces)


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
    slots, rows, weights = slots[heavy], rows[heavy], weights[heavy]
    offsets = np.zeros(SLOTS + 1, np.uint32)
    np.cumsum(np.bincount(slots, minlength=SLOTS), out=offsets[1:])
    few = len(texts) <= np.iinfo(np.uint16).max
    numbers = rows.astype(np.uint16) if few else rows.astype(np.uint32)
    return LexicalIndex(offsets, numbers, weights, idf, len(texts))


def _count(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Slot, surface and count of each trigram of each surface, sorted by slot, then surface."""
    grams = [trigrams(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(gram) for gram in grams])
    pairs, counts = np.unique(np.concatenate(grams).astype(np.int64) * len(texts) + rows, return_counts=True)
    return pairs // len(texts), pairs % len(texts), counts
