"""``codilingua data``: what is in a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import AssetsOption, help_without_command

app = typer.Typer(invoke_without_command=True, help="Tell what is in a data folder.")


@app.callback()
def data(context: typer.Context) -> None:
    """Tell what is in a data folder."""
    help_without_command(context)


@app.command()
def card(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `codilingua curate` wrote.")],
    assets: AssetsOption = None,
) -> None:
    """Write DIR/README.md from the numbers of the data."""
    from codilingua.cli.options import open_catalog
    from codilingua.errors import UsageError
    from codilingua.evaluate.datacard import CARD, render

    with open_catalog(assets) as catalog:
        text = render(folder, catalog)
    try:
        (folder / CARD).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{folder / CARD}: cannot be written ({error.strerror})") from error
    typer.echo(f"{folder / CARD}: written")
