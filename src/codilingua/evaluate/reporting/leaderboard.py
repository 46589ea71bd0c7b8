"""The folder of results in; ``LEADERBOARD.md`` out: each run of the evaluation, with its best baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from codilingua.errors import SourceError, UsageError
from codilingua.evaluate.form import HEADLINE, KIND, MACRO
from codilingua.evaluate.reporting.report.lookup import Results, language, read_results
from codilingua.evaluate.reporting.report.markdown import (
    commit,
    first,
    megabytes,
    milliseconds,
    number,
    table,
)

_OWN = "codilingua"
"""How the names of our own systems begin: none of them is a baseline."""

_ABOUT = """\
# Leaderboard

Made from the `results.json` of every run of the evaluation below this folder, newest first; change nothing
here by hand. Each run has two rows: the system that it is about, and below it the best of the others that are
not ours, by macro R@5. Unique queries, level exact (category where a run has no exact codes); a language is
the mean of its sets, macro the mean of the languages. Runs on other sets, languages or pools do not
compare."""


def leaderboard(results_root: Path) -> str:
    """
    :param results_root: holds a folder a run. Results of another kind, of a benchmark say, are passed over.
    :raises SourceError: when a ``results.json`` cannot be read, or has a schema that this version does not.
    """
    runs = list(_evaluations(results_root))
    runs.sort(key=lambda run: run[0])
    runs.sort(key=lambda run: str(run[1].content["date"]), reverse=True)
    if not runs:
        return f"{_ABOUT}\n\nNo run yet.\n"
    languages = list(dict.fromkeys(lang for _, read in runs for lang in read.content["languages"]))
    header = ["run", "date", "commit", "pool", "system", "macro R@1", f"macro {HEADLINE}", "macro MRR@10"]
    header += [f"{language(lang)} {HEADLINE}" for lang in languages]
    header += ["ms a query", "MB on disk", "MB of memory", "sets"]
    rows = [row for name, read in runs for row in _rows(name, read, languages)]
    return f"{_ABOUT}\n\n{table(header, rows, texts=5)}\n"


def _evaluations(root: Path) -> Iterable[tuple[str, Results]]:
    """The name of each run, and its numbers."""
    for path in sorted(root.glob("*/results.json")):
        content = read_results(path)
        if content.get("kind") == KIND:
            try:
                yield path.parent.name, Results(content)
            except UsageError as error:
                raise SourceError(path, None, str(error)) from error


def _rows(name: str, read: Results, languages: Sequence[str]) -> Iterable[list[str]]:
    content = read.content
    link = f"[{name}]({name}/report.md)"
    about = [link, str(content["date"]), commit(content), str(content["pool"])]
    sets = [each["name"] for each in read.sets.values() if each["writer"] == read.writer]
    written = "" if read.writer == "people" else " (written by a machine)"
    if read.has(read.ours):
        yield [*about, read.ours, *_numbers(read, read.ours, languages), ", ".join(sets) + written]
    else:
        blank = ["—"] * (3 + len(languages) + 3)
        yield [*about, f"{read.ours} did not run", *blank, ", ".join(sets) + written]
    best = best_baseline(read)
    if best is not None:
        yield ["", "", "", "", f"best baseline: {best}", *_numbers(read, best, languages), ""]


def best_baseline(read: Results) -> str | None:
    """The best system that is not ours; None where there is none."""
    others = (name for name in read.systems if name != read.ours and not name.startswith(_OWN))
    return next((name for name in others if read.headline(name)), None)


def _numbers(read: Results, name: str, languages: Sequence[str]) -> list[str]:
    macro = [number(first(read.measured(name, MACRO, measure))) for measure in ("R@1", HEADLINE, "MRR@10")]
    each = [number(first(read.measured(name, lang, HEADLINE))) for lang in languages]
    cost = read.system(name).get("cost") or {}
    spent = [milliseconds(cost.get("median_ms")), megabytes(cost.get("disk_bytes"))]
    return [*macro, *each, *spent, megabytes(cost.get("peak_bytes"))]
