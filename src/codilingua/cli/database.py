"""The options that say where the server's database is; the opened store out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from codilingua.service.store.store import Store

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The server's database: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME. "
        "[env: CODILINGUA_DATABASE; default: a file in the user's data folder]",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The server's settings, which may name the database."),
]


def open_store(database: str | None, config: Path | None, create: bool = False) -> Store:
    """Open the database that the server with the same settings would.

    :param create: whether to make a file that is not there.
    :raises MissingExtra: when what a database needs is not installed.
    :raises CodilinguaError: when there is none, or it cannot be opened.
    """
    from codilingua.extras import require

    require("serve", "sqlalchemy", "alembic", "pydantic")
    from codilingua.service.settings import read_settings
    from codilingua.service.store.store import Store

    settings = read_settings({"database": database}, file=config)
    return Store.open(settings.database_url, create)
