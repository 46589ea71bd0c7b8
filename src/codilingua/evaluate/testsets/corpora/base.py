"""What every corpus is to the evaluation, and how its files are found in a folder and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.testsets.judgements import KnownCodes
from codilingua.evaluate.testsets.sets import QuerySet, Writer
from codilingua.tables import Table
from codilingua.types import Judgement

Progress = Callable[[str], object]
"""Called with one line of text for people."""

Files = tuple[tuple[str, str], ...]
"""Name and SHA-256 of each file read."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus by name.

    ``source`` is the citation; ``licence`` and ``url`` say on what terms and where from. ``read`` makes
    test sets of a folder; ``fetch`` downloads into a folder what ``read`` then reads, None where the
    corpus has to be given.
    """

    name: str
    title: str
    languages: tuple[str, ...]
    source: str
    licence: str
    url: str
    read: Callable[[Path, Catalog], tuple[QuerySet, ...]]
    writer: Writer = "people"
    fetch: Callable[[Path, Progress | None], None] | None = None

    def query_set(
        self, name: str, lang: str, judgements: Iterable[Judgement], known: KnownCodes, files: Files
    ) -> QuerySet:
        """A test set of this corpus, rows that cannot be scored apart."""
        kept, bad = known.sift(judgements)
        return QuerySet(
            name,
            lang,
            kept,
            bad,
            self.writer,
            source=self.source,
            licence=self.licence,
            url=self.url,
            files=files,
        )

    def find(self, folder: Path, *choices: str) -> Path:
        """The first of these files that is there.

        :param choices: paths inside ``folder``; the first is the one that an error asks for.
        :raises UsageError: when none is there.
        """
        for choice in choices:
            if (folder / choice).is_file():
                return folder / choice
        way = (
            "leave --data-dir out to download it" if self.fetch else f"get it from {self.url or 'its owner'}"
        )
        raise UsageError(
            f"{self.name} needs {folder / choices[0]}, which is not there: "
            f"give --data-dir the folder that holds {choices[0]}, or {way}"
        )


def rows_of(path: Path, table: Table, columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The line of each row, and its cells by column.

    :raises SourceError: when the header is not exactly these columns, or a row has other cells.
    """
    (line, header), *rows = table.rows
    if tuple(header) != columns:
        raise SourceError(path, line, f"the header is {', '.join(header)}; expected {', '.join(columns)}")
    yield from cells_of(path, rows, columns)


def cells_of(
    path: Path, rows: Iterable[tuple[int, list[str]]], columns: tuple[str, ...]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """As :func:`rows_of`, of a file without a header."""
    for line, cells in rows:
        if len(cells) != len(columns):
            raise SourceError(path, line, f"{len(cells)} cells where {len(columns)} are expected")
        yield line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))
