"""Candidates in; BM25 over the words of their texts out. Extra: ``eval``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from codilingua.evaluate.systems.base import Ranking, rank_in_blocks
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.extras import require


class Bm25:
    """BM25 by the package bm25s (MIT licence), as it comes: Lucene's variant with k1 1.5 and b 0.75, words
    of two characters and more in lower case, without English stop words, not stemmed.

    The baseline of full-text search: it finds the words that are typed and no others.
    """

    def __init__(self, candidates: Candidates) -> None:
        """:raises MissingExtra: when bm25s is not installed."""
        require("eval", "bm25s")
        import bm25s

        self._candidates = candidates
        self._retriever = bm25s.BM25()
        self._retriever.index(self._words(candidates.texts), show_progress=False)
        self.identity = f"bm25s {version('bm25s')}"
        arrays = (self._retriever.scores[name] for name in ("data", "indices", "indptr"))
        words = (word.encode() for word in self._retriever.vocab_dict)
        self.disk_bytes = sum(array.nbytes for array in arrays) + sum(map(len, words))

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`."""
        return rank_in_blocks(queries, self._score, self._candidates, k)

    def _score(self, queries: Sequence[str]) -> NDArray[np.float32]:
        block = self._words(queries)
        scores = np.zeros((len(block), len(self._candidates.texts)), np.float32)
        for row, words in zip(scores, block, strict=True):
            known = self._retriever.get_tokens_ids(words)
            if known:
                row[:] = self._retriever.get_scores_from_ids(known)
        return scores

    @staticmethod
    def _words(texts: Sequence[str]) -> list[list[str]]:
        import bm25s

        words: list[list[str]] = bm25s.tokenize(
            list(texts), stopwords="en", return_ids=False, show_progress=False
        )
        return words
