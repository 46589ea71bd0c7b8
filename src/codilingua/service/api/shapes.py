"""Hits and concepts in; what the REST interface shows of them out."""

from __future__ import annotations

from collections.abc import Iterable

from codilingua.catalog.catalog import Catalog
from codilingua.service.api.models import (
    AllNotes,
    Card,
    HitOut,
    InheritedNotes,
    LabelOut,
    Local,
    Node,
    NotesOut,
    SeventhOut,
    SurfaceOut,
)
from codilingua.types import Concept, Hit, Kind, Notes


def local_title(concept: Concept, lang: str) -> Local | None:
    """Its title in a language; None where it has none, or where that is its own."""
    if lang == concept.lang:
        return None
    titles = [label for label in concept.labels if label.lang.partition("-")[0] == lang]
    # A title before a synonym: "DM" says less than what the code is called.
    titles.sort(key=lambda label: label.role != "title")
    return Local(text=titles[0].text, lang=titles[0].lang, origin=titles[0].origin) if titles else None


def hit_out(hit: Hit, concept: Concept, ui: str) -> HitOut:
    """:param concept: of the hit's code. :param ui: language of the titles."""
    return HitOut(
        code=hit.code,
        title=hit.title,
        title_lang=concept.lang,
        local=local_title(concept, ui),
        score=hit.score,
        confidence=hit.confidence,
        sure=hit.sure,
        surface=SurfaceOut(text=hit.surface, lang=hit.surface_lang, origin=hit.origin),
        status=hit.status,
        billable=hit.billable,
        chapter=hit.chapter,
        completions=list(hit.completions),
    )


def node(concept: Concept, ui: str) -> Node:
    """A place in the hierarchy."""
    return Node(
        code=concept.code,
        title=concept.title,
        local=local_title(concept, ui),
        kind=concept.kind,
        status=concept.status,
        billable=concept.billable,
        leaf=not concept.children,
    )


def card(catalog: Catalog, code: str, ui: str) -> Card:
    """
    :raises UnknownCode: when there is no such code.
    """
    concept = catalog.get(code)
    above = catalog.ancestors(concept)
    return Card(
        code=concept.code,
        title=concept.title,
        title_lang=concept.lang,
        local=local_title(concept, ui),
        kind=concept.kind,
        status=concept.status,
        billable=concept.billable,
        chapter=concept.chapter,
        parent=concept.parent,
        labels=[
            LabelOut(text=label.text, lang=label.lang, role=label.role, origin=label.origin)
            for label in concept.labels
        ],
        ancestors=_nodes(reversed(above), ui),
        children=_nodes(catalog.children(concept), ui),
        siblings=_nodes(catalog.siblings(concept), ui),
        notes=AllNotes(own=_notes(concept.notes), inherited=_inherited(above)),
        sevenths=[
            SeventhOut(char=seventh.char, meaning=seventh.meaning, code=complete)
            for seventh, complete in zip(concept.sevenths, concept.completions, strict=True)
        ],
        completions=list(concept.completions),
    )


def children(catalog: Catalog, code: str, ui: str) -> list[Node]:
    """
    :raises UnknownCode: when there is no such code.
    """
    return _nodes(catalog.children(code), ui)


def chapters(catalog: Catalog, ui: str) -> list[Node]:
    """The tops of the hierarchy."""
    return _nodes(catalog.roots(), ui)


def _nodes(concepts: Iterable[Concept], ui: str) -> list[Node]:
    return [node(concept, ui) for concept in concepts]


def _notes(notes: Notes) -> NotesOut:
    return NotesOut(**{name: list(getattr(notes, name)) for name in NotesOut.model_fields})


def _inherited(above: Iterable[Concept]) -> list[InheritedNotes]:
    none = Notes()
    return [
        InheritedNotes(code=concept.code, title=concept.title, notes=_notes(concept.notes))
        for concept in above
        # What stands at an expansion's code stands at the expansion; a chapter's remark is its range.
        if concept.notes != none and (concept.kind is not Kind.CHAPTER or _binds(concept.notes))
    ]


def _binds(notes: Notes) -> bool:
    return any(getattr(notes, name) for name in NotesOut.model_fields if name != "remarks")
