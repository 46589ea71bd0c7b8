"""A TSV file in; its rows, or the columns that are asked for, out.

UTF-8, one row a line, cells divided by tabs, no quoting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codilingua.errors import SourceError
from codilingua.files import decode_utf8, read_bytes
from codilingua.text import clean

Row = tuple[int, list[str]]
"""The 1-based line in the file, and the cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a TSV file that hold something, and the SHA-256 of the file."""

    rows: tuple[Row, ...]
    sha256: str


def read_table(path: Path) -> Table:
    """
    :raises SourceError: when the file is missing, unreadable, empty or not UTF-8.
    """
    return parse_table(path, read_bytes(path))


def parse_table(path: Path, data: bytes) -> Table:
    """As :func:`read_table`, of a file that was read already."""
    # Not splitlines(): that would break lines at characters that a text may hold.
    lines = decode_utf8(path, data).split("\n")
    rows = [(number, line.rstrip("\r").split("\t")) for number, line in enumerate(lines, 1)]
    held = tuple(row for row in rows if row[1] != [""])
    if not held:
        raise SourceError(path, None, "the file is empty")
    return Table(held, hashlib.sha256(data).hexdigest())


def read_columns(path: Path, names: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Stream the 1-based line and the cleaned cells of each row, in the order of ``names``.

    Other columns are not looked at.

    :raises SourceError: with the line, when the file cannot be read, a column is missing, a row has more
        or fewer cells than the header, or a cell is empty.
    """
    (first, header), *rows = read_table(path).rows
    missing = [name for name in names if name not in header]
    if missing:
        raise SourceError(path, first, f"no column {missing[0]!r}: found {', '.join(map(repr, header))}")
    places = [header.index(name) for name in names]
    for line, cells in rows:
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}: check the tabs"
            raise SourceError(path, line, reason)
        chosen = tuple(clean(cells[place]) for place in places)
        if not all(chosen):
            raise SourceError(path, line, f"empty {names[chosen.index('')]}: every row needs one")
        yield line, chosen
