"""Nothing in; whether the server lives, whether it can answer, and its measures, out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from codilingua.service.services import ServicesDep

router = APIRouter(tags=["operation"])


@router.get("/health/live", summary="Whether the process answers")
async def live() -> dict[str, str]:
    """Always the same."""
    return {"status": "live"}


@router.get("/health/ready", summary="Whether it can search")
async def ready(services: ServicesDep) -> Response:
    """200 once searches are answered, also where feedback cannot be kept: that is said beside it. 503 while
    the queue is full.
    """
    engine = services.engine
    full = engine.waiting >= engine.queue_limit
    keeps = await engine.call(services.store.ready)
    content = {"status": "full" if full else "ready", "feedback": "kept" if keeps else "not kept"}
    return JSONResponse(content, 503 if full else 200, {"Cache-Control": "no-store"})


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """Counts and times by route, and what waits. No text of any query."""
    text = request.app.state.metrics.text(services.engine.waiting)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})
