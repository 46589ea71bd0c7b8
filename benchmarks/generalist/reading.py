"""Files of results in; runs that were made on the same queries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codilingua.artifacts import sha256
from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.form import KIND
from codilingua.evaluate.reporting.report.lookup import Results, read_results

WRITER, LEVEL = "people", "exact"
DEPTH = 20
"""Ranks that a run has to tell of."""

_NEEDED = ("run", "date", "commit", "modified", "command", "catalog", "pool", "ours", "curves")
_SAME = ("catalog", "pool", "depth")
_SAME_OF_SET = ("lang", "level", "writer", "rows", "scored", "unique", "pool_codes", "files")


@dataclass(frozen=True, slots=True)
class Run:
    """One ``results.json`` of the evaluation, and where it stands."""

    path: Path
    results: Results

    @property
    def content(self) -> Mapping[str, Any]:
        return self.results.content

    def source(self) -> dict[str, Any]:
        """What ``results.json`` says of where its numbers are from."""
        told = {key: self.content[key] for key in ("run", "date", "commit", "modified", "command")}
        return {"path": self.path.as_posix(), "sha256": sha256(self.path), **told}


def read_run(path: Path) -> Run:
    """
    :raises SourceError: when there is none, it is damaged, or it does not tell of 20 ranks.
    """
    content = read_results(path)
    lacking = [key for key in _NEEDED if key not in content]
    if content.get("kind") == KIND and lacking:
        raise SourceError(path, None, f"is not whole, {lacking[0]} is missing; evaluate again")
    try:
        results = Results(content)
    except UsageError as error:
        raise SourceError(path, None, str(error)) from error
    except (KeyError, TypeError) as error:
        raise SourceError(path, None, f"is not whole ({error!r}); evaluate again") from error
    if content.get("depth", 0) < DEPTH:
        raise SourceError(path, None, f"depth is {content.get('depth')!r}, not {DEPTH}; evaluate again")
    return Run(path, results)


def check_same_queries(ours: Run, peers: Run) -> list[str]:
    """The names of the sets that both were measured on, in the order of ours.

    A set is the same when its language, level and writer, the digests of its files, and the numbers of its
    rows, scored rows, distinct queries and codes to choose from are.

    :raises UsageError: when catalog, pool or a set differ, the languages are means of different sets, or
        no set is in both.
    """
    for key in _SAME:
        _check_equal(ours, peers, key, ours.content.get(key), peers.content.get(key))
    shared = [name for name in ours.results.sets if name in peers.results.sets]
    for name in shared:
        for key in _SAME_OF_SET:
            values = (run.results.sets[name].get(key) for run in (ours, peers))
            _check_equal(ours, peers, f"{key} of set {name}", *values)
    if not shared:
        raise UsageError(
            f"{ours.path} and {peers.path} have no set in common; evaluate both on the same sets"
        )
    for lang in languages(ours, peers):
        values = (sorted(run.results.sets_of(lang, WRITER, LEVEL)) for run in (ours, peers))
        _check_equal(ours, peers, f"sets of language {lang}", *values)
    return shared


def check_same_assets(ours: Run, other: Run) -> None:
    """
    :raises UsageError: when a system that both have is not the same build, or the catalog differs.
    """
    _check_equal(ours, other, "catalog", ours.content["catalog"], other.content["catalog"])
    for name in ours.results.systems:
        if other.results.has(name):
            builds = (run.results.system(name)["identity"] for run in (ours, other))
            _check_equal(ours, other, f"identity of {name}", *builds)


def languages(ours: Run, peers: Run) -> list[str]:
    """Those that both have numbers of, by people, for exact codes."""
    theirs = peers.results.languages(WRITER, LEVEL)
    return [lang for lang in ours.results.languages(WRITER, LEVEL) if lang in theirs]


def _check_equal(ours: Run, other: Run, what: str, mine: object, theirs: object) -> None:
    if mine != theirs:
        raise UsageError(
            f"{what}: {mine!r} in {ours.path}, {theirs!r} in {other.path}: they do not compare; "
            "evaluate both again"
        )
