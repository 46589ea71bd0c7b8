"""A concept in; its texts in the languages that are asked for, and its properties, out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from codilingua.catalog.catalog import Catalog
from codilingua.fhir.vocabulary import BILLING, PROPERTY_URI
from codilingua.types import Concept, Kind, Label, Notes


@dataclass(frozen=True, slots=True)
class PropertyKind:
    """A property of concepts: its code, data type, and what it says. ``uri`` where FHIR defines it."""

    code: str
    type: str
    description: str
    uri: str | None = None


PROPERTIES = (
    PropertyKind("parent", "code", "The code right above.", f"{PROPERTY_URI}#parent"),
    PropertyKind(
        "child", "code", "A code right below; the complete codes of one that takes a 7th character.",
        f"{PROPERTY_URI}#child",
    ),
    PropertyKind("billable", "boolean", "Whether the code is complete as it stands."),
    PropertyKind(
        "billing-status", "code", "billable, needs-7th-character, needs-more-specific-code or heading."
    ),
    PropertyKind("kind", "code", "chapter, section, code or expansion (a code with its 7th character)."),
    PropertyKind("chapter", "code", "The chapter that it stands in."),
    PropertyKind("inactive", "boolean", "False: retired codes are not kept.", f"{PROPERTY_URI}#inactive"),
    PropertyKind(
        "notSelectable", "boolean", "True for chapters and sections.", f"{PROPERTY_URI}#notSelectable"
    ),
    PropertyKind("seventh-character", "string", "A 7th character that it takes, and the code so completed."),
    PropertyKind("includes", "string", "Note: what the code includes."),
    PropertyKind("excludes1", "string", "Note: what is never coded together with it."),
    PropertyKind("excludes2", "string", "Note: what is not part of it, but may be coded beside it."),
    PropertyKind("code-first", "string", "Note: what has to be coded before it."),
    PropertyKind("use-additional", "string", "Note: what to code in addition."),
    PropertyKind("code-also", "string", "Note: what to code also, in any order."),
    PropertyKind("remark", "string", "Any other note."),
)  # fmt: skip
"""What ``$lookup`` gives, in its order."""

_NOTES = {field.name: field.name.replace("_", "-") for field in fields(Notes)} | {"remarks": "remark"}
_NO_NOTES = Notes()

Value = str | bool


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a property.

    ``description`` says what the value stands for, ``inherited_from`` the code above that a note is printed
    at, ``completed`` the complete code that a 7th character makes.
    """

    code: str
    value: Value
    description: str | None = None
    inherited_from: str | None = None
    completed: str | None = None


def speaks(tag: str, wanted: str) -> bool:
    """Whether a text in a language is one in the language that is wanted: ``pt-BR`` in ``pt``."""
    tag, wanted = tag.lower(), wanted.lower()
    return tag == wanted or tag.startswith(f"{wanted}-")


def display(concept: Concept, languages: Sequence[str] = ()) -> Label:
    """What the concept is called in the first of these languages that it has a title in.

    A title in another country's form of a language goes before none: ``pt`` for ``pt-PT``. Without any, it is
    its title in the code system's own language.
    """
    own = Label(concept.title, concept.lang, "title", "official")
    titles = [own, *(label for label in concept.labels if label.role == "title")]
    for wanted in languages:
        for form in (wanted, wanted.partition("-")[0]):
            if (found := next((title for title in titles if speaks(title.lang, form)), None)) is not None:
                return found
    return own


def own_properties(concept: Concept) -> Iterator[Property]:
    """What can be told from the concept alone."""
    if concept.parent is not None:
        yield Property("parent", concept.parent)
    yield Property("billable", concept.billable)
    yield Property("billing-status", BILLING[concept.status])
    yield Property("kind", concept.kind.value)
    if concept.chapter is not None:
        yield Property("chapter", concept.chapter)
    yield Property("inactive", False)
    yield Property("notSelectable", is_abstract(concept))


def properties(catalog: Catalog, concept: Concept, languages: Sequence[str]) -> Iterator[Property]:
    """All of them; the notes that are printed above hold for the concept and are among them."""
    above = catalog.ancestors(concept)
    if above:
        yield Property("parent", above[0].code, display(above[0], languages).text)
    yield from _children(catalog, concept, languages)
    yield from (found for found in own_properties(concept) if found.code != "parent")
    for seventh, completed in zip(concept.sevenths, concept.completions, strict=True):
        yield Property("seventh-character", seventh.char, seventh.meaning, completed=completed)
    yield from _notes(concept.notes, None)
    for node in above:
        # A chapter's remarks are the list of its sections.
        notes = node.notes if node.kind is not Kind.CHAPTER else _without_remarks(node.notes)
        yield from _notes(notes, node.code)


def is_abstract(concept: Concept) -> bool:
    """Whether it only groups codes: a chapter or a section."""
    return concept.kind in (Kind.CHAPTER, Kind.SECTION)


def _children(catalog: Catalog, concept: Concept, languages: Sequence[str]) -> Iterator[Property]:
    for child in catalog.children(concept):
        yield Property("child", child.code, display(child, languages).text)
    for seventh, completed in zip(concept.sevenths, concept.completions, strict=True):
        yield Property("child", completed, f"{concept.title}, {seventh.meaning}")


def _notes(notes: Notes, inherited_from: str | None) -> Iterator[Property]:
    if notes == _NO_NOTES:
        return
    for name, code in _NOTES.items():
        for text in getattr(notes, name):
            yield Property(code, text, inherited_from=inherited_from)


def _without_remarks(notes: Notes) -> Notes:
    return Notes(**{name: getattr(notes, name) for name in _NOTES if name != "remarks"})
