"""``codilingua keys``: add, list and revoke, as an operator types them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `serve` is not installed")

from typer.testing import CliRunner

from codilingua.cli.keys import app
from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database that the environment names."""
    named = f"sqlite:///{tmp_path / 'kept' / 'codilingua.db'}"
    for name in ("CODILINGUA_CONFIG", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODILINGUA_DATABASE", named)
    return named


def typed(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def done(*arguments: str) -> str:
    result = typed(*arguments)
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result.stdout


def refused(*arguments: str) -> str:
    """The one line that ``codilingua`` makes of what is raised."""
    result = typed(*arguments)
    assert result.exit_code
    assert result.stdout == ""
    message = str(result.exception)
    assert "\n" not in message
    return message


def test_add_list_and_revoke(url: str) -> None:
    added = typed("add", "ehr", "--scope", "search", "--scope", "metrics")
    token = added.stdout.rstrip("\n")
    assert "\n" not in token
    assert added.stderr == "ehr: may metrics search; keep the key now, it is not shown again\n"
    with Store.open(url) as store:
        key = Keys(store).check(token)
    assert key is not None
    assert key.scopes == {"search", "metrics"}

    listed = done("list")
    assert listed.split()[:4] == ["ehr", f"…{token[-4:]}", "metrics", "search"]
    assert listed.endswith("  valid\n")
    assert token[:-4] not in listed

    assert done("revoke", "ehr") == "ehr: revoked\n"
    assert "  revoked 20" in done("list")
    (row,) = json.loads(done("list", "--json"))["keys"]
    assert (row["name"], row["scopes"], row["last4"]) == ("ehr", ["metrics", "search"], token[-4:])
    assert row["revoked_at"] > row["created"]
    with Store.open(url) as store:
        assert Keys(store).check(token) is None


def test_by_default_a_key_searches_and_gives_feedback(url: str) -> None:
    done("add", "ward-3")
    with Store.open(url) as store:
        (key,) = Keys(store).all()
    assert key.scopes == {"search", "feedback"}


def test_the_database_is_named_by_option_environment_settings_or_default(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(where: Path) -> list[str]:
        with Store.open(f"sqlite:///{where}", create=False) as store:
            return [key.name for key in Keys(store).all()]

    config = tmp_path / "codilingua.toml"
    config.write_text(f'database = "sqlite:///{tmp_path}/config.db"\n')
    done("add", "option", "--database", f"sqlite:///{tmp_path}/option.db", "--config", str(config))
    done("add", "environment", "--config", str(config))
    monkeypatch.delenv("CODILINGUA_DATABASE")
    done("add", "config", "--config", str(config))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    done("add", "default")
    assert names(tmp_path / "option.db") == ["option"]
    assert names(Path(url.removeprefix("sqlite:///"))) == ["environment"]
    assert names(tmp_path / "config.db") == ["config"]
    assert names(tmp_path / "share" / "codilingua" / "codilingua.db") == ["default"]
    assert (tmp_path / "share" / "codilingua" / "codilingua.db").stat().st_mode & 0o777 == 0o600


def test_what_is_refused(url: str, tmp_path: Path) -> None:
    path = url.removeprefix("sqlite:///")
    assert refused("list") == f"{path}: there is no such file: name the database of the server"
    assert refused("revoke", "ehr") == f"{path}: there is no such file: name the database of the server"
    assert not Path(path).exists()
    done("add", "ehr")
    assert refused("add", "ehr") == "there is a key named 'ehr': revoke it first, or choose another"
    assert refused("add", "two words").startswith("key name 'two words': give ")
    assert refused("add", "x", "--scope", "all").startswith("scope 'all': give some of ")
    assert "no valid key named 'x'" in refused("revoke", "x")
    assert refused("list", "--database", "mysql://a:secret@b/c").startswith("databases of the kind 'mysql'")
    (tmp_path / "file").write_text("")
    told = refused("add", "x", "--database", f"sqlite:///{tmp_path}/file/x.db")
    assert told.startswith(f"{tmp_path}/file/x.db: ")


def test_no_keys_yet(url: str) -> None:
    Store.open(url).close()
    result = typed("list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "codilingua keys add NAME" in result.stderr


def test_without_a_command_there_is_help() -> None:
    said = done()
    assert all(command in said for command in ("add", "list", "revoke"))


@pytest.mark.parametrize("module", ["keys", "feedback"])
def test_help_loads_nothing_heavy(environment: Callable[..., dict[str, str]], module: str) -> None:
    code = (
        f"import sys, codilingua.cli.{module} as m; "
        "print([n for n in ('sqlalchemy', 'alembic', 'pydantic', 'sqlite3', 'numpy') if n in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert (run.returncode, run.stdout, run.stderr) == (0, "[]\n", "")
