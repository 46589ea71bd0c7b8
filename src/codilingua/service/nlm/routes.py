"""Parameters as the NLM's service takes them in; ``[total, codes, extra, display]`` out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from codilingua.errors import QueryError, UnknownCode, UsageError
from codilingua.search.filters import Filters
from codilingua.search.query import MAX_CHARACTERS
from codilingua.service.api.models import Language
from codilingua.service.api.shapes import local_title
from codilingua.service.engine import Engine
from codilingua.service.nlm.table import BLOCK, Row, Table, allowed, leaf, size, spread, table
from codilingua.service.nlm.words import words_of
from codilingua.service.problems import DOCUMENTED
from codilingua.service.services import ServicesDep
from codilingua.types import Concept

router = APIRouter(prefix="/api/icd10cm/v3", tags=["NLM"])

# By hand, and loosely: what tools make of an array whose parts differ is often no schema at all.
_ANSWER: dict[str, Any] = {
    "description": "Total, codes, extra data, display; to suggest=1 codes, display, extra data",
    "content": {
        "application/json": {
            "schema": {
                "type": "array",
                "items": {"type": ["integer", "array", "object", "null"]},
                "minItems": 3,
                "maxItems": 4,
            },
            "example": [1, ["I10"], None, [["I10", "Essential (primary) hypertension"]]],
        }
    },
}

SHORT = 7
LARGEST = 500
"""Rows in one answer; and rows of one ranking: beyond them nothing is near the text."""
_FARTHEST = 7500
_MOST_COUNTED = 10_000
_LONGEST_FIELDS = 500

# A beginning of a code: "E1", "s72.0", "S72001A". Of letters alone a word begins.
_CODE_START = re.compile(r"\s*[A-Za-z][0-9][0-9A-Za-z]?\.?[0-9A-Za-z]{0,4}\s*", re.ASCII)
_NUMBER = r"^[0-9]{0,6}$"

_TABLES: WeakKeyDictionary[Engine, asyncio.Future[Table]] = WeakKeyDictionary()

Fields = Annotated[str | None, Query(max_length=_LONGEST_FIELDS)]
Number = Annotated[str | None, Query(pattern=_NUMBER)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, read."""

    terms: str
    offset: int
    end: int
    by_code: bool
    by_name: bool
    q: str
    lang: Language | None
    ui: Language | None
    rerank: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of one page, and how many there are on all."""

    total: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class _Shown:
    """One row, by field: ``title`` is its name in the book's language, ``name`` the one that is shown."""

    code: str
    name: str
    title: str
    lang: str
    origin: str
    chapter: str | None


_FIELDS: Mapping[str, Callable[[_Shown], str | None]] = {
    "code": lambda row: row.code,
    "name": lambda row: row.name,
    "title": lambda row: row.title,
    "lang": lambda row: row.lang,
    "origin": lambda row: row.origin,
    "chapter": lambda row: row.chapter,
}


@router.get(
    "/search",
    summary="Complete codes, as the NLM's Clinical Tables answer",
    responses={200: _ANSWER, **DOCUMENTED},
)
async def search(
    services: ServicesDep,
    terms: Annotated[
        str | None, Query(description="What has been typed: words, begun words, a code.")
    ] = None,
    max_list: Annotated[Number, Query(alias="maxList", description="Rows, up to 500; 500 if empty.")] = None,
    count: Annotated[Number, Query(description="Rows of a page, up to 500.")] = None,
    offset: Annotated[Number, Query(description="Rows before the page.")] = None,
    sf: Annotated[Fields, Query(description="Fields to search in: code, name; both if left out.")] = None,
    df: Annotated[Fields, Query(description="Fields to show: code,name if left out.")] = None,
    cf: Annotated[Fields, Query(description="The field that is the code.")] = None,
    ef: Annotated[
        Fields, Query(description="Further fields, with an alias or without: origin:o,title.")
    ] = None,
    q: Annotated[str | None, Query(description="What rows have to pass: code:E11* OR name:insulin.")] = None,
    suggest: Annotated[str | None, Query(description="1 for suggestions to field_val.")] = None,
    field_val: Annotated[str | None, Query(description="What was typed, for suggestions.")] = None,
    lang: Annotated[Language | None, Query(description="Ours: language of the text; else guessed.")] = None,
    ui: Annotated[Language | None, Query(description="Ours: language of the names; else the book's.")] = None,
    rerank: Annotated[bool, Query(description="Ours: whether a second model reads the best codes.")] = False,
) -> Response:
    """The parameters without ``Ours`` are theirs; see docs/nlm.md for what differs."""
    suggesting = suggest == "1"
    typed = field_val if suggesting else terms
    if typed is None:
        raise UsageError("terms is missing: add  terms=asthma  (an empty one lists every code)")
    searched = _names(sf) or ["code", "name"]
    start = int(offset or 0)
    end = min(start + _size(max_list, count), _FARTHEST)
    asked = _Asked(typed, start, end, "code" in searched, "name" in searched, q or "", lang, ui, rerank)
    engine = services.engine
    found = await _find(engine, asked)
    shown = await engine.call(_show, engine, found.rows, ui)
    codes, extra, display = _columns(shown, df, cf, ef)
    content = [codes, display, extra] if suggesting else [found.total, codes, extra, display]
    return JSONResponse(content)


async def _find(engine: Engine, asked: _Asked) -> _Found:
    """Rows by the beginning of their code where it is one, by what they mean else."""
    made = await _table(engine)
    kept = await engine.call(allowed, made, asked.q) if asked.q.strip() else None
    if not asked.terms.strip():
        return await engine.call(_all, made, kept, asked)
    if asked.by_code and (not asked.by_name or _CODE_START.fullmatch(asked.terms)):
        begun = await engine.call(made.starting, asked.terms)
        if begun or not asked.by_name:
            return _page([row for row in begun if kept is None or row.code in kept], asked)
    return await _ranked(engine, made, kept, asked) if asked.by_name else _Found(0, [])


async def _table(engine: Engine) -> Table:
    """Made once, when it is first asked for: whoever asks meanwhile waits for the same one."""
    making = _TABLES.get(engine)
    if making is None or (making.done() and (making.cancelled() or making.exception() is not None)):
        making = asyncio.ensure_future(engine.call(table, engine.catalog))
        _TABLES[engine] = making
    # One of those who wait may give up; the others still want it.
    return await asyncio.shield(making)


def _all(made: Table, kept: frozenset[str] | None, asked: _Asked) -> _Found:
    listed = spread(made.leaves.values())
    if kept is not None:
        return _page([row for row in listed if row.code in kept], asked)
    total = size(list(made.leaves.values()))
    return _Found(min(total, _MOST_COUNTED), list(islice(listed, asked.offset, max(asked.end, asked.offset))))


def _page(listed: Sequence[Row], asked: _Asked) -> _Found:
    return _Found(min(len(listed), _MOST_COUNTED), listed[asked.offset : asked.end])


async def _ranked(engine: Engine, made: Table, kept: frozenset[str] | None, asked: _Asked) -> _Found:
    if kept is not None and not kept:
        return _Found(0, [])
    text = made.words.completed(asked.terms, asked.lang or asked.ui)
    only = await engine.call(_leaves, made, kept) if kept is not None else frozenset[str]()
    # Whole blocks: the order of the rows then does not depend on the page.
    wanted = min(-(-max(asked.end, 1) // BLOCK) * BLOCK, LARGEST)
    try:
        (hits,) = await engine.search(
            [text],
            limit=wanted,
            filters=Filters(leaves=True, only=only),
            lang=asked.lang,
            rerank=asked.rerank,
        )
    except UnknownCode:
        return _Found(0, [])
    except QueryError:
        if len(asked.terms) > MAX_CHARACTERS:
            raise
        # Punctuation, another script: theirs finds nothing in it, and says so.
        return _Found(0, [])
    leaves = [made.leaves.get(hit.code) or leaf(engine.concept(hit.code)) for hit in hits]
    ranked = [row for row in spread(leaves, words_of(asked.terms)) if kept is None or row.code in kept]
    known = len(hits) < wanted
    most = len(ranked) if known else LARGEST if kept is None else len(kept)
    return _Found(min(most, LARGEST), ranked[asked.offset : min(asked.end, LARGEST)])


def _leaves(made: Table, kept: frozenset[str]) -> frozenset[str]:
    return frozenset(
        code for code, leaf in made.leaves.items() if kept.intersection(leaf.completions or (code,))
    )


def _show(engine: Engine, found: Sequence[Row], ui: Language | None) -> list[_Shown]:
    """Reads the catalog where another language is asked for."""
    concepts = {row.leaf.code: engine.concept(row.leaf.code) for row in found}
    return [_shown(row, concepts[row.leaf.code], ui) for row in found]


def _shown(row: Row, concept: Concept, ui: Language | None) -> _Shown:
    local = local_title(concept, ui) if ui is not None else None
    title = row.named(row.leaf.title)
    return _Shown(
        code=row.code,
        name=title if local is None else row.named(local.text),
        title=title,
        lang=concept.lang if local is None else local.lang,
        origin="official" if local is None else local.origin,
        chapter=row.leaf.chapter,
    )


def _columns(
    shown: Sequence[_Shown], df: str | None, cf: str | None, ef: str | None
) -> tuple[list[str | None], dict[str, list[str | None]] | None, list[list[str]]]:
    """A field that is not known is null, as a code and as extra data, and empty on display."""
    codes = [_value(row, (cf or "").strip() or "code") for row in shown]
    display = [[_value(row, name) or "" for name in _names(df) or ["code", "name"]] for row in shown]
    extra: dict[str, list[Any]] = {}
    for name in _names(ef):
        field, _, alias = name.partition(":")
        extra[alias.strip() or field.strip()] = [_value(row, field.strip()) for row in shown]
    return codes, extra or None, display


def _value(row: _Shown, field: str) -> str | None:
    read = _FIELDS.get(field)
    return None if read is None else read(row)


def _names(fields: str | None) -> list[str]:
    return [name for part in (fields or "").split(",") if (name := part.strip())]


def _size(max_list: str | None, count: str | None) -> int:
    """A count says more exactly what is wanted, so it goes first; an empty ``maxList`` is the most."""
    if count:
        return min(int(count), LARGEST)
    if max_list is None:
        return SHORT
    return min(int(max_list), LARGEST) if max_list else LARGEST
