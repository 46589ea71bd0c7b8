"""A catalog and an encoder in; the searchable index of every surface of every code, on disk and opened."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError, UsageError
from codilingua.search.encoder import PASSAGE, Encoder
from codilingua.search.lexical import LexicalIndex, build_lexical
from codilingua.search.vectors import VectorIndex, pack
from codilingua.types import Kind, Label

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

_CHUNK = 1024
# What NumPy raises, or we do, where a file is not what it should be; an archive for an array has no dtype.
_DAMAGE = (OSError, ValueError, TypeError, KeyError, AttributeError, EOFError, BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Index:
    """The surfaces of a catalog's codes, numbered in the order of the book, titles before labels.

    ``places`` is uint32 [surfaces], rising: the place in the book of each surface's concept. ``numbers``
    is uint32 [surfaces], the number of each surface among those of its concept (from 0); None where
    all of them are there. ``prior`` is float32 [places + 1], 0-1: how much each code is used.
    """

    places: NDArray[np.uint32]
    vectors: VectorIndex
    lexical: LexicalIndex
    prior: NDArray[np.float32]
    numbers: NDArray[np.uint32] | None = None

    def number(self, row: int) -> int:
        """Which of its concept's surfaces a row is, from 0."""
        if self.numbers is not None:
            return int(self.numbers[row])
        # The needle has the haystack's type: with any other, NumPy would copy the haystack.
        return row - int(np.searchsorted(self.places, self.places[row]))


def build_index(catalog: Catalog, encoder: Encoder, assets: Assets, progress: Progress | None = None) -> None:
    """Write ``assets.vectors``, ``assets.surfaces`` and ``assets.lexical``.

    :raises AssetError: when the catalog has no code, or the encoder an odd number of dimensions.
    """
    labels, places = _surfaces(catalog)
    if not labels:
        raise AssetError(f"{assets.catalog}: the catalog has no code, so there is nothing to index")
    texts = [label.text for label in labels]
    np.save(assets.surfaces, np.array(places, np.uint32))
    np.save(assets.vectors, _embed(texts, encoder, progress))
    np.savez_compressed(assets.lexical, **build_lexical(texts).pack())  # type: ignore[arg-type]


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
            shutil.copyfile(catalog, made.catalog)
            for theirs in (shipped.encoder, shipped.tokenizer, *shipped.ranker):
                shutil.copyfile(theirs, made.folder / theirs.name)
            build_index(opened, Encoder(made.encoder, made.tokenizer), made, progress)


def open_index(assets: Assets, prior: NDArray[np.float32]) -> Index:
    """
    :param prior: as :func:`~codilingua.search.prior.open_prior` gives it.
    :raises AssetError: when a file of the index is missing or damaged, or one does not fit another.
    """
    try:
        places = np.load(assets.surfaces)
        vectors = VectorIndex.unpack(np.load(assets.vectors))
        with np.load(assets.lexical) as arrays:
            lexical = LexicalIndex.unpack(arrays, len(places))
        if places.dtype != np.uint32 or places.shape != vectors.matrix.shape[:1]:
            raise ValueError(
                f"{len(vectors.matrix)} vectors for {places.dtype} {list(places.shape)} surfaces"
            )
    except _DAMAGE as error:
        raise AssetError(
            f"{assets.folder}: the index cannot be read ({error}); run  codilingua build"
        ) from error
    return Index(places, vectors, lexical, prior)


def restrict(index: Index, catalog: Catalog, keep: Callable[[Label], bool]) -> Index:
    """The index of some surfaces alone, in memory, as if the catalog had no others.

    Vectors are copied; trigrams are weighed again over what is kept.

    :param index: of every surface of ``catalog``.
    :raises UsageError: when no surface is kept.
    """
    labels, _ = _surfaces(catalog)
    rows = np.flatnonzero([keep(label) for label in labels])
    if not len(rows):
        raise UsageError(f"none of the {len(labels):,} surfaces is kept: nothing is left to search")
    firsts = np.searchsorted(index.places, index.places)
    return Index(
        places=index.places[rows],
        vectors=index.vectors.subset(rows),
        lexical=build_lexical([labels[row].text for row in rows.tolist()]),
        prior=index.prior,
        numbers=(rows - firsts[rows]).astype(np.uint32),
    )


def _surfaces(catalog: Catalog) -> tuple[list[Label], list[int]]:
    """Every surface of every code, and the place of its concept, in the order of the index."""
    labels: list[Label] = []
    places: list[int] = []
    for place, concept in enumerate(catalog, start=1):
        if concept.kind is Kind.CODE:
            labels.extend(concept.surfaces)
            places.extend([place] * len(concept.surfaces))
    return labels, places


def _embed(texts: Sequence[str], encoder: Encoder, progress: Progress | None) -> NDArray[np.uint8]:
    if encoder.dimensions % 2:
        raise AssetError(
            f"the encoder has {encoder.dimensions} dimensions, and two are packed in a byte; "
            "train one with an even number"
        )
    matrix = np.empty((len(texts), encoder.dimensions // 2), np.uint8)
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        matrix[start : start + len(chunk)] = pack(encoder.encode(chunk, PASSAGE))
        if progress is not None:
            progress(start + len(chunk), len(texts))
    return matrix
