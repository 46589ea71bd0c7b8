"""The options and exit statuses that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from codilingua.catalog.catalog import Catalog

FAILURE = 1
USAGE = 2
INTERRUPTED = 130
"""128 + SIGINT, as a shell reports a program that Ctrl-C ended."""

AssetsOption = Annotated[
    Path | None,
    typer.Option(
        "--assets",
        metavar="DIR",
        help="Assets made by `codilingua build` or `codilingua catalog index`. [default: those that ship]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def help_without_command(context: typer.Context) -> None:
    """Print the help of a group of commands that was called without one."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def chosen_assets(option: Path | None) -> Path | None:
    """What --assets says, else the environment, else None for what ships."""
    from codilingua.settings import Settings

    return option or Settings.from_env().assets


def open_catalog(option: Path | None) -> Catalog:
    """The catalog of the chosen assets."""
    from codilingua.artifacts import Assets
    from codilingua.catalog.catalog import Catalog

    folder = chosen_assets(option)
    return Catalog.open((Assets(folder) if folder else Assets.shipped()).catalog)
