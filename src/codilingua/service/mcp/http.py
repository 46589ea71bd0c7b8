"""A running application in; the protocol over HTTP at ``/mcp`` out, for as long as the application runs.

Every request stands for itself (no session, no stream), so that any worker can answer any of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from codilingua.service.mcp.server import server
from codilingua.service.mcp.tools import Searching
from codilingua.service.problems import Problem, answer, local_path

PATH = "/mcp"


@asynccontextmanager
async def running(app: FastAPI, searching: Searching) -> AsyncIterator[None]:
    """To be entered in the application's lifespan, once its services are there."""
    manager = StreamableHTTPSessionManager(server(searching), json_response=True, stateless=True)
    endpoint = _Endpoint(manager, app.state.services.settings.cors_origins)
    route = Route(PATH, endpoint, include_in_schema=False)
    app.router.routes.append(route)
    try:
        async with manager.run():
            yield
    finally:
        app.router.routes.remove(route)


@dataclass(frozen=True, slots=True)
class _Named:
    path: str


class _Endpoint:
    """What the protocol asks of a server beside the messages: no foreign pages, and no other methods."""

    def __init__(self, manager: StreamableHTTPSessionManager, origins: Sequence[str]) -> None:
        """:param origins: of pages that may call it beside its own."""
        self.manager, self.origins = manager, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # By what metrics and logs name a request; only FastAPI's own routes say it by themselves.
        scope["route"] = _Named(PATH)
        problem = self._refused(scope)
        if problem is None:
            await self.manager.handle_request(scope, receive, send)
        else:
            await answer(local_path(scope), problem)(scope, receive, send)

    def _refused(self, scope: Scope) -> Problem | None:
        if scope["method"] != "POST":
            # GET would open a stream for what the server has to say by itself, and it has nothing.
            return Problem(405, "MCP is spoken by POST alone here: there are no streams", {"Allow": "POST"})
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or origin in self.origins or "*" in self.origins:
            return None
        if urlsplit(origin).netloc == headers.get("host"):
            return None
        return Problem(403, "pages of this origin may not call it: name it in cors_origins")
