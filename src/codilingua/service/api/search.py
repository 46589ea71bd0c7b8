"""Queries in; ranked hits out: ``/api/search``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from codilingua.errors import CodilinguaError, UsageError
from codilingua.search.engine import MAX_LIMIT
from codilingua.service.api.filtering import filters
from codilingua.service.api.models import (
    AnswerOut,
    BatchOut,
    ErrorOut,
    HitOut,
    ManyQueries,
    OneQuery,
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
    engine = services.engine
    # One more than is shown tells whether there are more.
    wanted = min(asked.offset + asked.limit + 1, MAX_LIMIT)
    (hits,) = await engine.search(
        [asked.q], limit=wanted, filters=filters(asked), lang=asked.lang, rerank=asked.rerank
    )
    lang = asked.lang or engine.language(asked.q)
    shown = hits[asked.offset : asked.offset + asked.limit]
    return SearchOut(
        query=asked.q,
        lang=lang,
        reranked=asked.rerank and engine.rereads(lang),
        offset=asked.offset,
        limit=asked.limit,
        more=len(hits) > asked.offset + asked.limit,
        hits=_shown(shown, services, asked.ui),
    )


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
    found = await services.engine.search(
        good, limit=asked.limit, filters=filters(asked), lang=asked.lang, rerank=asked.rerank
    )
    answers = iter(found)
    return BatchOut(
        answers=[
            AnswerOut(query=query, error=errors[number])
            if number in errors
            else AnswerOut(query=query, hits=_shown(next(answers), services, asked.ui))
            for number, query in enumerate(asked.queries)
        ]
    )


def _error(query: str, services: Services) -> ErrorOut | None:
    try:
        services.engine.check(query)
    except CodilinguaError as error:
        problem = problem_of(error)
        return ErrorOut(status=problem.status, detail=problem.detail)
    return None


def _shown(hits: list[Hit], services: Services, ui: str) -> list[HitOut]:
    return [hit_out(hit, services.engine.concept(hit.code), ui) for hit in hits]
