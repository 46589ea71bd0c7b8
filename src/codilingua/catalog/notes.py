"""One node of the tabular XML in; its notes, inclusion terms and 7th-character definitions out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from codilingua.text import clean
from codilingua.types import Label, Notes, SeventhCharacter

_FIELDS = {
    "includes": "includes",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
    "notes": "remarks",
    "sevenChrNote": "remarks",
}
"""Element of the tabular XML → field of :class:`Notes`. Each element may stand several times."""

_STRAY_TERMS = {"W08": frozenset({"Fall from stool"})}
"""Inclusion terms of a code that the release prints within its 7th characters, by mistake."""

_RANGE = re.compile(r"\s*\(([A-Z0-9]{3}(?:-[A-Z0-9]{3})?)\)$")


def split_range(heading: str) -> tuple[str, str | None]:
    """``Neoplasms (C00-D49)`` → ``Neoplasms``, ``C00-D49``; a heading without a range → itself, None."""
    match = _RANGE.search(heading)
    return (heading, None) if match is None else (heading[: match.start()], match[1])


def node_notes(element: ET.Element) -> Notes:
    """The notes printed at a chapter, section or code, not those of what lies below.

    Its remarks are, in this order: the codes that a chapter covers, free notes and what is said about
    7th characters as printed, the other names of single 7th characters, and the table of visual
    impairment, one line a category.
    """
    texts: dict[str, list[str]] = {name: [] for name in Notes.__dataclass_fields__}
    covered = split_range(clean(element.findtext("desc") or ""))[1]
    if element.tag == "chapter" and covered is not None:
        texts["remarks"].append(f"Codes {covered}")
    for child in element:
        if child.tag in _FIELDS:
            texts[_FIELDS[child.tag]].extend(_note_texts(child))
    texts["remarks"].extend(_other_names_of_sevenths(element))
    for table in element.iterfind("visualImpairment"):
        texts["remarks"].extend(_visual_impairment(table))
    return Notes(**{name: tuple(found) for name, found in texts.items()})


def inclusion_terms(element: ET.Element) -> tuple[Label, ...]:
    """The terms that the book lists under a node as belonging to it, each once."""
    terms = [text for child in element.iterfind("inclusionTerm") for text in _note_texts(child)]
    terms.extend(text for _, text in _notes_of_sevenths(element) if _is_stray(element, text))
    return tuple(Label(text, "en", "inclusion", "official") for text in dict.fromkeys(terms))


def seventh_characters(element: ET.Element) -> tuple[SeventhCharacter, ...]:
    """The 7th characters that a node defines, in the order of the book; empty where it defines none."""
    return tuple(
        SeventhCharacter(extension.get("char", ""), clean(extension.text or ""))
        for extension in element.iterfind("sevenChrDef/extension")
    )


def _note_texts(element: ET.Element) -> Iterator[str]:
    return (text for note in element.iterfind("note") if (text := clean(note.text or "")))


def _notes_of_sevenths(element: ET.Element) -> Iterator[tuple[ET.Element | None, str]]:
    """Each note among the 7th characters, with the definition that it follows."""
    extension: ET.Element | None = None
    for child in element.iterfind("sevenChrDef/*"):
        if child.tag == "extension":
            extension = child
        elif child.tag == "note" and (text := clean(child.text or "")):
            yield extension, text


def _other_names_of_sevenths(element: ET.Element) -> Iterator[str]:
    """``7th character 2 (stable): Old central retinal vein occlusion``.

    Such a note names the same thing again. It stays out of the meaning, so that the title of an
    expansion is the official one.
    """
    for extension, text in _notes_of_sevenths(element):
        if _is_stray(element, text):
            continue
        if extension is None:
            yield text
        else:
            yield f"7th character {extension.get('char')} ({clean(extension.text or '')}): {text}"


def _is_stray(element: ET.Element, text: str) -> bool:
    return text in _STRAY_TERMS.get(element.findtext("name") or "", ())


def _visual_impairment(table: ET.Element) -> Iterator[str]:
    """``Visual impairment category 1: visual acuity less than 6/18, 3/10 (0.3) or 20/70; …``."""
    for category in table.iterfind("visCategory"):
        number = category.findtext("value")
        if number is None:
            continue
        most = _values(category, "visRange/visMax/value")
        least = _values(category, "visRange/visMin/value")
        # "No light perception" and "Undetermined" stand where the others have an upper bound.
        bounded = most[:1].isdigit()
        upper = f"best corrected visual acuity less than {most}" if bounded else most
        lower = f", equal to or better than {least}" if least else ""
        yield f"Visual impairment category {clean(number)}: {upper}{lower}"


def _values(category: ET.Element, path: str) -> str:
    """The bounds, which say the same in three notations, joined by ``or``."""
    values = [clean(value.text or "").replace("(", " (") for value in category.iterfind(path)]
    return " or ".join(values)
