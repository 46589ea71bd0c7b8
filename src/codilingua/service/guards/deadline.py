"""A request in; its answer out, or, where that takes too long, the news that it was given up."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codilingua.service.problems import Problem, answer, local_path


class Deadline:
    """Gives a request up after ``seconds``."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(self.seconds):
                await self.app(scope, receive, watching)
        except TimeoutError:
            if begun:
                raise
            detail = f"no answer within {self.seconds:g} s, so it was given up: ask for less, or later"
            problem = Problem(503, detail, {"Retry-After": "5"})
            await answer(local_path(scope), problem)(scope, receive, send)
