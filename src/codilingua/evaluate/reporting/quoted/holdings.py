"""The folder of results in; every number out that a document may quote, with what it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codilingua.evaluate.form import KIND, MACRO
from codilingua.evaluate.reporting.quoted.claims import MEASURE
from codilingua.evaluate.reporting.report.lookup import Results, read_results

_ENDS = ("low", "high")
_UNIT_OF_KEY = {"_ms": "ms", "_seconds": "s", "_bytes": "B"}


@dataclass(frozen=True, slots=True)
class Holding:
    """A measured number.

    ``unit`` is ``ms``, ``s``, ``MB``, ``B``, ``×``, ``points``, … or empty. ``measure`` is a measure's name
    or ``p``, None where it is of none. ``end`` marks the end of an interval. The others are empty where the
    number is of no one system, language, set ...; ``systems`` are two where it compares two.
    """

    run: str
    value: float
    unit: str = ""
    measure: str | None = None
    end: bool = False
    systems: frozenset[str] = frozenset()
    lang: str = ""
    set: str = ""
    level: str = ""
    writer: str = ""
    view: str = "unique"
    by: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What one ``results.json`` holds; ``read`` where it is of an evaluation."""

    name: str
    holdings: tuple[Holding, ...]
    read: Results | None


def read_runs(root: Path) -> list[Run]:
    """
    :param root: holds a folder a run.
    :raises SourceError: when a ``results.json`` cannot be read.
    :raises UsageError: when one of an evaluation has a schema that this version does not read.
    """
    runs = []
    for path in sorted(root.glob("*/results.json")):
        content, name = read_results(path), path.parent.name
        if content.get("kind") == KIND:
            read = Results(content)
            runs.append(Run(name, tuple(_of_evaluation(name, read)), read))
        else:
            runs.append(Run(name, tuple(_of_any(name, content)), None))
    return runs


def _of_evaluation(run: str, read: Results) -> Iterator[Holding]:
    content = read.content
    for row in content["macro"]:
        yield from _measures(run, row, lang=MACRO, writer=row["writer"])
    for row in content["languages_table"]:
        yield from _measures(run, row, lang=row["lang"], writer=row["writer"])
    for row in content["scores"]:
        each = read.sets[row["set"]]
        about = {"lang": row["lang"], "set": row["set"], "writer": each["writer"], "view": row["view"]}
        if row["by"] != "all":
            about |= {"by": row["by"], "part": row["value"]}
        yield from _measures(run, row, **about)
    for row in content.get("tests", ()):
        about = {"lang": row["lang"], "level": row["level"], "writer": read.writer}
        pair = frozenset((row["system"], row["against"]))
        for key, end in (("difference", False), ("low", True), ("high", True)):
            if row[key] is not None:
                yield Holding(run, row[key], "", row["measure"], end, pair, **about)
        for key in ("p", "p_holm"):
            if row.get(key) is not None:
                yield Holding(run, row[key], "", "p", False, pair, **about)
    for each in content["systems"]:
        for key, value in (each.get("cost") or {}).items():
            if _is_number(value) and _unit(key):
                yield Holding(run, value, _unit(key), systems=frozenset((each["name"],)))


def _measures(run: str, row: Mapping[str, Any], **about: str) -> Iterator[Holding]:
    for measure, values in row["measures"].items():
        for place, value in enumerate(values):
            if value is not None:
                systems = frozenset((row["system"],))
                yield Holding(run, value, "", measure, place > 0, systems, level=row["level"], **about)


def _of_any(run: str, content: Any, path: tuple[str, ...] = ()) -> Iterator[Holding]:
    """Each number of a file of another form: its measure and unit by its keys or the ``unit`` beside it."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            if _is_number(value):
                yield _leaf(run, value, (*path, key), content.get("unit"))
            else:
                yield from _of_any(run, value, (*path, key))
    elif isinstance(content, list):
        for value in content:
            yield from [_leaf(run, value, path, None)] if _is_number(value) else _of_any(run, value, path)


def _leaf(run: str, value: float, path: tuple[str, ...], unit: object) -> Holding:
    measure = next((key for key in reversed(path) if MEASURE.fullmatch(key)), None)
    # Changes of a measure are kept in points.
    told = "points" if "change" in path else _unit(path[-1]) if path else ""
    return Holding(
        run, value, unit if isinstance(unit, str) else told, measure, bool(path) and path[-1] in _ENDS
    )


def _unit(key: str) -> str:
    return next((unit for end, unit in _UNIT_OF_KEY.items() if key.endswith(end)), "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
