"""A request's body in; through, where it is not too large and not packed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codilingua.service.problems import Problem, answer, local_path


class Bodies:
    """Lets bodies of up to ``most`` bytes through, counted as they come in."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = None
        if headers.get("content-encoding", "identity").lower() != "identity":
            # A small packed body may be an enormous one.
            problem = Problem(415, "packed bodies are not read: send it without Content-Encoding")
        elif _length(headers) > self.most:
            problem = self._too_large()
        if problem is not None:
            await answer(local_path(scope), problem)(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What comes in pieces has no length to tell in advance."""
        read = 0
        begun = False

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise _TooLarge
            return message

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, counting, watching)
        except _TooLarge:
            if begun:
                raise
            await answer(local_path(scope), self._too_large())(scope, receive, send)

    def _too_large(self) -> Problem:
        return Problem(413, f"the body is larger than {self.most:,} bytes: send it in smaller parts")


class _TooLarge(Exception):
    pass


def _length(headers: Headers) -> int:
    stated = headers.get("content-length", "")
    return int(stated) if stated.isascii() and stated.isdigit() else 0
