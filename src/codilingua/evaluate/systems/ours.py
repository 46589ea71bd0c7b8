"""Candidates and built assets in; Codilingua itself, in one of its stages, as a system to compare out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import codilingua.search
from codilingua import __version__
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, UsageError
from codilingua.evaluate.systems.base import Ranking
from codilingua.evaluate.systems.candidates import Candidates, is_searched
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.search.index import open_index, restrict
from codilingua.search.opening import assemble
from codilingua.search.prior import local_path, open_prior
from codilingua.search.profiles import DEPTH, Profile, open_profiles
from codilingua.types import Hit

_ALWAYS = 0.5
"""Share of the reranker where no language is asked whether it gains."""

STAGES: Mapping[str, Callable[[Profile], Profile]] = {
    "lexical": lambda profile: replace(profile, dense=0.0, prior=0.0, rerank=0.0),
    "dense": lambda profile: replace(profile, dense=1.0, prior=0.0, rerank=0.0),
    "fused": lambda profile: replace(profile, prior=0.0, rerank=0.0),
    "prior": lambda profile: replace(profile, rerank=0.0),
    "reranked": lambda profile: replace(profile, rerank=profile.rerank or _ALWAYS),
    "gated": lambda profile: profile,
}
"""What each stage makes of the shipped profile of a language. ``gated`` is what ships: ``fused`` is both
searches, ``prior`` the same with the prior of use, ``reranked`` every language reranked."""

_REREAD = ("reranked", "gated")


class OurSearch:
    """The product: what a user of :func:`~codilingua.search.opening.open_search` would get.

    With all surfaces the index is searched as it ships. With fewer, the others are taken out of it and
    the trigrams weighed anew, as if they had never been there.
    """

    def __init__(self, stage: str, candidates: Candidates, assets: Path | None, threads: int | None) -> None:
        """
        :param stage: one of ``STAGES``.
        :param assets: folder of built assets, of the catalog of ``candidates``; None for those that ship.
        :param threads: processor cores to use; None for all.
        :raises AssetError: when a file is missing, damaged or of another version, and for ``reranked``
            where there is no reranker.
        :raises UsageError: when there is no such stage, or the assets lack a code of the candidates.
        """
        layout = Assets.shipped() if assets is None else Assets(assets)
        if stage not in STAGES:
            raise UsageError(f"stage {stage!r} does not exist: choose {', '.join(STAGES)}")
        if stage == "reranked" and not layout.reranker.is_file():
            known = ", ".join(name for name in STAGES if name != stage)
            raise AssetError(
                f"{layout.folder}: no reranker in these assets, so nothing can be reranked; choose {known}"
            )
        layout.verify()
        catalog = Catalog.open(layout.catalog)
        index = open_index(layout, open_prior(layout, catalog))
        surfaces = len(index.places)
        if candidates.surfaces != "all":
            index = restrict(index, catalog, lambda label: is_searched(label, candidates.surfaces))
        profiles = open_profiles(layout.ranking).each(STAGES[stage])
        rerank = DEPTH if stage in _REREAD else 0
        self._search = assemble(layout, catalog, index, profiles, threads, rerank)
        self._codes = frozenset(candidates.codes)
        self._filters = EVERYTHING if candidates.pool is None else Filters(only=self._codes)
        self._read_filters()
        self.identity = f"codilingua {__version__} {_digest(layout)}, {stage}"
        self.disk_bytes = _disk_bytes(stage, layout, len(index.places) / surfaces)

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


def _disk_bytes(stage: str, layout: Assets, share: float) -> int:
    """What a stage reads: files of the assets as they are, and of the index the share that is left of it."""
    whole, indexed = [layout.catalog], [layout.surfaces]
    if stage != "dense":
        indexed.append(layout.lexical)
    if stage != "lexical":
        whole += [layout.encoder, layout.tokenizer, layout.words]
        indexed.append(layout.vectors)
    if stage not in ("lexical", "dense"):
        whole += [layout.ranking, layout.languages]
        if stage != "fused":
            whole.append(layout.prior)
    if stage in _REREAD:
        whole.append(layout.reranker)
    return _bytes(whole) + round(share * _bytes(indexed))


def _bytes(paths: Sequence[Path]) -> int:
    """Of those that are there."""
    return sum(path.stat().st_size for path in paths if path.is_file())


def _digest(layout: Assets) -> str:
    """Of the assets, of a prior fitted to counts and of the code that searches them.

    A version number says little between releases.
    """
    folder = Path(codilingua.search.__file__).parent
    sources = [*sorted(folder.glob("*.py")), folder.with_name("text.py")]
    summed = hashlib.sha256()
    local = local_path(layout)
    for path in (layout.manifest, *([local] if local.is_file() else []), *sources):
        summed.update(path.read_bytes())
    return summed.hexdigest()[:16]
