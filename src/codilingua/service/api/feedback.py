"""What coders say of hits, and how they like the page, in; receipts out, once it is kept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from codilingua import __version__
from codilingua.service.api.models import FeedbackIn, Preferences, Receipt
from codilingua.service.services import Services, ServicesDep
from codilingua.service.store.values import Feedback

router = APIRouter(prefix="/api", tags=["feedback"])

_LOCAL = "local"
"""Whose preferences they are where nobody brings a key: those of who sits at this machine."""


@router.post("/feedback", status_code=201, summary="Say whether a hit is right")
async def add_feedback(given: FeedbackIn, request: Request, services: ServicesDep) -> Receipt:
    """It is on the disk when this answers 201. The text of the query is kept with it."""
    if not services.settings.feedback:
        raise HTTPException(403, "this server takes no feedback: its setting `feedback` is false")
    engine = services.engine
    concept = await engine.call(engine.catalog.get, given.code)
    info = engine.catalog.info
    kept = Feedback(
        query=given.query,
        code=concept.code,
        verdict=given.verdict,
        rank=given.rank,
        lang=given.lang,
        ui=given.ui,
        shown=tuple(given.shown),
        key=_key(request),
        catalog=f"{info.name} {info.edition}".rstrip(),
        ranker=__version__,
    )
    return Receipt(id=await engine.call(services.store.add_feedback, kept))


@router.get("/preferences", summary="How the page is liked")
async def preferences(request: Request, services: ServicesDep) -> Preferences:
    """Those of the API key; on a server for this machine alone, those of its user."""
    owner = _owner(request, services)
    kept = await services.engine.call(services.store.preferences, owner) if owner is not None else None
    return Preferences.model_validate(kept or {})


@router.put("/preferences", summary="Say how the page is liked")
async def set_preferences(given: Preferences, request: Request, services: ServicesDep) -> Preferences:
    """In place of those before."""
    owner = _owner(request, services)
    if owner is None:
        raise HTTPException(403, "preferences are kept by API key: without one the browser has to keep them")
    await services.engine.call(services.store.set_preferences, owner, given.model_dump())
    return given


def _owner(request: Request, services: Services) -> str | None:
    key = _key(request)
    if key is not None:
        return f"key {key}"
    return _LOCAL if services.settings.on_loopback else None


def _key(request: Request) -> str | None:
    name: str | None = request.scope.get("state", {}).get("key")
    return name
