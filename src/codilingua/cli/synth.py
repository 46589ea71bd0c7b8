"""``codilingua synth``: what to ask a language model, and its answers, by an API or by files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.options import AssetsOption, help_without_command

if TYPE_CHECKING:
    from codilingua.synth.ledger import Entry, Ledger
    from codilingua.synth.requests import Request
    from codilingua.synth.run import Outcome, Price

app = typer.Typer(invoke_without_command=True, help="Have training data written by a language model.")

_WHAT = "What to ask"
_WHO = "Whom to ask"

GridOption = Annotated[
    Path | None,
    typer.Option(
        "--grid", metavar="FILE", help="The grid, TOML. [default: that which ships]", rich_help_panel=_WHAT
    ),
]
UseOption = Annotated[
    Path | None,
    typer.Option(
        "--use",
        metavar="DIR",
        help="Folder with tiers.tsv and defaults.tsv. [default: data/plan of the checkout]",
        rich_help_panel=_WHAT,
    ),
]
TaskOption = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        help="practice, phrases, labels, tiers, defaults. Repeat it. [default: all]",
        rich_help_panel=_WHAT,
    ),
]
LangOption = Annotated[
    list[str] | None,
    typer.Option("--lang", help="Repeat it. [default: all of the grid]", rich_help_panel=_WHAT),
]
LimitOption = Annotated[
    int | None,
    typer.Option(min=1, help="So many requests of each task and language.", rich_help_panel=_WHAT),
]
JudgeOption = Annotated[
    Path | None,
    typer.Option(
        "--judge",
        metavar="TSV",
        help="Ask for a verdict on these rows instead: review.tsv, or a file of pairs.",
        rich_help_panel=_WHAT,
    ),
]
SampleOption = Annotated[
    int | None,
    typer.Option(min=1, help="With --judge: so many rows of each language, by lot.", rich_help_panel=_WHAT),
]
TopicOption = Annotated[
    str, typer.Option(help="With --judge: what the rows are read for.", rich_help_panel=_WHAT)
]
LedgerOption = Annotated[Path, typer.Option("--ledger", metavar="FILE", help="Where the answers are kept.")]
PromptPriceOption = Annotated[
    float, typer.Option(min=0, help="US dollars for a million tokens read.", rich_help_panel=_WHO)
]
AnswerPriceOption = Annotated[
    float, typer.Option(min=0, help="US dollars for a million tokens written.", rich_help_panel=_WHO)
]
ModelOption = Annotated[str, typer.Option("--model", help="Name of the model.", rich_help_panel=_WHO)]
TemperatureOption = Annotated[
    float | None, typer.Option(min=0, max=2, help="[default: the model's own]", rich_help_panel=_WHO)
]
MaxTokensOption = Annotated[
    int | None,
    typer.Option(min=1, help="Longest answer. [default: by the prompt]", rich_help_panel=_WHO),
]


class StructureOption(StrEnum):
    """How an endpoint is told the form of an answer."""

    SCHEMA = "schema"
    OBJECT = "object"
    NONE = "none"


@app.callback()
def synth(context: typer.Context) -> None:
    """Have training data written by a language model."""
    help_without_command(context)


@app.command()
def plan(
    grid: GridOption = None,
    use: UseOption = None,
    task: TaskOption = None,
    lang: LangOption = None,
    limit: LimitOption = None,
    judge: JudgeOption = None,
    topic: TopicOption = "review",
    sample: SampleOption = None,
    prompt_price: PromptPriceOption = 0.0,
    answer_price: AnswerPriceOption = 0.0,
    assets: AssetsOption = None,
) -> None:
    """Show what would be asked and what it would cost. Asks nothing."""
    from codilingua.synth.run import Price

    _show_plan(
        _requests(grid, use, task, lang, limit, judge, topic, sample, assets),
        Price(prompt_price, answer_price),
    )


@app.command()
def export(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The batch file to write, JSON lines.")],
    grid: GridOption = None,
    use: UseOption = None,
    task: TaskOption = None,
    lang: LangOption = None,
    limit: LimitOption = None,
    judge: JudgeOption = None,
    topic: TopicOption = "review",
    sample: SampleOption = None,
    model: ModelOption = "gpt-4o",
    temperature: TemperatureOption = None,
    max_tokens: MaxTokensOption = None,
    assets: AssetsOption = None,
) -> None:
    """Write the requests as a file for a batch API; what reads the answers goes to FILE.requests."""
    from codilingua.synth.batch import export as write
    from codilingua.synth.batch import kept

    asked = _requests(grid, use, task, lang, limit, judge, topic, sample, assets)
    count = write(out, asked, model, _parameters(temperature, max_tokens))
    typer.echo(
        f"{out}: {count:,} requests; keep {kept(out)} for  codilingua synth import --requests {kept(out)}"
    )


@app.command("import")
def import_answers(
    files: Annotated[
        list[Path], typer.Argument(help="Answers: what a batch API gave back, or pairs (--pairs).")
    ],
    ledger: LedgerOption,
    requests: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The .requests file that export wrote.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Who answered, where the file does not say.")] = None,
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When, where the file does not say.")
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(metavar="LANG", help="The files are TSV with columns text and code, in this language."),
    ] = None,
    prompt: Annotated[
        str, typer.Option(help="With --pairs: name of the prompt that they were written by.")
    ] = "",
) -> None:
    """Take answers into the ledger. What is of no use is counted and named, the rest is taken."""
    from codilingua.errors import UsageError
    from codilingua.synth.batch import import_answers as take
    from codilingua.synth.batch import read_requests
    from codilingua.synth.ledger import Ledger
    from codilingua.synth.pairs import entry_of_pairs

    day = date.date() if date else None
    if pairs is None and requests is None:
        raise UsageError("--requests is missing: give the .requests file that export wrote, or --pairs LANG")
    if pairs is not None and not (day and model and prompt):
        raise UsageError(
            "--pairs needs --model, --date and --prompt: who wrote them, when and by which prompt"
        )
    asked = read_requests(requests) if requests else {}
    with Ledger(ledger) as opened:
        _say_torn(opened)
        for path in files:
            if pairs is not None and day is not None:
                added = opened.add(entry_of_pairs(path, pairs, model or "", day, prompt))
                typer.echo(f"{path}: {'taken' if added else 'there already'}")
                continue
            done = take(opened, path, asked, model, day)
            typer.echo(
                f"{path}: {done.added:,} new, {done.known:,} there already, {len(done.faults):,} of no use"
            )
            _name(f"line {fault.line}: {fault.reason}" for fault in done.faults)


@app.command()
def run(
    ledger: LedgerOption,
    model: ModelOption,
    api: Annotated[
        str, typer.Option(help="openai (and all that speak it) or gemini.", rich_help_panel=_WHO)
    ] = "openai",
    url: Annotated[
        str | None,
        typer.Option(
            help="Base URL: http://localhost:8000/v1. [default: the provider's]", rich_help_panel=_WHO
        ),
    ] = None,
    temperature: TemperatureOption = None,
    max_tokens: MaxTokensOption = None,
    workers: Annotated[
        int, typer.Option(min=1, max=256, help="Asked at the same time.", rich_help_panel=_WHO)
    ] = 8,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for one answer.", rich_help_panel=_WHO)
    ] = 120.0,
    retries: Annotated[
        int, typer.Option(min=0, max=20, help="On 429 and 5xx, with growing pauses.", rich_help_panel=_WHO)
    ] = 5,
    structure: Annotated[
        StructureOption,
        typer.Option(help="How the endpoint is told the form of an answer.", rich_help_panel=_WHO),
    ] = StructureOption.SCHEMA,
    budget: Annotated[
        float | None, typer.Option(min=0, help="US dollars at which to stop.", rich_help_panel=_WHO)
    ] = None,
    prompt_price: PromptPriceOption = 0.0,
    answer_price: AnswerPriceOption = 0.0,
    grid: GridOption = None,
    use: UseOption = None,
    task: TaskOption = None,
    lang: LangOption = None,
    limit: LimitOption = None,
    judge: JudgeOption = None,
    topic: TopicOption = "review",
    sample: SampleOption = None,
    assets: AssetsOption = None,
) -> None:
    """Ask a model what the ledger does not have. Can be stopped and started again at any time."""
    from codilingua.cli.progress import bar
    from codilingua.errors import UsageError
    from codilingua.synth.clients import open_client
    from codilingua.synth.clients.base import Connection
    from codilingua.synth.ledger import Ledger
    from codilingua.synth.run import Price
    from codilingua.synth.run import run as ask

    price = Price(prompt_price, answer_price)
    if budget is not None and not (prompt_price or answer_price):
        raise UsageError("--budget counts by --prompt-price and --answer-price: give them")
    connection = Connection(
        model, url, timeout, retries, structure.value, _parameters(temperature, max_tokens)
    )
    client = open_client(api, connection)
    asked = _requests(grid, use, task, lang, limit, judge, topic, sample, assets)
    _show_plan(asked, price)
    try:
        with Ledger(ledger) as opened, bar("asking", lambda: len(asked)) as advance:
            _say_torn(opened)
            entries: list[Entry] = []

            def watch(entry: Entry | None) -> None:
                entries.extend([entry] if entry else [])
                advance(1)

            outcome = ask(asked, client, connection, opened, workers, price, budget, watch)
    finally:
        client.close()
    _show_outcome(outcome, entries)


_SHOWN = 10


def _requests(
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
            asked = list(
                judge_requests(catalog, sample(pairs, count, read.seed) if count else pairs, topic, read.seed)
            )
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


def _parameters(temperature: float | None, max_tokens: int | None) -> dict[str, float | int]:
    """Those that were given; each is part of the ledger's key."""
    given = {"temperature": temperature, "max_tokens": max_tokens}
    return {name: value for name, value in given.items() if value is not None}


def _name(faults: Iterable[str]) -> None:
    """The first of them, on standard error, and how many more there are."""
    lines = list(faults)
    for line in lines[:_SHOWN]:
        typer.echo(f"  {line}", err=True)
    if len(lines) > _SHOWN:
        typer.echo(f"  … and {len(lines) - _SHOWN:,} more", err=True)


def _say_torn(ledger: Ledger) -> None:
    if ledger.torn:
        typer.echo(f"{ledger.path}: the last line was torn; it was moved to {ledger.path}.torn", err=True)


def _show_plan(requests: Sequence[Request], price: Price) -> None:
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
    Console(highlight=False, stderr=False).print(table)


def _show_outcome(outcome: Outcome, entries: Sequence[Entry]) -> None:
    from codilingua.errors import CodilinguaError
    from codilingua.synth.ledger import spent

    total = spent(iter(entries))
    typer.echo(
        f"{outcome.answered:,} answers, {outcome.known:,} there already, {len(outcome.failed):,} failed"
    )
    for lang in sorted(total.answers):
        tokens = f"{total.prompt_tokens[lang]:,} + {total.answer_tokens[lang]:,} tokens"
        typer.echo(f"  {lang}: {total.answers[lang]:,} answers, {tokens}, ${total.cost[lang]:.2f}")
    if outcome.cut:
        typer.echo(
            f"  {outcome.cut:,} answers ran into the limit: give --max-tokens, or fewer codes a request"
        )
    _name(f"{name}: {reason}" for name, reason in outcome.failed)
    if outcome.failed and not outcome.answered and not outcome.stopped:
        raise CodilinguaError("no request was answered; see above, mend it and run again")
    if outcome.stopped:
        raise CodilinguaError(
            f"stopped: {outcome.stopped}; what was answered is in the ledger, run again to go on"
        )
