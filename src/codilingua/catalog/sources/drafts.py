"""What every reader hands on: the nodes of one file as drafts, each with its line, and what was left out.

A draft is a concept before its place in the hierarchy is known. Nothing here reads or writes files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from codilingua.errors import UsageError
from codilingua.text import clean
from codilingua.types import Kind, Notes, Origin, Role

Format = Literal["csv", "claml", "fhir"]

ORIGINS: tuple[Origin, ...] = ("official", "who-derived", "machine")
"""Strongest first."""

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ISO_639_2 = {"eng": "en", "spa": "es", "cat": "ca", "ita": "it", "por": "pt", "fra": "fr", "fre": "fr"}
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a draft. ``origin`` is None where the file does not say it."""

    text: str
    lang: str
    role: Role
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One node as the file states it.

    ``line`` is 1-based. ``parent`` is a code as the file writes it. ``children`` only orders the
    children that name this draft as their parent. ``kind`` and ``billable`` are None where the file
    does not say.
    """

    code: str
    line: int
    texts: tuple[Text, ...]
    parent: str | None = None
    children: tuple[str, ...] = ()
    kind: Kind | None = None
    billable: bool | None = None
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the file has and the catalog has not: why, how often, and the first few."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What one file says. A string is empty where the file does not say it.

    ``lang`` is the language of the titles. ``system`` is the URI of the code system; for a file of
    additional titles, the one that they belong to. ``remarks`` are sentences for the person who imports.
    ``adds_only`` is True for a file that is no catalog but only adds texts to one.
    """

    drafts: tuple[Draft, ...]
    name: str = ""
    system: str = ""
    edition: str = ""
    lang: str = ""
    licence: str = ""
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    adds_only: bool = False


class Omissions:
    """Collects what is left out while a file is read."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, reason: str, example: str) -> None:
        """Count one more; ``example`` names it (a code, mostly)."""
        self._found.setdefault(reason, []).append(example)

    def result(self) -> tuple[LeftOut, ...]:
        """One entry a reason, in the order in which they were met."""
        return tuple(
            LeftOut(reason, len(found), tuple(dict.fromkeys(found))[:_EXAMPLES])
            for reason, found in self._found.items()
        )


def language_tag(text: str) -> str | None:
    """A language tag in the usual case, or None where the text has not the shape of one.

    ``ES`` → ``es``, ``pt_br`` → ``pt-BR``, ``spa`` → ``es``; ``Spanish`` → None. Source: BCP 47.
    """
    tag = clean(text).replace("_", "-")
    if not _TAG.fullmatch(tag):
        return None
    primary, *rest = tag.split("-")
    first = _ISO_639_2.get(primary.lower(), primary.lower())
    return "-".join([first, *(part.upper() if len(part) == 2 else part.lower() for part in rest)])


def required_tag(text: str, option: str = "--lang") -> str:
    """:func:`language_tag` of what was asked for.

    :raises UsageError: when it has not the shape of a language tag.
    """
    tag = language_tag(text)
    if tag is None:
        raise UsageError(f"{option} {text!r} is not a language tag: write one such as es, ca or pt-BR")
    return tag


def same_language(one: str, other: str) -> bool:
    """True where both tags name the same language, whatever their region: ``pt`` and ``pt-BR``."""
    return one.split("-")[0] == other.split("-")[0]


def as_origin(text: str) -> Origin | None:
    """The origin that a cell or option names, or None where it names none."""
    wanted = clean(text).lower()
    return next((origin for origin in ORIGINS if origin == wanted), None)
