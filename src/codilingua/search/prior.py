"""Tiers of use, or a hospital's counts of codes, in; the prior, how much each code is used, out.

In memory a prior is float32 [places + 1], 0-1, by the place of a concept in the catalog (from 1; 0 is
unused). On disk it is uint8 in steps of 1/255: ``prior.npy`` comes with the assets, ``prior.local.npz``
is fitted to counts and goes before it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.errors import AssetError, SourceError, UnknownCode
from codilingua.files import decode_utf8, read_bytes
from codilingua.tables import read_columns
from codilingua.text import clean
from codilingua.types import Kind

_TIERS = {"0": 1.0, "1": 2 / 3, "2": 1 / 3, "3": 0.0}
_STEPS = 255
_LOCAL = "prior.local.npz"
_COLUMNS = ("code", "count")
_DELIMITERS = (",", ";", "\t")
_WHOLE = re.compile(r"[0-9]{1,12}")
_PER = 100_000
"""Shares are taken by the hundred thousand, or their logarithms would hardly differ."""

_SHOWN = 24
_AGAIN = "fit it again with  codilingua prior fit  or remove it"
_REBUILD = "install codilingua again, or run  codilingua build"


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each code was given.

    ``uses`` is place in the catalog → how often, 1 or more; ``places`` how many places the catalog has;
    ``skipped`` the codes that it does not have, as they were written, each once.
    """

    uses: Mapping[int, int]
    places: int
    skipped: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Uses of all codes together, 1 or more."""
        return sum(self.uses.values())

    def most_used(self, limit: int) -> list[tuple[int, int]]:
        """Place and uses of the most used codes, those first; equal ones in the order of the book."""
        return sorted(self.uses.items(), key=lambda use: (-use[1], use[0]))[:limit]


@dataclass(frozen=True, slots=True)
class LocalPrior:
    """A prior that was fitted to counts. ``values`` as above; ``fitted`` is the day, ISO 8601."""

    values: NDArray[np.float32]
    total: int
    fitted: str


def prior_of_tiers(catalog: Catalog, path: Path) -> NDArray[np.float32]:
    """Tier 0 is 1, tier 3 and every code that is not named 0; of a code's completions the highest counts.

    :param path: TSV with columns ``code`` and ``tier``.
    :raises SourceError: with the line, when a code is unknown or a tier not one of 0-3.
    """
    book = _Book(catalog)
    prior = np.zeros(book.places + 1, np.float32)
    for line, (code, tier) in read_columns(path, ("code", "tier")):
        place = book.place(code)
        if place is None:
            raise SourceError(path, line, f"{_why_unknown(catalog, code)}; mend or remove it")
        if tier not in _TIERS:
            raise SourceError(path, line, f"tier {tier!r}: give 0, 1, 2 or 3")
        prior[place] = max(prior[place], _TIERS[tier])
    return prior


def read_counts(path: Path, catalog: Catalog, skip_unknown: bool = False) -> Counts:
    """Read columns ``code`` and ``count`` of a CSV or TSV file; other columns are not looked at.

    Counts of one code are summed, and so are those of its completions. Case, dots and spaces of codes
    do not matter.

    :param skip_unknown: leave out codes that the catalog does not have.
    :raises SourceError: with the line, when the file cannot be read, has no header or no row, a count is
        not a whole number, or a code is unknown; when more than half the codes are, in any case; and
        when all counts are zero.
    """
    book = _Book(catalog)
    uses: Counter[int] = Counter()
    unknown: dict[str, tuple[int, str]] = {}
    for line, code, count in _rows(path):
        place = book.place(code)
        if place is None:
            unknown.setdefault(code_key(code), (line, code))
        else:
            uses[place] += count
    if unknown:
        _check_unknown(path, catalog, tuple(unknown.values()), len(uses), skip_unknown)
    if not any(uses.values()):
        raise SourceError(path, None, "all counts are zero: give counts of codes that were used")
    skipped = tuple(_short(code) for _, code in unknown.values())
    return Counts({place: count for place, count in uses.items() if count}, book.places, skipped)


def prior_of_counts(counts: Counts) -> NDArray[np.float32]:
    """Log-scaled shares: the most used code is 1, one that is not used 0, one used at all 1/255 or more."""
    prior = np.zeros(counts.places + 1, np.float32)
    shares = np.array([uses * _PER / counts.total for uses in counts.uses.values()])
    scaled = np.log1p(shares)
    prior[list(counts.uses)] = np.maximum(scaled / scaled.max(), 1 / _STEPS)
    return prior


def digest(catalog: Catalog) -> str:
    """SHA-256, hexadecimal, of every code in the order of the book: the same where places mean the same."""
    return hashlib.sha256("\n".join(node.key for node in catalog.outline()).encode()).hexdigest()


def save_prior(path: Path, prior: NDArray[np.float32]) -> None:
    """Write the prior that comes with the assets.

    :raises OSError: when it cannot be written.
    """
    np.save(path, _in_steps(prior))


def save_local(path: Path, prior: NDArray[np.float32], catalog: Catalog, total: int) -> None:
    """Write a fitted prior whole or not at all; an existing file is replaced.

    :param total: uses of all codes together.
    :raises AssetError: when it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with temporary.open("xb") as file:
            np.savez(
                file,
                prior=_in_steps(prior),
                catalog=np.array(digest(catalog)),
                total=np.array(total, np.int64),
                fitted=np.array(date.today().isoformat()),
            )
        os.replace(temporary, path)
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); name a file that can be with --out"
        raise AssetError(f"{path}: {reason}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def local_path(assets: Assets) -> Path:
    """Where a prior fitted to counts lies beside these assets. It is not in their manifest."""
    return assets.folder / _LOCAL


def prior_in_force(assets: Assets) -> Path | None:
    """The file that :func:`open_prior` reads: the local one, else that of the assets, else None."""
    return next((path for path in (local_path(assets), assets.prior) if path.exists()), None)


def open_prior(assets: Assets, catalog: Catalog, path: Path | None = None) -> NDArray[np.float32]:
    """The prior to search with; zeros where there is none.

    :param catalog: that of the assets.
    :param path: a prior fitted to counts, over those that lie with the assets.
    :raises AssetError: when the file is missing, damaged or of another catalog.
    """
    chosen = path if path is not None else prior_in_force(assets)
    if chosen is None:
        return np.zeros(_Book(catalog).places + 1, np.float32)
    if chosen != assets.prior:
        return open_local(chosen, catalog).values
    try:
        stored = np.load(chosen)
    except Exception as error:  # as in open_local
        raise AssetError(f"{chosen}: cannot be read ({clean(str(error))}); {_REBUILD}") from error
    if not _fits(stored, catalog):
        raise AssetError(f"{chosen}: damaged, or of another catalog; {_REBUILD}")
    return _values(stored)


def open_local(path: Path, catalog: Catalog) -> LocalPrior:
    """Read what :func:`save_local` wrote.

    :raises AssetError: when it is missing, damaged or of another catalog.
    """
    try:
        # Opened here: NumPy leaves a damaged archive open.
        with path.open("rb") as file, np.load(file) as arrays:
            stored, total, fitted = arrays["prior"], int(arrays["total"]), str(arrays["fitted"])
            fitted_to = str(arrays["catalog"])
    except FileNotFoundError as error:
        message = f"{path}: no such prior; make one with  codilingua prior fit COUNTS --out {path}"
        raise AssetError(message) from error
    except Exception as error:
        # NumPy, zipfile and tokenize raise a dozen kinds on a damaged file, each caught here as one.
        raise AssetError(f"{path}: not a fitted prior, or damaged ({clean(str(error))}); {_AGAIN}") from error
    if fitted_to != digest(catalog):
        edition = f"{catalog.info.name} {catalog.info.edition}".rstrip()
        raise AssetError(f"{path}: fitted to another catalog than {edition}; {_AGAIN}")
    if not _fits(stored, catalog):
        raise AssetError(f"{path}: damaged (not one value a code); {_AGAIN}")
    return LocalPrior(_values(stored), total, fitted)


def _in_steps(prior: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(prior * _STEPS).astype(np.uint8)


def _values(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    return stored.astype(np.float32) / np.float32(_STEPS)


def _fits(stored: object, catalog: Catalog) -> bool:
    """True for uint8 [places + 1]."""
    if not isinstance(stored, np.ndarray) or stored.dtype != np.uint8 or stored.ndim != 1:
        return False
    # Asking for the two ends takes no time; counting the nodes would take a tenth of a second.
    return list(catalog.at((len(stored) - 1, len(stored)))) == [len(stored) - 1]


class _Book:
    """The codes of a catalog by key; how many ``places`` it has, chapters and sections among them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_key: dict[str, list[int]] = {}
        self.places = 0
        for node in catalog.outline():
            self.places = node.place
            if node.kind is Kind.CODE:
                self._by_key.setdefault(node.key, []).append(node.place)

    def place(self, code: str) -> int | None:
        """The place of a code, or of the one that it completes; None for whatever else."""
        places = self._by_key.get(code_key(code), [])
        if len(places) > 1:
            # Codes that differ in punctuation alone: as catalog.find does, the one that is typed so.
            found = self._catalog.at(places)
            return next((place for place in places if found[place].code.upper() == code.upper()), places[0])
        if places:
            return places[0]
        concept = self._catalog.find(code)
        completes = concept is not None and concept.kind is Kind.EXPANSION
        return self.place(concept.parent) if completes and concept and concept.parent else None


def _rows(path: Path) -> Iterator[tuple[int, str, int]]:
    """Line on which it starts, code and count of each row of a file of counts."""
    text = decode_utf8(path, read_bytes(path))
    rows = _cells(path, text, _delimiter(text))
    first, header = next(rows, (1, []))
    code_at, count_at = _places(path, first, header)
    empty = True
    for line, cells in rows:
        empty = False
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}: check delimiters and quotes"
            raise SourceError(path, line, reason)
        code = clean(cells[code_at])
        if not code_key(code):
            raise SourceError(path, line, f"{_short(code)!r} is no code: every row needs one such as E11.9")
        yield line, code, _count(path, line, clean(cells[count_at]))
    if empty:
        raise SourceError(path, None, "a header but no rows: give codes with their counts")


def _places(path: Path, line: int, header: Sequence[str]) -> list[int]:
    """Where in a row the code and the count stand."""
    names = _names(header)
    for name in _COLUMNS:
        if name not in names:
            # The row itself is not shown: without a header it is data.
            raise SourceError(path, line, f"no column {name!r}: the first line has to be  code,count")
        if names.count(name) > 1:
            raise SourceError(path, line, f"column {name!r} comes twice: rename one")
    return [names.index(name) for name in _COLUMNS]


def _cells(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows that hold something, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(path, start, f"cannot be split into cells ({error}): check its quotes") from error


def _delimiter(text: str) -> str:
    """The one that splits the header into the columns that are looked for."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    found = {mark: set(_names(next(csv.reader([header], delimiter=mark), []))) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: len(found[mark] & set(_COLUMNS)))


def _names(header: Sequence[str]) -> list[str]:
    return [clean(cell).casefold() for cell in header]


def _count(path: Path, line: int, cell: str) -> int:
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if _WHOLE.fullmatch(cell.removeprefix("-")):
        raise SourceError(path, line, f"count {_short(cell)} is negative: give 0 or more")
    reason = f"count {_short(cell)!r} is not a whole number: write digits alone, 1234, at most 12"
    raise SourceError(path, line, reason)


def _check_unknown(
    path: Path, catalog: Catalog, unknown: Sequence[tuple[int, str]], known: int, skip: bool
) -> None:
    line, code = unknown[0]
    why = _why_unknown(catalog, code)
    codes = known + len(unknown)
    if len(unknown) > known and codes > 1:
        edition = f"{catalog.info.name} {catalog.info.edition}".rstrip()
        reason = f"{len(unknown):,} of {codes:,} codes are not in {edition} (here {_short(code)})"
        raise SourceError(path, line, f"{reason}: give counts by its codes; editions are not mixed")
    if not skip:
        more = f" ({len(unknown) - 1:,} more are unknown)" if len(unknown) > 1 else ""
        raise SourceError(path, line, f"{why}{more}; mend it, or leave such codes out with --skip-unknown")


def _why_unknown(catalog: Catalog, code: str) -> str:
    try:
        return f"{_short(code)!r} is a {catalog.get(code).kind.value}, not a code"
    except UnknownCode as error:
        return str(error)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
