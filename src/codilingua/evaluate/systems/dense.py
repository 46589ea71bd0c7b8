"""An encoder and candidates in; a system that ranks by the cosine of sentence vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.evaluate.systems.base import Ranking, rank_in_blocks
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.evaluate.systems.embeddings import Progress, TextEncoder, embed

_FLOAT_BYTES = 4


class DenseSystem:
    """Exact search by cosine, in float32, over the embedded surfaces.

    The surfaces come from the cache of embeddings. Queries never do, so that timing them is honest.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        candidates: Candidates,
        cache: Path,
        model_bytes: int,
        query_prefix: str = "",
        passage_prefix: str = "",
        progress: Progress | None = None,
    ) -> None:
        """
        :param model_bytes: what the encoder keeps on disk; the vectors are added here.
        :raises AssetError: when the cache cannot be used.
        """
        self._encoder = encoder
        self._candidates = candidates
        self._prefix = query_prefix
        self._vectors = embed(encoder, candidates.texts, passage_prefix, cache, progress)
        self.identity = f"cosine of {encoder.identity}, {query_prefix!r} {passage_prefix!r}"
        self.disk_bytes = model_bytes + self._vectors.size * _FLOAT_BYTES

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`. Cosines at or below 0 bring no answer."""
        return rank_in_blocks(queries, self._score, self._candidates, k)

    def _score(self, queries: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(self._encoder.encode(queries, self._prefix) @ self._vectors.T, np.float32)
