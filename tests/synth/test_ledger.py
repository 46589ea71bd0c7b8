"""A ledger loses nothing: not by a kill, not by a second run, not by an answer that comes twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from codilingua.errors import SourceError, UsageError
from codilingua.synth.ledger import Entry, Ledger, entry_for, key_of, read_ledger, spent
from codilingua.synth.raw import read_raw
from codilingua.synth.requests import Request


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def entry(asked: list[Request]) -> Entry:
    return entry_for(asked[0], "m", "2026-11-26", '{"entries": []}', prompt_tokens=7, cost=0.5)


def test_what_is_written_is_read_back(path: Path, entry: Entry) -> None:
    with Ledger(path) as ledger:
        assert entry.key not in ledger
        assert ledger.add(entry)
        assert not ledger.add(entry)
        assert entry.key in ledger
    assert list(read_ledger(path)) == [entry]
    with Ledger(path) as ledger:
        assert entry.key in ledger


def test_the_key_knows_all_that_decides_an_answer(asked: list[Request]) -> None:
    one, other = asked[:2]
    keys = {
        key_of(one, "m", {}),
        key_of(other, "m", {}),
        key_of(one, "n", {}),
        key_of(one, "m", {"temperature": 0.5}),
    }
    assert len(keys) == 4
    assert key_of(one, "m", {"a": 1, "b": 2}) == key_of(one, "m", {"b": 2, "a": 1})


def test_a_torn_last_line_is_moved_aside(path: Path, entry: Entry) -> None:
    with Ledger(path) as ledger:
        ledger.add(entry)
    torn = b'{"key": "abc", "content": "half an ans'
    with path.open("ab") as file:
        file.write(torn)
    assert list(read_ledger(path)) == [entry]
    with Ledger(path) as ledger:
        assert ledger.torn
        assert ledger.add(Entry(**{**vars_of(entry), "key": "other"}))
    assert [one.key for one in read_ledger(path)] == [entry.key, "other"]
    assert path.with_name("ledger.jsonl.torn").read_bytes() == torn + b"\n"


def vars_of(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}


def test_a_last_line_without_an_end_is_an_answer(path: Path, entry: Entry) -> None:
    with Ledger(path) as ledger:
        ledger.add(entry)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert list(read_ledger(path)) == [entry]
    with Ledger(path) as ledger:
        assert not ledger.torn
        assert entry.key in ledger
        ledger.add(Entry(**{**vars_of(entry), "key": "other"}))
    assert [one.key for one in read_ledger(path)] == [entry.key, "other"]


@pytest.mark.parametrize(
    ("name", "value"), [("form", "essay"), ("task", "essay"), ("content", {}), ("colour", "red")]
)
def test_lines_of_another_kind(path: Path, entry: Entry, name: str, value: object) -> None:
    line = {**vars_of(entry), "codes": [], name: value}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    with pytest.raises(SourceError, match="not a line of a ledger"):
        list(read_ledger(path))


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder"):
        Ledger(tmp_path)


def test_a_damaged_line_names_itself(path: Path, entry: Entry) -> None:
    path.write_text('{"key": 1}\n', "utf-8")
    with pytest.raises(SourceError, match=r"ledger\.jsonl:1: not a line of a ledger"):
        Ledger(path)
    # The lock was given back.
    path.unlink()
    with Ledger(path) as ledger:
        ledger.add(entry)


def test_a_ledger_that_is_not_there(path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_ledger(path))


HOLD = """
import sys, pathlib
from codilingua.synth.ledger import Ledger
with Ledger(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_at_once_are_refused(path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(UsageError, match="another run is writing"):
        Ledger(path)
    # A run that is killed leaves no lock behind.
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    with Ledger(path):
        pass


def test_threads_write_whole_lines(path: Path, entry: Entry) -> None:
    def add(ledger: Ledger, worker: int) -> None:
        for number in range(20):
            ledger.add(Entry(**{**vars_of(entry), "key": f"{worker}-{number}", "content": "é" * 500}))

    with Ledger(path) as ledger:
        threads = [threading.Thread(target=add, args=(ledger, worker)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({one.key for one in read_ledger(path)}) == 160


def test_cost_by_language(entry: Entry) -> None:
    total = spent(iter([entry, entry]))
    assert total.answers == {"es": 2}
    assert total.prompt_tokens["es"] == 14
    assert total.cost["es"] == 1.0


def test_raw_rows_and_what_cannot_be_read(asked: list[Request]) -> None:
    by_task = {request.task: request for request in asked}
    said = {
        "practice": {"entries": [{"code": "I10", "note": ["HTA"], "lay": ["tensión"]}]},
        "labels": {"labels": {"I10": "hipertensión"}},
        "tiers": {"0": ["I10"], "1": [], "2": []},
        "defaults": {"terms": [{"code": "I10", "es": "HTA"}]},
    }
    entries = [
        entry_for(by_task[task], "m", "2026-11-26", json.dumps(content))  # type: ignore[index]
        for task, content in said.items()
    ]
    entries.append(entry_for(by_task["phrases"], "m", "2026-11-26", '{"entries": [{"code"'))
    raw = read_raw(entries)
    assert [(pair.text, pair.register, pair.way) for pair in raw.pairs] == [
        ("HTA", "note", "practice"),
        ("tensión", "lay", "practice"),
    ]
    assert raw.pairs[0].request == by_task["practice"].id
    assert [(term.code, term.text) for term in raw.terms] == [("I10", "hipertensión")]
    assert raw.tiers == {"I10": 0}
    assert raw.defaults == [("es", "HTA", "I10")]
    assert [one.request for one in raw.unreadable] == [by_task["phrases"].id]


def test_one_verdict_for_every_other_row(asked: list[Request]) -> None:
    from dataclasses import replace

    request = replace(asked[0], task="judge", form="verdicts", codes=("a", "b", "c"), topic="test")
    said = {"verdicts": [{"row": "b", "verdict": "drop", "why": "x"}, {"row": "*", "verdict": "keep"}]}
    raw = read_raw([entry_for(request, "m", "2026-11-26", json.dumps(said))])
    assert [(one.verdict.row, one.verdict.verdict) for one in raw.judged] == [
        ("b", "drop"),
        ("a", "keep"),
        ("c", "keep"),
    ]
    assert {one.topic for one in raw.judged} == {"test"}
