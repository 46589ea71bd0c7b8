"""What coders said in; test sets, training pairs or all of it as it is, as the files that hold them, out."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import looks_like_code
from codilingua.curate.files import COLUMNS
from codilingua.errors import UsageError
from codilingua.evaluate.testsets.judgements import write_judgements
from codilingua.service.store.values import Feedback
from codilingua.synth.choose import tabular
from codilingua.synth.pairs import REGISTER
from codilingua.text import clean
from codilingua.types import LANGUAGES, Concept, Judgement

Form = Literal["evaluation", "pairs", "raw"]

PEOPLE = "people"
"""Stands where pairs name the language model that wrote them."""

COUNT = "count"
"""Column: how often it was said."""


@dataclass(slots=True)
class Agreed:
    """A text and a code of the tabular list that somebody said is right, or chose, and how often."""

    text: str
    lang: str
    concept: Concept
    first: Feedback
    last: datetime
    right: int = 0
    chosen: int = 0
    wrong: int = 0

    @property
    def count(self) -> int:
        """How often it was said to be right, or chosen."""
        return self.right + self.chosen

    def add(self, said: Feedback) -> None:
        """Count what was said once more."""
        self.last = max(self.last, said.at)
        if said.verdict == "right":
            self.right += 1
        elif said.verdict == "chosen":
            self.chosen += 1
        else:
            self.wrong += 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """``pairs`` in the order in which they were first said. ``left_out``: reason → how many verdicts."""

    pairs: tuple[Agreed, ...]
    read: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def agree(feedback: Iterable[Feedback], catalog: Catalog) -> Agreement:
    """Unite what was said of the same text, language and code.

    Left out are verdicts without a language or of codes that the catalog does not have, queries that are
    codes themselves, and pairs that were called wrong at least as often as they were taken.
    """
    left_out: Counter[str] = Counter()
    found: dict[tuple[str, str, str], Agreed] = {}
    read = 0
    for said in feedback:
        read += 1
        text, concept = clean(said.query), tabular(catalog, said.code)
        # The page's language is the best guess where the query was too short to tell.
        lang = said.lang or said.ui
        if concept is None:
            left_out["not in this catalog"] += 1
        elif lang not in LANGUAGES:
            left_out["without a language"] += 1
        elif looks_like_code(text) and catalog.find(text) is not None:
            left_out["the query is a code"] += 1
        elif not text:
            left_out["no text"] += 1
        else:
            key = (lang, text, concept.code)
            found.setdefault(key, Agreed(text, lang, concept, said, said.at)).add(said)
    for pair in found.values():
        if not pair.count:
            left_out["wrong"] += pair.wrong
        elif pair.wrong >= pair.count:
            left_out["contested"] += pair.wrong + pair.count
        else:
            # They were outvoted, and stand in no file but the raw one.
            left_out["wrong"] += pair.wrong
    kept = tuple(pair for pair in found.values() if pair.count > pair.wrong)
    return Agreement(kept, read, {reason: count for reason, count in left_out.items() if count})


def judgements(pairs: Iterable[Agreed]) -> list[Judgement]:
    """One row a text, with all codes that were agreed on for it, the most often said first."""
    rows: dict[tuple[str, str], list[Agreed]] = {}
    for pair in pairs:
        rows.setdefault((pair.lang, pair.text), []).append(pair)
    made = []
    for (lang, text), same in rows.items():
        ordered = sorted(same, key=lambda pair: -pair.count)
        verdict = "right" if any(pair.right for pair in same) else "chosen"
        slices = {"verdict": verdict, COUNT: str(sum(pair.count for pair in same))}
        made.append(Judgement(text, tuple(pair.concept.code for pair in ordered), lang, slices=slices))
    return made


def pair_rows(pairs: Iterable[Agreed]) -> list[tuple[str, ...]]:
    """The header and one row a text and code, in the columns of ``data/pairs`` and the count."""
    rows: list[tuple[str, ...]] = [(*COLUMNS, COUNT)]
    for pair in pairs:
        code, chapter = pair.concept.code, pair.concept.chapter or ""
        told = (REGISTER, "practice", "yes", chapter, pair.first.id, PEOPLE, pair.first.ranker or "unknown")
        rows.append((pair.text, code, pair.lang, *told, pair.last.date().isoformat(), str(pair.count)))
    return rows


def export_evaluation(path: Path, pairs: Iterable[Agreed], force: bool) -> int:
    """Write what ``codilingua evaluate --data`` reads.

    :return: number of rows.
    :raises UsageError: when there is none, or the file is there already or cannot be written.
    """
    rows = judgements(pairs)
    return _write(path, len(rows), force, lambda beside: write_judgements(beside, rows))


def export_pairs(path: Path, pairs: Iterable[Agreed], force: bool) -> int:
    """Write what ``codilingua train --pairs`` reads. As :func:`export_evaluation`."""
    rows = pair_rows(pairs)
    text = "".join("\t".join(map(clean, row)) + "\n" for row in rows)
    return _write(path, len(rows) - 1, force, lambda beside: _put(beside, text))


def export_raw(path: Path, feedback: Iterable[Feedback], force: bool) -> int:
    """Write everything as it was said, one JSON object a line. As :func:`export_evaluation`."""
    lines = [
        json.dumps({**asdict(said), "at": said.at.isoformat()}, ensure_ascii=False) + "\n"
        for said in feedback
    ]
    return _write(path, len(lines), force, lambda beside: _put(beside, "".join(lines)))


def _put(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")


def _write(path: Path, rows: int, force: bool, write: Callable[[Path], None]) -> int:
    """Write a file whole or not at all, for its owner alone: it holds what was written about patients."""
    if path.exists() and not (force and path.is_file()):
        what = "there already: choose another name, or overwrite it with --force"
        raise UsageError(f"{path}: {what if path.is_file() else 'not a file: choose another name'}")
    if not rows:
        raise UsageError(f"{path}: not written, there is nothing to put into it")
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        write(beside)
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}): choose another place") from error
    finally:
        with suppress(OSError):
            beside.unlink()
    return rows
