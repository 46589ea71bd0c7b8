"""Feedback and preferences in; kept on the disk, and out again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, RowMapping, and_, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from codilingua.service.store import tables
from codilingua.service.store.database import Database
from codilingua.service.store.errors import StoreError, UnusableStore
from codilingua.service.store.urls import parse
from codilingua.service.store.values import Feedback, now
from codilingua.text import clean

_OPENING = 20.0
"""Seconds to wait, at the start, for another process that makes the tables."""

_PAGE = 1000
"""Rows that are read at once."""


class Store:
    """For any number of threads; not to be carried across a fork. Every call may wait: none is for an event
    loop.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str, create: bool = True) -> Self:
        """Open a database, and make or renew its tables. One that cannot be reached or written to now is
        opened all the same: it is not ``ready``, tells the ``reason``, and is tried again with every call.

        :param url: ``sqlite:///FILE`` or ``postgresql+psycopg://USER@HOST/NAME``.
        :param create: whether to make a SQLite file that is not there.
        :raises UsageError: when the URL names no database.
        :raises MissingExtra: when the driver of PostgreSQL is not installed.
        :raises StoreError: when it will not work later either: it is no database, that of another program,
            or of a newer version of this one, or is not there and not to be made.
        """
        database = Database(parse(url), create)
        try:
            database.prepare(_OPENING)
        except UnusableStore:
            database.close()
            raise
        except StoreError:
            pass
        return cls(database)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ready(self) -> bool:
        """Whether feedback would be kept: tried."""
        return self.database.check()

    @property
    def reason(self) -> str | None:
        """Why it was not ready when that was last tried, in one line with the place; None where it was."""
        return self.database.reason

    def add_feedback(self, feedback: Feedback) -> str:
        """Keep it. It is on the disk when this returns.

        :return: its id.
        :raises StoreError: when it cannot be kept; then nothing of it is.
        """
        row = {
            "id": feedback.id,
            "at": feedback.at,
            "query": _plain(feedback.query),
            "code": _plain(feedback.code),
            "verdict": feedback.verdict,
            "rank": feedback.rank,
            "lang": feedback.lang,
            "ui": feedback.ui,
            "shown": [_plain(code) for code in feedback.shown],
            "key": feedback.key,
            "catalog": feedback.catalog,
            "ranker": feedback.ranker,
        }
        try:
            with self.database.writing() as connection:
                connection.execute(insert(tables.feedback).values(row))
        except IntegrityError:
            raise StoreError(f"feedback {feedback.id} is kept already: give another id") from None
        return feedback.id

    def feedback(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Feedback]:
        """All that was kept, the oldest first.

        :param since: the first moment that is asked for.
        :param until: the first moment that is not.
        :raises StoreError: when it cannot be read.
        """
        columns = tables.feedback.c
        asked: list[ColumnElement[bool]] = []
        if since is not None:
            asked.append(columns.at >= since)
        if until is not None:
            asked.append(columns.at < until)
        ordered = select(tables.feedback).order_by(columns.at, columns.id).limit(_PAGE)
        last: Feedback | None = None
        while True:
            # Page by page: a transaction that stays open would keep SQLite from tidying up its log.
            beyond = _beyond(last) if last is not None else []
            with self.database.reading() as connection:
                rows = connection.execute(ordered.where(*asked, *beyond)).mappings().all()
            for row in rows:
                last = _feedback(row)
                yield last
            if len(rows) < _PAGE:
                return

    def preferences(self, owner: str) -> dict[str, Any] | None:
        """What was set last for an owner; None where nothing was.

        :raises StoreError: when it cannot be read.
        """
        table = tables.preferences
        with self.database.reading() as connection:
            found: dict[str, Any] | None = connection.scalar(
                select(table.c.content).where(table.c.owner == owner)
            )
        return found

    def set_preferences(self, owner: str, preferences: Mapping[str, Any]) -> None:
        """Keep them in place of those before.

        :param preferences: what JSON can hold.
        :raises StoreError: when they cannot be kept; then those before are.
        """
        values = {"content": dict(preferences), "at": now()}
        dialect = sqlite if self.database.on_sqlite else postgresql
        statement = dialect.insert(tables.preferences).values(owner=owner, **values)
        with self.database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["owner"], set_=values))


def _beyond(last: Feedback) -> list[ColumnElement[bool]]:
    columns = tables.feedback.c
    return [or_(columns.at > last.at, and_(columns.at == last.at, columns.id > last.id))]


def _feedback(row: RowMapping) -> Feedback:
    return Feedback(**{**dict(row), "shown": tuple(row["shown"])})


def _plain(text: str) -> str:
    """As text is stored and shown. PostgreSQL keeps no NUL, and nothing keeps half a surrogate."""
    return clean(text.encode("utf-8", "replace").decode())
