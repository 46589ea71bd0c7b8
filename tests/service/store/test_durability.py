"""Nothing that was acknowledged is lost: writers are killed, servers crash, many write at once."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback

WRITES = """
import sys
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback
store = Store.open(sys.argv[1])
number = 0
while True:
    number += 1
    said = Feedback(f"query {number}", f"E{number}", "right", shown=("A", "B", f"E{number}"))
    print(store.add_feedback(said), number, flush=True)
"""

STOPS_INSIDE = """
import sys, time
from sqlalchemy import insert
from codilingua.service.store import tables
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback, now
store = Store.open(sys.argv[1])
print(store.add_feedback(Feedback("first", "I10", "right")), flush=True)
with store.database.writing() as connection:
    row = dict(id="never", at=now(), query="q", code="c", verdict="right", shown=[], catalog="", ranker="")
    connection.execute(insert(tables.feedback).values(row))
    print("inside", flush=True)
    time.sleep(60)
"""

SHARES = """
import sys
from codilingua.service.store.store import Store
from codilingua.service.store.keys import Keys
from codilingua.service.store.values import Feedback
store = Store.open(sys.argv[1])
assert store.reason is None, store.reason
for number in range(25):
    print(store.add_feedback(Feedback(f"query {number}", "I10", "right")), flush=True)
    store.set_preferences("all", {"who": sys.argv[2], "number": number})
Keys(store).add(f"key-{sys.argv[2]}", ["search"])
store.close()
"""

Start = Callable[..., "subprocess.Popen[str]"]


class Postgres(Protocol):
    def fresh(self) -> str: ...
    def start(self) -> None: ...
    def stop(self, mode: str = ...) -> None: ...


def kill(process: subprocess.Popen[str]) -> str:
    """Kill it as the kernel does.

    :return: what it has printed and nobody has read yet.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    process.kill()
    # Not communicate(): it would not see what the last readline() has read ahead.
    rest, complaint = process.stdout.read(), process.stderr.read()
    assert process.wait(30) == -signal.SIGKILL
    assert not complaint, complaint
    return rest


def assert_kept(url: str, printed: str, most: int) -> None:
    """All that were told to be kept are there, whole; at most ``most`` more, whole as well."""
    told = dict(re.findall(r"^(\S+) (\d+)$", printed, re.MULTILINE))
    with Store.open(url) as store:
        held = {said.id: said for said in store.feedback()}
        assert store.ready()
        store.add_feedback(Feedback("and on it goes", "I10", "right"))
    assert told.keys() <= held.keys()
    assert len(held) <= len(told) + most
    for said in held.values():
        number = said.query.removeprefix("query ")
        assert told.get(said.id, number) == number
        assert (said.code, said.shown) == (f"E{number}", ("A", "B", f"E{number}"))


def test_a_writer_is_killed_at_any_moment(url: str, start: Start) -> None:
    printed = ""
    generator = random.Random(7)
    for killed in range(1, 4):
        process = start(WRITES, url)
        assert process.stdout is not None
        for _ in range(generator.randrange(1, 30)):
            printed += process.stdout.readline()
        time.sleep(generator.random() / 50)
        printed += kill(process)
        with Store.open(url) as store:
            # Of each that was killed, the one may be there that it had no time to tell of.
            assert len(list(store.feedback())) <= printed.count("\n") + killed
    assert printed.count("\n") > 10
    assert_kept(url, printed, most=3)


def test_a_writer_is_killed_inside_a_transaction(url: str, start: Start) -> None:
    process = start(STOPS_INSIDE, url)
    assert process.stdout is not None
    told = process.stdout.readline().strip()
    assert process.stdout.readline() == "inside\n"
    kill(process)
    with Store.open(url) as store:
        # Its lock died with it.
        began = time.monotonic()
        added = store.add_feedback(Feedback("second", "I10", "right"))
        assert time.monotonic() - began < 2
        assert [said.id for said in store.feedback()] == [told, added]


def test_many_processes_begin_and_write_at_once(url: str, start: Start) -> None:
    processes = [start(SHARES, url, str(number)) for number in range(4)]
    told: list[str] = []
    for process in processes:
        printed, complaint = process.communicate(timeout=60)
        assert (process.returncode, complaint) == (0, "")
        told += printed.split()
    with Store.open(url) as store:
        assert sorted(said.id for said in store.feedback()) == sorted(told)
        assert len(told) == 100
        preferences = store.preferences("all")
        assert preferences is not None
        assert preferences["number"] == 24
        assert {key.name for key in Keys(store).all()} == {f"key-{number}" for number in range(4)}


def test_a_killed_file_is_sound(sqlite_url: str, start: Start, tmp_path: Path) -> None:
    process = start(WRITES, sqlite_url)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    kill(process)
    with closing(sqlite3.connect(tmp_path / "codilingua.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_the_server_of_the_database_goes_and_comes_back(postgres: Postgres, mode: str) -> None:
    with Store.open(postgres.fresh()) as store:
        keys = Keys(store, refresh=0.0, limit=0.0)
        _, token = keys.add("ehr", ["search"])
        first = store.add_feedback(Feedback("first", "I10", "right"))
        postgres.stop(mode)
        try:
            began = time.monotonic()
            assert not store.ready()
            assert "cannot be reached" in str(store.reason)
            assert time.monotonic() - began < 3
        finally:
            postgres.start()
        second = store.add_feedback(Feedback("second", "I10", "right"))
        assert store.ready()
        assert [said.id for said in store.feedback()] == [first, second]
        assert keys.check(token) is not None
