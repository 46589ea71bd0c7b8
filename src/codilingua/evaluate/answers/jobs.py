"""A job in; the folder where its rankings are kept, and what is kept there, out.

A *job* is one system over one pool. Its folder is named after all that decides an answer, so that
nothing in it can be out of date: a run that was broken off, or a second one, goes on from there. It
holds no query: a ranking is found by the SHA-256 of its query.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from codilingua.evaluate.systems.candidates import Surfaces

_PACKAGE = Path(__file__).resolve().parents[2]
_DECIDING = ("__init__.py", "systems", "answers")
"""What of the evaluation comes before the answers."""


@dataclass(frozen=True, slots=True)
class Job:
    """``system`` and ``surfaces`` name it (``minilm``, ``all``). ``catalog`` is the catalog's file,
    ``assets`` the folder of assets asked for, None for those that ship. ``cache`` is the folder of all
    caches. ``pool``: the codes that may be answered, None for all. ``queries`` are distinct texts.
    ``timed`` queries of them, drawn by ``seed``, are timed. ``threads``: None for all cores.
    """

    system: str
    surfaces: Surfaces
    catalog: str
    assets: str | None
    cache: str
    folder: str
    pool: tuple[str, ...] | None
    queries: tuple[str, ...]
    depth: int
    timed: int
    seed: int
    threads: int | None

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """From what :func:`dataclasses.asdict` made, after a way through JSON."""
        pool = None if fields["pool"] is None else tuple(fields["pool"])
        return cls(**{**fields, "pool": pool, "queries": tuple(fields["queries"])})


@dataclass(frozen=True, slots=True)
class Ranked:
    """One kept ranking: codes, best first, and their scores."""

    codes: tuple[str, ...]
    scores: tuple[float, ...]


class Workplace:
    """The folder of one job: ``rankings.jsonl``, ``cost.json``, ``system.json`` and a log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rankings = folder / "rankings.jsonl"
        self.log = folder / "worker.log"
        self._cost = folder / "cost.json"
        self._system = folder / "system.json"

    def read(self, wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
        """What of it is ranked so far: SHA-256 of the query → codes, best first.

        Damaged lines are left out.
        """
        found: dict[str, tuple[str, ...]] = {}
        if not self.rankings.is_file():
            return found
        with self.rankings.open("rb") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                    if entry["query"] in wanted:
                        # Interned: a few thousand codes, in hundreds of thousands of rankings.
                        found[entry["query"]] = tuple(map(sys.intern, entry["codes"]))
                except (ValueError, KeyError, TypeError):
                    continue  # torn by a run that was killed: it is ranked again
        return found

    def repair(self) -> None:
        """Cut off a last line that was not finished, so that the next one starts on its own."""
        if not self.rankings.is_file():
            return
        whole = self.rankings.read_bytes()
        kept = whole.rfind(b"\n") + 1
        if kept < len(whole):
            os.truncate(self.rankings, kept)

    def append(self, queries: Sequence[str], rankings: Iterable[Ranked]) -> None:
        """Add rankings; they are on disk when this returns."""
        lines = [
            json.dumps({"query": digest(query), "codes": ranked.codes, "scores": ranked.scores}) + "\n"
            for query, ranked in zip(queries, rankings, strict=True)
        ]
        with self.rankings.open("ab") as file:
            file.write("".join(lines).encode())

    def forget(self) -> None:
        """Remove the rankings and what they cost: they are another system's."""
        for path in (self.rankings, self._cost, self._system):
            path.unlink(missing_ok=True)

    def system(self) -> dict[str, Any] | None:
        """What the system said of itself when it was opened; None before it was."""
        return _read_object(self._system)

    def keep_system(self, facts: Mapping[str, Any]) -> None:
        """See :meth:`system`."""
        write_atomically(self._system, json.dumps(facts))

    def cost(self) -> dict[str, Any] | None:
        """What the system costs, as measured; None before that."""
        return _read_object(self._cost)

    def keep_cost(self, cost: Mapping[str, Any]) -> None:
        """See :meth:`cost`."""
        write_atomically(self._cost, json.dumps(cost))


def digest(text: str) -> str:
    """SHA-256 of a text, by which it is known where no text may be kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def work_folder(
    cache: Path,
    system: str,
    surfaces: str,
    pool: Sequence[str] | None,
    assets: str,
    depth: int,
    threads: int | None,
    versions: Mapping[str, str],
) -> Path:
    """
    :param assets: digest of all files of the assets that are searched.
    :param versions: package → version of all that may decide an answer.
    :return: where the rankings of this system belong: another folder for whatever could change them.
    """
    told = [system, surfaces, pool, assets, depth, threads, sorted(versions.items()), source_digest()]
    return cache / "evaluation" / digest(json.dumps(told))


def decides(path: Path) -> bool:
    """Whether a source file of the package can decide what a system answers: all can, but for those
    that come after the answers.

    :param path: relative to the package.
    """
    if path.parts[0] == "evaluate":
        return path.parts[1] in _DECIDING
    return path.parts[0] != "cli"


@cache
def source_digest() -> str:
    """SHA-256 over every file that :func:`decides`: with other code, nothing kept is used again."""
    total = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        name = path.relative_to(_PACKAGE)
        if decides(name):
            total.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds the old one or all of the new one."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(text, "utf-8")
    os.replace(temporary, path)


def _read_object(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
