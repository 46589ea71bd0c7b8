"""A folder of assets in; an opened, checked search out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog

if TYPE_CHECKING:
    from codilingua.search.engine import Search


def open_search(
    assets: Path | str | None = None, threads: int | None = None, dense_weight: float | None = None
) -> Search:
    """Open a search over built assets.

    :param assets: folder that ``codilingua build`` or ``codilingua catalog index`` wrote; None for
        the ICD-10-CM that ships with the package.
    :param threads: processor cores to use; None for all.
    :param dense_weight: share of the sentence vectors in a score, 0-1, the rest is the trigrams'; 1 and 0
        search by one of the two alone. None for the share that was measured as best.
    :raises UsageError: when the share is not within 0-1.
    :raises AssetError: when a file is missing, damaged or of another version.
    """
    layout = Assets.shipped() if assets is None else Assets(Path(assets))
    with ThreadPoolExecutor(1) as aside:
        # Hashing 60 MB takes as long as importing ONNX Runtime; side by side they take once that.
        checked = aside.submit(layout.verify)
        from codilingua.search.encoder import Encoder
        from codilingua.search.engine import Search
        from codilingua.search.index import open_index
        from codilingua.search.ranking import DENSE_WEIGHT

        checked.result()
    encoder, index = Encoder(layout.encoder, layout.tokenizer, threads), open_index(layout)
    share = DENSE_WEIGHT if dense_weight is None else dense_weight
    return Search(Catalog.open(layout.catalog), encoder, index, threads, share)
