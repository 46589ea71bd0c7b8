"""Candidates in; TF-IDF over the character trigrams of their texts out. Extra: ``eval``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from codilingua.evaluate.systems.base import Ranking, rank_in_blocks
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.extras import require


class CharNgram:
    """Cosine of TF-IDF vectors of character trigrams, by scikit-learn (BSD-3-Clause licence).

    Two tools that map medical terms find their candidates so. xMEN takes the linker of scispaCy: the same
    vectors as here (``char_wb``, trigrams of lower-cased words, accents kept), the nearest by an
    approximate graph, and trigrams of fewer than ten names left out, which a terminology of millions of
    names can afford. OHDSI Usagi cuts a whole term into pieces of two and three characters, takes
    Lucene's first hundred concepts, and orders them by the cosine of their TF-IDF. Here the search is
    exact and keeps every trigram; neither tool's synonyms, languages and later steps are part of it.
    Sources: ``create_tfidf_ann_index`` in scispaCy's ``candidate_generation.py``; Usagi's
    ``UsagiAnalyzer.java`` and ``UsagiSearchEngine.java``.
    """

    def __init__(self, candidates: Candidates) -> None:
        """:raises MissingExtra: when scikit-learn is not installed."""
        require("eval", "sklearn")
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._candidates = candidates
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32)
        # By trigram, so that a query looks at the texts that share one with it, and at no others.
        self._postings = self._vectorizer.fit_transform(candidates.texts).T.tocsr()
        self.identity = f"scikit-learn {version('scikit-learn')}, char_wb 3"
        arrays = (self._postings.data, self._postings.indices, self._postings.indptr, self._vectorizer.idf_)
        trigrams = (trigram.encode() for trigram in self._vectorizer.vocabulary_)
        self.disk_bytes = sum(array.nbytes for array in arrays) + sum(map(len, trigrams))

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`."""
        return rank_in_blocks(queries, self._score, self._candidates, k)

    def _score(self, queries: Sequence[str]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = (self._vectorizer.transform(queries) @ self._postings).toarray()
        return scores
