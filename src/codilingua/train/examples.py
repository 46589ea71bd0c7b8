"""A catalog and files of pairs in; checked training examples, drawn the same way each time, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.errors import SourceError
from codilingua.near import NearTexts
from codilingua.synth.choose import tabular
from codilingua.tables import read_table
from codilingua.text import clean
from codilingua.train.relatives import Relatives
from codilingua.types import LANGUAGES, Kind

Places = NDArray[np.int64]

CONVENTION = "convention"
"""Register of the rows of ``use/conventions.tsv``, which have none of their own."""

_NAMES = {"query": ("query", "term", "text"), "code": ("codes", "code"), "lang": ("lang",)}
_BAR = "|"


@dataclass(frozen=True, slots=True)
class Phrases:
    """What people write and the code it takes, side by side: ``codes`` are places in the catalog's list."""

    texts: tuple[str, ...]
    codes: Places
    langs: tuple[str, ...]
    registers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """All that a ranker learns from.

    ``surfaces`` are the catalog's texts in the order of the index, ``surface_codes`` the places of their
    codes. ``dropped`` counts phrases left out for nearness to held-out ones.
    """

    relatives: Relatives
    surfaces: tuple[str, ...]
    surface_langs: tuple[str, ...]
    surface_codes: Places
    phrases: Phrases
    dropped: int = 0
    _surfaces_of: dict[int, list[int]] = field(default_factory=dict)
    _phrases_of: dict[int, list[int]] = field(default_factory=dict)

    def firsts(self) -> Places:
        """Row of the first surface of each code that has one, rising."""
        return np.flatnonzero(np.r_[True, self.surface_codes[1:] != self.surface_codes[:-1]])

    def surfaces_of(self, code: int) -> list[int]:
        """Rows of the surfaces of a code, its title first."""
        return self._surfaces_of[code]

    def phrases_of(self, code: int) -> list[int]:
        """Rows of the phrases that take a code."""
        return self._phrases_of.get(code, [])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which phrases to learn from: a share of them, without some registers, without some languages."""

    share: float = 1.0
    without_registers: tuple[str, ...] = ()
    without_languages: tuple[str, ...] = ()
    seed: int = 1

    def keeps(self, number: int, lang: str, register: str) -> bool:
        """Whether the phrase of this number is among them. A smaller share is part of a larger one."""
        if register in self.without_registers or lang in self.without_languages:
            return False
        drawn = np.random.default_rng((self.seed, number)).random() if self.share < 1 else 0.0
        return bool(drawn < self.share)


def read_training_set(
    catalog: Catalog,
    pairs: Sequence[Path],
    held_out: Sequence[Path] = (),
    selection: Selection | None = None,
    official_only: bool = False,
) -> TrainingSet:
    """
    :param pairs: TSV files with columns ``query`` (or ``term``), ``codes`` (or ``code``) and ``lang``;
        optional ``register``.
    :param held_out: files of the same form: what is near to one of theirs in its language is left out.
    :param official_only: learn from the catalog's official texts alone.
    :raises SourceError: with the line, when a file is wrong, names a code that the catalog does not have,
        or has no row in a language that it is to be checked in; when fewer than two codes are left.
    """
    relatives = Relatives(catalog)
    surfaces = [
        (surface.text, surface.lang, relatives.place[concept.code])
        for concept in catalog
        if concept.kind is Kind.CODE
        for surface in concept.surfaces
        if not official_only or surface.origin == "official"
    ]
    rows = [row for path in pairs for row in _read(path, catalog, relatives)]
    chosen = selection or Selection()
    rows = [row for number, row in enumerate(rows) if chosen.keeps(number, row[2], row[3])]
    kept = _without_near(rows, [row for path in held_out for row in _read(path, catalog, relatives)])
    if pairs and len({code for _, code, _, _ in kept}) < 2:
        codes = {relatives.codes[code] for _, code, _, _ in kept}
        raise SourceError(
            pairs[0], None, f"phrases of {len(codes)} code(s) are left: a ranker needs two or more"
        )
    texts, codes_, langs, registers = (
        (tuple(column) for column in zip(*kept, strict=True)) if kept else ((),) * 4
    )
    phrases = Phrases(texts, np.array(codes_, np.int64), langs, registers)
    made = TrainingSet(
        relatives=relatives,
        surfaces=tuple(text for text, _, _ in surfaces),
        surface_langs=tuple(lang for _, lang, _ in surfaces),
        surface_codes=np.array([code for _, _, code in surfaces], np.int64),
        phrases=phrases,
        dropped=len(rows) - len(kept),
    )
    for row, code in enumerate(made.surface_codes.tolist()):
        made._surfaces_of.setdefault(code, []).append(row)
    for row, code in enumerate(phrases.codes.tolist()):
        made._phrases_of.setdefault(code, []).append(row)
    return made


_Row = tuple[str, int, str, str]
"""Text, place of its code, language, register."""


def _read(path: Path, catalog: Catalog, relatives: Relatives) -> list[_Row]:
    (first, header), *rows = read_table(path).rows
    columns = {name: _column(path, first, header, names) for name, names in _NAMES.items()}
    register = header.index("register") if "register" in header else None
    keys = {code_key(code): place for place, code in enumerate(relatives.codes)}
    found: list[_Row] = []
    for line, cells in rows:
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}: check the tabs"
            raise SourceError(path, line, reason)
        text, lang = clean(cells[columns["query"]]), cells[columns["lang"]].strip()
        if not text:
            raise SourceError(path, line, "the phrase is empty: every row needs one")
        if lang not in LANGUAGES:
            shown = repr(lang) if lang else "empty"
            raise SourceError(path, line, f"language {shown}: give one of {', '.join(LANGUAGES)}")
        for code in cells[columns["code"]].split(_BAR):
            place = keys.get(code_key(code))
            if place is None:
                # Completed with its 7th character it is a code as well: that of the tabular list is meant.
                concept = tabular(catalog, code)
                place = relatives.place[concept.code] if concept is not None else None
            if place is None:
                raise SourceError(path, line, f"unknown code {code!r}: the catalog has no such code")
            found.append((text, place, lang, cells[register].strip() if register is not None else CONVENTION))
    if not found:
        raise SourceError(path, None, "a header but no rows")
    return found


def _column(path: Path, line: int, header: Sequence[str], names: Sequence[str]) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise SourceError(path, line, f"no column {names[0]!r}: found {', '.join(map(repr, header))}")


def _without_near(rows: Sequence[_Row], held_out: Sequence[_Row]) -> list[_Row]:
    """Rows that are near to no held-out phrase of their language."""
    near = {
        lang: NearTexts([text for text, _, other, _ in held_out if other == lang])
        for lang in {lang for _, _, lang, _ in held_out}
    }
    return [row for row in rows if row[2] not in near or near[row[2]].find(row[0]) is None]
