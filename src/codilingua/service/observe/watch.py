"""A request in; its answer out with an id and the headers that keep browsers safe, counted and logged.

The outermost layer: what no other has caught becomes an answer here.
"""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codilingua.service.observe.logs import log
from codilingua.service.observe.metrics import Metrics
from codilingua.service.problems import answer, local_path, problem_of

REQUEST_ID = "x-request-id"

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), clipboard-write=(self)",
}
"""Sent with every answer. No script, style or font but this server's own, and no page around it."""

_QUIET = ("/health/live", "/health/ready", "/metrics")
_UNMATCHED = "unmatched"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
# What a proxy in front may have given, and no more: it goes into the log.
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Watch:
    """See the module."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        status = 0

        async def marking(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        began = time.perf_counter()
        try:
            await self.app(scope, receive, marking)
        except Exception as error:
            log(logging.ERROR, "failed", error, request=request_id)
            if status:
                raise
            await answer(local_path(scope), problem_of(error))(scope, receive, marking)
        finally:
            self._record(scope, request_id, status, time.perf_counter() - began)

    def _record(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", _UNMATCHED)
        # Anyone may send any word as a method; each would be a counter of its own.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.metrics.answered(method, route, status, seconds)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        key = scope.get("state", {}).get("key")
        milliseconds = round(seconds * 1000, 1)
        log(
            level,
            "answered",
            request=request_id,
            method=method,
            route=route,
            status=status,
            ms=milliseconds,
            key=key,
        )
