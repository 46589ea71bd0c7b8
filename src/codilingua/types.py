"""The frozen values that cross stages. No stage adds fields of its own to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

LANGUAGES: dict[str, str] = {
    "en": "English",
    "es": "Spanish",
    "ca": "Catalan",
    "it": "Italian",
    "pt": "Portuguese",
    "fr": "French",
}
"""The languages that the ranker is built for: ISO 639-1 code → English name."""

Origin = Literal["official", "who-derived", "machine"]
"""Who stands behind a text: the code system's publisher, a WHO translation adapted to it, or a machine."""

Role = Literal["title", "inclusion", "synonym"]
"""What a text is to its code: its name, a term the book lists under it, or another way to say it."""

Level = Literal["exact", "category"]
"""How deep the codes of a judgement are: codes of this edition, or 3-character or WHO codes."""


class Kind(StrEnum):
    """What a node of the hierarchy is."""

    CHAPTER = "chapter"
    SECTION = "section"
    CODE = "code"
    EXPANSION = "expansion"
    """A code completed with its 7th character. Not a row of the tabular list: made on look-up."""


class Status(StrEnum):
    """Whether a code can be put on a claim as it stands, and if not, what it needs."""

    BILLABLE = "billable"
    NEEDS_SEVENTH = "needs 7th character"
    NEEDS_CHILD = "needs a more specific code"
    HEADING = "heading"
    """Chapters and sections: never a code."""


@dataclass(frozen=True, slots=True)
class Label:
    """One text of a code, with its language (ISO 639-1, optionally ``pt-BR``) and its origin."""

    text: str
    lang: str
    role: Role
    origin: Origin


@dataclass(frozen=True, slots=True)
class SeventhCharacter:
    """One valid 7th character and what it says: ``A``, ``initial encounter``."""

    char: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Notes:
    """The instructional notes printed at one node. Notes of its ancestors hold for it as well."""

    includes: tuple[str, ...] = ()
    excludes1: tuple[str, ...] = ()
    excludes2: tuple[str, ...] = ()
    code_first: tuple[str, ...] = ()
    use_additional: tuple[str, ...] = ()
    code_also: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """One node of a code system: a chapter, a section or a code.

    ``code`` is written the official way (``S22.49``; a chapter is its number, a section its range
    ``A00-A09``, also where the range is one category: ``B20-B20``). ``parent`` and ``children`` are
    codes, children in the order of the book. ``chapter`` is the chapter's code. ``labels`` are the
    texts beside the title: inclusion terms, titles in other languages. ``sevenths`` are the 7th
    characters that make the code complete; empty where it takes none.
    """

    code: str
    title: str
    kind: Kind
    status: Status
    parent: str | None
    chapter: str | None
    lang: str = "en"
    children: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    sevenths: tuple[SeventhCharacter, ...] = ()
    notes: Notes = field(default_factory=Notes)

    @property
    def billable(self) -> bool:
        """True where the code is complete as it stands."""
        return self.status is Status.BILLABLE

    @property
    def surfaces(self) -> tuple[Label, ...]:
        """Every text by which the concept can be found: its title, then its labels."""
        return (Label(self.title, self.lang, "title", "official"), *self.labels)

    @property
    def completions(self) -> tuple[str, ...]:
        """The complete codes, X-padded to the 7th place: ``S22.49`` → ``S22.49XA``, ``S22.49XB`` …"""
        padded = self.code if "." in self.code else self.code + "."
        return tuple(padded.ljust(7, "X") + seventh.char for seventh in self.sevenths)


Way = Literal["practice", "phrases"]
"""How a phrase was asked for: use → codes, or code → phrases."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A phrase and the code that it takes, as a language model wrote them.

    ``register`` says how it is written (``note``, ``shorthand``, ``synonym``, ``lay``, ``context``,
    ``typo``). ``request`` is the id of what was asked, ``model`` and ``version`` who answered and the
    prompt's version, ``date`` when, ISO 8601.
    """

    text: str
    code: str
    lang: str
    register: str
    way: Way
    request: str
    model: str
    version: str
    date: str

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits of language, code and text: the same wherever the pair goes."""
        # "replace": half a surrogate, as broken JSON may hold, is a text to be rejected, not a crash.
        return hashlib.sha256(
            f"{self.lang}\t{self.code}\t{self.text}".encode("utf-8", "replace")
        ).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer to a query: a code, and what a coder needs to choose it or not.

    ``score`` lies in 0-1, higher is better, and is comparable within one query only. ``surface`` is
    the text of the code that matched best, ``surface_lang`` and ``origin`` say what it is.
    ``completions`` lists the complete codes of a code that needs a 7th character.

    ``confidence`` is the probability that the code is right, 0-1, as it was on the development sets; it
    compares across queries. None for a code that was typed, and where nothing was calibrated. ``sure`` is
    True from the threshold of the query's language on; where the first hit is not sure, a program should
    abstain and a coder look twice.
    """

    code: str
    title: str
    score: float
    surface: str
    surface_lang: str
    origin: Origin
    status: Status
    chapter: str | None
    completions: tuple[str, ...] = ()
    confidence: float | None = None
    sure: bool = False

    @property
    def billable(self) -> bool:
        """True where the code is complete as it stands."""
        return self.status is Status.BILLABLE


@dataclass(frozen=True, slots=True)
class Judgement:
    """One row of a test set: what was typed, and which codes answer it.

    ``codes`` are acceptable codes as the source writes them, one or more. ``group`` is the document
    that the query stands in, None where there is none. ``slices`` are properties to report apart:
    column → value. ``line`` is the 1-based line in the source.
    """

    query: str
    codes: tuple[str, ...]
    lang: str
    level: Level = "exact"
    group: str | None = None
    slices: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
