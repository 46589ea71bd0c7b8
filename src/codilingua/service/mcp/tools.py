"""The arguments of a tool in; what it finds out. A tool's docstring is what an assistant reads of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

from pydantic import BaseModel

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UnknownCode
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.service.api import shapes
from codilingua.service.api.filtering import filters
from codilingua.service.api.models import AllNotes, HitOut, NotesOut, Page
from codilingua.service.mcp.models import (
    ChildrenArguments,
    CodeArguments,
    CodeCard,
    Found,
    NotesAt,
    Place,
    SearchArguments,
    Validity,
)
from codilingua.types import Concept, Hit, Status

P = ParamSpec("P")
R = TypeVar("R")


class Searching(Protocol):
    """What the tools work with: the server's engine, or a search of their own."""

    @property
    def catalog(self) -> Catalog: ...

    async def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        lang: str | None = None,
        rerank: bool = True,
    ) -> list[list[Hit]]: ...

    async def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R: ...


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. ``run`` may raise what Codilingua raises on purpose: its message goes to the assistant."""

    name: str
    title: str
    arguments: type[BaseModel]
    result: type[BaseModel]
    run: Callable[[Searching, Any], Awaitable[BaseModel]]

    @property
    def description(self) -> str:
        """What the assistant reads before it chooses."""
        return " ".join((self.run.__doc__ or "").split())


async def search_codes(searching: Searching, asked: SearchArguments) -> Found:
    """Find ICD-10-CM diagnosis codes for a phrase in English, Spanish, Catalan, Italian, Portuguese or
    French, ranked by meaning. Give one problem at a time, in the words of the note, untranslated. Each hit
    has its official title, the text that matched, what the code still needs (`status`, `completions`) and
    `confidence`, the probability that it is right. Read the code_card of a code before you settle on it.
    """
    (hits,) = await searching.search(
        [asked.query], limit=asked.limit, filters=filters(asked), lang=asked.lang
    )
    return Found(hits=await searching.call(_hits, searching.catalog, hits, asked.ui))


async def code_card(searching: Searching, asked: CodeArguments) -> CodeCard:
    """All about an ICD-10-CM code, section or chapter: where it stands, what is below it, its inclusion terms
    and titles in other languages, the instructional notes that hold for it (includes, excludes1, excludes2,
    code first, use additional code, code also) and the 7th characters that complete it.
    """
    return await searching.call(_card, searching.catalog, asked.code, asked.ui)


async def validate_code(searching: Searching, asked: CodeArguments) -> Validity:
    """Check whether a code exists in this edition of ICD-10-CM and whether it is billable as it stands. If
    not, it says what is missing: a 7th character, a more specific code, or what exists near by. Case and
    dots do not matter.
    """
    return await searching.call(_validity, searching.catalog, asked.code, asked.ui)


async def list_children(searching: Searching, asked: ChildrenArguments) -> Page:
    """List what is right below a code: of a chapter its sections, of a section its categories, of a code the
    more specific ones. Without a code it lists the chapters.
    """
    return await searching.call(_children, searching.catalog, asked)


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("search_codes", "Search for codes", SearchArguments, Found, search_codes),
        Tool("code_card", "Read about a code", CodeArguments, CodeCard, code_card),
        Tool("validate_code", "Check a code", CodeArguments, Validity, validate_code),
        Tool("list_children", "List codes below a code", ChildrenArguments, Page, list_children),
    )
}


def _hits(catalog: Catalog, hits: Sequence[Hit], ui: str) -> list[HitOut]:
    return [shapes.hit_out(hit, catalog.get(hit.code), ui) for hit in hits]


def _card(catalog: Catalog, code: str, ui: str) -> CodeCard:
    made = shapes.card(catalog, code, ui)
    return CodeCard(
        code=made.code,
        title=made.title,
        local=made.local,
        kind=made.kind,
        status=made.status,
        billable=made.billable,
        labels=made.labels,
        ancestors=[Place(code=node.code, title=node.title) for node in made.ancestors],
        children=made.children,
        notes=_notes(made.code, made.title, made.notes),
        sevenths=made.sevenths,
    )


def _notes(code: str, title: str, notes: AllNotes) -> list[NotesAt]:
    """Those that say something."""
    own = NotesAt(code=code, title=title, notes=_said(notes.own))
    above = [NotesAt(code=at.code, title=at.title, notes=_said(at.notes)) for at in notes.inherited]
    return [at for at in (own, *above) if at.notes]


def _said(notes: NotesOut) -> dict[str, list[str]]:
    return {name: texts for name, texts in notes.model_dump().items() if texts}


def _validity(catalog: Catalog, given: str, ui: str) -> Validity:
    try:
        concept = catalog.get(given)
    except UnknownCode as error:
        return Validity(
            given=given,
            exists=False,
            billable=False,
            code=None,
            title=None,
            local=None,
            status=None,
            advice=str(error),
            completions=[],
            children=[],
        )
    below = catalog.children(concept) if concept.status is Status.NEEDS_CHILD else ()
    return Validity(
        given=given,
        exists=True,
        billable=concept.billable,
        code=concept.code,
        title=concept.title,
        local=shapes.local_title(concept, ui),
        status=concept.status,
        advice=_advice(concept),
        completions=list(concept.completions),
        children=[Place(code=child.code, title=child.title) for child in below],
    )


def _advice(concept: Concept) -> str | None:
    if concept.billable:
        return None
    if concept.status is Status.NEEDS_SEVENTH:
        return f"{concept.code} needs a 7th character: give one of its completions"
    if concept.status is Status.NEEDS_CHILD:
        return f"{concept.code} is not specific enough: give one of its children, or of theirs"
    return f"{concept.code} is a {concept.kind} of the book and never a code: give a code that is in it"


def _children(catalog: Catalog, asked: ChildrenArguments) -> Page:
    if asked.code is None:
        nodes = shapes.chapters(catalog, asked.ui)
    else:
        nodes = shapes.children(catalog, asked.code, asked.ui)
    end = asked.offset + asked.limit
    return Page(items=nodes[asked.offset : end], total=len(nodes), offset=asked.offset, limit=asked.limit)
