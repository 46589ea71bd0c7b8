"""The answers of a ledger in; the raw rows that they hold, and the answers that cannot be read, out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from codilingua.synth.answers import EVERY_OTHER, READERS, AnswerError, Verdict
from codilingua.synth.ledger import Entry
from codilingua.types import Pair


@dataclass(frozen=True, slots=True)
class Term:
    """A preferred term of a code, as a language model wrote it. ``request`` to ``date`` as in ``Pair``."""

    code: str
    lang: str
    text: str
    request: str
    model: str
    version: str
    date: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and who gave it. ``topic`` is what the rows were read for."""

    verdict: Verdict
    topic: str
    model: str
    version: str
    date: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that has not the form that was asked for; the ledger keeps it."""

    request: str
    model: str
    reason: str


@dataclass(slots=True)
class Raw:
    """All that a ledger holds, in the order in which it came.

    ``tiers`` maps a code as written to its tier of use, ``defaults`` are language, term, code.
    """

    pairs: list[Pair] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    tiers: dict[str, int] = field(default_factory=dict)
    defaults: list[tuple[str, str, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def read_raw(entries: Iterable[Entry]) -> Raw:
    """Read every answer; those that cannot be read are listed, not raised."""
    raw = Raw()
    for entry in entries:
        raw.entries.append(entry)
        try:
            content = READERS[entry.form](entry.content)
        except AnswerError as error:
            raw.unreadable.append(Unreadable(entry.request, entry.model, str(error)))
            continue
        who = (entry.request, entry.model, entry.version, entry.date)
        if entry.task in ("practice", "phrases"):
            raw.pairs.extend(
                Pair(one.text, one.code, entry.lang, one.register, entry.task, *who) for one in content
            )
        elif entry.task == "labels":
            raw.terms.extend(Term(code, entry.lang, text, *who) for code, text in content.items())
        elif entry.task == "judge":
            raw.judged.extend(Judged(one, entry.topic, *who[1:]) for one in _each(content, entry.codes))
        elif entry.task == "tiers":
            raw.tiers.update(content)
        elif entry.task == "defaults":
            raw.defaults.extend(content)
    return raw


def _each(verdicts: Sequence[Verdict], rows: Sequence[str]) -> Iterator[Verdict]:
    """The verdicts row by row: one on every other row is one on each."""
    named = {verdict.row for verdict in verdicts}
    for verdict in verdicts:
        if verdict.row != EVERY_OTHER:
            yield verdict
        else:
            yield from (replace(verdict, row=row) for row in rows if row not in named)
