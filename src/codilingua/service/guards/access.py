"""A key, or the address that a request comes from, in; through, where it may and has not come too often."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from codilingua.errors import CodilinguaError
from codilingua.service.problems import Problem, answer, local_path, problem_of

SEARCH, FEEDBACK, METRICS = "search", "feedback", "metrics"

# What a client reads before it knows that a key is needed; nothing of it tells of a query or of a code.
_OPEN = ("/", "/openapi.json", "/fhir/metadata", "/favicon.ico", "/health/live", "/health/ready")
_OPEN_BELOW = "/static/"


class KeyLike(Protocol):
    """What is known of an API key: its name and what it may do."""

    @property
    def name(self) -> str: ...

    @property
    def scopes(self) -> frozenset[str]: ...


CheckKey = Callable[[str], Awaitable[KeyLike | None]]
"""Gives the key that a token stands for, None for none."""


class Access:
    """Asks for a key where one is needed, and counts requests by key or address.

    Who asked stands in ``scope["state"]["key"]`` afterwards: the key's name, None without one.
    """

    def __init__(self, app: ASGIApp, check: CheckKey, needs_key: bool, rate: int) -> None:
        """:param rate: requests a minute; 0 for any number."""
        self.app, self.check, self.needs_key = app, check, needs_key
        self.rate = RateLimitItemPerMinute(rate) if rate else None
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = local_path(scope) if scope["type"] == "http" else ""
        if scope["type"] != "http" or path in _OPEN or path.startswith(_OPEN_BELOW):
            await self.app(scope, receive, send)
            return
        try:
            key, problem = await self._identify(scope, path)
        except CodilinguaError as error:
            key, problem = None, problem_of(error)
        problem = problem or self._too_often(key, scope)
        if problem is not None:
            await answer(path, problem)(scope, receive, send)
            return
        scope.setdefault("state", {})["key"] = key
        await self.app(scope, receive, send)

    async def _identify(self, scope: Scope, path: str) -> tuple[str | None, Problem | None]:
        token = _token(Headers(scope=scope))
        if token is None:
            return None, _ASK if self.needs_key else None
        key = await self.check(token)
        if key is None:
            # On an open server too: whoever sends a key believes it counts.
            wrong = "this API key is not valid, or was revoked: ask who runs the server for another"
            return None, Problem(401, wrong, _ASK.headers) if self.needs_key else None
        needed = _scope_of(path, str(scope["method"]))
        if self.needs_key and needed not in key.scopes:
            detail = f"the key {key.name!r} has no scope {needed!r}: add a key with  codilingua keys add"
            return None, Problem(403, detail)
        return key.name, None

    def _too_often(self, key: str | None, scope: Scope) -> Problem | None:
        if self.rate is None:
            return None
        who = f"key {key}" if key is not None else f"address {(scope.get('client') or ('',))[0]}"
        if self.limiter.hit(self.rate, who):
            return None
        reset = self.limiter.get_window_stats(self.rate, who).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        detail = f"more than {self.rate.amount} requests a minute: try again in {wait} s"
        return Problem(429, detail, {"Retry-After": str(wait)})


_ASK = Problem(
    401,
    "this server needs an API key: send it as  Authorization: Bearer KEY  or  X-API-Key: KEY",
    {"WWW-Authenticate": 'Bearer realm="codilingua"'},
)


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key")


def _scope_of(path: str, method: str) -> str:
    if path == "/metrics":
        return METRICS
    return FEEDBACK if path.startswith("/api/feedback") and method == "POST" else SEARCH
