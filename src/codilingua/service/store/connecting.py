"""An address in; an engine that waits two seconds and no longer, and keeps what it commits, out."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from codilingua.errors import MissingExtra
from codilingua.extras import require
from codilingua.service.store.errors import UnusableStore
from codilingua.service.store.urls import Address

PATIENCE = 2
"""Seconds to wait for a connection, for a lock, and for an answer."""

WRITING = "codilingua_writing"
"""Option of connections that are going to write."""

_BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside the file has the same content."""


def make_engine(address: Address) -> Engine:
    """
    :raises MissingExtra: when the driver of PostgreSQL is not installed.
    """
    return _for_file(address.path) if address.path is not None else _for_server(address.url)


def make_file(path: Path) -> None:
    """Make folder and file where they are not there, and let nobody but the owner read the file.

    :raises OSError: when the file is not there and cannot be made.
    :raises UnusableStore: when it is no file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        if path.exists() and not path.is_file():
            raise UnusableStore("it is no file: name a file") from None
        _close_to_others(path)
        return
    try:
        if os.geteuid() == 0:
            # An administrator adds a key, and the server, which is not root, has to read it.
            folder = path.parent.stat()
            os.fchown(made, folder.st_uid, folder.st_gid)
    finally:
        os.close(made)


def _close_to_others(path: Path) -> None:
    """Also what SQLite made beside the file while that was read-only, and would go on being so."""
    # Of somebody else, or on a read-only disk: then it stays as it is.
    with suppress(OSError):
        mode = path.stat().st_mode & 0o700
        for beside in _BESIDE:
            held = path.with_name(path.name + beside)
            if held.exists() and held.stat().st_mode & 0o777 != mode:
                held.chmod(mode)


def _for_file(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _open(path),
        poolclass=QueuePool,
        pool_timeout=PATIENCE,
        # Errors would hold what was to be written, and errors are logged.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def remember(connection: _File, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def check(connection: _File, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:  # noqa: ARG001
        # A copy was put in its place: what is written to the old file would be lost.
        if record.info["file"] != _identity(path) or (connection.frozen and record.info.get("used")):
            raise DisconnectionError
        record.info["used"] = True

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Python's driver would begin too late, and take the lock for writing later still, where SQLite
        # does not wait for it.
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


class _File(sqlite3.Connection):
    """``frozen``: it would not see what others change, so it is opened anew each time."""

    frozen = False


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        held = path.stat()
    except OSError:
        return None
    return held.st_dev, held.st_ino


def _open(path: Path) -> _File:
    """Open it as far as it can be: to write, else to read, else, on a disk that nobody can write to, to
    read without locks.

    :raises sqlite3.Error: when it cannot even be read.
    """
    modes = ["rw", "ro"]
    wal = path.with_name(path.name + "-wal")
    # Without locks SQLite does not look into the log of changes: it must be empty.
    if not os.access(path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size):
        modes.append("ro&immutable=1")
    for mode in modes:
        try:
            return _connect(f"file:{quote(str(path))}?mode={mode}", frozen="immutable" in mode)
        except sqlite3.OperationalError as error:
            opened = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            if mode == modes[-1] or not opened:
                raise
    raise AssertionError("the last mode opens it or raises")


def _connect(uri: str, frozen: bool) -> _File:
    connection = sqlite3.connect(
        uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=_File
    )
    connection.frozen = frozen
    try:
        # As FULL, in which a commit has reached the disk when it returns, and so also where the folder does
        # not allow a log of changes (WAL).
        connection.execute("PRAGMA synchronous = EXTRA")
        with closing(connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")) as cursor:
            cursor.fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _for_server(url: str) -> Engine:
    require("postgres", "psycopg")
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=PATIENCE,
            hide_parameters=True,
            connect_args={
                "connect_timeout": PATIENCE,
                # A cable that was pulled: the server is given up as soon as one that is silent.
                "tcp_user_timeout": PATIENCE * 1000,
                "application_name": "codilingua",
                # Poolers such as PgBouncer do not keep prepared statements.
                "prepare_threshold": None,
            },
        )
    except ImportError as error:
        raise MissingExtra("psycopg finds no libpq: run  pip install 'codilingua[postgres]'") from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # For this transaction alone: behind a pooler the next one may be another program's.
        local = {"statement_timeout": f"{PATIENCE}s", "lock_timeout": f"{PATIENCE}s"}
        if connection.get_execution_options().get(WRITING):
            local["synchronous_commit"] = "on"
        calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in local.items())
        connection.exec_driver_sql(f"SELECT {calls}")

    return engine
