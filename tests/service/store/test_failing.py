"""Disks that are full or read-only, databases that are locked, gone or unreachable: told, and got over."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Protocol

import pytest

from codilingua.service.store.errors import StoreError, UnusableStore
from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback

MARK = "zzqmarkzzq"


def said_now() -> Feedback:
    return Feedback("dolor " + MARK, "R07.9", "right")


Finish = Callable[..., str]
Start = Callable[..., "subprocess.Popen[str]"]


class Postgres(Protocol):
    def fresh(self) -> str: ...
    def url(self, database: str = ...) -> str: ...


def refused(store: Store, words: str, seconds: float = 4.0) -> None:
    """It says so in time, in one line, without what was sent, and without where it is."""
    began = time.monotonic()
    with pytest.raises(StoreError, match=words) as caught:
        store.add_feedback(said_now())
    assert time.monotonic() - began < seconds
    message = str(caught.value)
    assert "\n" not in message
    assert "/" not in message
    assert MARK not in "".join(traceback.format_exception(caught.value))
    assert not store.ready()
    assert "\n" not in str(store.reason)
    # For the log, which only the operator reads.
    assert "codilingua" in str(store.reason)
    assert re.search(words, str(store.reason))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", place], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


def test_a_full_disk(disk: Path) -> None:
    with Store.open(f"sqlite:///{disk}/codilingua.db") as store:
        keys = Keys(store)
        _, token = keys.add("ehr", ["search"])
        told = [store.add_feedback(Feedback(f"query {number}", "I10", "right")) for number in range(5)]
        ballast = fill(disk)
        with suppress(StoreError):
            # What SQLite has room for already.
            for number in range(1000):
                told.append(store.add_feedback(Feedback("x" * 3000, f"F{number}", "right")))
        refused(store, "its disk is full: free some space")
        assert [said.id for said in store.feedback()] == told
        assert Keys(store).check(token) is not None

        ballast.unlink()
        assert store.ready()
        told.append(store.add_feedback(said_now()))
        assert [said.id for said in store.feedback()] == told
    with closing(sqlite3.connect(disk / "codilingua.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_disk_that_is_full_from_the_start(disk: Path) -> None:
    ballast = fill(disk)
    with Store.open(f"sqlite:///{disk}/codilingua.db") as store:
        refused(store, "disk|space|device")
        ballast.unlink()
        store.add_feedback(said_now())
        assert store.ready()
        assert store.reason is None


def test_a_read_only_disk(disk: Path) -> None:
    url = f"sqlite:///{disk}/codilingua.db"
    with Store.open(url) as store:
        _, token = Keys(store).add("ehr", ["search"])
        told = store.add_feedback(said_now())
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with Store.open(url) as store:
        assert not store.ready()
        refused(store, "cannot be written to: make file and folder writable")
        assert [said.id for said in store.feedback()] == [told]
        assert store.preferences("ana") is None
        assert Keys(store).check(token) is not None
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        store.add_feedback(Feedback("and on it goes", "I10", "right"))
        assert store.ready()
        assert len(list(store.feedback())) == 2


def test_a_read_only_disk_without_a_database(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with Store.open(f"sqlite:///{disk}/codilingua.db") as store:
        refused(store, "read-only|cannot be opened")
        with pytest.raises(StoreError):
            list(store.feedback())
        with pytest.raises(StoreError):
            Keys(store).check("cdl_" + "a" * 8 + "_" + "b" * 43)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert store.ready()
        store.add_feedback(said_now())


LIMITED = """
import resource, sys
from codilingua.service.store.errors import StoreError
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback
store = Store.open(sys.argv[1])
print(store.add_feedback(Feedback("first", "I10", "right")))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
try:
    for number in range(100):
        print(store.add_feedback(Feedback("x" * 3000, "I10", "right")))
except StoreError as error:
    print("refused", "disk" in str(error), "xxx" not in str(error))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(store.add_feedback(Feedback("last", "I10", "right")), store.ready())
store.close()
"""


def test_files_that_may_not_grow(sqlite_url: str, finish: Finish) -> None:
    lines = finish(LIMITED, sqlite_url).splitlines()
    place = lines.index("refused True True")
    assert lines[-1].endswith(" True")
    told = [line.split()[0] for line in lines[:place] + lines[place + 1 :]]
    with Store.open(sqlite_url) as store:
        assert [said.id for said in store.feedback()] == told


MEETS = """
import os, sys
from codilingua.service.store.errors import StoreError
from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback
with Store.open("sqlite:///" + sys.argv[3]) as other:
    # All that is loaded late is loaded now: Python itself may lie where only root may read.
    other.add_feedback(Feedback("first", "I10", "right"))
    Keys(other).all()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = Store.open(sys.argv[1])
print(store.ready(), "cannot be written to" in str(store.reason))
print([said.query for said in store.feedback()], Keys(store).check(sys.argv[2]).name)
try:
    store.add_feedback(Feedback("second", "I10", "right"))
except StoreError as error:
    print(str(error))
input()
print(store.add_feedback(Feedback("third", "I10", "right")) != "", store.ready())
print([said.query for said in store.feedback()])
store.close()
"""


@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_a_place_that_the_user_may_not_write_to(
    folder: Path, start: Start, what: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{folder}/codilingua.db"
    with Store.open(url) as store:
        _, token = Keys(store).add("ehr", ["search"])
        store.add_feedback(Feedback("first", "I10", "right"))
    path = folder / "codilingua.db"
    if what != "folder":
        path.chmod(0o400)
    if what != "file":
        folder.chmod(0o500)
    process = start(MEETS, url, token, str(tmp_path / "other.db"))
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "False True\n", process.communicate()[1]
    assert process.stdout.readline() == "['first'] ehr\n"
    assert "make file and folder writable for the server's user" in process.stdout.readline()
    folder.chmod(0o700)
    path.chmod(0o600)
    said, complaint = process.communicate("\n", timeout=30)
    assert (said, complaint) == ("True True\n['first', 'third']\n", "")


def test_a_revoked_key_is_seen_where_only_others_may_write(
    folder: Path, start: Start, tmp_path: Path
) -> None:
    url = f"sqlite:///{folder}/codilingua.db"
    with Store.open(url) as store:
        keys = Keys(store)
        _, token = keys.add("ehr", ["search"])
    folder.chmod(0o500)
    code = MEETS.split("print")[0] + (
        "keys = Keys(store, refresh=0.0)\n"
        "print(keys.check(sys.argv[2]) is not None, flush=True)\n"
        "input()\n"
        "print(keys.check(sys.argv[2]) is not None)\n"
        "store.close()\n"
    )
    process = start(code, url, token, str(tmp_path / "other.db"))
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n", process.communicate()[1]
    folder.chmod(0o700)
    with Store.open(url) as store:
        Keys(store).revoke("ehr")
    folder.chmod(0o500)
    assert process.communicate("\n", timeout=30) == ("False\n", "")


@pytest.fixture
def locked(sqlite_store: Store, tmp_path: Path) -> Iterator[Store]:
    """A store whose file another program is writing to."""
    with closing(sqlite3.connect(tmp_path / "codilingua.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield sqlite_store
        other.execute("ROLLBACK")
    sqlite_store.add_feedback(said_now())
    assert sqlite_store.ready()


def test_a_locked_file_is_read_and_not_waited_for(locked: Store) -> None:
    refused(locked, "another program keeps it locked: try again", seconds=3)
    assert list(locked.feedback()) == []
    assert Keys(locked).all() == []


def test_a_server_starts_beside_a_locked_file(locked: Store, sqlite_url: str) -> None:
    began = time.monotonic()
    with Store.open(sqlite_url) as another:
        assert time.monotonic() - began < 0.5
        assert list(another.feedback()) == []
    assert locked.database.reason is None


def test_a_copy_that_was_put_in_its_place_is_written_to(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "codilingua.db"
    sqlite_store.add_feedback(Feedback("before", "I10", "right"))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        source.backup(copy)
    sqlite_store.add_feedback(Feedback("lost with the old file", "I10", "right"))
    for beside in ("-wal", "-shm"):
        (tmp_path / f"codilingua.db{beside}").unlink(missing_ok=True)
    os.replace(tmp_path / "copy", path)
    sqlite_store.add_feedback(Feedback("after", "I10", "right"))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT query FROM feedback ORDER BY at").fetchall()
    assert rows == [("before",), ("after",)]


def test_a_file_that_was_removed_is_made_again(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.add_feedback(said_now())
    for path in tmp_path.iterdir():
        path.unlink()
    refused_once = pytest.raises(StoreError, match="cannot be opened")
    with refused_once:
        sqlite_store.add_feedback(said_now())
    sqlite_store.add_feedback(said_now())
    assert len(list(sqlite_store.feedback())) == 1
    assert (tmp_path / "codilingua.db").stat().st_mode & 0o777 == 0o600


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Store.open(f"sqlite:///{tmp_path}/file/codilingua.db") as store:
        refused(store, "cannot be opened: check that the folder is there")
    with pytest.raises(UnusableStore, match="it is no file: name a file"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_damaged_file(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url) as store:
        for number in range(60):
            store.add_feedback(Feedback("x" * 500, f"F{number}", "right"))
    path = tmp_path / "codilingua.db"
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = os.urandom(len(damaged) - 4096)
    path.write_bytes(damaged)
    with Store.open(sqlite_url) as store:
        with pytest.raises(StoreError, match="damaged: restore a copy"):
            store.add_feedback(said_now())
        with pytest.raises(StoreError, match="damaged: restore a copy"):
            list(store.feedback())


def test_a_server_that_does_not_listen() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with Store.open(
            f"postgresql://codilingua:{MARK}@127.0.0.1:{held.getsockname()[1]}/codilingua"
        ) as store:
            refused(store, "cannot be reached: check that it runs")
            assert MARK not in str(store.reason)


def test_a_server_that_does_not_answer() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with Store.open(f"postgresql://codilingua:{MARK}@127.0.0.1:{held.getsockname()[1]}/x") as store:
            began = time.monotonic()
            with pytest.raises(StoreError, match="cannot be reached: check that it runs"):
                list(store.feedback())
            assert time.monotonic() - began < 3


def test_a_database_that_is_not_there(postgres: Postgres) -> None:
    with Store.open(postgres.url("none")) as store:
        with pytest.raises(StoreError, match=r"no database of that name|cannot be reached"):
            store.add_feedback(said_now())
        assert not store.ready()


def test_a_server_that_may_only_be_read(postgres: Postgres) -> None:
    url = postgres.fresh()
    with Store.open(url) as store:
        store.add_feedback(said_now())
    with Store.open(url + "%20-c%20default_transaction_read_only%3Don") as store:
        with pytest.raises(StoreError, match="name the primary server"):
            store.add_feedback(said_now())
        assert not store.ready()
        assert "name the primary server" in str(store.reason)
        assert len(list(store.feedback())) == 1


def test_a_locked_table_is_not_waited_for(postgres: Postgres) -> None:
    import psycopg

    url = postgres.fresh()
    with Store.open(url) as store:
        with psycopg.connect(url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE feedback")
            began = time.monotonic()
            with pytest.raises(StoreError, match=r"locked|in time"):
                store.add_feedback(said_now())
            assert time.monotonic() - began < 3
        store.add_feedback(said_now())
        assert store.ready()


def test_more_threads_than_connections(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(24) as pool:
        told = list(
            pool.map(store.add_feedback, [Feedback(f"q {number}", "I10", "right") for number in range(48)])
        )
    assert sorted(said.id for said in store.feedback()) == sorted(told)
