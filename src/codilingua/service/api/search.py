"""Queries in; ranked hits out: ``/api/search``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from codilingua.errors import CodilinguaError, UsageError
from codilingua.search.engine import MAX_LIMIT
from codilingua.service.api.filtering import filters
from codilingua.service.api.models import (
    AnswerOut,
    BatchOut,
    ErrorOut,
    ManyQueries,
    OneQuery,
    Options,
    SearchOut,
)
from codilingua.service.api.shapes import hit_out
from codilingua.service.problems import problem_of
from codilingua.service.services import Services, ServicesDep
from codilingua.types import Hit

router = APIRouter(prefix="/api", tags=["search"])


@router.get("/search", summary="Search for one query")
async def search(asked: Annotated[OneQuery, Query()], services: ServicesDep) -> SearchOut:
    """The best codes for a phrase, in any of the six languages, or what a code names."""
    until = asked.offset + asked.limit
    (hits,) = await _ranked([asked.q], until, asked, services)
    found = _found(asked.q, hits, slice(asked.offset, until), asked, services)
    return SearchOut(**found, offset=asked.offset, limit=asked.limit)


@router.post("/search", summary="Search for many queries")
async def search_many(asked: ManyQueries, services: ServicesDep) -> BatchOut:
    """The same for a list of queries, much faster than one by one. A query that cannot be searched has an
    error in its place; the others are answered.
    """
    most = services.settings.batch_limit
    if len(asked.queries) > most:
        raise UsageError(f"{len(asked.queries)} queries, where {most} at once are taken: send fewer")
    errors = {
        number: error for number, query in enumerate(asked.queries) if (error := _error(query, services))
    }
    good = [query for number, query in enumerate(asked.queries) if number not in errors]
    answers = iter(await _ranked(good, asked.limit, asked, services))
    return BatchOut(
        answers=[
            AnswerOut(query=query, error=errors[number])
            if number in errors
            else AnswerOut(**_found(query, next(answers), slice(asked.limit), asked, services))
            for number, query in enumerate(asked.queries)
        ]
    )


async def _ranked(queries: list[str], until: int, asked: Options, services: Services) -> list[list[Hit]]:
    """So many of each, and one more where there are more."""
    return await services.engine.search(
        queries,
        limit=min(until + 1, MAX_LIMIT),
        filters=filters(asked),
        lang=asked.lang,
        rerank=asked.rerank,
    )


def _error(query: str, services: Services) -> ErrorOut | None:
    try:
        services.engine.check(query)
    except CodilinguaError as error:
        problem = problem_of(error)
        return ErrorOut(status=problem.status, detail=problem.detail)
    return None


def _found(query: str, hits: list[Hit], shown: slice, asked: Options, services: Services) -> dict[str, Any]:
    """What an answer says of a query: the fields of :class:`Found`."""
    engine = services.engine
    lang = asked.lang or engine.language(query)
    return {
        "query": query,
        "lang": lang,
        "reranked": asked.rerank and engine.rereads(lang),
        "more": len(hits) > shown.stop,
        "hits": [hit_out(hit, engine.concept(hit.code), asked.ui) for hit in hits[shown]],
    }
