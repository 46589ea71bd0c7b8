"""Answers in, as they come; one append-only file that loses none of them out.

Each line is one answer, JSON. Its key is the SHA-256 of model, prompt, parameters and seed: what is in the
ledger is never asked, nor paid for, again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from io import BufferedRandom
from pathlib import Path
from threading import Lock
from typing import Any, Self, get_args

from codilingua.errors import SourceError, UsageError
from codilingua.extras import require
from codilingua.synth.requests import Request
from codilingua.synth.templates import Form, Task
from codilingua.text import clean

Parameters = Mapping[str, float | int | str]
"""What shapes an answer beside the prompt: temperature and the like."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer. ``date`` is ISO 8601, ``cost`` US dollars; tokens are 0 where nobody counted."""

    key: str
    request: str
    task: Task
    lang: str
    form: Form
    version: str
    model: str
    date: str
    content: str
    codes: tuple[str, ...] = ()
    topic: str = ""
    parameters: Parameters = field(default_factory=dict)
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cost: float = 0.0


def key_of(request: Request, model: str, parameters: Parameters) -> str:
    """SHA-256 of all that decides an answer, hexadecimal."""
    asked = json.dumps([model, request.digest, dict(sorted(parameters.items()))])
    return hashlib.sha256(asked.encode()).hexdigest()


def entry_for(
    request: Request, model: str, date: str, content: str, asked_of: str | None = None, **rest: Any
) -> Entry:
    """The ledger's line for an answer to a request.

    :param model: who answered.
    :param asked_of: the model that was asked for, which the key knows; None where it is the same. APIs answer
        by the name of a dated version.
    """
    return Entry(
        key=key_of(request, asked_of or model, rest.get("parameters", {})),
        request=request.id,
        task=request.task,
        lang=request.lang,
        form=request.form,
        version=request.version,
        model=clean(model),
        date=date,
        content=content,
        codes=request.codes,
        topic=request.topic,
        **rest,
    )


class Ledger:
    """A ledger opened for writing, by one process at a time. May be shared by threads."""

    def __init__(self, path: Path) -> None:
        """Open or begin a ledger.

        A last line that a kill left torn is moved to ``NAME.torn`` beside it, never thrown away;
        ``torn`` then says so.

        :raises UsageError: when another process writes to it.
        :raises SourceError: when it cannot be read or a line is not of a ledger.
        :raises MissingExtra: without the extra ``synth``.
        """
        require("synth", "filelock")
        from filelock import FileLock, Timeout

        self.path = path
        self.torn = False
        self._guard = Lock()
        if path.is_dir() or not path.name:
            raise SourceError(path, None, "a folder: give the file to keep the answers in")
        self._held = FileLock(path.with_name(path.name + ".lock"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._held.acquire(timeout=0)
        except Timeout as error:
            message = f"{path}: another run is writing to this ledger; wait for it, or give another --ledger"
            raise UsageError(message) from error
        except OSError as error:
            raise SourceError(path, None, f"cannot be written ({error.strerror})") from error
        try:
            self._mend()
            self._keys = {entry.key for entry in read_ledger(path)} if path.exists() else set()
            self._file: BufferedRandom = path.open("ab+")
        except OSError as error:
            self._held.release()
            raise SourceError(path, None, f"cannot be written ({error.strerror})") from error
        except BaseException:
            self._held.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._held.release()

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, entry: Entry) -> bool:
        """Write one answer through to the disk.

        :return: False where an answer with this key is there already; the new one is then left out.
        """
        # "replace": half a surrogate pair, as broken JSON may hold, must not lose the rest of an answer.
        line = (json.dumps(_brief(entry), ensure_ascii=False) + "\n").encode("utf-8", "replace")
        with self._guard:
            if entry.key in self._keys:
                return False
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._keys.add(entry.key)
            return True

    def _mend(self) -> None:
        """Move what stands behind the last line's end aside: an answer that was not written whole."""
        if not self.path.exists():
            return
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole == len(content):
            return
        if _whole(content[whole:]):
            with self.path.open("ab") as file:
                file.write(b"\n")
            return
        with self.path.with_name(self.path.name + ".torn").open("ab") as aside:
            aside.write(content[whole:] + b"\n")
        with self.path.open("r+b") as file:
            file.truncate(whole)
        self.torn = True


def read_ledger(path: Path) -> Iterator[Entry]:
    """Stream the answers of a ledger, in the order in which they came.

    A torn last line is passed over: the next run moves it aside.

    :raises SourceError: with the line, when the file cannot be read or a line is not of a ledger.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n") or _whole(line):
                    yield _entry(path, number, line)
    except OSError as error:
        raise SourceError(path, None, f"cannot be read ({error.strerror})") from error


def _whole(line: bytes) -> bool:
    """True where a line without an end is an answer all the same: somebody's editor took the end off."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        content = json.loads(line)
        content["codes"] = tuple(content.get("codes", ()))
        entry = Entry(**content)
        for name, known in (("task", get_args(Task)), ("form", get_args(Form))):
            if getattr(entry, name) not in known:
                raise ValueError(f"{name} {getattr(entry, name)!r} is not known")
        if not isinstance(entry.content, str):
            raise TypeError("content is not a text")
        return entry
    except (ValueError, TypeError, AttributeError) as error:
        reason = f"not a line of a ledger ({error}); restore it, or move it elsewhere"
        raise SourceError(path, number, reason) from error


def _brief(entry: Entry) -> dict[str, Any]:
    """An entry's fields without those that say nothing."""
    return {name: value for name, value in asdict(entry).items() if value not in ("", 0, 0.0, (), {}, [])}


@dataclass(frozen=True, slots=True)
class Spent:
    """What answers cost, by language: how many, tokens read and written, US dollars."""

    answers: Counter[str]
    prompt_tokens: Counter[str]
    answer_tokens: Counter[str]
    cost: dict[str, float]


def spent(entries: Iterator[Entry]) -> Spent:
    """Add up what a ledger's answers cost."""
    total = Spent(Counter(), Counter(), Counter(), {})
    for entry in entries:
        total.answers[entry.lang] += 1
        total.prompt_tokens[entry.lang] += entry.prompt_tokens
        total.answer_tokens[entry.lang] += entry.answer_tokens
        total.cost[entry.lang] = total.cost.get(entry.lang, 0.0) + entry.cost
    return total
