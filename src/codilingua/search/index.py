"""A catalog and an encoder in; the searchable index of every surface of every code, on disk and opened."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError
from codilingua.search.encoder import PASSAGE, Encoder
from codilingua.search.lexical import LexicalIndex, build_lexical
from codilingua.search.vectors import VectorIndex, quantise
from codilingua.types import Kind

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Index:
    """The surfaces of a catalog's codes, numbered in the order of the book, titles before labels.

    ``places`` is uint32 [surfaces], rising: the place in the book of each surface's concept.
    """

    places: NDArray[np.uint32]
    vectors: VectorIndex
    lexical: LexicalIndex


def build_index(catalog: Catalog, encoder: Encoder, assets: Assets, progress: Progress | None = None) -> None:
    """Write ``assets.vectors``, ``assets.surfaces`` and ``assets.lexical``.

    :raises AssetError: when the catalog has no code.
    """
    texts, places = _surfaces(catalog)
    if not texts:
        raise AssetError(f"{assets.catalog}: the catalog has no code, so there is nothing to index")
    np.save(assets.surfaces, np.array(places, np.uint32))
    np.save(assets.vectors, _embed(texts, encoder, progress))
    lexical = build_lexical(texts)
    np.savez(
        assets.lexical,
        offsets=lexical.offsets,
        rows=lexical.rows,
        weights=lexical.weights,
        idf=lexical.idf,
    )


def index_catalog(catalog: Path, out: Path, progress: Progress | None = None) -> None:
    """Make a catalog of the user's own searchable, with the encoder that ships.

    :param catalog: a compiled catalog, as ``codilingua catalog import`` writes it.
    :param out: folder for the assets that :func:`~codilingua.search.opening.open_search` opens.
    :raises AssetError: when the catalog or the shipped encoder is wrong, or the folder cannot be written.
    """
    shipped = Assets.shipped()
    shipped.verify()
    with Catalog.open(catalog) as opened:
        info = opened.info
        provenance = {
            "catalog": f"{info.name} {info.edition}",
            "source": info.source,
            "licence": info.licence,
        }
        with Assets(out).replaced(provenance) as made:
            for ours, theirs in (
                (made.catalog, catalog),
                (made.encoder, shipped.encoder),
                (made.tokenizer, shipped.tokenizer),
            ):
                shutil.copyfile(theirs, ours)
            build_index(opened, Encoder(made.encoder, made.tokenizer), made, progress)


def open_index(assets: Assets) -> Index:
    """:raises AssetError: when a file of the index is missing or is no array."""
    try:
        places = np.load(assets.surfaces)
        # Mapped, not read: the pages are shared by all processes that search.
        matrix = np.load(assets.vectors, mmap_mode="r")
        with np.load(assets.lexical) as arrays:
            lexical = LexicalIndex(**arrays, surfaces=len(places))
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise AssetError(
            f"{assets.folder}: the index cannot be read ({error}); run  codilingua build"
        ) from error
    return Index(places, VectorIndex(matrix.view(np.ndarray)), lexical)


def _surfaces(catalog: Catalog) -> tuple[list[str], list[int]]:
    texts: list[str] = []
    places: list[int] = []
    for place, concept in enumerate(catalog, start=1):
        if concept.kind is Kind.CODE:
            texts.extend(surface.text for surface in concept.surfaces)
            places.extend([place] * len(concept.surfaces))
    return texts, places


def _embed(texts: Sequence[str], encoder: Encoder, progress: Progress | None) -> NDArray[np.int8]:
    matrix = np.empty((len(texts), encoder.dimensions), np.int8)
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        matrix[start : start + len(chunk)] = quantise(encoder.encode(chunk, PASSAGE))
        if progress is not None:
            progress(start + len(chunk), len(texts))
    return matrix
