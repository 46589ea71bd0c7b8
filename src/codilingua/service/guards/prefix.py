"""A request in; the same request out, knowing the path under which a proxy serves the application."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Sets ASGI's ``root_path``, whether the proxy has left it in the path or cut it off."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """:param prefix: such as ``/coding``, or empty."""
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.prefix and scope["type"] == "http":
            path = scope["path"]
            inside = path == self.prefix or path.startswith(f"{self.prefix}/")
            scope = {**scope, "root_path": self.prefix, "path": path if inside else self.prefix + path}
        await self.app(scope, receive, send)
