"""The frozen values in which the store takes and gives what it keeps."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Verdict = Literal["right", "wrong", "chosen"]
"""``right`` and ``wrong`` were said of a code; ``chosen`` is one that was taken without a word."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): ids that are made later sort later."""
    stamp = time.time_ns() // 1_000_000
    number = (stamp << 80) | int.from_bytes(os.urandom(10))
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=number))


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of one code for one query.

    ``rank`` is the place of the code among the hits, from 1; None where it was not among them. ``lang`` is
    the language of the query, ``ui`` that of the page. ``shown`` are the codes that were on the screen.
    ``key`` names the API key that it came with. ``catalog`` is the edition, ``ranker`` the version that
    answered. ``at`` is UTC.
    """

    query: str
    code: str
    verdict: Verdict
    rank: int | None = None
    lang: str | None = None
    ui: str | None = None
    shown: tuple[str, ...] = ()
    key: str | None = None
    catalog: str = ""
    ranker: str = ""
    at: datetime = field(default_factory=now)
    id: str = field(default_factory=new_id)
