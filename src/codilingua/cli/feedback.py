"""``codilingua feedback``: what coders said to the server in; files to measure and to train with out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.database import ConfigOption, DatabaseOption, open_store
from codilingua.cli.options import AssetsOption, help_without_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codilingua.service.store.values import Feedback

app = typer.Typer(name="feedback", invoke_without_command=True)


@app.callback()
def feedback(context: typer.Context) -> None:
    """Take out what coders said of the hits."""
    help_without_command(context)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")],
    form: Annotated[
        str,
        typer.Option(
            metavar="FORM",
            help="evaluation: a test set. pairs: training data. raw: everything, JSON lines.",
        ),
    ] = "evaluation",
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this day on (UTC), or this moment: ISO 8601.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Up to this day or moment, without it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    database: DatabaseOption = None,
    config: ConfigOption = None,
    assets: AssetsOption = None,
) -> None:
    """Write feedback to a file. It holds what was typed: handle it as you handle the notes of patients."""
    from codilingua.errors import UsageError

    if form not in ("evaluation", "pairs", "raw"):
        raise UsageError(f"--form {form!r}: give evaluation, pairs or raw")
    moments = _moment("--since", since), _moment("--until", until)
    with open_store(database, config) as store:
        from codilingua.service.store.export import export_raw

        said = store.feedback(*moments)
        if form == "raw":
            typer.echo(f"{out}: verdicts {export_raw(out, said, force):,}")
        else:
            _export_agreed(out, form, said, force, assets)


def _export_agreed(out: Path, form: str, said: Iterable[Feedback], force: bool, assets: Path | None) -> None:
    from codilingua.cli.options import open_catalog
    from codilingua.service.store.export import agree, export_evaluation, export_pairs

    with open_catalog(assets) as catalog:
        agreement = agree(said, catalog)
    left_out = ", ".join(f"{reason} {count:,}" for reason, count in agreement.left_out.items())
    if left_out:
        typer.echo(f"left out of {agreement.read:,} verdicts: {left_out}", err=True)
    write = export_evaluation if form == "evaluation" else export_pairs
    rows = write(out, agreement.pairs, force)
    typer.echo(f"{out}: rows {rows:,}, of verdicts {sum(pair.count for pair in agreement.pairs):,}")


def _moment(option: str, value: str | None) -> datetime | None:
    """:raises UsageError: when it is no date."""
    from datetime import UTC

    from codilingua.errors import UsageError

    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{option} {value!r} is no date: give it as 2026-01-31") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
