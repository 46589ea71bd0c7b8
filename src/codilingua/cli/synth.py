"""``codilingua synth``: what to ask a language model, and its answers, by an API or by files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.factory import (
    name_faults,
    parameters,
    report_as_it_runs,
    say_torn,
    selected,
    show_outcome,
    show_plan,
)
from codilingua.cli.options import AssetsOption, help_without_command

if TYPE_CHECKING:
    from codilingua.synth.ledger import Entry

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

    show_plan(
        selected(grid, use, task, lang, limit, judge, topic, sample, assets),
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

    asked = selected(grid, use, task, lang, limit, judge, topic, sample, assets)
    count = write(out, asked, model, parameters(temperature, max_tokens))
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
        say_torn(opened)
        for path in files:
            if pairs is not None and day is not None:
                added = opened.add(entry_of_pairs(path, pairs, model or "", day, prompt))
                typer.echo(f"{path}: {'taken' if added else 'there already'}")
                continue
            done = take(opened, path, asked, model, day)
            typer.echo(
                f"{path}: {done.added:,} new, {done.known:,} there already, {len(done.faults):,} of no use"
            )
            name_faults(f"line {fault.line}: {fault.reason}" for fault in done.faults)


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
        model, url, timeout, retries, structure.value, parameters(temperature, max_tokens)
    )
    client = open_client(api, connection)
    asked = selected(grid, use, task, lang, limit, judge, topic, sample, assets)
    show_plan(asked, price)
    try:
        with Ledger(ledger) as opened:
            say_torn(opened)
            entries: list[Entry] = []
            watch = report_as_it_runs(len(asked), entries)
            outcome = ask(asked, client, connection, opened, workers, price, budget, watch)
    finally:
        client.close()
    show_outcome(outcome, entries)
