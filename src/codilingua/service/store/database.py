"""An address in; connections to read and to write out, from a database whose tables are today's.

What cannot be read or written now is tried again with the next call: a disk may be freed, a server come back.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from codilingua.service.store.connecting import PATIENCE, WRITING, make_engine, make_file
from codilingua.service.store.errors import StoreError, UnusableStore
from codilingua.service.store.faults import Fault, fault_of
from codilingua.service.store.migrating import is_current, upgrade
from codilingua.service.store.tables import feedback
from codilingua.service.store.urls import Address
from codilingua.service.store.values import new_id

_BETWEEN = 0.05
"""Seconds between two tries to get at tables that another process is making."""

_LOCK = 0x636F64696C  # "codil"
"""What processes that make the tables of one PostgreSQL database agree to hold."""

_PROBE = {
    "at": datetime.fromtimestamp(0, UTC),
    "query": "x" * 500,
    "code": "",
    "verdict": "wrong",
    "shown": [],
    "catalog": "",
    "ranker": "",
}
"""What is written and removed to see whether writing is possible."""


class Database:
    """For any number of threads; not to be carried across a fork."""

    def __init__(self, address: Address, create: bool = True) -> None:
        """:param create: whether to make a SQLite file that is not there.
        :raises MissingExtra: when the driver of PostgreSQL is not installed.
        """
        self._address, self._create = address, create
        self._engine = make_engine(address)
        self._writer = self._engine.execution_options(**{WRITING: True})
        self._preparing = threading.Lock()
        self._prepared = False
        self._tried = 0.0
        self._doubted = False
        self._fault: Fault | None = None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def on_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._address.path is not None

    @property
    def reason(self) -> str | None:
        """Why it could not be written to when that was last tried, and where it is; None where it could."""
        return None if self._fault is None else f"{self._address.shown}: {self._fault.text}"

    def prepare(self, wait: float = 0.0) -> None:
        """Make the file and the tables where they are missing, or of an earlier version.

        :param wait: seconds to go on trying while other processes do the same.
        :raises StoreError: when that is not possible now; UnusableStore, when it will not be later.
        """
        if self._prepared:
            return
        asked = time.monotonic()
        if not self._preparing.acquire(timeout=wait + PATIENCE):
            raise _error(self._fault or Fault("other requests wait for it already: try again"))
        try:
            if self._prepared:
                return
            if self._tried > asked and self._fault is not None:
                # Another thread has tried while this one waited: the answer would be the same.
                raise _error(self._fault)
            self._set_up(asked + wait)
            self._prepared = True
        finally:
            self._tried = time.monotonic()
            self._preparing.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads.

        :raises StoreError: when the database cannot be read.
        """
        if not self._prepared:
            try:
                self.prepare()
            except StoreError:
                # One that cannot be written to may be read all the same.
                if self._fault is not None and self._fault.away:
                    raise
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _error(fault_of(error)) from None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; on the disk when the block has ended.

        :raises StoreError: when that failed: nothing of it is kept.
        :raises IntegrityError: when a row of that key is there.
        """
        self.prepare()
        try:
            with self._writer.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise self._doubt(fault_of(error)) from None
        self._doubted, self._fault = False, None

    def check(self) -> bool:
        """Whether it can be written to: tried, without leaving anything. Else there is a ``reason``."""
        # The block sets aside the doubt that the last write left; so it has to be a real one: a row that
        # comes and goes again takes room on the disk as one that stays does.
        doubted, row = self._doubted, _PROBE | {"id": new_id()}
        try:
            with self.writing() as connection:
                if doubted:
                    connection.execute(insert(feedback).values(row))
                # Even where it finds nothing, a database that may only be read refuses it.
                connection.execute(delete(feedback).where(feedback.c.id == row["id"]))
        except StoreError:
            return False
        return True

    def _doubt(self, fault: Fault) -> StoreError:
        """Note that a write failed."""
        self._fault, self._doubted = fault, True
        if not fault.passing:
            # A connection that was opened to a read-only file would stay read-only.
            self._prepared = False
            self._engine.dispose()
        return _error(fault)

    def _set_up(self, until: float) -> None:
        """:param until: moment up to which locks of others are waited for."""
        while True:
            try:
                self._make()
            except (SQLAlchemyError, OSError, sqlite3.Error) as error:
                fault = fault_of(error)
            except UnusableStore as error:
                fault = Fault(str(error), final=True)
            else:
                return
            if not fault.passing or time.monotonic() >= until:
                self._fault = fault
                # What waits for a person is told with its place; the rest is told to those who ask, too.
                raise UnusableStore(str(self.reason)) if fault.final else _error(fault)
            time.sleep(_BETWEEN)

    def _make(self) -> None:
        path = self._address.path
        if path is not None and self._create:
            make_file(path)
        elif path is not None and not path.exists():
            raise UnusableStore("there is no such file: name the database of the server")
        with self._engine.connect() as connection:
            if is_current(connection):
                return
        if path is not None:
            self._log_ahead()
        with self._writer.begin() as connection:
            if path is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                # Who holds the lock may take as long as the tables need.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            if not is_current(connection):
                upgrade(connection)

    def _log_ahead(self) -> None:
        """Have SQLite write changes to a log of their own, so that readers and a writer do not wait for each
        other. The file remembers it. It cannot be done within a transaction, so not by a migration."""
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            raw.close()


def _error(fault: Fault) -> StoreError:
    """Without the place: it reaches whoever calls the server."""
    return StoreError(f"the database cannot be used now, {fault.text}")
