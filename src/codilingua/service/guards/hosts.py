"""The ``Host`` header in; through, where it is a name that this server goes by.

A page of anybody's that a browser was led to under a name of this machine could else read from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from codilingua.service.problems import Problem, answer, local_path

_PROBES = "/health/"
"""What watches over the server calls it by its address."""


class Hosts:
    """Lets requests through that name one of ``allowed``; ``*`` is any name."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self.app = app
        self.allowed = frozenset(name.lower().strip("[]") for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "*" in self.allowed or local_path(scope).startswith(_PROBES):
            await self.app(scope, receive, send)
            return
        named = [value.decode("latin-1") for name, value in Headers(scope=scope).raw if name == b"host"]
        if len(named) == 1 and _name(named[0]) in self.allowed:
            await self.app(scope, receive, send)
            return
        detail = "the Host header is not a name of this server: call it by one of its allowed_hosts"
        await answer(local_path(scope), Problem(400, detail))(scope, receive, send)


def _name(host: str) -> str:
    """Without the port: ``[::1]:8000`` → ``::1``."""
    lowered = host.lower()
    if lowered.startswith("["):
        return lowered[1:].partition("]")[0]
    return lowered.partition(":")[0]
