"""An open connection in its transaction in; the migrations that Alembic was asked for, run on it, out."""

from __future__ import annotations

from alembic import context

from codilingua.service.store.migrating import VERSION_TABLE
from codilingua.service.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
