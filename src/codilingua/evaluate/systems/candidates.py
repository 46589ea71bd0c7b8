"""A catalog in; what a system may answer, as texts and their codes, out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.types import Kind, Label

Surfaces = Literal["titles", "official", "all"]
"""Which texts of a code are searched: its titles; its inclusion terms too; what a machine wrote as well."""

SURFACES: tuple[Surfaces, ...] = ("titles", "official", "all")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The codes that may be answered, and the texts that they are found by.

    ``codes`` [codes] stand in the order of the book. ``texts`` [surfaces] are their surfaces, those of
    one code side by side; ``places`` int64 [surfaces], rising, is the number of each surface's code.
    ``pool`` is None where every code of the catalog may be answered.
    """

    codes: tuple[str, ...]
    texts: tuple[str, ...]
    places: NDArray[np.int64]
    surfaces: Surfaces
    pool: frozenset[str] | None = None

    @property
    def firsts(self) -> NDArray[np.int64]:
        """Where the surfaces of each code that has some begin: int64, rising. The first is its title."""
        return np.flatnonzero(np.diff(self.places, prepend=-1))


def read_candidates(catalog: Catalog, surfaces: Surfaces, pool: Collection[str] | None = None) -> Candidates:
    """
    :param pool: codes of the tabular list; None for all.
    :raises UsageError: when no code is left.
    """
    kept = None if pool is None else frozenset(pool)
    codes: list[str] = []
    texts: list[str] = []
    places: list[int] = []
    for concept in catalog:
        if concept.kind is Kind.CODE and (kept is None or concept.code in kept):
            found = [surface.text for surface in concept.surfaces if is_searched(surface, surfaces)]
            texts.extend(found)
            places.extend([len(codes)] * len(found))
            codes.append(concept.code)
    if not texts:
        raise UsageError("no code is left to choose from: the pool and the catalog have no code in common")
    return Candidates(tuple(codes), tuple(texts), np.array(places, np.int64), surfaces, kept)


def is_searched(surface: Label, surfaces: Surfaces) -> bool:
    """Whether a surface is among those that are searched."""
    if surfaces == "all":
        return True
    return surface.origin != "machine" and (surfaces == "official" or surface.role == "title")
