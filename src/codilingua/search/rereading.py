"""Ranked codes of the first stage in; the reranker's scores of them out, each worded as it was trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.search.index import Index
from codilingua.search.ranking import Ranked
from codilingua.search.reranker import Reranker, candidate_text


def reread(
    catalog: Catalog, index: Index, reranker: Reranker, texts: Sequence[str], ranked: Sequence[list[Ranked]]
) -> list[NDArray[np.float32]]:
    """
    :param ranked: for each text the codes to read, in any number.
    :return: for each text float32 [its codes], comparable within the text.
    """
    wordings = _wordings(catalog, index, {best.row for some in ranked for best in some})
    pairs = [(text, wordings[best.row]) for text, some in zip(texts, ranked, strict=True) for best in some]
    scores = reranker.scores(pairs)
    return np.split(scores, np.cumsum([len(some) for some in ranked])[:-1])


def _wordings(catalog: Catalog, index: Index, rows: Collection[int]) -> dict[int, str]:
    """What the reranker reads of each row of the index."""
    places = {row: int(index.places[row]) for row in rows}
    concepts = catalog.at(set(places.values()))
    titles = catalog.titles({concept.parent for concept in concepts.values() if concept.parent is not None})
    return {
        row: candidate_text(
            concepts[place].title,
            concepts[place].surfaces[index.number(row)].text,
            titles.get(concepts[place].parent or ""),
        )
        for row, place in places.items()
    }
