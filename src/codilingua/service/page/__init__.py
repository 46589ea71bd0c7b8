"""A path below ``/`` or ``/static/`` in; a file of the web page out, or 304 where the browser has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from codilingua.service.etags import etag, is_known

router = APIRouter(include_in_schema=False)

_INDEX = "index.html"

_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""Only these are served: what a text editor leaves beside them is not."""

_LASTING = (".woff2",)
"""Never changed under the same name."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    headers: Mapping[str, str]

    def answer(self, request: Request) -> Response:
        if is_known(request, self.headers["ETag"]):
            return Response(status_code=304, headers={**self.headers})
        return Response(self.body, headers={**self.headers})


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """The page."""
    return page_files()[_INDEX].answer(request)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def favicon(request: Request) -> Response:
    """For browsers that ask before they have read the page."""
    return page_files()["icon.svg"].answer(request)


@router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
async def static(name: str, request: Request) -> Response:
    """A style, a module, a font or the texts of a language."""
    found = page_files().get(name)
    if found is None:
        raise HTTPException(404, "the page has no such file")
    return found.answer(request)


@cache
def page_files() -> Mapping[str, _File]:
    """Every file of the page, by its path below ``static``. Read once: no path is ever joined to a folder."""
    return dict(_read(files(__name__) / "static", PurePosixPath()))


def _read(folder: Traversable, above: PurePosixPath) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = above / entry.name
        if entry.is_dir():
            found += _read(entry, path)
        elif path.suffix in _MEDIA:
            found.append((str(path), _file(entry.read_bytes(), path.suffix)))
    return found


def _file(body: bytes, suffix: str) -> _File:
    # A new release has new files under the old names, so browsers ask each time; 304 costs them nothing.
    caching = "public, max-age=31536000, immutable" if suffix in _LASTING else "no-cache"
    headers = {
        "Content-Type": _MEDIA[suffix],
        "Cache-Control": caching,
        "ETag": etag(body),
    }
    return _File(body, headers)
