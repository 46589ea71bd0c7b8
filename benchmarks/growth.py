"""The index at several numbers of surfaces; milliseconds a query of each part of the search at each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.contestants import seconds
from benchmarks.measured import PARTS, Group, Number, Setting
from benchmarks.phrases import sample
from benchmarks.repeated import KnownVectors, RepeatedCatalog, repeat
from benchmarks.timing import median_ms
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.engine import Search
from codilingua.search.index import Index, open_index
from codilingua.search.language import LanguageGuess, open_languages
from codilingua.search.prior import open_prior
from codilingua.search.profiles import Profiles, open_profiles

_NEAREST = 100
_NOTE = """The shipped index cut off or repeated to size: vectors tiled, postings repeated with shifted row
numbers, places in the book likewise, so that every copy counts as codes of its own. {count} phrases, median.
Searching and ranking is both searches, ranking and the look-up of the hits, all but the encoding of the
query, which costs the same whatever the size of the index and is part of the whole query. Nothing is
reranked: that, too, costs the same at any size."""

Part = Callable[[str], object]


def measure_growth(setting: Setting) -> Group:
    """The measurement."""
    phrases = sample(setting.scale.growth_phrases)
    assets = Assets.shipped()
    encoder = Encoder(assets.encoder, assets.tokenizer, setting.cores)
    vectors = {phrase: encoder.encode([phrase], QUERY)[0] for phrase in phrases}
    print(f"  {len(phrases)} phrases at {len(setting.scale.growth)} sizes", file=sys.stderr)
    with Catalog.open(assets.catalog) as once:
        shipped = open_index(assets, open_prior(assets, once))
    with RepeatedCatalog.open(assets.catalog) as catalog:
        indexes = repeat(shipped, catalog.places, setting.scale.growth)
        ranking = _Ranking(
            open_profiles(assets.ranking),
            open_languages(assets.languages) if assets.languages.is_file() else None,
        )
        parts = {
            size: _parts(catalog, index, encoder, vectors, ranking, setting.cores)
            for size, index in indexes.items()
        }
        taken: dict[tuple[str, int], list[float]] = {(name, size): [] for name in PARTS for size in parts}
        for phrase in (phrases[0], *phrases):
            for (name, size), times in taken.items():
                times.append(seconds(lambda part=parts[size][name], text=phrase: part(text)))  # type: ignore[misc]
    numbers = [
        # The first phrase was there to warm up, and comes again.
        Number(f"growth.{name}.{size}", f"{PARTS[name]}, {size:,} surfaces", median_ms(times[1:]), "ms")
        for (name, size), times in taken.items()
    ]
    return Group(
        "growth",
        "Growth with the number of surfaces",
        _NOTE.format(count=len(phrases)),
        tuple(numbers),
    )


@dataclass(frozen=True, slots=True)
class _Ranking:
    profiles: Profiles
    languages: LanguageGuess | None


def _parts(
    catalog: RepeatedCatalog,
    index: Index,
    encoder: Encoder,
    vectors: Mapping[str, NDArray[np.float32]],
    ranking: _Ranking,
    cores: int,
) -> dict[str, Part]:
    return {
        "vectors": lambda text: index.vectors.nearest(vectors[text][None], _NEAREST, cores),
        "trigrams": index.lexical.scores,
        "ranked": Search(catalog, KnownVectors(vectors), index, cores, ranking.profiles, ranking.languages),
        "whole": Search(catalog, encoder, index, cores, ranking.profiles, ranking.languages),
    }
