"""What is kept comes out as it went in, from SQLite and from PostgreSQL."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from codilingua.service.store import store as module
from codilingua.service.store.errors import StoreError
from codilingua.service.store.store import Store
from codilingua.service.store.values import Feedback, new_id

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
FULL = Feedback(
    query="dolor torácico",
    code="R07.9",
    verdict="chosen",
    rank=3,
    lang="es",
    ui="ca",
    shown=("I20.9", "R07.89", "R07.9"),
    key="ehr",
    catalog="2026-04",
    ranker="abc123",
    at=datetime(2026, 3, 4, 12, 30, 1, 123456, tzinfo=UTC),
)


def test_feedback_comes_out_as_it_went_in(store: Store) -> None:
    least = Feedback("HTA", "I10", "wrong")
    assert store.add_feedback(FULL) == FULL.id
    assert store.add_feedback(least) == least.id
    assert list(store.feedback()) == [FULL, least]


def test_it_outlives_the_store(url: str) -> None:
    with Store.open(url) as first:
        first.add_feedback(FULL)
    with Store.open(url) as second:
        assert list(second.feedback()) == [FULL]
        assert second.ready()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE feedback; --", "'; DROP TABLE feedback; --"),
        ("%s :name {} \\ ?", "%s :name {} \\ ?"),
        ("fiebre 😀 𝛼 ñ", "fiebre 😀 𝛼 ñ"),
        ("nun\u0303ez", "nuñez"),
        ("a\0b\tc\nd\u200be", "a b c d e"),
        ("half \ud800 of one", "half ? of one"),
        ("", ""),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_any_text(store: Store, typed: str, kept: str) -> None:
    store.add_feedback(Feedback(typed, "R\0 07", "right", shown=("A\0", "ñ")))
    (found,) = store.feedback()
    assert (found.query, found.code, found.shown) == (kept, "R 07", ("A", "ñ"))


def test_a_period_of_it(store: Store) -> None:
    hours = [replace(FULL, id=new_id(), at=NOON + timedelta(hours=hour)) for hour in range(5)]
    for one in reversed(hours):
        store.add_feedback(one)
    assert list(store.feedback()) == hours
    assert list(store.feedback(since=hours[1].at, until=hours[3].at)) == hours[1:3]
    assert list(store.feedback(since=NOON + timedelta(days=1))) == []
    elsewhere = hours[3].at.astimezone(timezone(timedelta(hours=-5)))
    assert list(store.feedback(since=elsewhere)) == hours[3:]


def test_the_time_is_utc_wherever_it_was_taken(store: Store) -> None:
    store.add_feedback(replace(FULL, at=NOON.astimezone(timezone(timedelta(hours=2)))))
    (found,) = store.feedback()
    assert found.at == NOON
    assert found.at.utcoffset() == timedelta(0)


def test_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", 3)
    # All at one moment: the id has to tell them apart.
    said = [replace(FULL, id=f"{number:02}") for number in range(10)]
    for one in said:
        store.add_feedback(one)
    reading = store.feedback()
    assert [next(reading).id for _ in range(4)] == ["00", "01", "02", "03"]
    store.add_feedback(replace(FULL, id="10"))
    assert [one.id for one in reading] == [f"{number:02}" for number in range(4, 11)]
    assert len(list(store.feedback())) == 11


def test_an_id_is_kept_once(store: Store) -> None:
    store.add_feedback(FULL)
    with pytest.raises(StoreError, match="is kept already") as caught:
        store.add_feedback(replace(FULL, query="something else"))
    assert "something" not in str(caught.value)
    assert list(store.feedback()) == [FULL]


def test_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(3)]
    assert len(set(ids)) == 3
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
    stamp = uuid.UUID(ids[0]).int >> 80
    assert abs(stamp / 1000 - datetime.now(UTC).timestamp()) < 60


def test_preferences(store: Store) -> None:
    assert store.preferences("ana") is None
    store.set_preferences("ana", {"ui": "es", "limit": 10, "filters": {"chapter": ["4"]}, "lang": None})
    store.set_preferences("josé 😀", {})
    store.set_preferences("ana", {"ui": "ca", "limit": 20})
    assert store.preferences("ana") == {"ui": "ca", "limit": 20}
    assert store.preferences("josé 😀") == {}
    assert store.preferences("Ana") is None


def test_ready(store: Store) -> None:
    assert store.ready()
    assert store.reason is None
    assert list(store.feedback()) == []


def test_the_owner_alone_reads_the_file(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url) as store:
        store.add_feedback(FULL)
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
        assert modes == dict.fromkeys(("codilingua.db", "codilingua.db-wal", "codilingua.db-shm"), "0o600")
        for path in tmp_path.iterdir():
            path.chmod(0o644)
        with Store.open(sqlite_url):
            assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_folders_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a b/100%/x.db") as store:
        assert store.ready()
    assert (tmp_path / "a b" / "100%" / "x.db").is_file()
    assert (tmp_path / "a b" / "100%").stat().st_mode & 0o777 == 0o700


def test_what_sqlite_promises(sqlite_store: Store) -> None:
    with sqlite_store.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        # 2 is FULL, 3 EXTRA: a commit waits for the disk.
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() >= 2
