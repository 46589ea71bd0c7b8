"""Nothing in; the tables of the database, as the newest migration leaves them, out."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, Column, DateTime, Dialect, Index, Integer, MetaData, Table, Text, TypeDecorator

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite has no time zones, so it is given UTC and what it gives is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


feedback = Table(
    "feedback",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("query", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("rank", Integer),
    Column("lang", Text),
    Column("ui", Text),
    Column("shown", JSON, nullable=False),
    Column("key", Text),
    Column("catalog", Text, nullable=False),
    Column("ranker", Text, nullable=False),
    Index("feedback_at", "at", "id"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("digest", Text, nullable=False),
    Column("last4", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)
# The name of a revoked key is free again: that is how a key is renewed.
Index(
    "api_key_name",
    api_key.c.name,
    unique=True,
    sqlite_where=api_key.c.revoked_at.is_(None),
    postgresql_where=api_key.c.revoked_at.is_(None),
)
