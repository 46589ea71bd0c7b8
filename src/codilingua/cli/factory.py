"""The options of the factory's commands in; what they select, and what is printed of a run, out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from codilingua.synth.ledger import Entry, Ledger
    from codilingua.synth.requests import Request
    from codilingua.synth.run import Outcome, Price

_EVERY = 10
"""Percent between two reports of what was spent."""

_SHOWN = 10


def selected(
    grid: Path | None,
    use: Path | None,
    task: Sequence[str] | None,
    lang: Sequence[str] | None,
    limit: int | None,
    judge: Path | None,
    topic: str,
    count: int | None,
    assets: Path | None,
) -> list[Request]:
    """What the options select."""
    from codilingua.cli.options import open_catalog
    from codilingua.curate.files import read_pairs
    from codilingua.synth.choose import choose, read_defaults, read_tiers
    from codilingua.synth.grid import SHIPPED, read_grid
    from codilingua.synth.requests import judge_requests, sample, select
    from codilingua.synth.requests import requests as all_of

    read = read_grid(grid or SHIPPED)
    with open_catalog(assets) as catalog:
        if judge is not None:
            pairs = read_pairs(judge)
            rows = sample(pairs, count, read.seed) if count else pairs
            asked = list(judge_requests(catalog, rows, topic, read.seed))
        else:
            chosen: dict[str, int] = {}
            # A catalog of one's own has no tiers before they are asked for.
            if not task or set(task) & {"phrases", "labels"}:
                folder = use_folder(use)
                tiers = read_tiers(folder / "tiers.tsv", catalog)
                defaults = read_defaults(folder / "defaults.tsv", catalog)
                chosen = choose(catalog, tiers, defaults, read.covered_chapters)
            asked = list(all_of(read, catalog, chosen))
    return select(asked, task, lang, limit)


def use_folder(option: Path | None) -> Path:
    """The folder of tiers and defaults that is meant."""
    from codilingua.errors import UsageError

    folder = option or Path(__file__).resolve().parents[3] / "data" / "plan"
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder: give --use DIR with tiers.tsv and defaults.tsv")
    return folder


def parameters(temperature: float | None, max_tokens: int | None) -> dict[str, float | int]:
    """Those that were given; each is part of the ledger's key."""
    given = {"temperature": temperature, "max_tokens": max_tokens}
    return {name: value for name, value in given.items() if value is not None}


def name_faults(faults: Iterable[str]) -> None:
    """The first of them, on standard error, and how many more there are."""
    lines = list(faults)
    for line in lines[:_SHOWN]:
        typer.echo(f"  {line}", err=True)
    if len(lines) > _SHOWN:
        typer.echo(f"  … and {len(lines) - _SHOWN:,} more", err=True)


def say_torn(ledger: Ledger) -> None:
    if ledger.torn:
        typer.echo(f"{ledger.path}: the last line was torn; it was moved to {ledger.path}.torn", err=True)


def show_plan(requests: Sequence[Request], price: Price) -> None:
    from rich.console import Console
    from rich.table import Table

    from codilingua.synth.plan import estimate

    lines = estimate(requests, price)
    table = Table(box=None, pad_edge=False)
    for name in ("task", "language"):
        table.add_column(name)
    for name in ("requests", "codes", "tokens read", "tokens written", "cost, $"):
        table.add_column(name, justify="right")
    for line in lines:
        numbers = (line.requests, line.codes, line.prompt_tokens, line.answer_tokens)
        table.add_row(line.task, line.lang, *(f"{number:,}" for number in numbers), f"{line.cost:,.2f}")
    columns = zip(
        *((one.requests, one.codes, one.prompt_tokens, one.answer_tokens) for one in lines), strict=True
    )
    sums = [sum(column) for column in columns]
    if len(lines) > 1:
        table.add_row(
            "all", "", *(f"{number:,}" for number in sums), f"{sum(line.cost for line in lines):,.2f}"
        )
    Console(highlight=False).print(table)


def show_outcome(outcome: Outcome, entries: Sequence[Entry]) -> None:
    from codilingua.errors import CodilinguaError

    typer.echo(
        f"{outcome.answered:,} answers, {outcome.known:,} there already, {len(outcome.failed):,} failed"
    )
    for line in _spent(entries):
        typer.echo(f"  {line}")
    if outcome.cut:
        typer.echo(
            f"  {outcome.cut:,} answers ran into the limit: give --max-tokens, or fewer codes a request"
        )
    name_faults(f"{name}: {reason}" for name, reason in outcome.failed)
    if outcome.failed and not outcome.answered and not outcome.stopped:
        raise CodilinguaError("no request was answered; see above, mend it and run again")
    if outcome.stopped:
        raise CodilinguaError(
            f"stopped: {outcome.stopped}; what was answered is in the ledger, run again to go on"
        )


def report_as_it_runs(count: int, entries: list[Entry]) -> Callable[[Entry | None], None]:
    """What is called after each request: gathers the entries, and tells now and then what they cost."""
    done = shown = 0

    def watch(entry: Entry | None) -> None:
        nonlocal done, shown
        done += 1
        entries.extend([entry] if entry else [])
        percent = 100 * done // max(count, 1)
        if percent >= shown + _EVERY:
            shown = percent
            print(f"asking: {done:,} of {count:,}; {'; '.join(_spent(entries))}", file=sys.stderr, flush=True)

    return watch


def _spent(entries: Sequence[Entry]) -> list[str]:
    """By language: answers, tokens read and written, US dollars."""
    from codilingua.synth.ledger import spent

    total = spent(iter(entries))
    return [
        f"{lang}: {total.answers[lang]:,} answers, {total.prompt_tokens[lang]:,} + "
        f"{total.answer_tokens[lang]:,} tokens, ${total.cost[lang]:.2f}"
        for lang in sorted(total.answers)
    ]
