"""A folder of assets in; an opened, checked search out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, UsageError
from codilingua.search.profiles import DEPTH, Profiles, open_profiles

if TYPE_CHECKING:
    from codilingua.search.engine import Search
    from codilingua.search.index import Index


def open_search(
    assets: Path | str | None = None,
    threads: int | None = None,
    dense_weight: float | None = None,
    rerank: int = DEPTH,
    prior: Path | str | None = None,
) -> Search:
    """Open a search over built assets.

    :param assets: folder that ``codilingua build`` or ``codilingua catalog index`` wrote; None for
        the ICD-10-CM that ships with the package.
    :param threads: processor cores to use; None for all.
    :param dense_weight: share of the sentence vectors in a score, 0-1, the rest is the trigrams'; neither
        prior nor reranker then count, hits have no confidence, and 1 and 0 search by one of the two alone.
        None for the shares that were measured as best.
    :param rerank: how many of the best codes the reranker reads again, 0-20; 0 for none, which is faster.
    :param prior: a file that ``codilingua prior fit`` wrote; None for the one beside the assets.
    :raises UsageError: when the share is not within 0-1, or ``rerank`` not within 0-20.
    :raises AssetError: when a file is missing, damaged or of another version.
    """
    if dense_weight is not None and not 0 <= dense_weight <= 1:
        raise UsageError(f"dense_weight is {dense_weight}: give a number from 0 to 1")
    if not 0 <= rerank <= DEPTH:
        raise UsageError(f"rerank is {rerank}: give a number of codes from 0 to {DEPTH}")
    layout = Assets.shipped() if assets is None else Assets(Path(assets))
    with ThreadPoolExecutor(1) as aside:
        # Hashing 60 MB takes as long as importing ONNX Runtime; side by side they take once that.
        checked = aside.submit(layout.verify)
        from codilingua.search.index import open_index
        from codilingua.search.prior import open_prior

        checked.result()
    profiles = open_profiles(layout.ranking)
    if dense_weight is not None:
        # Knots say what the scores of other weights are worth.
        profiles = profiles.changed(dense=dense_weight, prior=0.0, rerank=0.0, knots=())
    catalog = Catalog.open(layout.catalog)
    index = open_index(layout, open_prior(layout, catalog, None if prior is None else Path(prior)))
    return assemble(layout, catalog, index, profiles, threads, 0 if dense_weight is not None else rerank)


def assemble(
    layout: Assets, catalog: Catalog, index: Index, profiles: Profiles, threads: int | None, rerank: int
) -> Search:
    """A search over an opened index, with the models that lie in the assets.

    :param profiles: of the assets, or changed.
    :param rerank: codes that the reranker reads again, where there is one; 0 for none.
    :raises AssetError: when a model cannot be loaded, or does not fit the index.
    """
    from codilingua.search.encoder import Encoder
    from codilingua.search.engine import Search
    from codilingua.search.language import open_languages
    from codilingua.search.reranker import Reranker

    encoder = Encoder(layout.encoder, layout.tokenizer, threads)
    held = index.vectors.matrix.shape[1]
    if encoder.dimensions != held:
        raise AssetError(
            f"{layout.folder}: vectors of {held} dimensions, where the encoder makes {encoder.dimensions}; "
            "run  codilingua build"
        )
    reads = rerank > 0 and layout.reranker.is_file()
    return Search(
        catalog,
        encoder,
        index,
        threads,
        profiles,
        open_languages(layout.languages) if layout.languages.is_file() else None,
        Reranker(layout.reranker, layout.tokenizer, threads) if reads else None,
        rerank or DEPTH,
    )
