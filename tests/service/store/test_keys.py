"""API keys: shown once, kept as hashes, checked without the database, stopped within seconds."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from codilingua.errors import UsageError
from codilingua.service.store.connecting import PATIENCE
from codilingua.service.store.errors import StoreError
from codilingua.service.store.keys import LIMIT, REFRESH, SCOPES, Keys
from codilingua.service.store.store import Store


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that reach the database."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:  # noqa: ARG001
        if "api_key" in statement:
            statements.append(statement)

    event.listen(store.database._engine, "before_cursor_execute", note)
    yield statements
    event.remove(store.database._engine, "before_cursor_execute", note)


def test_a_key_is_what_its_token_stands_for(store: Store) -> None:
    keys = Keys(store)
    key, token = keys.add("ehr", ["search", "feedback"])
    assert re.fullmatch(r"cdl_[A-Za-z0-9]{8}_[A-Za-z0-9]{43}", token)
    assert keys.check(token) == key
    assert (key.name, key.scopes) == ("ehr", {"search", "feedback"})
    assert (key.prefix, key.last4, key.revoked_at) == (token[4:12], token[-4:], None)
    assert abs((datetime.now(UTC) - key.created).total_seconds()) < 60
    assert Keys(store).all() == [key]


def test_tokens_are_drawn(store: Store) -> None:
    tokens = [Keys(store).add(f"key-{number}", ["search"])[1] for number in range(5)]
    assert len({token[4:12] for token in tokens}) == 5
    assert len({token[13:] for token in tokens}) == 5


def test_a_wrong_token_is_nobody(store: Store) -> None:
    keys = Keys(store)
    _, token = keys.add("ehr", ["search"])
    _, other = keys.add("page", ["search"])
    wrong = [
        "",
        "cdl_",
        token[:-1],
        token + "a",
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token[:13] + other[13:],
        "cdl_" + "a" * 8 + token[12:],
        token.upper(),
        token.replace("cdl_", "cdl-"),
        f" {token}",
        f"{token}\n",
        token[:-1] + "é",
        token[:-1] + "\udc80",
        token[:-1] + "١",
        "x" * 100_000,
        "' OR 1=1 --",
        token[:4] + "%%%%%%%%" + token[12:],
    ]
    for one in wrong:
        assert keys.check(one) is None, one
    assert keys.check(token) is not None


def test_the_token_is_nowhere(sqlite_store: Store, tmp_path: Path) -> None:
    _, token = Keys(sqlite_store).add("ehr", ["search"])
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert hashlib.sha256(token.encode()).hexdigest().encode() in held
    assert token[13:].encode() not in held
    assert token[13:-4].encode() not in held


@pytest.mark.parametrize(
    ("name", "scopes", "said"),
    [
        ("", ["search"], "key name ''"),
        ("a b", ["search"], "key name 'a b'"),
        ("-x", ["search"], "key name '-x'"),
        ("a\nb", ["search"], r"key name 'a\\nb'"),
        ("x" * 65, ["search"], "give 1-64"),
        ("ehr", ["search", "admin"], "scope 'admin': give some of search, feedback, metrics"),
        ("ehr", [], "scope '': give some of"),
    ],
)
def test_what_makes_no_key(sqlite_store: Store, name: str, scopes: list[str], said: str) -> None:
    keys = Keys(sqlite_store)
    with pytest.raises(UsageError, match=said) as caught:
        keys.add(name, scopes)
    assert "\n" not in str(caught.value)
    assert keys.all() == []


def test_a_name_is_taken_until_it_is_revoked(store: Store) -> None:
    keys = Keys(store)
    first, token = keys.add("ehr", SCOPES)
    with pytest.raises(UsageError, match="there is a key named 'ehr': revoke it first"):
        keys.add("ehr", ["search"])
    keys.revoke("ehr")
    second, renewed = keys.add("ehr", ["metrics"])
    fresh = Keys(store)
    assert fresh.check(token) is None
    assert fresh.check(renewed) == second
    old, new = fresh.all()
    assert (old.prefix, old.scopes, new) == (first.prefix, frozenset(SCOPES), second)
    assert old.revoked_at is not None


def test_only_a_valid_key_is_revoked(store: Store) -> None:
    keys = Keys(store)
    keys.add("ehr", ["search"])
    keys.revoke("ehr")
    for name in ("ehr", "nobody"):
        with pytest.raises(UsageError, match=f"no valid key named '{name}'"):
            keys.revoke(name)


def test_a_revoked_key_stops_in_time() -> None:
    """What is believed when it is oldest: read, read again, and waited for."""
    assert REFRESH + PATIENCE <= LIMIT <= 5


def test_another_process_revokes(url: str) -> None:
    with Store.open(url) as server, Store.open(url) as operator:
        checking = Keys(server, refresh=0.3, limit=0.5)
        _, token = Keys(operator).add("ehr", ["search"])
        assert checking.check(token) is not None
        Keys(operator).revoke("ehr")
        began = time.monotonic()
        while checking.check(token) is not None:
            time.sleep(0.01)
            assert time.monotonic() - began < 0.6
        assert time.monotonic() - began > 0.1


def test_requests_do_not_reach_the_database(store: Store) -> None:
    keys = Keys(store)
    _, token = keys.add("ehr", ["search"])
    assert keys.check(token) is not None
    with counted(store) as statements:
        for _ in range(1000):
            assert keys.check(token) is not None
        for number in range(1000):
            assert keys.check(f"cdl_{number:08}_{'a' * 43}") is None
    assert len(statements) <= 2


def test_a_new_key_is_known_at_once(store: Store) -> None:
    keys = Keys(store)
    _, token = keys.add("ehr", ["search"])
    assert keys.check(token) is not None
    _, newer = Keys(store).add("page", ["search"])
    began = time.monotonic()
    while keys.check(newer) is None:
        time.sleep(0.01)
        assert time.monotonic() - began < 1


def test_what_is_known_without_the_database(store: Store) -> None:
    keys = Keys(store, refresh=0.2)
    key, token = keys.add("ehr", ["search"])
    with counted(store) as statements:
        assert keys.recall(token) == (False, None)
        assert keys.recall("nonsense") == (True, None)
        assert statements == []
        assert keys.check(token) == key
        assert len(statements) == 1
        assert keys.recall(token) == (True, key)
        assert keys.recall(token[:-1] + "-") == (True, None)
        assert keys.recall(token[:-1] + ("a" if token[-1] != "a" else "b")) == (True, None)
        time.sleep(0.25)
        assert keys.recall(token) == (False, None)
        assert len(statements) == 1


def test_many_threads_ask(store: Store) -> None:
    keys = Keys(store, refresh=0.0)
    _, token = keys.add("ehr", ["search"])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keys.check(token), range(400)))
    assert {key.name for key in found if key is not None} == {"ehr"}
    # Who asks while another reads may see the state before; it must be a state that was.
    assert sum(key is None for key in found) < 16


def test_keys_that_cannot_be_read_are_believed_for_a_while(sqlite_store: Store, tmp_path: Path) -> None:
    keys = Keys(sqlite_store, refresh=0.05, limit=0.6)
    _, token = keys.add("ehr", ["search"])
    key = keys.check(token)
    assert key is not None
    path = tmp_path / "codilingua.db"
    path.rename(tmp_path / "away")
    path.mkdir()
    time.sleep(0.1)
    assert keys.check(token) == key
    time.sleep(0.6)
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be used now"):
            keys.check(token)
    path.rmdir()
    (tmp_path / "away").rename(path)
    time.sleep(1.0)
    assert keys.check(token) == key
