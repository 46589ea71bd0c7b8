"""An opened search in; the protocol on standard input and output, until the input ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import anyio
from mcp.server.stdio import stdio_server

from codilingua.catalog.catalog import Catalog
from codilingua.search.engine import Search
from codilingua.search.filters import EVERYTHING, Filters
from codilingua.service.mcp.server import server
from codilingua.service.observe.logs import set_up_logs
from codilingua.types import Hit

P = ParamSpec("P")
R = TypeVar("R")


class Direct:
    """A search for one user, off the event loop, so that further messages are read meanwhile."""

    def __init__(self, search: Search) -> None:
        self._search = search

    @property
    def catalog(self) -> Catalog:
        """That of the search."""
        return self._search.catalog

    async def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        lang: str | None = None,
        rerank: bool = True,
    ) -> list[list[Hit]]:
        """As :meth:`Search.batch`."""
        return await asyncio.to_thread(self._search.batch, queries, limit, filters, lang, rerank)

    async def call(self, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Run what blocks in a thread."""
        return await asyncio.to_thread(function, *arguments, **named)


def serve(search: Search) -> None:
    """Speak until the input ends. Logs go to standard error, and hold no text of a query."""
    set_up_logs("warning")
    anyio.run(_serve, search)


async def _serve(search: Search) -> None:
    speaking = server(Direct(search))
    async with stdio_server() as (incoming, outgoing):
        await speaking.run(incoming, outgoing, speaking.create_initialization_options())
