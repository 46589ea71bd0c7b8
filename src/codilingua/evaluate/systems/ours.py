"""Candidates and built assets in; Codilingua itself, in one of its stages, as a system to compare out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import codilingua.search
from codilingua import __version__
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, UsageError
from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates, is_searched
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.search.index import Index, open_index, restrict
from codilingua.search.ranking import DENSE_WEIGHT
from codilingua.types import Hit

WEIGHTS = {"lexical": 0.0, "dense": 1.0, "fused": DENSE_WEIGHT}
"""Stage → share of the sentence vectors in a score. ``fused`` is what ships."""


class OurSearch:
    """The product: what a user of :func:`~codilingua.search.opening.open_search` would get.

    With all surfaces the index is searched as it ships. With fewer, the others are taken out of it and
    the trigrams weighed anew, as if they had never been there.
    """

    def __init__(self, stage: str, candidates: Candidates, assets: Path | None, threads: int | None) -> None:
        """
        :param stage: ``lexical``, ``dense`` or ``fused``.
        :param assets: folder of built assets, of the catalog of ``candidates``; None for those that ship.
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file is missing, damaged or of another version, and for ``reranked``
            where there is no reranker.
        :raises UsageError: when there is no such stage, or the assets lack a code of the candidates.
        """
        layout = Assets.shipped() if assets is None else Assets(assets)
        if stage == "reranked":
            raise AssetError(
                f"{layout.folder}: no reranker in these assets, so nothing can be reranked; "
                f"choose {', '.join(WEIGHTS)}"
            )
        if stage not in WEIGHTS:
            raise UsageError(f"stage {stage!r} does not exist: choose {', '.join(WEIGHTS)}")
        layout.verify()
        catalog, index = Catalog.open(layout.catalog), open_index(layout)
        if candidates.surfaces != "all":
            index = restrict(index, catalog, lambda label: is_searched(label, candidates.surfaces))
        encoder = Encoder(layout.encoder, layout.tokenizer, threads)
        self._search = Search(catalog, encoder, index, threads, WEIGHTS[stage])
        self._codes = frozenset(candidates.codes)
        self._filters = EVERYTHING if candidates.pool is None else Filters(only=self._codes)
        self._read_filters()
        self.identity = f"codilingua {__version__} {_digest(layout)}, {stage}, weight {WEIGHTS[stage]}"
        self.disk_bytes = _disk_bytes(stage, layout, index)

    def rank(self, queries: Sequence[str], k: int) -> Ranking:
        """See :class:`~codilingua.evaluate.systems.base.System`. What is typed as a code is looked up."""
        ranking = Ranking([[] for _ in queries], [[] for _ in queries])
        numbers = [number for number, query in enumerate(queries) if self._is_searched(query)]
        found = self._search.batch([queries[number] for number in numbers], k, self._filters)
        for number, hits in zip(numbers, found, strict=True):
            for hit in hits:
                code = self._tabular(hit)
                if code is not None:
                    ranking.codes[number].append(code)
                    ranking.scores[number].append(hit.score)
        return ranking

    def close(self) -> None:
        """Give the catalog's file back. Nothing can be ranked afterwards."""
        self._search.close()

    def _read_filters(self) -> None:
        """Now, so that no query has to wait for it and a pool of another catalog is refused at once."""
        try:
            self._search.batch([], filters=self._filters)
        except UsageError:
            self.close()
            raise

    def _is_searched(self, query: str) -> bool:
        try:
            self._search.check(query)
        except UsageError:
            return False
        return True

    def _tabular(self, hit: Hit) -> str | None:
        """The candidate that a hit is, or completes with its 7th character."""
        code = hit.code if hit.code in self._codes else self._search.catalog.get(hit.code).parent
        return code if code in self._codes else None


def _disk_bytes(stage: str, layout: Assets, index: Index) -> int:
    """What a stage reads: files of the assets as they are, and of the index what is left of it."""
    lexical = index.lexical
    trigrams = (lexical.offsets, lexical.rows, lexical.weights, lexical.idf)
    total = layout.catalog.stat().st_size + index.places.nbytes
    if stage != "dense":
        total += sum(array.nbytes for array in trigrams)
    if stage != "lexical":
        total += layout.encoder.stat().st_size + layout.tokenizer.stat().st_size + index.vectors.matrix.nbytes
    return total


def _digest(layout: Assets) -> str:
    """Of the assets and of the code that searches them: a version number says little between releases."""
    folder = Path(codilingua.search.__file__).parent
    sources = [*sorted(folder.glob("*.py")), folder.with_name("text.py")]
    summed = hashlib.sha256()
    for path in (layout.manifest, *sources):
        summed.update(path.read_bytes())
    return summed.hexdigest()[:16]
