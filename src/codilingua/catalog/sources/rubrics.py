"""The rubrics of a ClaML class or modifier class in; its texts and notes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codilingua.catalog.sources.drafts import Omissions, Text, language_tag
from codilingua.catalog.sources.xmltree import Element
from codilingua.errors import SourceError
from codilingua.text import clean
from codilingua.types import Notes, Role

_ROLES: dict[str, Role] = {"preferred": "title", "preferredLong": "synonym", "inclusion": "inclusion"}
_REMARKS = frozenset({"note", "text", "coding-hint", "definition", "introduction", "footnote"})
_BLOCKS = frozenset({"Para", "Fragment", "ListItem", "Row", "Cell", "Caption", "List", "Table"})


@dataclass(frozen=True, slots=True)
class Rubrics:
    """What the rubrics of one class say."""

    texts: tuple[Text, ...] = ()
    notes: Notes = field(default_factory=Notes)


class RubricReader:
    """Reads rubrics with what the head of the file says: its language and its usage marks."""

    def __init__(self, path: Path, omissions: Omissions, lang: str = "") -> None:
        """:param lang: language of labels without ``xml:lang``."""
        self._path = path
        self._omissions = omissions
        self.lang = lang
        self.marks: dict[str, str] = {}

    def read(self, element: Element, code: str, heading: bool) -> Rubrics:
        """All rubrics of ``element``.

        :param heading: True for chapters and blocks, whose inclusions are notes and no terms to code.
        :raises SourceError: when a label has no language or one that is none.
        """
        texts: list[Text] = []
        includes: list[str] = []
        excludes: list[str] = []
        remarks: list[str] = []
        for rubric in element.all("Rubric"):
            kind = rubric.get("kind")
            if kind not in _ROLES and kind not in _REMARKS and kind != "exclusion":
                self._omissions.add(f"rubrics of kind {kind!r} are not read", code)
                continue
            for text, lang in self._labels(rubric, code):
                if kind == "inclusion" and heading:
                    includes.append(text)
                elif kind in _ROLES:
                    texts.append(Text(text, lang, _ROLES[kind]))
                else:
                    (excludes if kind == "exclusion" else remarks).append(text)
        # ClaML's exclusion says where a condition is classified, not that both codes never meet.
        notes = Notes(includes=tuple(includes), excludes2=tuple(excludes), remarks=tuple(remarks))
        return Rubrics(tuple(texts), notes)

    def _labels(self, rubric: Element, code: str) -> Iterator[tuple[str, str]]:
        for label in rubric.all("Label"):
            text = flatten(label, self.marks)
            if not text:
                continue
            raw = label.get("lang") or self.lang
            lang = language_tag(raw) if raw else None
            if lang is None:
                told = f"{raw!r} is not a language tag" if raw else "no xml:lang"
                todo = "write one such as de or pt-BR" if raw else "pass --lang"
                raise SourceError(self._path, label.line, f"label of {code}: {told}; {todo}")
            yield text, lang


def flatten(element: Element, marks: Mapping[str, str]) -> str:
    """The text of a label with everything in it, as the book prints it.

    :param marks: usage → the mark that the book prints behind a reference (``dagger`` → ``+``).
    """
    return clean(_render(element, marks))


def _render(element: Element, marks: Mapping[str, str]) -> str:
    parts = [item if isinstance(item, str) else _render(item, marks) for item in element.content]
    text = "".join(parts)
    if element.tag == "Reference":
        mark = marks.get(element.get("usage"), "")
        text = text if text.strip().endswith(mark) else text.strip() + mark
        return f" ({text.strip()})" if element.get("class") == "in brackets" else text
    if element.tag == "Term" and element.get("class") == "tab":
        return " "
    return f" {text} " if element.tag in _BLOCKS else text
