"""A body in; its ETag, and whether a client has it already, out."""

from __future__ import annotations

import hashlib

from fastapi import Request


def etag(body: bytes) -> str:
    """The same for the same bytes, in quotes as the header has it."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client says that it has what the tag stands for."""
    given = request.headers.get("if-none-match", "")
    known = [mark.strip().removeprefix("W/") for mark in given.split(",")]
    return tag in known or "*" in known
