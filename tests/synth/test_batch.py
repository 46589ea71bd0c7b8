"""Batch files: what is exported can be answered by anyone, and what comes back is taken or named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import SourceError, UsageError
from codilingua.synth.batch import Asked, export, import_answers, kept, read_requests
from codilingua.synth.ledger import Ledger, key_of, read_ledger
from codilingua.synth.pairs import entry_of_pairs
from codilingua.synth.raw import read_raw
from codilingua.synth.requests import Request


@pytest.fixture
def batch(tmp_path: Path, asked: list[Request]) -> Path:
    path = tmp_path / "batch.jsonl"
    assert export(path, asked, "m", {"temperature": 0.7}) == len(asked)
    return path


def answered(request: Request, content: str = '{"entries": []}', **changed: Any) -> dict[str, Any]:
    """A line as a batch API gives it back."""
    body = {
        "model": "m",
        "created": 1764150000,
        "choices": [{"message": {"content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 6},
    }
    response = {"status_code": 200, "body": {**body, **changed}}
    return {"id": "batch_1", "custom_id": request.id, "response": response, "error": None}


def take(path: Path, lines: list[object], asked: list[Request], **options: Any) -> Any:
    file = path.parent / "answers.jsonl"
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    file.write_text(text, "utf-8")
    requests = {request.id: Asked(request, "m", options.get("parameters", {})) for request in asked}
    with Ledger(path) as ledger:
        return import_answers(ledger, file, requests, options.get("model"), options.get("day"))


def test_the_file_is_what_a_batch_api_takes(batch: Path, asked: list[Request]) -> None:
    lines = [json.loads(line) for line in batch.read_text("utf-8").splitlines()]
    assert [line["custom_id"] for line in lines] == [request.id for request in asked]
    first = lines[0]
    assert (first["method"], first["url"]) == ("POST", "/v1/chat/completions")
    assert first["body"]["temperature"] == 0.7
    assert [message["role"] for message in first["body"]["messages"]] == ["system", "user"]
    assert first["body"]["response_format"]["json_schema"]["strict"] is True


def test_requests_are_read_back(batch: Path, asked: list[Request]) -> None:
    expected = {request.id: Asked(request, "m", {"temperature": 0.7}) for request in asked}
    assert read_requests(kept(batch)) == expected


def test_answers_of_an_api_and_short_ones(tmp_path: Path, asked: list[Request]) -> None:
    path = tmp_path / "ledger.jsonl"
    short = {"custom_id": asked[1].id, "content": {"entries": []}, "model": "claude", "date": "2026-11-22"}
    done = take(path, [answered(asked[0]), short], asked)
    assert (done.added, done.known, done.faults) == (2, 0, ())
    first, second = read_ledger(path)
    assert (first.model, first.date, first.prompt_tokens, first.answer_tokens) == ("m", "2025-11-26", 5, 6)
    assert (second.model, second.date, second.content) == ("claude", "2026-11-22", '{"entries": []}')
    assert first.key == key_of(asked[0], "m", {})
    again = take(path, [answered(asked[0])], asked)
    assert (again.added, again.known) == (0, 1)


def test_what_the_file_does_not_say(tmp_path: Path, asked: list[Request]) -> None:
    path = tmp_path / "ledger.jsonl"
    line = {"custom_id": asked[0].id, "content": "{}"}
    done = take(path, [line], asked)
    assert [fault.kind for fault in done.faults] == ["no model"]
    assert take(path, [line], asked, model="claude", day=date(2026, 11, 22)).added == 1
    assert next(iter(read_ledger(path))).date == "2026-11-22"


def test_lines_of_no_use_are_counted_and_the_rest_is_taken(tmp_path: Path, asked: list[Request]) -> None:
    failed = {"custom_id": asked[1].id, "response": {"status_code": 500, "body": {"error": "x"}}}
    expired = {"custom_id": asked[1].id, "response": None, "error": {"code": "batch_expired"}}
    created = answered(asked[2], created=10**30)
    other = {**answered(asked[3]), "custom_id": "practice-es-emergency-00000000"}
    half = json.dumps(answered(asked[4]))[:50]
    lines = [
        failed,
        expired,
        created,
        other,
        half,
        [1],
        {"custom_id": asked[5].id, "response": 3},
        answered(asked[6]),
    ]
    done = take(tmp_path / "ledger.jsonl", lines, asked)
    assert done.added == 1
    assert [(fault.line, fault.kind) for fault in done.faults] == [
        (1, "failed"),
        (2, "failed"),
        (3, "not an answer"),
        (4, "another prompt"),
        (5, "not JSON"),
        (6, "not an answer"),
        (7, "not an answer"),
    ]


def test_an_answer_that_was_cut_is_kept(tmp_path: Path, asked: list[Request]) -> None:
    cut = answered(asked[0], choices=[{"message": {"content": "{"}, "finish_reason": "length"}])
    path = tmp_path / "ledger.jsonl"
    assert take(path, [cut], asked).added == 1
    assert len(read_raw(read_ledger(path)).unreadable) == 1


def test_two_temperatures_are_two_questions(tmp_path: Path, asked: list[Request]) -> None:
    path = tmp_path / "ledger.jsonl"
    for temperature in (0.2, 1.0):
        done = take(path, [answered(asked[0])], asked, parameters={"temperature": temperature})
        assert done.added == 1


def test_an_api_answers_by_the_name_of_a_version(tmp_path: Path, asked: list[Request]) -> None:
    path = tmp_path / "ledger.jsonl"
    take(path, [answered(asked[0], model="m-2026-11-01")], asked)
    (entry,) = read_ledger(path)
    assert entry.model == "m-2026-11-01"
    assert entry.key == key_of(asked[0], "m", {}), "a run with m would ask, and pay, again"


def test_the_date_of_the_file_comes_first(tmp_path: Path, asked: list[Request]) -> None:
    line = {"custom_id": asked[0].id, "content": {}, "model": "m", "date": "2026-11-22"}
    path = tmp_path / "ledger.jsonl"
    take(path, [line], asked, day=date(2020, 1, 1))
    assert next(iter(read_ledger(path))).date == "2026-11-22"


def test_odd_answers_lose_nothing(tmp_path: Path, asked: list[Request]) -> None:
    surrogate = json.dumps({"custom_id": asked[0].id, "content": {"entries": []}, "model": "m", "x": 1})
    surrogate = surrogate.replace('"entries": []', '"entries": [{"code": "I10", "note": ["a\\ud83d"]}]')
    deep = answered(asked[1], content="[" * 5000)
    uncounted = answered(asked[2], usage={"prompt_tokens": None})
    path = tmp_path / "ledger.jsonl"
    done = take(path, ["\ufeff" + surrogate, deep, uncounted], asked)
    assert (done.added, done.faults) == (3, ())
    raw = read_raw(read_ledger(path))
    assert [pair.code for pair in raw.pairs] == ["I10"]
    assert raw.pairs[0].id
    assert len(raw.unreadable) == 1


def test_an_answer_to_an_older_prompt_does_not_fit(tmp_path: Path, asked: list[Request]) -> None:
    from dataclasses import replace

    older = replace(asked[0], user=asked[0].user + " (as it was)")
    assert older.name == asked[0].name
    done = take(tmp_path / "ledger.jsonl", [answered(older)], asked)
    assert [fault.kind for fault in done.faults] == ["another prompt"]


def test_files_of_no_use(tmp_path: Path, batch: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_requests(tmp_path / "none")
    with pytest.raises(SourceError, match="not a request"):
        read_requests(batch)
    with pytest.raises(UsageError, match="cannot be written"):
        export(tmp_path / "no" / "where.jsonl", [], "m", {})


def test_pairs_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("text\tcode\nHTA\tI10\ntensión alta\tI10\nictus\tI63.9\n", "utf-8")
    entry = entry_of_pairs(path, "es", "claude", date(2026, 11, 22), "trial-v1")
    raw = read_raw([entry])
    assert [(pair.text, pair.code, pair.register) for pair in raw.pairs] == [
        ("HTA", "I10", "note"),
        ("tensión alta", "I10", "note"),
        ("ictus", "I63.9", "note"),
    ]
    assert raw.pairs[0].version == "trial-v1"
    assert entry.key == entry_of_pairs(path, "es", "claude", date(2026, 11, 22), "trial-v1").key
    with pytest.raises(UsageError, match="language 'xx'"):
        entry_of_pairs(path, "xx", "claude", date(2026, 11, 22), "trial-v1")
    path.write_text("text\tcode\n", "utf-8")
    with pytest.raises(SourceError, match="no rows"):
        entry_of_pairs(path, "es", "claude", date(2026, 11, 22), "trial-v1")
