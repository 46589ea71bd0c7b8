"""Assets in; a search that reads every query's best codes again, whatever its language, out.

The product asks its gate first, and leaves out the languages that gain nothing. What a reranked query costs
should not depend on how many of those are in the sample.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.processes import Worker
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.evaluate.systems.ours import STAGES
from codilingua.search.encoder import Encoder
from codilingua.search.engine import Search
from codilingua.search.index import open_index
from codilingua.search.language import open_languages
from codilingua.search.prior import open_prior
from codilingua.search.profiles import open_profiles
from codilingua.search.reranker import Reranker

NAME = "codilingua-reranked"
DEPTHS = (20, 10)
"""How many codes are read again: what ships, and half of it."""


def open_reranked(assets: Assets, depth: int, cores: int) -> Search:
    """
    :param depth: codes that are read again, 1-20.
    :raises AssetError: when a file is missing, damaged or of another version.
    """
    assets.verify()
    catalog = Catalog.open(assets.catalog)
    return Search(
        catalog,
        Encoder(assets.encoder, assets.tokenizer, cores),
        open_index(assets, open_prior(assets, catalog)),
        cores,
        open_profiles(assets.ranking).each(STAGES["reranked"]),
        open_languages(assets.languages) if assets.languages.is_file() else None,
        Reranker(assets.reranker, assets.tokenizer, cores),
        depth,
    )


def reranked_workers(stack: ExitStack, *depths: int, folder: Path | None = None) -> dict[int, Worker]:
    """A process for each of these depths, open as long as the stack; none where there is no reranker.

    :param folder: of the assets; None for those that ship.
    """
    assets = Assets.shipped() if folder is None else Assets(folder)
    if not assets.reranker.is_file():
        print("  no reranker in the assets: nothing reranked is measured", file=sys.stderr)
        return {}
    return {depth: stack.enter_context(Worker(NAME, str(depth), str(assets.folder))) for depth in depths}
