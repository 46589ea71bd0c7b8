"""An XML file in; its elements with their lines out, one child of the root at a time.

Built on expat because :mod:`xml.etree` does not tell lines. Nothing is ever fetched: a DOCTYPE is read
over, and a file that declares entities of its own is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from codilingua.errors import SourceError

_MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Element:
    """One element: local name, attributes by local name (``xml:lang`` is ``lang``), texts and elements."""

    tag: str
    attributes: dict[str, str]
    line: int
    content: list[str | Element] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The attribute without outer space, or an empty string."""
        return self.attributes.get(name, "").strip()

    def all(self, tag: str) -> Iterator[Element]:
        """The children of this name, in order."""
        for item in self.content:
            if isinstance(item, Element) and item.tag == tag:
                yield item


def read_children(path: Path, data: bytes, root: str, on_child: Callable[[Element], None]) -> None:
    """Hand over each child of the root element as soon as it is complete, then forget it.

    :param root: local name that the root element must have.
    :raises SourceError: with the line, when the XML is malformed, has another root, declares or uses
        entities, or is nested more than 100 deep.
    """
    _Builder(path, root, on_child).parse(data)


class _Builder:
    def __init__(self, path: Path, root: str, on_child: Callable[[Element], None]) -> None:
        self._path = path
        self._root = root
        self._on_child = on_child
        self._open: list[Element] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity
        self._parser.SkippedEntityHandler = self._skipped

    def parse(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            reason = f"malformed XML ({expat.ErrorString(error.code)}, column {error.offset + 1})"
            raise SourceError(self._path, error.lineno, reason) from error
        except (LookupError, ValueError) as error:
            raise self._wrong(f"the XML declares an encoding that cannot be read ({error})") from error

    def _wrong(self, reason: str) -> SourceError:
        return SourceError(self._path, self._parser.CurrentLineNumber, reason)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if not self._open and tag != self._root:
            raise self._wrong(f"the root element is <{tag}>, not <{self._root}>")
        if len(self._open) >= _MAX_DEPTH:
            raise self._wrong(f"elements are nested more than {_MAX_DEPTH} deep")
        local = {_local(key): value for key, value in attributes.items()}
        element = Element(tag, local, self._parser.CurrentLineNumber)
        if len(self._open) > 1:
            self._open[-1].content.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if len(self._open) == 1:
            self._on_child(element)

    def _text(self, text: str) -> None:
        if len(self._open) > 1:
            self._open[-1].content.append(text)

    def _entity(self, name: str, *_: object) -> None:
        raise self._wrong(f"the file declares the entity {name!r}: replace it by its text")

    def _skipped(self, name: str, *_: object) -> None:
        raise self._wrong(f"the entity &{name}; is not defined in the file: replace it by its text")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
