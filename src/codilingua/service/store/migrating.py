"""A connection in its transaction in; a database with today's tables out, or why it cannot have them."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, inspect, select, table
from sqlalchemy import column as named

from codilingua.service.store.errors import UnusableStore

VERSION_TABLE = "codilingua_revision"
"""Not Alembic's own name for it: a database may hold the tables of other programs as well."""

REVISIONS = ("0001", "0002")
"""All there are, the newest last. Alembic knows them too, but it takes its time to load."""

_ALONE = threading.Lock()
"""Alembic keeps what it works on in module variables: one thread at a time."""

_VERSION = table(VERSION_TABLE, named("version_num"))


def is_current(connection: Connection) -> bool:
    """Whether nothing is to be done.

    :raises UnusableStore: when a newer version of this program wrote the database, or it is the SQLite file
        of another one.
    """
    inspector = inspect(connection)
    if not inspector.has_table(VERSION_TABLE):
        if connection.dialect.name == "sqlite" and inspector.get_table_names():
            raise UnusableStore("it is the database of another program: name a file of its own")
        return False
    revision = connection.scalar(select(_VERSION.c.version_num))
    if revision is not None and revision not in REVISIONS:
        raise UnusableStore(f"it is of a newer version (revision {revision}): update codilingua")
    return revision == REVISIONS[-1]


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations that are missing; the caller commits all of them or none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "codilingua.service.store:migrations")
    config.attributes["connection"] = connection
    with _ALONE:
        command.upgrade(config, to)
