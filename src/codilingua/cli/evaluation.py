"""A request in; the evaluation run, and its table printed, out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codilingua.cli import render
from codilingua.cli.progress import Steps
from codilingua.evaluate.form import MACRO
from codilingua.evaluate.reporting.output import REPORT, check_folder, to_text, write
from codilingua.evaluate.reporting.report.lookup import Results, language
from codilingua.evaluate.request import Request
from codilingua.evaluate.run import evaluate
from codilingua.evaluate.systems import SYSTEMS
from codilingua.evaluate.testsets.corpora import CORPORA

_MEASURES = ("R@1", "R@5", "MRR@10")
_REASONS = 3
"""Bad rows of a set that are shown."""


def run(request: Request, json: bool) -> None:
    """Evaluate, print, and write where that is asked for."""
    request.check()
    if request.out is not None:
        check_folder(request.out)
    with Steps() as steps:
        evaluation = evaluate(request, steps.start)
        if request.out is not None:
            steps.start("writing the report")
            write(evaluation, request.out)
    if json:
        sys.stdout.write(to_text(evaluation.results))
    else:
        _show(evaluation.results)
        if request.out is not None:
            render.console().print(f"\nreport: {render.escape(str(request.out / REPORT))}", soft_wrap=True)


def list_all() -> None:
    """The systems with what they need and whether they can run here; the corpora with their licences."""
    console = render.console()
    table = _table("System", "What it is", "Here")
    for name, entry in SYSTEMS.items():
        if entry.missing:
            here = f"[yellow]needs {', '.join(entry.missing)}[/]: pip install 'codilingua\\[eval]'"
        else:
            here = f"needs {entry.wants}" if entry.wants else "[green]yes[/]"
        about = f"{entry.title}: {entry.about}"
        table.add_row(f"[bold cyan]{name}[/]", render.escape(about), here)
    table.add_row(
        "[bold cyan]hf:NAME[/]", "any sentence-transformers or cross-encoder model", "needs a model"
    )
    console.print(table)
    console.print()
    table = _table("Corpus", "What it is", "Languages", "Licence")
    for name, corpus in CORPORA.items():
        languages = ", ".join(corpus.languages)
        table.add_row(
            f"[bold cyan]{name}[/]", render.escape(corpus.title), languages, render.escape(corpus.licence)
        )
    console.print(table)


def _show(results: Mapping[str, Any]) -> None:
    console = render.console()
    read = Results(results)
    writers = [writer for writer in ("people", "machine") if read.languages_by(writer)]
    for writer in writers:
        # Rows without an exact code have a table of their own: the two levels cannot be averaged.
        for level in ("exact", "category"):
            scopes = list(_scopes(read, writer, level))
            if scopes:
                console.print(_heading(results, writer, level), soft_wrap=True)
                console.print(_scores(read, scopes, writer, level))
                console.print()
    _remarks(console, results)


def _scopes(read: Results, writer: str, level: str) -> Iterator[str]:
    """The languages to show, and the mean of several, the headline, before them."""
    shown = read.languages(writer, level)
    if level == "category" and all(read.sets[name]["level"] == "exact" for name in _sets(read, writer)):
        return
    if len(shown) > 1:
        yield MACRO
    yield from shown


def _sets(read: Results, writer: str) -> list[str]:
    return [name for name, each in read.sets.items() if each["writer"] == writer]


def _heading(results: Mapping[str, Any], writer: str, level: str) -> str:
    written = "" if writer == "people" else ", queries written by a machine"
    catalog = results["catalog"]
    return (
        f"[bold]level {level}{written}[/]  [dim]unique queries, 95 % intervals; pool: {results['pool']}; "
        f"{render.escape(catalog['name'])}, {render.escape(catalog['edition'])}[/]"
    )


def _scores(read: Results, scopes: Sequence[str], writer: str, level: str) -> Any:
    table = _table("Language", "System", *_MEASURES, "ms")
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "right", True
    for scope in scopes:
        name = "all languages" if scope == MACRO else language(scope)
        for place, system in enumerate(read.systems):
            cost = read.system(system)["cost"]["median_ms"]
            values = [
                _interval(read.measured(system, scope, measure, writer, level)) for measure in _MEASURES
            ]
            shown = f"[bold]{name}[/]" if place == 0 else ""
            table.add_row(shown, render.escape(system), *values, "" if cost is None else f"{cost:.1f}")
    return table


def _interval(measured: Sequence[float] | None) -> str:
    if measured is None:
        return ""
    value = f"{measured[0]:.3f}"
    return value if len(measured) == 1 else rf"{value} [dim]\[{measured[1]:.3f}, {measured[2]:.3f}][/]"


def _remarks(console: Any, results: Mapping[str, Any]) -> None:
    """How much was scored, how much not and why, and who could not run."""
    for each in results["sets"]:
        rows = f"{each['scored']:,} of {each['rows']:,} rows scored"
        line = f"{each['name']}: {rows}, {each['unique']:,} unique queries"
        console.print(render.escape(line), soft_wrap=True)
        for row in each["bad_rows"][:_REASONS]:
            reason = render.escape(f"line {row['line']}: {row['reason']}")
            console.print(f"  [yellow]not scored[/]  {reason}", soft_wrap=True)
        if each["not_scored"] > _REASONS:
            console.print(f"  [yellow]not scored[/]  {each['not_scored'] - _REASONS:,} more rows")
    for each in results["unavailable"]:
        line = render.escape(f"{each['name']}: {each['reason']}")
        console.print(f"[yellow]did not run[/]  {line}", soft_wrap=True)


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
