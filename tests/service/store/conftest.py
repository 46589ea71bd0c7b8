"""Databases of both kinds, real ones; processes to write to them and to be killed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `serve` is not installed")
pytest.importorskip("alembic", reason="the extra `serve` is not installed")

from codilingua.service.store.store import Store

_NAMES = count(1)


@dataclass(frozen=True)
class Postgres:
    """A server of its own, on a socket in a folder of its own."""

    programs: Path
    folder: Path
    user: str | None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://codilingua@/{database}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        # It refuses to run as root.
        become = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        command = [str(self.programs / program), *arguments]
        with (self.folder / "log").open("ab") as log:
            subprocess.run(
                command, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **become
            )

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=40"
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "-t", "60", "stop")

    def fresh(self) -> str:
        """A URL under which nothing is yet: a schema of its own, quicker made and removed than a database."""
        import psycopg

        schema = f"test{next(_NAMES)}"
        where = {"host": str(self.folder), "user": "codilingua", "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as one:
            one.execute(f"CREATE SCHEMA {schema}")
        return f"{self.url()}&options=-csearch_path%3D{schema}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Debian's PostgreSQL, started for these tests."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("NO PostgreSQL HERE, HALF OF THE STORE IS NOT TESTED: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="NO psycopg HERE, HALF OF THE STORE IS NOT TESTED")
    # Not below pytest's folder: that is root's alone, and too long a path for a socket.
    folder = Path(tempfile.mkdtemp(prefix="cdl-pg-", dir="/tmp"))
    user = _somebody() if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user, user)
    server = Postgres(found[-1].parent, folder, user)
    server.run(
        "initdb", "-D", str(folder / "data"), "-U", "codilingua", "-A", "trust", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


def _somebody() -> str:
    """A user who is not root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'codilingua.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return sqlite_url
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with Store.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that whoever is not root can use as well."""
    made = Path(tempfile.mkdtemp(prefix="cdl-store-", dir="/tmp"))
    made.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(made, "nobody")
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(environment: Callable[..., dict[str, str]]) -> Iterator[Start]:
    """Start Python on a text of code."""
    started: list[subprocess.Popen[str]] = []

    def begin(code: str, *arguments: str) -> subprocess.Popen[str]:
        pipe = partial(
            subprocess.Popen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        command = [sys.executable, "-W", "error", "-c", code, *arguments]
        process: subprocess.Popen[str] = pipe(command, text=True, env=environment(HOME="/"), cwd="/")
        started.append(process)
        return process

    yield begin
    for process in started:
        with process:
            process.kill()


Finish = Callable[..., str]


@pytest.fixture
def finish(start: Start) -> Finish:
    """As ``start``, and wait for what it prints."""

    def run(code: str, *arguments: str) -> str:
        said, complaint = start(code, *arguments).communicate(timeout=60)
        assert not complaint, complaint
        return said

    return run
