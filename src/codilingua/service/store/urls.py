"""The URL of a database in, or nothing; where that database is, out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codilingua.errors import UsageError

VARIABLE = "CODILINGUA_DATABASE"

_FORMS = "give  sqlite:///FILE  or  postgresql+psycopg://USER@HOST/NAME"
_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Address:
    """``path``: the file of SQLite, None for PostgreSQL. ``shown``: what messages may say, no password."""

    url: str
    path: Path | None
    shown: str


def default_url(environment: Mapping[str, str] | None = None) -> str:
    """A SQLite file in the user's data folder, as the XDG base directory specification has it.

    :param environment: the variables; ``os.environ`` where left out.
    :raises UsageError: when there is no home folder to put it in.
    """
    variables = os.environ if environment is None else environment
    folder = variables.get("XDG_DATA_HOME", "")
    # The specification: a path that is not absolute is to be ignored.
    if not os.path.isabs(folder):
        home = variables.get("HOME") or os.path.expanduser("~")
        if not os.path.isabs(home):
            raise UsageError(f"no home folder to keep the database in: set {VARIABLE}=sqlite:////FOLDER/FILE")
        folder = os.path.join(home, ".local", "share")
    return f"sqlite:///{folder}/codilingua/codilingua.db"


def parse(url: str) -> Address:
    """
    :raises UsageError: when it names no database that can be used. The URL is not repeated: it may hold
        a password.
    """
    scheme, divider, rest = url.strip().partition("://")
    if not divider:
        raise UsageError(f"the database is named without its kind: {_FORMS}")
    if scheme in _SQLITE:
        return _file(rest)
    if scheme in _POSTGRESQL:
        return _server(rest)
    raise UsageError(f"databases of the kind {scheme!r} are not known: {_FORMS}")


def _file(rest: str) -> Address:
    """:param rest: ``/relative`` or ``//absolute``."""
    if "?" in rest:
        raise UsageError("a SQLite database takes no options after '?': leave them out")
    name = rest.removeprefix("/")
    if not rest.startswith("/") or name in ("", ":memory:"):
        raise UsageError("sqlite:// names no file, so nothing would be kept: give  sqlite:///FILE")
    path = Path(name).expanduser().absolute()
    return Address(f"sqlite:///{path}", path, str(path))


def _server(rest: str) -> Address:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError) as error:
        # Without what SQLAlchemy says: that has the URL in it.
        raise UsageError(f"the URL of the PostgreSQL database cannot be read: {_FORMS}") from error
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    shown = f"PostgreSQL database {url.database or url.username or ''} at {host}{port}"
    return Address(url.render_as_string(hide_password=False), None, shown)
