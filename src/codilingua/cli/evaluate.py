"""``codilingua evaluate``: test sets and systems in; a table of how well each ranks, and a report, out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import INTERRUPTED, AssetsOption, JsonOption, chosen_assets, help_without_command
from codilingua.errors import UsageError

app = typer.Typer(name="evaluate", invoke_without_command=True)

_SET = "What to evaluate on"
_HOW = "How to measure"


@app.callback()
def evaluate(
    context: typer.Context,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A TSV file: query, codes (joined by |), lang; optional level, group, others. Repeatable.",
            rich_help_panel=_SET,
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A corpus by name (see systems). Repeatable.", rich_help_panel=_SET
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the corpora. [default: download]", rich_help_panel=_SET),
    ] = None,
    machine_sets: Annotated[
        bool,
        typer.Option(
            "--machine/--no-machine", help="With sets that a machine wrote, or without.", rich_help_panel=_SET
        ),
    ] = True,
    system: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[@TEXTS]",
            help="A system; TEXTS: titles, official, all. Repeatable. [default: Codilingua and its halves]",
        ),
    ] = None,
    pool: Annotated[
        str,
        typer.Option(metavar="POOL", help="Codes that may be answered: catalog, or gold, those of the set."),
    ] = "catalog",
    variants: Annotated[
        str | None,
        typer.Option(metavar="KINDS", help="all, or some of typo,no-accents,abbreviated, as slices."),
    ] = None,
    training: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A training file (TSV) to look for overlap with. Repeatable."),
    ] = None,
    ours: Annotated[
        str | None, typer.Option(metavar="NAME", help="The system that the others are compared with.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="NAME", help="The system that pictures compare it with.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write results, report and pictures here.")
    ] = None,
    json: JsonOption = False,
    resamples: Annotated[int, typer.Option(min=1, help="For the intervals.", rich_help_panel=_HOW)] = 1000,
    permutations: Annotated[int, typer.Option(min=1, help="For the tests.", rich_help_panel=_HOW)] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.", rich_help_panel=_HOW)] = 1,
    timed: Annotated[
        int, typer.Option(min=1, help="Queries whose time is taken.", rich_help_panel=_HOW)
    ] = 200,
    assets: AssetsOption = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor cores. [default: all]")] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Embeddings, rankings, downloads. [default: the user's cache]"),
    ] = None,
) -> None:
    """Measure how well systems find codes, on your own data and on known corpora, with intervals."""
    if context.invoked_subcommand is not None:
        if data or corpus:
            raise UsageError(f"--data and --corpus are not for  evaluate {context.invoked_subcommand}")
        return
    if all(str(context.get_parameter_source(name)).endswith("DEFAULT") for name in context.params):
        help_without_command(context)
        return

    from codilingua.cli.evaluation import run
    from codilingua.evaluate.request import DEFAULT_SYSTEMS, Request
    from codilingua.evaluate.systems.embeddings import cache_folder
    from codilingua.settings import Settings

    request = Request(
        data=tuple(data or ()),
        corpora=tuple(corpus or ()),
        data_dir=data_dir,
        systems=tuple(system or DEFAULT_SYSTEMS),
        pool=pool,
        assets=chosen_assets(assets),
        out=out,
        variants=_kinds(variants),
        training=tuple(training or ()),
        baseline=baseline,
        ours=ours,
        resamples=resamples,
        permutations=permutations,
        seed=seed,
        threads=threads or Settings.from_env().threads,
        cache=cache or cache_folder(),
        timed=timed,
        machine_sets=machine_sets,
        command=shlex.join(["codilingua", *sys.argv[1:]]),
    )
    try:
        run(request, json)
    except KeyboardInterrupt:
        typer.echo("codilingua: stopped; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED) from None


@app.command("systems")
def systems() -> None:
    """List the systems and the corpora, and what can run here."""
    from codilingua.cli.evaluation import list_all

    list_all()


@app.command("report")
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that --out wrote.")],
) -> None:
    """Write report, pictures and leaderboard again from what was measured."""
    from codilingua.evaluate.reporting.output import write_report

    for path in write_report(folder):
        typer.echo(path)


def _kinds(option: str | None) -> tuple[str, ...]:
    from codilingua.evaluate.testsets.variants import VARIANTS

    if option is None:
        return ()
    return VARIANTS if option == "all" else tuple(kind.strip() for kind in option.split(",") if kind.strip())
