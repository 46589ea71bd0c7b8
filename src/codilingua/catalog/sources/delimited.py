"""A CSV or TSV file in; one draft a row out, columns found by the names in the header.

Quoting as in RFC 4180; the delimiter is ``,`` ``;`` tab or ``|``, found by the header or given.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from codilingua.catalog.sources.drafts import Content, Draft, Text, as_origin, language_tag
from codilingua.catalog.sources.shapes import with_icd_parents
from codilingua.errors import SourceError, UsageError
from codilingua.files import decode_utf8, read_bytes
from codilingua.text import clean
from codilingua.types import Kind

_DELIMITERS = (",", ";", "\t", "|")
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_YES = frozenset({"1", "true", "yes", "y", "x", "si", "sí", "s", "sì", "sim", "oui", "o"})
_NO = frozenset({"0", "false", "no", "n", "não", "nao", "non"})
_KINDS = {
    "chapter": Kind.CHAPTER, "section": Kind.SECTION, "block": Kind.SECTION,
    "code": Kind.CODE, "category": Kind.CODE,
}  # fmt: skip

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Header names of the columns, in any case. None: the field's own name, where there is one.

    ``code`` and ``title`` have to be there; a name that is given has to be there as well.
    """

    code: str | None = None
    title: str | None = None
    parent: str | None = None
    language: str | None = None
    edition: str | None = None
    billable: str | None = None
    kind: str | None = None
    origin: str | None = None


def read_delimited(
    path: Path,
    columns: Columns | None = None,
    delimiter: str | None = None,
    lang: str = "",
    edition: str = "",
) -> Content:
    """One draft a row: a code in two languages gives two drafts.

    A file without a parent column gets the parents that ICD-10 codes imply
    (:func:`~codilingua.catalog.sources.shapes.with_icd_parents`).

    :param delimiter: one character, or ``tab``, ``comma``, ``semicolon``, ``pipe``.
    :param lang: language of rows that do not say theirs.
    :param edition: the edition, over what the file says; where the file has a column of that name, that
        column is meant.
    :raises SourceError: with the line, when the file is not UTF-8, a column is missing, a row is
        ragged, a code or title is empty, a language, origin, kind or billable cell is none, a row has
        no language, or the edition column holds two editions.
    :raises UsageError: when the delimiter is not one character, or nothing says the language.
    """
    columns = columns or Columns()
    text = decode_utf8(path, read_bytes(path))
    rows = _rows(path, text, _delimiter(path, text, columns, delimiter))
    header_line, header = next(rows)
    if edition and columns.edition is None and _folded(edition) in map(_folded, header):
        columns, edition = replace(columns, edition=edition), ""
    places = _places(path, header_line, header, columns)
    if "language" not in places and not lang:
        raise UsageError(f"{path} has no language column: pass --lang")
    reader = _RowReader(path, places, len(header), lang)
    drafts = tuple(reader.draft(row) for row in rows)
    if not drafts:
        raise SourceError(path, None, "a header but no rows")
    first = drafts[0].texts[0].lang
    content = Content(drafts, edition=edition or reader.edition, lang=first)
    if "parent" in places:
        return content
    derived = with_icd_parents(drafts)
    if not any(draft.parent for draft in derived):
        return content
    remark = "No parent column: parents derived from ICD-10 codes where the file has them."
    return replace(content, drafts=derived, remarks=(remark,))


def _delimiter(path: Path, text: str, columns: Columns, given: str | None) -> str:
    if given is not None:
        found = _NAMED.get(given.lower(), given)
        if len(found) != 1 or found in '"\r\n':
            raise UsageError(f"--delimiter {given!r} is not one character: write ';' or tab, say")
        return found
    wanted = {_folded(name or default) for default, name in _asked(columns).items()}

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            _, header = next(_rows(path, text, delimiter))
        except SourceError:  # a header that this delimiter cannot split is one that it does not fit
            return (0, 0)
        return len(wanted & {_folded(cell) for cell in header}), len(header)

    return max(_DELIMITERS, key=fit)


def _rows(path: Path, text: str, delimiter: str) -> Iterator[Row]:
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


def _asked(columns: Columns) -> dict[str, str | None]:
    return {field.name: getattr(columns, field.name) for field in fields(columns)}


def _folded(name: str) -> str:
    return clean(name).casefold()


def _places(path: Path, line: int, header: Sequence[str], columns: Columns) -> dict[str, int]:
    """Field → place of its column."""
    names = [_folded(cell) for cell in header]
    places = {}
    for column, name in _asked(columns).items():
        wanted = _folded(name if name is not None else column)
        found = [place for place, cell in enumerate(names) if cell == wanted]
        if len(found) > 1:
            raise SourceError(path, line, f"column {name or column!r} comes twice: rename one")
        if found:
            places[column] = found[0]
        elif name is not None or column in ("code", "title"):
            there = ", ".join(repr(clean(cell)) for cell in header)
            reason = f"no column {name or column!r}: found {there}; name it with --{column}"
            raise SourceError(path, line, reason)
    return places


class _RowReader:
    """Turns rows into drafts and holds the one edition that they may name."""

    def __init__(self, path: Path, places: Mapping[str, int], width: int, lang: str) -> None:
        self._path = path
        self._places = places
        self._width = width
        self._lang = lang
        self.edition = ""
        self._edition_line = 0

    def draft(self, row: Row) -> Draft:
        line, cells = row
        if len(cells) != self._width:
            raise self._wrong(
                line, f"{len(cells)} cells where the header has {self._width}: check delimiters"
            )
        cell = {column: clean(cells[place]) for column, place in self._places.items()}
        for column in ("code", "title"):
            if not cell[column]:
                of = f" of code {cell['code']}" if cell["code"] else ""
                raise self._wrong(line, f"empty {column}{of}: every row needs one")
        self._one_edition(line, cell.get("edition", ""))
        origin = as_origin(cell.get("origin", ""))
        if cell.get("origin") and origin is None:
            raise self._wrong(line, f"unknown origin {cell['origin']!r}: official, who-derived or machine")
        return Draft(
            code=cell["code"],
            line=line,
            texts=(Text(cell["title"], self._language(line, cell.get("language", "")), "title", origin),),
            parent=cell.get("parent") or None,
            kind=self._kind(line, cell.get("kind", "")),
            billable=self._billable(line, cell.get("billable", "")),
        )

    def _wrong(self, line: int, reason: str) -> SourceError:
        return SourceError(self._path, line, reason)

    def _one_edition(self, line: int, edition: str) -> None:
        if edition and self.edition and edition != self.edition:
            both = f"edition {edition!r} here and {self.edition!r} at line {self._edition_line}"
            raise self._wrong(line, f"{both}: editions are not mixed; split the file")
        if edition and not self.edition:
            self.edition, self._edition_line = edition, line

    def _language(self, line: int, cell: str) -> str:
        if not cell and not self._lang:
            raise self._wrong(line, "the row does not say its language: pass --lang")
        tag = language_tag(cell or self._lang)
        if tag is None:
            raise self._wrong(line, f"{cell!r} is not a language tag: write one such as es, ca or pt-BR")
        return tag

    def _kind(self, line: int, cell: str) -> Kind | None:
        if not cell:
            return None
        if cell.lower() not in _KINDS:
            raise self._wrong(line, f"unknown kind {cell!r}: one of {', '.join(_KINDS)}")
        return _KINDS[cell.lower()]

    def _billable(self, line: int, cell: str) -> bool | None:
        if not cell:
            return None
        if cell.lower() in _YES | _NO:
            return cell.lower() in _YES
        raise self._wrong(line, f"billable is {cell!r}: write yes or no")
