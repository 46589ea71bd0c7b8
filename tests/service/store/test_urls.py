"""Where the database is by default, and which URLs name one."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.errors import UsageError
from codilingua.service.store.urls import default_url, parse


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"HOME": "/home/ana"}, "/home/ana/.local/share/codilingua/codilingua.db"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": "/data"}, "/data/codilingua/codilingua.db"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": "data"}, "/home/ana/.local/share/codilingua/codilingua.db"),
        ({"HOME": "/home/ana", "XDG_DATA_HOME": ""}, "/home/ana/.local/share/codilingua/codilingua.db"),
    ],
)
def test_by_default_it_is_in_the_data_folder(variables: dict[str, str], path: str) -> None:
    assert default_url(variables) == f"sqlite:///{path}"
    assert parse(default_url(variables)).path == Path(path)


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
def test_a_file(scheme: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ana")
    assert parse(f"{scheme}:////var/lib/x y/año 100%.db").path == Path("/var/lib/x y/año 100%.db")
    assert parse(f"{scheme}:///here.db").path == tmp_path / "here.db"
    assert parse(f"{scheme}:///~/here.db").path == Path("/home/ana/here.db")


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_server(scheme: str) -> None:
    address = parse(f"{scheme}://ana:p%40ss@db.example:5433/codes?sslmode=require")
    assert address.path is None
    assert address.url == "postgresql+psycopg://ana:p%40ss@db.example:5433/codes?sslmode=require"
    assert address.shown == "PostgreSQL database codes at db.example:5433"
    assert parse("postgresql:///codes?host=/run/pg").shown == "PostgreSQL database codes at /run/pg"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "codilingua.db",
        "/var/lib/codilingua.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://var/lib/x.db",
        "sqlite:///x.db?mode=ro",
        "mysql://ana:secret@host/x",
        "postgresql+asyncpg://ana:secret@host/x",
        "postgresql://ana:secret@host:port/x",
    ],
)
def test_what_names_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(url)
    message = str(caught.value)
    assert "\n" not in message
    assert "secret" not in message
