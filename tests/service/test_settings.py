"""Settings from options, environment and file: the order, the checks, and the table in the docs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import UsageError
from codilingua.service.settings import ServeSettings, read_settings, table

DOCS = Path(__file__).parents[2] / "docs" / "server.md"


def test_options_go_before_the_environment_which_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('port = 1\nrate = 1\nworkers = 1\nallowed_hosts = ["a.example"]\n')
    environment = {"CODILINGUA_PORT": "2", "CODILINGUA_RATE": "2", "CODILINGUA_CONFIG": str(file)}
    settings = read_settings({"port": 3, "rate": None}, environment)
    assert (settings.port, settings.rate, settings.workers) == (3, 2, 1)
    assert settings.allowed_hosts == ("a.example",)


def test_lists_in_the_environment_are_split_at_commas() -> None:
    settings = read_settings({}, {"CODILINGUA_CORS_ORIGINS": "https://a.example, https://b.example"})
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"CODILINGUA_PORT": "eighty"}, "port is 'eighty'"),
        ({"CODILINGUA_PORT": "70000"}, "port is '70000'"),
        ({"CODILINGUA_WORKERS": "0"}, "workers is '0'"),
        ({"CODILINGUA_AUTH": "maybe"}, "auth is 'maybe'"),
        ({"CODILINGUA_ROOT_PATH": "coding"}, "starts with /"),
        ({"CODILINGUA_CONFIG": "/nowhere/serve.toml"}, "/nowhere/serve.toml: cannot be read"),
    ],
)
def test_a_useless_value_is_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_settings({}, environment)


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(UsageError, match="'prot' is not known"):
        read_settings({}, {}, file)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_bytes(b"port = \xff")
    with pytest.raises(UsageError, match="not TOML"):
        read_settings({}, {}, file)


@pytest.mark.parametrize(
    ("values", "needs"),
    [
        ({}, False),
        ({"host": "localhost"}, False),
        ({"host": "::1"}, False),
        ({"host": "10.0.0.5"}, True),
        ({"host": "coding.example"}, True),
        ({"host": "10.0.0.5", "auth": "none"}, False),
        ({"auth": "keys"}, True),
    ],
)
def test_a_key_is_needed_wherever_others_can_reach_it(values: dict[str, Any], needs: bool) -> None:
    assert ServeSettings(**values).needs_key is needs


def test_every_address_has_no_name() -> None:
    with pytest.raises(UsageError, match="ALLOWED_HOSTS"):
        _ = ServeSettings(host="0.0.0.0").hosts
    assert ServeSettings(host="0.0.0.0", allowed_hosts=("a.example",)).hosts == ("a.example",)
    assert "10.0.0.5" in ServeSettings(host="10.0.0.5").hosts


def test_the_documented_table_is_the_one_of_the_code() -> None:
    assert table() in DOCS.read_text("utf-8")
