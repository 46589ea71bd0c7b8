"""A database of any version in; today's tables out, whoever asks for them first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from codilingua.service.store.connecting import WRITING, make_engine, make_file
from codilingua.service.store.errors import StoreError, UnusableStore
from codilingua.service.store.keys import Keys
from codilingua.service.store.migrating import REVISIONS, VERSION_TABLE, upgrade
from codilingua.service.store.store import Store
from codilingua.service.store.tables import metadata
from codilingua.service.store.urls import parse
from codilingua.service.store.values import Feedback


class Postgres(Protocol):
    def fresh(self) -> str: ...


OLD = """INSERT INTO feedback (id, at, query, code, verdict, shown, catalog, ranker)
         VALUES ('a', '2026-01-02 03:04:05.000000', 'tos', 'R05.9', 'right', '["R05.9"]', 'old', 'r1')"""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    address = parse(url)
    if address.path is not None:
        make_file(address.path)
    engine = make_engine(address)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        yield connection
    engine.dispose()


def revision(url: str) -> str:
    with connected(url) as connection:
        return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))


def test_the_revisions_are_those_of_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", "codilingua.service.store:migrations")
    folder = ScriptDirectory.from_config(config)
    found = [script.revision for script in folder.walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS
    assert folder.get_heads() == [REVISIONS[-1]]


def test_an_empty_database_gets_the_tables_that_the_program_uses(url: str) -> None:
    Store.open(url).close()
    assert revision(url) == REVISIONS[-1]
    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("old", REVISIONS[:-1])
def test_an_older_database_keeps_what_it_has(url: str, old: str) -> None:
    with connected(url) as connection:
        upgrade(connection, old)
        connection.exec_driver_sql(OLD)
        assert not inspect(connection).has_table("api_key")
    assert revision(url) == old
    with Store.open(url) as store:
        assert store.ready()
        (kept,) = store.feedback()
        assert (kept.id, kept.query, kept.code, kept.shown) == ("a", "tos", "R05.9", ("R05.9",))
        store.add_feedback(Feedback("tos", "R05.9", "right"))
        Keys(store).add("ehr", ["search"])
    assert revision(url) == REVISIONS[-1]


def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    with connected(url) as connection:
        upgrade(connection, REVISIONS[0])
        connection.exec_driver_sql(OLD)
        connection.exec_driver_sql("CREATE TABLE api_key (prefix TEXT)")
    with Store.open(url) as store:
        assert not store.ready()
        # What can be read is read.
        assert [said.id for said in store.feedback()] == ["a"]
        with pytest.raises(StoreError):
            store.add_feedback(Feedback("tos", "R05.9", "right"))
    assert revision(url) == REVISIONS[0]
    with connected(url) as connection:
        connection.exec_driver_sql("DROP TABLE api_key")
    with Store.open(url) as store:
        assert store.ready()


def test_a_newer_database_is_refused(url: str) -> None:
    Store.open(url).close()
    with connected(url) as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(UnusableStore, match=r"newer version \(revision 9999\): update codilingua"):
        Store.open(url)
    assert revision(url) == "9999"


def test_the_file_of_another_program_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "codilingua.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE concept (code TEXT)")
    before = path.read_bytes()
    with pytest.raises(UnusableStore, match="another program: name a file of its own"):
        Store.open(sqlite_url)
    assert path.read_bytes() == before


def test_what_is_no_database_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "codilingua.db"
    path.write_text("code,count\nI10,1200\n" * 100)
    before = path.read_bytes()
    with pytest.raises(UnusableStore, match="no SQLite database: name another file"):
        Store.open(sqlite_url)
    assert path.read_bytes() == before


def test_beside_other_tables_of_a_server(postgres: Postgres) -> None:
    url = postgres.fresh()
    with connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of another program')")
    with Store.open(url) as store:
        assert store.ready()


def test_a_file_that_is_not_to_be_made(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableStore, match="there is no such file"):
        Store.open(sqlite_url, create=False)
    assert list(tmp_path.iterdir()) == []
