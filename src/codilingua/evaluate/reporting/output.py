"""An evaluation in; ``results.json`` and what is made of it, in the folder of the run, out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from codilingua.errors import UsageError
from codilingua.evaluate.answers.jobs import write_atomically
from codilingua.evaluate.reporting.leaderboard import leaderboard
from codilingua.evaluate.reporting.pictures import draw
from codilingua.evaluate.reporting.report import render
from codilingua.evaluate.reporting.report.lookup import read_results
from codilingua.evaluate.run import Evaluation
from codilingua.evaluate.scoring.mistakes import Mistake

RESULTS = "results.json"
REPORT = "report.md"
ERRORS = "errors.tsv"
LEADERBOARD = "LEADERBOARD.md"

_ROOT = "results"
"""Name of a folder of runs: it has a leaderboard."""

_SHOWN = 3


def check_folder(folder: Path) -> None:
    """Make the folder of a run, and see that it can be written: before the work, not after it.

    :raises UsageError: when it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); choose another folder"
        raise UsageError(f"--out {folder}: {reason}") from error


def write(evaluation: Evaluation, folder: Path) -> None:
    """Write results, the errors with their words, report and pictures.

    The queries stand in ``errors.tsv`` alone, which a ``.gitignore`` beside it keeps out of git.

    :raises UsageError: when the folder cannot be written.
    """
    check_folder(folder)
    try:
        ignored = folder / ".gitignore"
        if not ignored.exists():
            write_atomically(ignored, f"{ERRORS}\n")
        write_atomically(folder / ERRORS, errors_table(evaluation.mistakes))
        write_atomically(folder / RESULTS, to_text(evaluation.results))
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); choose another folder"
        raise UsageError(f"--out {folder}: {reason}") from error
    write_report(folder)


def write_report(folder: Path) -> list[Path]:
    """Make report, pictures (where matplotlib is installed) and leaderboard again, from what was measured.

    :return: what was written.
    :raises SourceError: when the folder's ``results.json`` is damaged.
    :raises UsageError: when there is none, it is not of an evaluation, or the folder cannot be written.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise UsageError(f"{folder}: no {RESULTS} here; name a folder that  codilingua evaluate --out  wrote")
    results = read_results(path)
    try:
        pictures = draw(results, folder) if find_spec("matplotlib") is not None else []
        report = folder / REPORT
        write_atomically(report, render(results, [picture.name for picture in pictures]))
        written = [report, *pictures]
        root = folder.resolve().parent
        if root.name == _ROOT:
            write_atomically(root / LEADERBOARD, leaderboard(root))
            written.append(root / LEADERBOARD)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror})") from error
    return written


def to_text(results: Mapping[str, Any]) -> str:
    """JSON with one entry of a list a line, so that two runs can be compared by eye."""
    parts = [f"{json.dumps(name)}: {_value(value)}" for name, value in results.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def errors_table(mistakes: Sequence[Mistake]) -> str:
    """The sampled errors as TSV, with the words that were searched."""
    header = ["set", "line", "query", "gold", *(f"returned_{n + 1}" for n in range(_SHOWN)), "rank", "class"]
    rows = [header]
    for mistake in mistakes:
        row = mistake.judgement
        returned = [*mistake.returned[:_SHOWN], *[""] * _SHOWN][:_SHOWN]
        rank = "" if mistake.rank is None else str(mistake.rank)
        place = [mistake.set_name, str(row.line), row.query, "|".join(row.codes)]
        rows.append([*place, *returned, rank, mistake.kind])
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def _value(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n " + ",\n ".join(json.dumps(entry, ensure_ascii=False) for entry in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)
