"""Codes in; their cards, what is below them, and the systems that they are of, out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from codilingua.catalog.store import CatalogInfo
from codilingua.service.api import shapes
from codilingua.service.api.models import Card, Language, Nodes, Page, System, Systems
from codilingua.service.etags import etag, is_known
from codilingua.service.services import ServicesDep
from codilingua.types import LANGUAGES

router = APIRouter(prefix="/api", tags=["codes"])

Ui = Annotated[Language, Query(description="Language of the titles.")]


@router.get("/codes/{code}", response_model=Card, summary="The card of a code")
async def code_card(code: str, request: Request, services: ServicesDep, ui: Ui = "en") -> Response:
    """Where it stands, what it needs, its notes and those that hold for it, its 7th characters."""
    made = await services.engine.call(shapes.card, services.engine.catalog, code, ui)
    return _tagged(request, made)


@router.get("/codes/{code}/children", response_model=Page, summary="What is right below a code")
async def code_children(
    code: str,
    request: Request,
    services: ServicesDep,
    ui: Ui = "en",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """Of a chapter its sections, of a section its categories, of a code the more specific ones."""
    nodes = await services.engine.call(shapes.children, services.engine.catalog, code, ui)
    page = Page(items=nodes[offset : offset + limit], total=len(nodes), offset=offset, limit=limit)
    return _tagged(request, page)


@router.get("/chapters", response_model=Nodes, summary="The chapters")
async def chapters(request: Request, services: ServicesDep, ui: Ui = "en") -> Response:
    """In the order of the book."""
    nodes = await services.engine.call(shapes.chapters, services.engine.catalog, ui)
    return _tagged(request, Nodes(items=nodes))


@router.get("/systems", summary="The code systems")
async def systems(services: ServicesDep) -> Systems:
    """What can be searched here, and on what terms."""
    catalog = services.engine.catalog
    info: CatalogInfo = catalog.info
    return Systems(
        systems=[
            System(
                uri=info.system,
                name=info.name,
                edition=info.edition,
                title=f"{info.name} {info.edition}".rstrip(),
                codes=len(catalog),
                languages=list(LANGUAGES),
                licence=info.licence,
            )
        ]
    )


def _tagged(request: Request, made: BaseModel) -> Response:
    """With an ETag; 304 where the client has it already. A catalog changes only with a new start."""
    body = made.model_dump_json().encode()
    tag = etag(body)
    headers = {"ETag": tag, "Cache-Control": "private, max-age=0, must-revalidate"}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
