"""An ontology in the OBO format in; the names of its terms that have ICD-10-CM codes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codilingua.catalog.codes import looks_like_code
from codilingua.errors import SourceError
from codilingua.tables import read_table

_QUALIFIERS = re.compile(r'\s*\{[^{}]*=".*\}$')
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)" EXACT\b')
_XREF = re.compile(r"ICD10CM:(\S+)")
_ESCAPE = re.compile(r"\\(.)")
_SPACES = {"n": " ", "t": " ", "W": " "}


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a term. ``kind`` is ``label`` or ``exact_synonym``, ``line`` that of the name."""

    identifier: str
    kind: str
    text: str
    codes: tuple[str, ...]
    line: int


def read_names(path: Path) -> list[Name]:
    """Labels and exact synonyms, in the order of the file, of terms with a code that are not obsolete.

    References to ranges of codes are left out.

    :raises SourceError: when the file cannot be read or is no OBO.
    """
    rows = [(line, cells[0]) for line, cells in read_table(path).rows]
    if not any(text == "[Term]" for _, text in rows):
        raise SourceError(path, None, "no [Term] in it: give the ontology in the OBO format")
    return [name for stanza in _stanzas(rows) for name in _names(stanza)]


def _stanzas(rows: list[tuple[int, str]]) -> Iterator[list[tuple[int, str, str]]]:
    """Line, tag and value of everything in each term."""
    stanza: list[tuple[int, str, str]] = []
    in_term = False
    for line, text in rows:
        if text.startswith("["):
            if in_term:
                yield stanza
            in_term, stanza = text == "[Term]", []
        elif in_term:
            tag, _, value = text.partition(":")
            stanza.append((line, tag, value.strip()))
    if in_term:
        yield stanza


def _names(stanza: list[tuple[int, str, str]]) -> Iterator[Name]:
    values = {tag: value for _, tag, value in stanza}
    codes = tuple(
        dict.fromkeys(
            found[1]
            for _, tag, value in stanza
            if tag == "xref" and (found := _XREF.match(value)) and looks_like_code(found[1])
        )
    )
    if not codes or values.get("is_obsolete") == "true":
        return
    for line, tag, value in stanza:
        if tag == "name":
            yield Name(values["id"], "label", _plain(_QUALIFIERS.sub("", value)), codes, line)
        elif tag == "synonym" and (found := _SYNONYM.match(value)):
            yield Name(values["id"], "exact_synonym", _plain(found[1]), codes, line)


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _SPACES.get(found[1], found[1]), text)
