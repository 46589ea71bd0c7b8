"""A TSV file with a header in; the columns that are asked for out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from codilingua.errors import SourceError
from codilingua.text import clean


def read_columns(path: Path, names: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Stream the 1-based line and the cleaned cells of each row, in the order of ``names``.

    UTF-8, tabs, no quoting; other columns are not looked at, empty lines passed over.

    :raises SourceError: with the line, when the file cannot be read, a column is missing, a row has more
        or fewer cells than the header, or a cell is empty.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise SourceError(path, None, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourceError(path, None, f"not UTF-8 (byte {error.start}); save it as UTF-8") from error
    header = lines[0].split("\t") if lines else []
    missing = [name for name in names if name not in header]
    if missing:
        there = ", ".join(map(repr, header)) or "an empty file"
        raise SourceError(path, 1, f"no column {missing[0]!r}: found {there}")
    places = [header.index(name) for name in names]
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise SourceError(path, number, f"{len(cells)} cells where the header has {len(header)}")
        chosen = tuple(clean(cells[place]) for place in places)
        if not all(chosen):
            raise SourceError(path, number, f"empty {names[chosen.index('')]}: every row needs one")
        yield number, chosen
