"""A cross-encoder and a first stage in; a system that reranks its codes out. Extra: ``eval``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import metadata

import numpy as np

from codilingua.errors import AssetError
from codilingua.evaluate.systems.base import Ranking, System
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.evaluate.systems.sentence_models import digest, loading, weight_bytes
from codilingua.extras import require

DEPTH = 50
"""Codes of the first stage that are read again."""

_BATCH = 32


class Reranker:
    """Reads the query beside the title of each of the first stage's best codes, and orders them anew."""

    def __init__(
        self, name: str, first: System, candidates: Candidates, threads: int | None = None, depth: int = DEPTH
    ) -> None:
        """
        :param name: a local folder, or a name on the model hub; a model with one output.
        :param depth: codes to read again; what stands below them stays below.
        :raises MissingExtra: when sentence-transformers is not installed.
        :raises AssetError: when there is no such model, it has several outputs, or the hub is out of reach.
        """
        require("eval", "torch", "sentence_transformers")
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads or os.cpu_count() or 1)
        with loading(name):
            self._model = CrossEncoder(name, device="cpu", trust_remote_code=False)
        if self._model.num_labels != 1:
            raise AssetError(
                f"hf:{name}: it has {self._model.num_labels} outputs, and reranking takes one score; "
                "give a cross-encoder trained to rank"
            )
        self._first = first
        self._depth = depth
        starts = candidates.firsts
        titles = [candidates.texts[start] for start in starts.tolist()]
        owners = [candidates.codes[place] for place in candidates.places[starts].tolist()]
        self._titles = dict(zip(owners, titles, strict=True))
        version = metadata.version("sentence-transformers")
        model = digest(self._model)
        self.identity = f"cross-encoder {version} {model} over {depth} of ({first.identity})"
        self.disk_bytes = first.disk_bytes + weight_bytes(self._model)

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`. Scores fall with the rank."""
        found = self._first.rank(queries, max(k, self._depth))
        ranking = Ranking([], [])
        for query, codes in zip(queries, found.codes, strict=True):
            order = self._order(query, codes[: self._depth]) + codes[self._depth :]
            ranking.codes.append(order[:k])
            ranking.scores.append([1 / (place + 1) for place in range(len(order[:k]))])
        return ranking

    def _order(self, query: str, codes: list[str]) -> list[str]:
        if not codes:
            return []
        pairs = [(query, self._titles[code]) for code in codes]
        scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return [codes[place] for place in np.argsort(-np.asarray(scores, np.float64), kind="stable").tolist()]
