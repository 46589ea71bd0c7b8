"""What a user asks to leave out; which concepts of a catalog stay, out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.errors import FilterError
from codilingua.types import Kind, Status

_ENDS = 2
_EXTERNAL_CAUSES = ("V", "W", "X", "Y")
_COMPLETE = (Status.BILLABLE,)
_LEAVES = (Status.BILLABLE, Status.NEEDS_SEVENTH)


@dataclass(frozen=True, slots=True)
class Filters:
    """Each filter that is set must hold; within one, any value will do.

    :param chapters: chapter codes: ``("9", "10")``.
    :param codes: prefixes and ranges: ``("I2", "S20-S29")``. Dots and case do not matter.
    :param billable: only codes that are complete as they stand.
    :param leaves: only codes without a more specific one: complete, or but for the 7th character.
    :param external_causes: False leaves out the codes V00-Y99.
    :param only: exactly these codes and nothing under them, as a pick list holds them; none for all.
        Dots and case do not matter.
    """

    chapters: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    billable: bool = False
    leaves: bool = False
    external_causes: bool = True
    only: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """False where nothing is left out."""
        return self != EVERYTHING


EVERYTHING = Filters()
"""Leaves nothing out."""


class Outlines:
    """What filters look at, as columns: one row a place of the book, place 1 first."""

    def __init__(self, catalog: Catalog) -> None:
        nodes = list(catalog.outline())
        self._keys = np.array([node.key for node in nodes])
        self._codes = np.array([node.kind is Kind.CODE for node in nodes])
        self._statuses = np.array([node.status for node in nodes])
        self._chapters = np.array([node.chapter or "" for node in nodes])
        self._known_chapters = [chapter.code for chapter in catalog.chapters()]

    def select(self, filters: Filters) -> NDArray[np.bool_]:
        """
        :return: bool [places + 1], by place; place 0, which no concept has, is False.
        :raises FilterError: when a chapter, prefix, range or code selects no code of the catalog.
        """
        kept = self._codes.copy()
        if filters.chapters:
            kept &= np.isin(self._chapters, [self._chapter(chapter) for chapter in filters.chapters])
        if filters.codes:
            kept &= np.logical_or.reduce([self._code_mask(code) for code in filters.codes])
        if filters.billable:
            kept &= np.isin(self._statuses, _COMPLETE)
        if filters.leaves:
            kept &= np.isin(self._statuses, _LEAVES)
        if not filters.external_causes:
            kept &= ~np.isin(self._keys.astype("U1"), _EXTERNAL_CAUSES)
        if filters.only:
            kept &= self._listed(filters.only)
        return np.concatenate([[False], kept])

    @lru_cache(maxsize=8)  # noqa: B019 - outlines live as long as the search that owns them
    def keys(self, filters: Filters) -> frozenset[str]:
        """Keys (:func:`~codilingua.catalog.codes.code_key`) of the codes that pass the filters."""
        return frozenset(self._keys[self.select(filters)[1:]].tolist())

    def _chapter(self, typed: str) -> str:
        wanted = typed.strip().upper()
        for chapter in self._known_chapters:
            if chapter.upper() == wanted:
                return chapter
        known = ", ".join(self._known_chapters) or "none"
        raise FilterError(f"chapter {typed!r} does not exist: the chapters of this catalog are {known}")

    def _listed(self, typed: frozenset[str]) -> NDArray[np.bool_]:
        wanted = {code_key(code): code for code in typed}
        mask: NDArray[np.bool_] = np.isin(self._keys, list(wanted)) & self._codes
        unknown = wanted.keys() - set(self._keys[mask].tolist())
        if unknown:
            first = min(wanted[key] for key in unknown)
            raise FilterError(
                f"code {first!r} of the pick list is not in the catalog: "
                f"give codes of its own, without 7th characters ({len(unknown)} of {len(wanted)} are unknown)"
            )
        return mask

    def _code_mask(self, typed: str) -> NDArray[np.bool_]:
        # A dash may be part of a code in other systems, so a prefix is tried first.
        prefix = "" if typed.lstrip().startswith("-") else code_key(typed)
        mask = self._between(prefix, prefix)
        ends = [code_key(end) for end in typed.split("-")]
        if not mask.any() and len(ends) == _ENDS:
            mask = self._between(*ends)
        if not mask.any():
            raise FilterError(
                f"code filter {typed!r} selects no code: give a prefix (I2) or a range (I20-I25)"
            )
        return mask

    def _between(self, low: str, high: str) -> NDArray[np.bool_]:
        if not (low and high):
            return np.zeros(len(self._keys), np.bool_)
        # "I25.9" lies in I20-I25: only as many characters as the end of the range has are compared.
        mask: NDArray[np.bool_] = (self._keys >= low) & (self._keys.astype(f"U{len(high)}") <= high)
        mask &= self._codes
        return mask
